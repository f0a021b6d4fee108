"""Trying a number out on its page: who may, what is said, that nothing is saved and nothing typed is lost."""

from typing import Any

import pytest

from patients.models import CareTeam, Patient, SettingChange
from tests.factories import account, browser, caregiver, guest, member, patient, result, team
from tests.monitor.recording_desk import words

pytestmark = pytest.mark.django_db
TRIED = {"name": "z99", "seen": "0", "value": "1.7", "reason": "", "preview": "1"}


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def ill(north: CareTeam) -> Patient:
    """A patient with one small fall, a month ago."""
    one = patient(north, "Mara Veit")
    for place, value in enumerate((124, 125, 123, 124, 125, 123, 116, 124, 125)):
        result(one, value, days_ago=(8 - place) * 28 + 1)
    return one


def send(who: Any, scope: CareTeam | Patient, **changes: Any) -> Any:
    """Press the button of the 99 % limit."""
    path = f"/patients/{scope.pk}/settings/" if isinstance(scope, Patient) else f"/settings/{scope.pk}/"
    return browser(who).post(path, {**TRIED, **changes})


def test_both_counts_and_each_difference_are_said_and_nothing_is_saved(north: CareTeam, ill: Patient) -> None:
    for scope in (north, ill):
        page = send(member(north), scope)
        said = words(page)
        assert page.status_code == 200
        assert "<strong>1 alert instead of 0 in the last 12 months.</strong>" in said
        assert "Nothing is saved. Judged by what is known today" in said
        assert "Mara Veit" in said
        assert "Hemoglobin below own baseline" in said
        assert "only by 1.7" in said
    assert not SettingChange.objects.exists()


def test_what_was_typed_is_kept_and_no_reason_is_asked_for(north: CareTeam, ill: Patient) -> None:
    page = send(member(north), ill, reason="too many in winter").content.decode()
    assert 'value="1.7"' in page
    assert "too many in winter" in page
    assert "Say why" not in words(send(member(north), ill))


def test_a_nurse_tries_and_does_not_choose(north: CareTeam, ill: Patient) -> None:
    nurse = member(north, "nurse")
    assert "only by 1.7" in words(send(nurse, north))
    form = browser(nurse).get(f"/settings/{north.pk}/", {"change": "z99"}).content.decode()
    assert 'name="preview"' in form
    assert ">Save<" not in form
    assert 'name="reason"' not in form
    assert browser(nurse).post(f"/settings/{north.pk}/", {**TRIED, "preview": ""} | {"reason": "r"}).status_code == 200
    without = {key: value for key, value in TRIED.items() if key != "preview"}
    assert browser(nurse).post(f"/settings/{north.pk}/", {**without, "reason": "r"}).status_code == 403
    assert not SettingChange.objects.exists()


def test_a_coordinator_may_not_try_and_sees_no_button(north: CareTeam, ill: Patient) -> None:
    clerk = member(north, "coordinator")
    assert send(clerk, north).status_code == 403
    assert send(clerk, ill).status_code == 403
    assert "?change=" not in browser(clerk).get(f"/settings/{north.pk}/").content.decode()


def test_nobody_else_reaches_it(north: CareTeam, ill: Patient) -> None:
    for who in (member(team("south")), account(is_staff=True), caregiver(ill)):
        assert send(who, north).status_code == 404
        assert send(who, ill).status_code in (403, 404)


def test_a_guests_physician_may_try_for_the_one_patient(ill: Patient) -> None:
    visiting = team("visiting")
    guest(ill, visiting)
    assert "only by 1.7" in words(send(member(visiting), ill))


def test_patients_of_another_team_are_not_in_it(north: CareTeam, ill: Patient) -> None:
    other = patient(team("south"), "Omar Said")
    for place, value in enumerate((124, 125, 123, 124, 125, 123, 116, 124, 125)):
        result(other, value, days_ago=(8 - place) * 28 + 1)
    said = words(send(member(north), north))
    assert "Mara Veit" in said
    assert "Omar Said" not in said


def test_who_is_not_followed_any_more_is_not_judged(north: CareTeam, ill: Patient) -> None:
    Patient.objects.filter(pk=ill.pk).update(active=False)
    assert "0 alerts instead of 0" in words(send(member(north), north))


def test_what_cannot_be_is_said_and_not_tried(north: CareTeam, ill: Patient) -> None:
    page = send(member(north), ill, value="99")
    assert page.status_code == 400
    assert "Choose a number from 1.6 to 3.5." in words(page)
    assert "instead of" not in words(page)
    assert "Enter the new number." in words(send(member(north), ill, value=""))


def test_a_number_of_to_dos_moves_no_alert(north: CareTeam, ill: Patient) -> None:
    said = words(send(member(north), ill, name="control_film_days", value="20"))
    assert "No watch reads this number: to-dos and figures follow it, alerts do not." in said


def test_the_page_asks_as_often_for_many_patients(
    north: CareTeam, ill: Patient, django_assert_max_num_queries: Any
) -> None:
    visitor = browser(member(north))
    visitor.post(f"/settings/{north.pk}/", TRIED)
    with django_assert_max_num_queries(22) as asked:
        visitor.post(f"/settings/{north.pk}/", TRIED)
    alone = len(asked)
    for name in ("A", "B", "C"):
        result(patient(north, name), 120, days_ago=100)
    with django_assert_max_num_queries(alone):
        visitor.post(f"/settings/{north.pk}/", TRIED)
