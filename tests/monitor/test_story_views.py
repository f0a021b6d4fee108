"""A story is one card: its worst part first, each part with its own evidence and actions, and all taken on at once or none."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import handling
from alerts.changes import ResolveReason
from alerts.models import Alert, Transition
from alerts.rules.rule import Severity
from monitor.patient_cards import cards_of, told_as
from patients.models import Patient, User
from tests.factories import alert, browser, guest, member, patient, team
from tests.monitor.test_views import text as words

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ill() -> Patient:
    return patient(team("north"), "Mara Veit")


@pytest.fixture
def nurse(ill: Patient) -> User:
    return member(ill.team, "nurse", first_name="Nora", last_name="Reyes")


@pytest.fixture
def relapse(ill: Patient) -> list[Alert]:
    """Return the alerts of a relapse."""
    return relapsed(ill)


def relapsed(ill: Patient) -> list[Alert]:
    """Raise the alerts of a relapse, one after another, the second the worst."""
    raised = (("hemoglobin_fall", 2, "Hb 98 g/L: 21 % below."), ("film_new_foci", 3, "New foci: right lower zone."),
              ("sputum_silent_bleeding", 1, "Siderophages 35 %."))  # fmt: skip
    start = timezone.now() - 6 * DAY
    return [
        alert(
            ill, Severity(grade), rule=rule, hours_open=9 - place, found={"sentence": said, "at": start + place * DAY}
        )
        for place, (rule, grade, said) in enumerate(raised)
    ]


def body(who: User, ill: Patient) -> str:
    """Return the patient's page."""
    return browser(who).get(f"/patients/{ill.pk}/").content.decode()


def take(who: User, ill: Patient, *alerts: Alert) -> Any:
    """Send the button of a story with these parts as they stand."""
    parts = [f"{one.pk} {one.changed_at.isoformat()}" for one in alerts]
    return browser(who).post(f"/patients/{ill.pk}/alerts/acknowledge/", {"part": parts}, follow=True)


def states() -> set[str]:
    """Return the states that there are."""
    return set(Alert.objects.values_list("state", flat=True))


def test_a_relapse_is_one_card_with_its_worst_part_first(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    page = body(nurse, ill)
    assert page.count('class="card card--high story"') == 1
    assert re.findall(r'<details class="story__part">', page) == ['<details class="story__part">'] * 3
    head = page.split("story__parts")[0].split("story__title")[1]
    assert "Likely exacerbation since" in head
    assert "<strong>New foci:</strong> right lower zone." in head
    assert "Hb 98" not in head


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("film_migrating", "Shadows moved: new in right lower zone on 24 Nov 2026, against 20 Nov 2026."),
        ("steroid_relapse_after_step", "Relapse 5 days after a reduction on 19 Nov 2026: hemoglobin; new foci."),
        ("severe_bleeding", "Coughed up a cup of blood on 24 Nov 2026, 250 mL in 24 hours; oxygen saturation 84 %."),
    ],
)
def test_a_part_is_told_by_a_whole_sentence(
    ill: Patient, nurse: User, relapse: list[Alert], rule: str, sentence: str
) -> None:
    alert(ill, rule=rule, found={"sentence": f"{sentence} What else there is to say.", "at": timezone.now() - 4 * DAY})
    lines = re.findall(r'<span class="story__what"><b>[^<]+</b> (.*?)</span>', body(nurse, ill))
    assert len(lines) == 4
    assert sentence in lines


def test_each_part_has_its_own_evidence_trail_and_actions(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    page = body(nurse, ill)
    for one in relapse:
        assert f'id="alert-{one.pk}"' in page
        assert f'action="/alerts/{one.pk}/acknowledge/"' in page
    assert page.count('class="trail"') == 3
    assert len(set(re.findall(r' id="([^"]+)"', page))) == len(re.findall(r' id="([^"]+)"', page))


def test_what_stands_alone_is_a_card_as_before(ill: Patient, nurse: User) -> None:
    alert(ill, rule="hemoglobin_fall")
    alert(ill, rule="pneumothorax")
    page = body(nurse, ill)
    assert "story__part" not in page
    assert "Acknowledge all parts" not in page


def test_all_parts_are_acknowledged_at_once(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    page = take(nurse, ill, *relapse)
    assert "Acknowledged. The alerts stay open" in words(page)
    assert states() == {"acknowledged"}
    assert set(Alert.objects.values_list("owner", flat=True)) == {nurse.pk}
    assert Transition.objects.filter(verb="acknowledged", by=nurse).count() == 3


def test_where_one_changed_since_none_is_taken_on(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    other = member(ill.team, first_name="Lena", last_name="Mayer")
    handling.resolve(relapse[2].pk, by=other, at=timezone.now(), reason=ResolveReason.EXPLAINED)
    page = words(take(nurse, ill, *relapse))
    assert "Not saved: it is resolved since" in page
    assert "(Lena Mayer). No part was acknowledged." in page
    assert states() == {"raised", "resolved"}


def test_a_part_that_grew_worse_since_is_not_taken_on_unseen(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    Alert.objects.filter(pk=relapse[0].pk).update(changed_at=timezone.now())
    take(nurse, ill, *relapse)
    assert states() == {"raised"}


def test_sent_twice_it_is_done_once(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    take(nurse, ill, *relapse)
    assert "Acknowledged. The alerts stay open" in words(take(nurse, ill, *relapse))
    assert Transition.objects.filter(verb="acknowledged").count() == 3


def test_the_button_names_only_what_nobody_took_on(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    handling.acknowledge(relapse[1].pk, by=nurse, at=timezone.now())
    page = body(nurse, ill)
    assert "Acknowledge the other 2" in page
    sent = re.findall(r'name="part" value="([^" ]+) ([^"]+)"', page)
    assert {one for one, _ in sent} == {str(relapse[0].pk), str(relapse[2].pk)}
    assert all(datetime.fromisoformat(seen) for _, seen in sent)
    handling.acknowledge(relapse[0].pk, by=nurse, at=timezone.now())
    handling.acknowledge(relapse[2].pk, by=nurse, at=timezone.now())
    assert 'name="part"' not in body(nurse, ill)


@pytest.mark.parametrize(
    "sent", [[], ["x"], ["x y"], ["00000000-0000-4000-8000-000000000000 2026-01-01T00:00:00+00:00"]]
)
def test_what_no_page_sends_is_not_found(ill: Patient, nurse: User, relapse: list[Alert], sent: list[str]) -> None:
    answer = browser(nurse).post(f"/patients/{ill.pk}/alerts/acknowledge/", {"part": sent})
    assert answer.status_code == 404
    assert states() == {"raised"}


def test_another_patients_alert_is_no_part(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    other = alert(patient(ill.team), rule="hemoptysis")
    assert take(nurse, ill, *relapse, other).status_code == 404
    assert states() == {"raised"}


def test_who_may_not_acknowledge_has_no_button(ill: Patient, relapse: list[Alert]) -> None:
    coordinator = member(ill.team, "coordinator")
    assert take(coordinator, ill, *relapse).status_code == 403
    visiting = team("visiting")
    guest(ill, visiting)
    assert "Acknowledge all parts" in body(member(visiting, "nurse"), ill)
    assert states() == {"raised"}


def test_a_part_says_that_it_sleeps_or_would_not_fire(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    handling.snooze(relapse[0].pk, by=nurse, at=timezone.now(), until=timezone.now() + DAY, reason="x")
    Alert.objects.filter(pk=relapse[1].pk).update(ground_lost_at=timezone.now())
    page = body(nurse, ill)
    assert page.count('<span class="badge badge--calm">snoozed</span>') == 1
    assert page.count("would not fire now") == 2


def test_cards_are_told_by_their_stories_and_none_is_lost(ill: Patient, relapse: list[Alert]) -> None:
    alone = alert(ill, Severity.LOW, rule="iron_deficiency")
    first, second = told_as(cards_of(ill, None))
    assert [card.alert.pk for card in first.cards] == [relapse[1].pk, relapse[0].pk, relapse[2].pk]
    assert (first.alone, second.alone, second.worst.alert.pk) == (False, True, alone.pk)
    assert first.story.id == relapse[0].pk


def test_the_worklist_says_the_story_before_the_sentence(ill: Patient, nurse: User, relapse: list[Alert]) -> None:
    page = words(browser(nurse).get("/"))
    assert re.search(r"Likely exacerbation since \d+ \w+ \d{4}: New foci: right lower zone\.", page)
