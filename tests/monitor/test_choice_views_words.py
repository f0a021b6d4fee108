"""No page shows the identifier of a number: each has its title, and its value has its unit."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from alerts import rewinding
from alerts.choices import catalogue
from alerts.setting_titles import title_of
from monitor import preview
from monitor.choice_forms import ChoiceForm
from monitor.patient_cards import cards_of
from patients.models import CareTeam, Patient, SettingChange
from tests.factories import alert, browser, member, patient, team
from tests.monitor.recording_desk import words
from tests.monitor.test_choice_views_preview import TRIED

pytestmark = pytest.mark.django_db
NAMES = sorted(catalogue())
CODED = [name for name in NAMES if "_" in name or any(sign.isdigit() for sign in name)]
"""Names that are no word of the language."""
VISIBLE = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]+>", re.DOTALL)


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    return patient(north, "Mara Veit")


def seen(page: Any) -> str:
    """Return what a person sees of a page: what stands between its tags."""
    return " ".join(VISIBLE.sub(" ", page.content.decode()).split())


def bare(page: Any) -> list[str]:
    """Return the identifiers that a page shows, as they are or with spaces."""
    said = seen(page)
    forms = {name: {name, name.replace("_", " ")} - ({name} if name not in CODED else set()) for name in NAMES}
    return [name for name, each in forms.items() if any(re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", said) for one in each
            if title_of(name).casefold() != one)]  # fmt: skip


def address(scope: CareTeam | Patient) -> str:
    """Return the page of a team or a patient."""
    return f"/patients/{scope.pk}/settings/" if isinstance(scope, Patient) else f"/settings/{scope.pk}/"


def test_the_page_of_a_team_and_of_a_patient_name_every_number(north: CareTeam, ill: Patient) -> None:
    for scope in (north, ill):
        page = browser(member(north)).get(address(scope))
        assert bare(page) == []
        assert [name for name in NAMES if title_of(name) not in words(page).replace("&#x27;", "'")] == []


def test_a_change_is_listed_with_its_title_and_unit(north: CareTeam) -> None:
    sent = {"name": "overdue_percent", "seen": "0", "value": "30", "reason": "later"}
    page = browser(member(north)).post(address(north), sent, follow=True)
    assert "Overdue when late by, of its interval : 30 %, by" in seen(page)
    assert bare(page) == []


def test_what_was_chosen_of_a_number_that_is_no_more_has_words(north: CareTeam) -> None:
    doctor = member(north)
    SettingChange.objects.create(
        team=north, name="old_limit_days", value=3.0, by=doctor, at=timezone.now(), reason="before"
    )
    page = browser(doctor).get(address(north))
    assert "Old limit days : 3 , by" in seen(page)


def test_a_number_out_of_bounds_or_across_another_is_refused_in_words(north: CareTeam) -> None:
    for value, said in (("9", "1.6 to 3.5"), ("1.62", "“Limit that 1 of 20 stable results passes, in SD (z)”")):
        page = browser(member(north)).post(address(north), {**TRIED, "value": value})
        assert page.status_code == 400
        assert said in words(page)
        assert bare(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_form_names_no_number_and_writes_its_unit_as_people_do(name: str) -> None:
    choice = catalogue()[name]
    help_text = str(ChoiceForm(choice=choice, numbers={}, version=0).fields["value"].help_text)
    assert not re.search(r"\[|\*|\bCel\b|\b1\.$(?<!default is 1\.)", help_text)
    assert name not in help_text


def test_a_preview_that_fails_names_the_watch(north: CareTeam, ill: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    found = rewinding.rewind

    def fails(*given: Any, **more: Any) -> Any:
        return replace(found(*given, **more), failed=("hemoglobin_fall",))

    monkeypatch.setattr(preview, "rewind", fails)
    page = browser(member(north)).post(address(north), TRIED)
    assert "Left out, for it failed: Hemoglobin below own baseline." in seen(page)
    assert bare(page) == []


def test_a_card_names_the_numbers_that_were_chosen(north: CareTeam, ill: Patient) -> None:
    alert(ill, rule="hemoglobin_fall", found={"settings": {"z99": 2.5, "support_days": 21.0}})
    (card,) = cards_of(ill, None)
    assert card.chosen == (
        ("Limit that 1 of 100 stable results passes, in SD (z)", 2.5, "1"),
        ("Time around a fall in which another sign counts", 21.0, "d"),
    )
    page = browser(member(north)).get(f"/patients/{ill.pk}/")
    assert "Time around a fall in which another sign counts: 21 d" in seen(page)
    assert bare(page) == []


def test_a_card_without_any_asks_for_none(ill: Patient) -> None:
    alert(ill)
    assert cards_of(ill, None)[0].chosen == ()
