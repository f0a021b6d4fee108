"""What a worklist can be narrowed to, and what its counts say: each filter alone, together, and under row-level security."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts import handling
from alerts.rules.rule import Severity
from monitor import triage
from monitor.filters import Acuity, Filters, Tab
from monitor.reaching import reach
from monitor.triage import Tally
from patients.access import asker
from patients.models import CareTeam, Patient, User
from tests.factories import alert, member, patient, team
from tests.monitor.lists import groups, heard, names, seen

pytestmark = pytest.mark.django_db
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW


@pytest.fixture
def north() -> CareTeam:
    return team("north")


@pytest.fixture
def physician(north: CareTeam) -> User:
    return member(north)


def asleep(of: Patient, severity: Severity = MODERATE, *, hours: float = 5, **fields: Any) -> None:
    """Raise an alert that somebody snoozed for some hours."""
    alert(of, severity, state="snoozed", snoozed_until=timezone.now() + timedelta(hours=hours), **fields)


def test_a_severity_is_that_of_the_worst_alert(north: CareTeam, physician: User) -> None:
    both = patient(north, "both")
    alert(both, HIGH)
    alert(both, LOW)
    alert(patient(north, "low"), LOW)
    heard(patient(north, "silent"), days_ago=70)
    heard(patient(north, "calm"), days_ago=1)
    found = {
        severity: names(seen(physician, severity=severity, tab=Tab.ALL))
        for severity in ("high", "moderate", "low", "silent")
    }
    assert found == {"high": ["both"], "moderate": [], "low": ["low"], "silent": ["silent"]}


def test_a_rule_finds_the_patient_and_keeps_the_severity(north: CareTeam, physician: User) -> None:
    both = patient(north, "both")
    alert(both, HIGH, rule="hemoptysis")
    alert(both, LOW, rule="hemoglobin_fall")
    alert(patient(north, "other"), LOW, rule="hemoptysis")
    alert(patient(north, "over"), LOW, rule="hemoglobin_fall", state="recovered")
    heard(patient(north, "silent"), days_ago=70)
    assert groups(seen(physician, rule="hemoglobin_fall", tab=Tab.ALL)) == {Acuity.HIGH: ["both"]}


def test_unacknowledged_is_who_has_any_alert_that_nobody_took_on(north: CareTeam, physician: User) -> None:
    alert(patient(north, "taken on"), HIGH, state="acknowledged")
    partly = patient(north, "partly")
    alert(partly, HIGH, state="acknowledged")
    alert(partly, LOW)
    alert(patient(north, "new"), MODERATE)
    assert names(seen(physician, unacknowledged=True)) == ["partly", "new"]


def test_a_test_is_overdue_from_the_time_that_the_watch_named(north: CareTeam, physician: User) -> None:
    heard(patient(north, "film overdue"), days_ago=2, overdue=True)
    late = patient(north, "ill and overdue")
    alert(late)
    heard(late, days_ago=2, overdue=True)
    alert(patient(north, "ill"))
    heard(patient(north, "silent, nothing overdue"), days_ago=None)
    assert names(seen(physician, overdue=True)) == ["ill and overdue"]
    assert names(seen(physician, overdue=True, tab=Tab.ALL)) == ["ill and overdue", "film overdue"]


def test_a_team_is_the_responsible_one(north: CareTeam, physician: User) -> None:
    south = team("south")
    physician.memberships.create(team=south, role="nurse", starts_at=physician.memberships.get().starts_at)
    for of in (north, south):
        alert(patient(of, of.name))
    listed = seen(physician, team=south.pk)
    assert names(listed) == ["south"]
    assert [chip.words for chip in listed.chips] == ["Team: south"]
    assert listed.teams == {north.pk: "north", south.pk: "south"}
    assert names(seen(physician, team=team("west").pk)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("veit", ["Mara Veit"]),
        ("demo-7", ["Jan Nowak"]),
        ("hemoptysis of 3 ml", ["Jan Nowak"]),
        ("%", []),
        ("a", ["Jan Nowak", "Mara Veit"]),
        ("nobody", []),
    ],
)
@pytest.mark.parametrize("few", [2000, 0])
def test_a_text_is_looked_for_in_names_numbers_and_reasons(
    north: CareTeam, physician: User, monkeypatch: pytest.MonkeyPatch, text: str, found: list[str], few: int
) -> None:
    monkeypatch.setattr(triage, "FEW", few)  # the same by ids, and row by row
    alert(patient(north, "Jan Nowak", identifier="DEMO-77"), HIGH, found={"sentence": "Hemoptysis of 3 mL."})
    heard(patient(north, "Mara Veit", identifier="DEMO-8"), days_ago=70)
    alert(patient(team("south"), "Vera Veit", identifier="DEMO-79"), HIGH)
    assert names(seen(physician, text=text)) == found


def test_mine_are_those_i_treat_and_those_whose_alert_i_took_on(north: CareTeam, physician: User) -> None:
    other = member(north)
    alert(patient(north, "my patient", clinician=physician), LOW)
    alert(patient(north, "my alert", clinician=other), HIGH, state="acknowledged", owner=physician)
    alert(patient(north, "another's"), HIGH, state="acknowledged", owner=other)
    alert(patient(north, "was my alert"), HIGH, state="resolved", owner=physician)
    heard(patient(north, "mine, calm", clinician=physician), days_ago=1)
    listed = seen(physician, tab=Tab.MINE)
    assert names(listed) == ["my alert", "my patient", "mine, calm"]
    assert [tab.count for tab in listed.tabs] == ["3", "3", "5", "0"]


def test_what_is_not_on_the_view_is_still_counted(north: CareTeam, physician: User) -> None:
    alert(patient(north), HIGH)
    alert(patient(north, "low"), LOW)
    listed = seen(physician, severity="low")
    assert names(listed) == ["low"]
    assert (listed.high, listed.summary) == ("1", ("1 today", "1 this week"))
    assert [group.count for group in listed.groups] == ["1"]


def test_the_snoozed_leave_the_list_and_are_found_on_one_of_their_own(north: CareTeam, physician: User) -> None:
    asleep(patient(north, "until later"), hours=9)
    twice = patient(north, "until soon")
    asleep(twice, LOW, hours=2)
    asleep(twice, HIGH, hours=30)
    partly = patient(north, "partly")
    asleep(partly, HIGH)
    alert(partly, LOW)
    asleep(patient(north, "awake again"), hours=-1)
    asleep(patient(team("south"), "theirs"))
    listed = seen(physician)
    assert groups(listed) == {Acuity.MODERATE: ["awake again"], Acuity.LOW: ["partly"]}
    assert (listed.everyone.needing, listed.snoozed) == (2, "3")
    assert listed.next_wakes is not None
    assert timedelta(hours=1) < listed.next_wakes - timezone.now() < timedelta(hours=2)
    found = seen(physician, tab=Tab.SNOOZED)
    assert groups(found) == {Acuity.ASLEEP: ["until soon", "partly", "until later"]}
    assert [group.count for group in found.groups] == ["3"]
    assert (listed.snoozed_address, found.snoozed_address) == ("?tab=snoozed", "")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"severity": "high"}, ["first"]),
        ({"rule": "hemoptysis"}, ["second"]),
        ({"text": "seco"}, ["second"]),
        ({"unacknowledged": True}, []),
        ({"page": 2}, []),
    ],
)
def test_the_list_of_the_snoozed_is_narrowed_like_any(
    north: CareTeam, physician: User, wanted: dict[str, Any], found: list[str]
) -> None:
    asleep(patient(north, "first"), HIGH, hours=1, rule="hemoglobin_fall")
    second = patient(north, "second")
    asleep(second, LOW, hours=2, rule="hemoptysis")
    alert(patient(north, "awake"), HIGH, rule="hemoptysis")
    assert names(seen(physician, tab=Tab.SNOOZED, **wanted)) == found


@pytest.mark.parametrize("few", [2000, 0])
def test_a_snoozed_alert_is_found_by_its_reason_where_the_snoozed_are(
    north: CareTeam, physician: User, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(triage, "FEW", few)  # the same by ids, and row by row
    asleep(patient(north, "asleep"), HIGH, found={"sentence": "Hemoptysis of 3 mL."})
    alert(patient(north, "awake"), LOW, found={"sentence": "Hemoptysis of 1 mL."})
    both = patient(north, "awake by that")
    asleep(both, HIGH, found={"sentence": "Ferritin is low."})
    alert(both, LOW, found={"sentence": "Hemoptysis of 2 mL."})
    assert names(seen(physician, tab=Tab.SNOOZED, text="hemoptysis")) == ["asleep"]
    assert names(seen(physician, text="hemoptysis")) == ["awake", "awake by that"]


def test_more_snoozed_than_are_counted_fill_pages(
    north: CareTeam, physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triage, "CEILING", 3)
    monkeypatch.setattr(triage, "PAGE", 2)
    for hours in range(1, 6):
        asleep(patient(north, f"{hours}"), hours=hours)
    pages = [seen(physician, tab=Tab.SNOOZED, page=page) for page in (1, 2, 3)]
    assert [names(page) for page in pages] == [["1", "2"], ["3", "4"], ["5"]]
    assert [page.has_next for page in pages] == [True, True, False]
    assert (pages[0].snoozed, pages[0].groups[0].count) == ("3+", "3+")


def test_a_snoozed_patient_who_is_silent_is_not_hidden(north: CareTeam, physician: User) -> None:
    ill = patient(north, "snoozed and silent")
    asleep(ill)
    heard(ill, days_ago=90)
    listed = seen(physician)
    assert groups(listed) == {Acuity.SILENT: ["snoozed and silent"]}
    assert listed.snoozed == "1"


def test_an_assigned_alert_is_mine_and_one_that_i_gave_away_is_not(north: CareTeam, physician: User) -> None:
    other = member(north)
    for name, by, to in (("given to me", other, physician), ("given away", physician, other)):
        raised = alert(patient(north, name))
        handling.assign(raised.pk, by=by, at=timezone.now(), to=to)
    assert names(seen(physician, tab=Tab.MINE)) == ["given to me"]


def test_filters_work_together(north: CareTeam, physician: User) -> None:
    wanted = patient(north, "Mara Veit", clinician=physician)
    alert(wanted, HIGH, rule="hemoptysis")
    heard(wanted, days_ago=3, overdue=True)
    for name, severity, rule in (("Mara Klein", HIGH, "hemoglobin_fall"), ("Mara Groß", LOW, "hemoptysis")):
        alert(patient(north, name, clinician=physician), severity, rule=rule)
    listed = seen(
        physician, tab=Tab.MINE, team=north.pk, severity="high", rule="hemoptysis", unacknowledged=True, overdue=True,
        text="mara",
    )  # fmt: skip
    assert names(listed) == ["Mara Veit"]
    assert len(listed.chips) == 6


def test_counts_end_at_a_ceiling(north: CareTeam, physician: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "CEILING", 3)
    monkeypatch.setattr(triage, "PAGE", 2)
    for _ in range(2):
        alert(patient(north), HIGH)
    for _ in range(5):
        alert(patient(north), LOW)
        heard(patient(north), days_ago=80)
    who = asker(physician, at=timezone.now())
    assert who is not None
    counted = triage.tally(reach(who), Filters())
    assert {group: counted.said(group) for group in Acuity} == {
        Acuity.HIGH: "2", Acuity.MODERATE: "", Acuity.LOW: "1+", Acuity.SILENT: "3+", Acuity.CALM: "", Acuity.ASLEEP: "",
    }  # fmt: skip
    assert counted.needing_said == "3+"
    assert triage.tally(reach(who), Filters(page=3)).said(Acuity.LOW) == "5"  # beyond the page it is exact


@pytest.mark.parametrize(
    ("counts", "said", "all_of_them"),
    [
        ({}, ["", ""], "0"),
        ({Acuity.HIGH: 200}, ["200", ""], "200"),
        ({Acuity.HIGH: 201}, ["200+", ""], "200+"),
        ({Acuity.HIGH: 1, Acuity.SILENT: 201}, ["1", "200+"], "200+"),
        ({Acuity.HIGH: 150, Acuity.SILENT: 150}, ["150", "150"], "200+"),
    ],
)
def test_counts_in_figures(counts: dict[Acuity, int], said: list[str], all_of_them: str) -> None:
    counted = Tally(counts)
    assert [counted.said(group) for group in (Acuity.HIGH, Acuity.SILENT)] == said
    assert counted.needing_said == all_of_them
