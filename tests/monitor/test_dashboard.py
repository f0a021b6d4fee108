"""The worklist: who comes first, who comes at all, and the same number of queries for one patient and for sixty."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.rules.rule import Evidence, Severity
from monitor.dashboard import PAGE, Row, Worklist, worklist
from patients.access import asker
from patients.models import CareTeam, Observation, User
from tests.factories import account, alert, caregiver, guest, member, patient, result, results, team

pytestmark = pytest.mark.django_db
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north)


def seen(user: User, page: int = 1) -> Worklist:
    """Return the worklist of a person."""
    who = asker(user, at=timezone.now())
    assert who is not None
    return worklist(who, page=page)


def rows(listed: Worklist) -> list[Row]:
    """Return the rows of a page in order."""
    return [row for group in listed.groups for row in group.rows]


def names(listed: Worklist) -> list[str]:
    """Return the names on a page in order."""
    return [row.name for row in rows(listed)]


def resting_on(row: Observation) -> dict[str, Any]:
    """Return fields of a finding that rests on a hemoglobin result."""
    evidence = Evidence("result", "observation", row.pk, "HGB", row.effective_at, row.value, "g/L")
    return {"evidence": (evidence,), "numbers": {}}


def test_the_most_urgent_comes_first_then_who_waits_longest(north: CareTeam, physician: User) -> None:
    for name, severity, hours in (
        ("low", LOW, 900),
        ("moderate, new", MODERATE, 1),
        ("high, new", HIGH, 1),
        ("moderate, old", MODERATE, 48),
        ("high, old", HIGH, 5),
    ):
        alert(patient(north, name), severity, hours_open=hours)
    patient(north, "calm")
    assert names(seen(physician)) == ["high, old", "high, new", "moderate, old", "moderate, new", "low", "calm"]


def test_rows_are_grouped_and_counted_by_severity(north: CareTeam, physician: User) -> None:
    for severity in (HIGH, LOW, LOW):
        alert(patient(north), severity)
    patient(north)
    listed = seen(physician)
    assert [(group.title, len(group.rows)) for group in listed.groups] == [
        ("High", 1),
        ("Low", 2),
        ("No open alert", 1),
    ]
    assert [group.meaning for group in listed.groups[:2]] == ["a physician today", "this week"]
    assert (listed.needing, listed.high) == (3, 1)


def test_one_patient_is_one_row_with_the_worst_alert(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    alert(ill, LOW, hours_open=200)
    alert(ill, HIGH, hours_open=3, found={"sentence": "Hb 98 g/L, 21 % below own baseline of 124."})
    alert(ill, MODERATE, hours_open=50)
    (row,) = rows(seen(physician))
    assert row.severity is HIGH
    assert row.sentence == "Hb 98 g/L, 21 % below own baseline of 124."
    assert row.more == 2
    assert row.since is not None
    assert timezone.now() - row.since > timedelta(hours=199)  # the patient waits since the first


def test_of_equally_urgent_alerts_the_longest_open_is_shown(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    alert(ill, HIGH, hours_open=2)
    first = alert(ill, HIGH, hours_open=30)
    assert rows(seen(physician))[0].alert == first


@pytest.mark.parametrize("state", ["resolved", "recovered"])
def test_what_is_closed_asks_for_nobody(north: CareTeam, physician: User, state: str) -> None:
    alert(patient(north), HIGH, state=state)
    listed = seen(physician)
    assert (listed.needing, listed.high) == (0, 0)
    (row,) = rows(listed)
    assert (row.alert, row.severity, row.sentence, row.since, row.more) == (None, None, "", None, 0)


def test_what_is_acknowledged_stays_on_the_list(north: CareTeam, physician: User) -> None:
    alert(patient(north), HIGH, state="acknowledged", owner=physician)
    (row,) = rows(seen(physician))
    assert row.alert is not None
    assert row.alert.owner == physician


def test_hemoglobin_is_shown_with_its_own_band(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    results(ill, [124, 123, 98])
    alert(ill, HIGH, found={"numbers": {"baseline": 124.0, "limit99": 114.5, "result": 98.0}})
    (row,) = rows(seen(physician))
    assert row.last is not None
    assert row.last.value == 98
    assert row.spark is not None
    assert row.spark.band is not None


def test_the_change_is_that_of_the_last_result_against_the_own_baseline(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    last = results(ill, [124, 123, 98])[-1]
    found = resting_on(last) | {"numbers": {"baseline": 124.0, "limit99": 114.5}}
    alert(ill, MODERATE, found=found)
    alert(ill, HIGH, hours_open=1, found=resting_on(last))  # names no baseline: the other does
    (row,) = rows(seen(physician))
    assert (row.change, row.marked) == (-21, HIGH)
    assert row.spark is not None
    assert row.spark.band is not None


def test_an_alert_on_an_earlier_result_does_not_mark_the_last(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    earlier, _ = results(ill, [98, 124])
    alert(ill, HIGH, found=resting_on(earlier) | {"numbers": {"baseline": 124.0, "limit99": 114.5}})
    (row,) = rows(seen(physician))
    assert (row.change, row.marked) == (0, None)


def test_without_an_alert_about_hemoglobin_nothing_is_compared(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    results(ill, [124, 98])
    bled = Evidence("result", "event", 1, "hemoptysis", timezone.now(), "streaks", "")
    alert(ill, HIGH, found={"evidence": (bled,), "numbers": {}})
    (row,) = rows(seen(physician))
    assert (row.change, row.marked) == (None, None)


def test_a_baseline_of_something_else_draws_no_band(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    results(ill, [124, 123])
    other = Evidence("result", "observation", 1, "FEV1", timezone.now(), 1.4, "L")
    alert(ill, found={"numbers": {"baseline": 2.0, "limit99": 1.5}, "evidence": (other,)})
    (row,) = rows(seen(physician))
    assert row.spark is not None
    assert row.spark.band is None


def test_other_analytes_and_preliminary_results_are_no_hemoglobin(north: CareTeam, physician: User) -> None:
    ill = patient(north)
    result(ill, 12, code="FE", unit="umol/L")
    result(ill, 60, status="preliminary")
    (row,) = rows(seen(physician))
    assert (row.last, row.spark) == (None, None)


def test_a_patient_whose_name_was_removed_is_still_listed(north: CareTeam, physician: User) -> None:
    erased = patient(north, "somebody")
    erased.identity.delete()
    assert names(seen(physician)) == ["Name removed"]


def test_who_is_followed_no_more_is_not_listed(north: CareTeam, physician: User) -> None:
    alert(patient(north, active=False), HIGH)
    listed = seen(physician)
    assert (listed.groups, listed.needing) == ((), 0)


def test_another_teams_patients_are_absent(north: CareTeam, physician: User) -> None:
    alert(patient(team("south"), "theirs"), HIGH)
    patient(team("west"), "theirs too")
    alert(patient(north, "ours"), LOW)
    listed = seen(physician)
    assert names(listed) == ["ours"]
    assert (listed.needing, listed.high) == (1, 0)


def test_a_guest_teams_members_see_the_patient_while_it_is_open_to_them(north: CareTeam, physician: User) -> None:
    visitor = patient(team("south"), "visitor")
    access = guest(visitor, north)
    assert names(seen(physician)) == ["visitor"]
    access.ends_at = timezone.now()
    access.save()
    assert names(seen(physician)) == []


def test_a_role_that_reads_no_alert_sees_nobody(north: CareTeam) -> None:
    ill = patient(north)
    alert(ill, HIGH)
    for user in (member(north, "coordinator"), caregiver(ill), account(is_staff=True)):
        assert seen(user).groups == ()


def test_row_level_security_agrees(
    north: CareTeam, physician: User, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    alert(patient(north, "ours"), HIGH)
    alert(patient(team("south"), "theirs"), HIGH)
    with as_web(physician):
        assert names(seen(physician)) == ["ours"]


def crowd(of: CareTeam, *, waiting: int, calm: int) -> list[UUID]:
    """Register patients with an alert, the longest waiting first, then others by name."""
    made = []
    for place in range(waiting + calm):
        one = patient(of, f"patient {place:03}")
        if place < waiting:
            alert(one, MODERATE, hours_open=500 - place)
        made.append(one.pk)
    return made


@pytest.mark.parametrize(("waiting", "calm"), [(60, 0), (55, 5), (50, 10), (20, 40), (0, 60)])
def test_pages_hold_fifty_and_everybody_once(north: CareTeam, physician: User, waiting: int, calm: int) -> None:
    everybody = crowd(north, waiting=waiting, calm=calm)
    first, second, third = (seen(physician, page) for page in (1, 2, 3))
    assert [row.patient.pk for row in rows(first)] == everybody[:PAGE]
    assert [row.patient.pk for row in rows(second)] == everybody[PAGE:]
    assert (first.has_next, second.has_next) == (True, False)
    assert third.groups == ()
    assert (first.first, first.last, second.first, second.last) == (1, 50, 51, 60)
    assert {page.needing for page in (first, second, third)} == {waiting}


def test_exactly_one_page_has_no_next(north: CareTeam, physician: User) -> None:
    crowd(north, waiting=30, calm=20)
    assert seen(physician).has_next is False


def test_sixty_patients_cost_as_many_queries_as_one(north: CareTeam, physician: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            listed = seen(physician)
            assert all(row.name and (row.alert is None or str(row.alert.owner)) for row in rows(listed))
        return len(asked)

    ill = patient(north)
    results(ill, [124, 98])
    alert(ill, HIGH, owner=physician)
    one = cost()
    for place in range(59):
        other = patient(north)
        results(other, [124, 123, 122])
        if place % 2:
            alert(other, MODERATE, owner=physician)
            alert(other, LOW)
    assert cost() == one
    assert one <= 8
