"""Whether the own adrenal glands may be asleep: reached after weeks of 5 mg, over a year after a recorded stop."""

from dataclasses import replace

import pytest

from alerts.adrenal import SICK_DAYS, Risk, risk
from patients.history import History
from tests.alerts.rules.dosages import day, planned, story, taken, taper
from tests.alerts.rules.histories import history

NB = "\u00a0"


def reached(known: History) -> Risk:
    found = risk(known)
    assert found is not None
    return found


def test_it_is_reached_after_three_weeks() -> None:
    found = reached(story(taken(0, 7.5), now=21))
    assert found == Risk(day(21), None, None, f"5{NB}mg of prednisone a day or more for 21 days, on 22{NB}Jan{NB}2024")


@pytest.mark.parametrize(
    ("mg", "now", "at_risk"), [(5, 20, True), (5, 19, False), (4.9, 100, False), (60, 20, True), (60, 10, False)]
)
def test_dose_and_time_are_both_needed(mg: float, now: int, at_risk: bool) -> None:
    """On the 21st day of use, day 20 of the story, three weeks are full."""
    assert (risk(story(taken(0, mg), now=now)) is not None) is at_risk


def test_a_plan_counts_as_it_is_planned() -> None:
    assert reached(story(taper(40, 20, 5), now=60)).reached == day(21)


def test_it_lasts_while_less_is_taken_or_nothing_is_known() -> None:
    assert reached(story(taken(0, 20, 29), taken(30, 2.5), now=900)).until is None
    assert reached(story(taken(0, 20, 29), now=900)).stopped is None


def test_it_is_over_a_year_after_a_recorded_stop() -> None:
    rows = (taken(0, 20, 29), taken(30, 0))
    found = reached(story(*rows, now=395))
    assert (found.stopped, found.until) == (day(30), day(395))
    assert found.words.endswith(f"; stopped on 31{NB}Jan{NB}2024, at risk until 30{NB}Jan{NB}2025")
    assert risk(story(*rows, now=396)) is None


def test_a_restart_counts_from_the_last_long_use() -> None:
    rows = (taken(0, 20, 29), taken(30, 0, 99), taken(100, 20, 129), taken(130, 0))
    found = reached(story(*rows, now=200))
    assert (found.reached, found.stopped) == (day(121), day(130))


def test_a_gap_in_the_records_is_no_use() -> None:
    assert risk(story(taken(0, 20, 14), taken(20, 20, 34), now=34)) is None


def test_who_takes_none_is_at_no_risk() -> None:
    assert risk(history(at=100)) is None
    assert risk(story(taken(0, 100, drug="azathioprine"), now=100)) is None


def test_numbers_may_be_chosen() -> None:
    known = story(taken(0, 4), now=60)
    assert risk(known) is None
    assert reached(replace(known, settings={"adrenal_mg": 4.0})).reached == day(21)
    assert risk(replace(story(planned(0, 20), now=30), settings={"adrenal_days": 42.0})) is None
    stopped = story(taken(0, 20, 29), taken(30, 0), now=200)
    assert risk(replace(stopped, settings={"adrenal_until_days": 90.0})) is None


def test_the_reminder_says_that_no_dose_is_left_out() -> None:
    assert "never left out" in SICK_DAYS
    assert "No stop without a plan" in SICK_DAYS
