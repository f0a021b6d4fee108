"""A blood count that does not come in active disease or during a taper: from which day it is told, and what ends it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.blood_count_overdue import RULE
from alerts.rules.doses import midnight
from alerts.rules.rule import Clear, Finding, Severity, Telling
from patients.history import History
from tests.alerts.rules.histories import answer, event, finding, history, on, person, recheck, series, treatment

NB = "\u00a0"


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def active(*counts: float, at: float, until: int = 90) -> History:
    """Return a history in an exacerbation from day 0 on, with blood counts on these days."""
    ill = event(0, "exacerbation", status="confirmed", until=day(until).isoformat())
    return history(series([(one, 110.0) for one in counts]), events=[ill], at=at)


def tapering(*counts: float, at: float) -> History:
    """Return a history in a taper of three steps of four weeks, with blood counts on these days."""
    steps = [
        treatment(28 * place, "prednisone", until=28 * place + 27, dose=mg, unit="mg", intent="planned", plan="one")
        for place, mg in enumerate((30.0, 20.0, 10.0))
    ]
    return history(series([(one, 120.0) for one in counts]), treatments=steps, at=at)


def test_in_active_disease_a_count_every_seven_days_is_told_on_the_fifteenth() -> None:
    assert isinstance(answer(RULE, active(0, at=14)), Clear)  # the day of the next count
    assert isinstance(answer(RULE, active(0, at=14.5)), Clear)
    found = finding(RULE, active(0, at=15))
    assert (found.severity, found.level, found.latching, found.telling) == (
        Severity.MODERATE, 0, False, Telling.USUAL)  # fmt: skip
    assert found.sentence == (
        f"No blood count since it was due on 8{NB}Jan{NB}2024: during active disease blood is counted every 7{NB}days."
    )
    assert found.since == midnight(active(0, at=15), day(15))
    assert found.numbers == {"interval_days": 7}
    assert [row.role for row in found.evidence] == ["support"]


def test_in_a_taper_a_count_every_fourteen_days_is_told_on_the_twenty_ninth() -> None:
    assert isinstance(answer(RULE, tapering(2, at=30.5)), Clear)
    found = finding(RULE, tapering(2, at=31))
    assert "during a steroid taper blood is counted every 14" in found.sentence
    assert found.evidence[0].effective_at == on(2)


def test_neither_active_nor_in_a_taper_is_no_matter_of_this_rule() -> None:
    assert isinstance(answer(RULE, history(series([(0, 120.0)]), at=400)), Clear)
    assert isinstance(answer(RULE, history(at=400)), Clear)


def test_a_count_ends_it_whatever_its_value_and_a_preliminary_one_does_not() -> None:
    assert isinstance(answer(RULE, active(0, 14, at=14.5)), Clear)
    ill = event(0, "exacerbation", status="confirmed", until=day(90).isoformat())
    preliminary = history(series([(0, 110.0), (14, 60.0)], preliminary=[1]), events=[ill], at=15)
    assert isinstance(answer(RULE, preliminary), Finding)


def test_the_end_of_the_exacerbation_ends_it_and_is_asked_for() -> None:
    known = active(0, at=15, until=20)
    assert isinstance(answer(RULE, known), Finding)
    assert recheck(RULE, known) == midnight(known, day(21))
    assert isinstance(answer(RULE, known, at=21), Clear)


def test_the_end_of_the_taper_ends_it_four_weeks_after_its_last_step() -> None:
    known = tapering(2, at=83)
    assert isinstance(answer(RULE, known), Finding)
    assert isinstance(answer(RULE, known, at=84), Clear)  # the plan is over, and the last step began 28 days ago


def test_who_has_died_is_not_waited_for() -> None:
    known = active(0, at=30)
    gone = History(person(death_date=day(20)), 1, known.at, known.series, known.events)
    assert isinstance(answer(RULE, gone), Clear)
    assert isinstance(answer(RULE, gone, at=19), Finding)


@pytest.mark.parametrize(("percent", "first"), [(20, 10), (50, 12), (100, 15), (200, 22)])
def test_the_share_of_the_interval_may_be_chosen(percent: float, first: int) -> None:
    name = "blood_count_overdue_percent"
    assert isinstance(answer(RULE, active(0, at=first - 0.5), **{name: percent}), Clear)
    assert f"late by more than {percent:g}{NB}%" in finding(RULE, active(0, at=first), **{name: percent}).threshold


def test_days_are_those_of_the_patients_calendar() -> None:
    known = active(0, at=14.7)  # 16 Jan, 00:48 UTC; still the 15th in Denver
    assert isinstance(answer(RULE, known), Finding)
    there = History(person(time_zone="America/Denver"), 1, known.at, known.series, known.events)
    assert isinstance(answer(RULE, there), Clear)
    assert recheck(RULE, there) == midnight(there, day(15))
    assert isinstance(answer(RULE, there, at=15), Finding)


@given(st.integers(15, 89), st.integers(0, 60))
def test_the_finding_stays_the_same_while_nothing_comes(first: int, more: int) -> None:
    known = active(0, at=100)
    then = min(89, first + more)
    assert finding(RULE, known, at=first) == finding(RULE, known, at=then)
