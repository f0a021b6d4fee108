"""The worklist: who comes first, who comes at all, in which group, and on which page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from alerts.rules.rule import Severity
from monitor.filters import Acuity, Tab
from monitor.triage import PAGE
from patients.models import CareTeam, User
from tests.factories import account, alert, caregiver, guest, member, patient, team
from tests.monitor.lists import groups, heard, names, rows, seen

pytestmark = pytest.mark.django_db
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north)


def test_the_most_urgent_comes_first_then_who_waits_longest(north: CareTeam, physician: User) -> None:
    for name, severity, hours in (
        ("low", LOW, 900),
        ("moderate, new", MODERATE, 1),
        ("high, new", HIGH, 1),
        ("moderate, old", MODERATE, 48),
        ("high, old", HIGH, 5),
    ):
        alert(patient(north, name), severity, hours_open=hours)
    assert names(seen(physician)) == ["high, old", "high, new", "moderate, old", "moderate, new", "low"]


def test_an_old_alert_of_low_severity_makes_a_new_high_one_no_older(north: CareTeam, physician: User) -> None:
    alert(patient(north, "waiting"), HIGH, hours_open=3)
    both = patient(north, "both")
    alert(both, HIGH, hours_open=1)
    alert(both, LOW, hours_open=900)
    assert names(seen(physician)) == ["waiting", "both"]


def test_after_the_alerts_come_the_silent_the_longest_silent_first(north: CareTeam, physician: User) -> None:
    for name, days in (("silent 40 days", 40), ("heard", 3), ("silent 74 days", 74), ("never heard", None)):
        heard(patient(north, name), days_ago=days)
    ill = patient(north, "ill and silent")
    alert(ill, LOW)
    heard(ill, days_ago=400)
    assert groups(seen(physician)) == {
        Acuity.LOW: ["ill and silent"],
        Acuity.SILENT: ["never heard", "silent 74 days", "silent 40 days"],
    }


def test_who_is_silent_is_judged_by_the_interval_and_not_by_the_age_of_the_result(
    north: CareTeam, physician: User
) -> None:
    heard(patient(north, "active disease"), days_ago=10, every=9)
    heard(patient(north, "maintenance"), days_ago=30, every=34)
    assert groups(seen(physician)) == {Acuity.SILENT: ["active disease"]}


def test_everybody_are_the_others_too_the_next_blood_count_first(north: CareTeam, physician: User) -> None:
    heard(patient(north, "later"), days_ago=3)
    heard(patient(north, "soon"), days_ago=20)
    patient(north, "never judged")
    alert(patient(north, "ill"), LOW)
    heard(patient(north, "silent"), days_ago=50)
    found = seen(physician, tab=Tab.ALL)
    assert groups(found) == {
        Acuity.LOW: ["ill"],
        Acuity.SILENT: ["silent"],
        Acuity.CALM: ["soon", "later", "never judged"],
    }
    assert rows(found)[-1].judged_at is None
    assert [(tab.words, tab.count, tab.current) for tab in found.tabs] == [
        ("Needs attention", "2", False),
        ("Mine", "0", False),
        ("All", "5", True),
        ("Snoozed", "0", False),
    ]


def test_groups_say_how_many_and_how_soon(north: CareTeam, physician: User) -> None:
    for severity in (HIGH, LOW, LOW):
        alert(patient(north), severity)
    heard(patient(north), days_ago=74)
    listed = seen(physician)
    assert [(group.title, group.count, group.meaning) for group in listed.groups] == [
        ("High", "1", "a physician today"),
        ("Low", "2", "this week"),
        ("No data", "1", "longest silent first; these cannot be judged"),
    ]
    assert (listed.everyone.needing, listed.high, listed.high_count) == (4, "1", 1)
    assert listed.summary == ("1 today", "2 this week", "1 without data")


@pytest.mark.parametrize("state", ["resolved", "recovered"])
def test_what_is_closed_asks_for_nobody(north: CareTeam, physician: User, state: str) -> None:
    alert(patient(north), HIGH, state=state)
    listed = seen(physician)
    assert (listed.groups, listed.everyone.needing, listed.high, listed.summary) == ((), 0, "", ())
    (row,) = rows(seen(physician, tab=Tab.ALL))
    assert (row.alert, row.severity, row.sentence, row.first_at, row.more) == (None, None, "", None, 0)


def test_what_is_acknowledged_stays_on_the_list(north: CareTeam, physician: User) -> None:
    alert(patient(north), HIGH, state="acknowledged", owner=physician)
    (row,) = rows(seen(physician))
    assert row.owner == physician


def test_who_is_followed_no_more_is_not_listed(north: CareTeam, physician: User) -> None:
    gone = patient(north, active=False)
    alert(gone, HIGH)
    heard(gone, days_ago=100)
    for tab in Tab:
        listed = seen(physician, tab=tab)
        assert (listed.groups, listed.everyone.needing, listed.everybody) == ((), 0, "0")


def test_another_teams_patients_are_absent(north: CareTeam, physician: User) -> None:
    alert(patient(team("south"), "theirs"), HIGH)
    heard(patient(team("west"), "theirs too"), days_ago=100)
    alert(patient(north, "ours"), LOW)
    listed = seen(physician, tab=Tab.ALL)
    assert names(listed) == ["ours"]
    assert (listed.everyone.needing, listed.high, listed.everybody) == (1, "", "1")


def test_a_guest_teams_members_see_the_patient_while_it_is_open_to_them(north: CareTeam, physician: User) -> None:
    visitor = patient(team("south"), "visitor")
    alert(visitor)
    access = guest(visitor, north)
    assert names(seen(physician)) == ["visitor"]
    access.ends_at = timezone.now()
    access.save()
    assert names(seen(physician)) == []


def test_who_coordinates_the_responsible_team_reads_no_alert_as_a_guest(north: CareTeam, physician: User) -> None:
    south = team("south")
    physician.memberships.create(team=south, role="coordinator", starts_at=physician.memberships.get().starts_at)
    visitor = patient(south, "visitor")
    alert(visitor)
    guest(visitor, north)
    assert names(seen(physician, tab=Tab.ALL)) == []


def test_a_role_that_reads_no_alert_sees_nobody(north: CareTeam) -> None:
    ill = patient(north)
    alert(ill, HIGH)
    heard(patient(north), days_ago=99)
    for user in (member(north, "coordinator"), caregiver(ill), account(is_staff=True)):
        listed = seen(user, tab=Tab.ALL)
        assert (listed.groups, listed.everyone.needing, listed.everybody) == ((), 0, "0")


@pytest.mark.parametrize(
    ("tab", "found"),
    [
        (Tab.NEEDS, ["ours", "ours, silent"]),
        (Tab.ALL, ["ours", "ours, silent", "ours, asleep"]),
        (Tab.MINE, ["ours", "ours, silent", "ours, asleep"]),
        (Tab.SNOOZED, ["ours, asleep"]),
    ],
)
def test_row_level_security_agrees(
    north: CareTeam, physician: User, as_web: Callable[[User], AbstractContextManager[None]], tab: Tab, found: list[str]
) -> None:
    until = timezone.now() + timedelta(days=1)
    for of, name in ((north, "ours"), (team("south"), "theirs")):
        alert(patient(of, name, clinician=physician), HIGH)
        heard(patient(of, f"{name}, silent", clinician=physician), days_ago=70)
        alert(patient(of, f"{name}, asleep", clinician=physician), HIGH, state="snoozed", snoozed_until=until)
    with as_web(physician):
        assert names(seen(physician, tab=tab)) == found


def crowd(of: CareTeam, *, waiting: int, silent: int, calm: int) -> list[UUID]:
    """Register patients with an alert, then silent ones, then others, each in the order of the list."""
    made = []
    for place in range(waiting + silent + calm):
        one = patient(of, f"patient {place:03}")
        if place < waiting:
            alert(one, MODERATE, hours_open=500 - place)
        elif place < waiting + silent:
            heard(one, days_ago=400 - place)
        else:
            heard(one, days_ago=20 - place / 10)
        made.append(one.pk)
    return made


@pytest.mark.parametrize(
    ("waiting", "silent", "calm"), [(60, 0, 0), (45, 10, 5), (20, 20, 20), (0, 60, 0), (0, 5, 55), (50, 5, 5)]
)
def test_pages_hold_fifty_and_everybody_once(
    north: CareTeam, physician: User, waiting: int, silent: int, calm: int
) -> None:
    everybody = crowd(north, waiting=waiting, silent=silent, calm=calm)
    first, second, third = (seen(physician, tab=Tab.ALL, page=page) for page in (1, 2, 3))
    assert [row.patient.pk for row in rows(first)] == everybody[:PAGE]
    assert [row.patient.pk for row in rows(second)] == everybody[PAGE:]
    assert (first.has_next, second.has_next) == (True, False)
    assert third.groups == ()
    assert (first.first, first.last, second.first, second.last) == (1, 50, 51, 60)
    assert (first.previous_page, first.next_page) == ("", "?tab=all&page=2")
    assert (second.previous_page, second.next_page) == ("?tab=all", "")
    assert {page.everyone.needing for page in (first, second, third)} == {waiting + silent}


def test_exactly_one_page_has_no_next(north: CareTeam, physician: User) -> None:
    crowd(north, waiting=20, silent=10, calm=20)
    assert seen(physician, tab=Tab.ALL).has_next is False


def test_who_was_never_judged_comes_last_on_every_page(north: CareTeam, physician: User) -> None:
    known = crowd(north, waiting=10, silent=10, calm=35)
    new = sorted(patient(north).pk for _ in range(50))
    pages = [[row.patient.pk for row in rows(seen(physician, tab=Tab.ALL, page=page))] for page in (1, 2, 3)]
    assert [one for page in pages for one in page] == [*known, *new]
    assert [len(page) for page in pages] == [50, 50, 5]
