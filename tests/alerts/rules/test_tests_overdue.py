"""Regular tests that are overdue: one finding for all of them, with dates, that comes back for another test only."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import monitoring
from alerts.rules import blood_count_overdue
from alerts.rules.doses import midnight
from alerts.rules.rule import Clear, Finding, Severity
from alerts.rules.tests_overdue import RULE
from patients.history import History
from tests.alerts.rules.histories import (
    CHILD,
    answer,
    event,
    finding,
    history,
    measured,
    on,
    person,
    recheck,
    series,
    treatment,
)

NB = "\u00a0"
BLOOD, IRON = series([(0, 120.0)]), measured("FERRITIN", (0, 40.0))


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def test_one_test_late_by_a_fifth_of_its_interval_is_low() -> None:
    assert isinstance(answer(RULE, history(BLOOD, at=33.5)), Clear)
    found = finding(RULE, history(BLOOD, at=34))
    assert (found.severity, found.subject, found.level, found.latching) == (Severity.LOW, "", 0, False)
    assert found.sentence == "1 regular test is overdue: blood count."
    assert found.arithmetic == (
        f"Blood count: last on 1{NB}Jan{NB}2024, due every 28{NB}days; due on 29{NB}Jan{NB}2024, overdue from 4{NB}Feb{NB}2024",
    )
    assert found.since == midnight(history(BLOOD, at=34), day(34))


def test_several_are_one_finding_whose_bout_is_that_of_the_newest() -> None:
    known = history(BLOOD, IRON, events=[event(0, "ecg"), event(0, "chest_xray", id=7)], at=450)
    found = finding(RULE, known)
    assert found.sentence == "4 regular tests are overdue: blood count, iron studies, chest film and ECG."
    assert found.since == midnight(known, day(365 + 73))
    assert finding(RULE, known, at=437).since == midnight(known, day(180 + 36))
    assert len(found.evidence) == 4
    assert {row.role for row in found.evidence} == {"support"}


def test_a_count_told_by_itself_is_not_told_again() -> None:
    ill = event(0, "exacerbation", status="confirmed", until=day(90).isoformat())
    known = history(BLOOD, IRON, events=[ill], at=60)
    for at in range(9, 15):
        assert "blood count" in finding(RULE, known, at=at).sentence
        assert isinstance(answer(blood_count_overdue.RULE, known, at=at), Clear)
    assert isinstance(answer(RULE, known, at=15), Clear)
    assert isinstance(answer(blood_count_overdue.RULE, known, at=15), Finding)


def test_what_was_never_done_is_no_matter_of_this_rule() -> None:
    assert isinstance(answer(RULE, history(at=2000)), Clear)


def test_what_steroids_ask_for_is_overdue_though_never_done() -> None:
    known = history(treatments=[treatment(0, "prednisone", dose=20, unit="mg")], at=40)
    found = finding(RULE, known)
    assert "glucose" in found.sentence
    assert any("steroids since 1" in line for line in found.arithmetic)
    assert {row.kind for row in found.evidence} == {"treatment"}


def test_a_child_in_remission_needs_no_film() -> None:
    film = event(0, "chest_xray")
    well = [film, event(5, "remission", id=3)]
    assert isinstance(answer(RULE, history(patient=CHILD, events=well, at=300)), Clear)
    assert isinstance(answer(RULE, history(events=well, at=300)), Finding)


def test_an_interval_that_changes_by_the_calendar_is_asked_for() -> None:
    grown = person(CHILD, birth_date=date(2006, 3, 1))  # 18 on 1 March 2024, day 60
    known = history(measured("FVC", (0, 3.0)), patient=grown, at=50)
    assert recheck(RULE, known) == midnight(known, day(60))
    assert isinstance(answer(RULE, known, at=109), Clear)  # every 180 days from then on: 90 before


def test_each_recorded_ends_it_and_who_died_is_not_waited_for() -> None:
    again = history(series([(0, 120.0), (35, 121.0)]), at=36)
    assert isinstance(answer(RULE, again), Clear)
    late = history(BLOOD, at=100)
    gone = History(person(death_date=day(90)), 1, late.at, late.series)
    assert isinstance(answer(RULE, gone), Clear)


@pytest.mark.parametrize(("percent", "first"), [(0, 29), (20, 34), (50, 42), (100, 56)])
def test_the_share_of_the_interval_may_be_chosen(percent: float, first: int) -> None:
    assert isinstance(answer(RULE, history(BLOOD, at=first - 0.5), overdue_percent=percent), Clear)
    assert isinstance(answer(RULE, history(BLOOD, at=first), overdue_percent=percent), Finding)


@given(st.integers(0, 900), st.lists(st.sampled_from(["FERRITIN", "CREA", "FVC", "DLCO", "SPO2"]), unique=True))
def test_it_names_what_the_to_dos_call_overdue(at: int, codes: list[str]) -> None:
    known = history(BLOOD, *(measured(code, (0, 5.0)) for code in codes), at=at)
    found = answer(RULE, known)
    late = [due for due in monitoring.schedule(known) if (todo := due.todo(on(at).date())) is not None and todo.overdue]
    assert isinstance(found, Finding) == bool(late)
    if isinstance(found, Finding):
        assert len(found.arithmetic) == len(late) == found.numbers["tests"]
        assert all(due.what in line for due, line in zip(late, found.arithmetic, strict=True))


@given(st.integers(34, 117), st.integers(0, 80))
def test_the_finding_stays_the_same_while_nothing_more_is_late(first: int, more: int) -> None:
    known = history(BLOOD, IRON, at=200)
    later = min(107, first + more)
    if first <= 107:
        assert finding(RULE, known, at=first) == finding(RULE, known, at=later)
