"""A recorded stop out of weeks of use, never silence: each stop is a finding that a person closes."""

import pytest

from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from alerts.rules.steroid_abrupt_stop import RULE
from patients.history import History
from tests.alerts.rules.dosages import planned, story, taken, tapped
from tests.alerts.rules.histories import answer, finding, history, on, recheck

NB = "\u00a0"


def answers(known: History) -> tuple[Answer, ...]:
    return RULE.judge(known, RULE.resolved({}), known.at).answers


def test_what_is_told() -> None:
    found = finding(RULE, story(taken(0, 20, 29), taken(30, 0), now=31))
    assert found.severity is Severity.HIGH
    assert found.latching
    assert found.subject == "2024-01-31"
    assert found.sentence == (
        f"Steroids were stopped on 31{NB}Jan{NB}2024 from 20{NB}mg a day, after 21{NB}days or more of use. "
        "The adrenal glands may not answer an illness: it is to be decided today whether to go on."
    )
    assert found.threshold == f"A recorded stop from 5{NB}mg a day or more, after 21{NB}days of use"
    assert [(row.role, row.value) for row in found.evidence] == [("result", 0), ("baseline", 20)]
    assert found.numbers == {"before": 20}
    assert found.since == on(30).replace(hour=0)
    assert found.clears_when == "A person closes it, with a reason."
    assert found.arithmetic == (f"Before: 20{NB}mg a day; from 31{NB}Jan{NB}2024 on: 0{NB}mg recorded",)


@pytest.mark.parametrize(("mg", "days", "raised"), [(5, 21, True), (4.9, 21, False), (5, 20, False), (60, 200, True)])
def test_both_limits_must_be_reached(mg: float, days: int, raised: bool) -> None:
    known = story(taken(0, mg, days - 1), taken(days, 0), now=days)
    assert isinstance(answer(RULE, known), Clear) is not raised


def test_silence_is_no_stop() -> None:
    assert isinstance(answer(RULE, story(taken(0, 20, 29), now=40)), Clear)
    assert isinstance(answer(RULE, story(planned(0, 20, 29), now=40)), Clear)
    assert isinstance(answer(RULE, history(at=40)), Clear)


@pytest.mark.parametrize(("zeros", "raised"), [(1, False), (2, True)])
def test_one_forgotten_day_is_no_stop_and_two_are(zeros: int, raised: bool) -> None:
    rows = [*tapped(0, 29, 20), *tapped(30, 29 + zeros, 0)]
    for now in (29 + zeros, 40):
        assert isinstance(answer(RULE, story(planned(0, 20), rows, now=now)), Clear) is not raised


def test_a_plan_down_to_nothing_is_no_excuse() -> None:
    known = story([planned(0, 10), planned(30, 0)], taken(0, 10, 29), taken(30, 0), now=30)
    assert finding(RULE, known).numbers["before"] == 10


def test_a_plan_that_ran_to_nothing_unsaid_is_no_stop() -> None:
    assert isinstance(answer(RULE, story([planned(0, 10), planned(30, 0)], now=40)), Clear)


def test_what_was_planned_before_counts_as_taken() -> None:
    assert finding(RULE, story(planned(0, 20), taken(30, 0), now=30)).numbers["before"] == 20


def test_another_steroid_in_its_place_is_no_stop() -> None:
    rows = (taken(0, 20, 29), taken(30, 0), taken(30, 16, drug="methylprednisolone"))
    assert isinstance(answer(RULE, story(*rows, now=30)), Clear)


def test_a_gap_before_it_leaves_open_how_long_it_was() -> None:
    found = answer(RULE, story(taken(0, 20, 50), taken(60, 20, 69), taken(70, 0), now=70))
    assert isinstance(found, CannotJudge)
    assert found.subject == "2024-03-11"
    assert found.reason == (
        f"it is not recorded for how long steroids were taken before they were stopped on 11{NB}Mar{NB}2024"
    )
    small = story(taken(0, 20, 50), taken(60, 4, 69), taken(70, 0), now=70)
    assert isinstance(answer(RULE, small), Clear)
    first = story(taken(60, 20, 69), taken(70, 0), now=70)
    assert isinstance(answer(RULE, first), Clear)


def test_an_unknown_dose_before_is_not_judged_as_a_stop() -> None:
    assert isinstance(answer(RULE, story(taken(0, 20, 50), taken(70, 0), now=70)), Clear)


def test_days_without_any_before_end_a_use() -> None:
    rows = (taken(0, 20, 29), taken(30, 0, 39), taken(40, 20, 49), taken(50, 0))
    found = answers(story(*rows, now=50))
    assert [one.subject for one in found if isinstance(one, Finding)] == ["2024-01-31"]


def test_two_stops_are_two_findings() -> None:
    rows = (taken(0, 20, 29), taken(30, 0, 32), taken(33, 20, 53), taken(54, 0))
    found = answers(story(*rows, now=56))
    assert [one.subject for one in found if isinstance(one, Finding)] == ["2024-01-31", "2024-02-24"]


def test_four_weeks_later_it_is_told_no_more() -> None:
    rows = (taken(0, 20, 29), taken(30, 0))
    finding(RULE, story(*rows, now=57))
    assert isinstance(answer(RULE, story(*rows, now=58)), Clear)
    assert recheck(RULE, story(*rows, now=40)) == on(58).replace(hour=0)


def test_settings_move_the_limits() -> None:
    known = story(taken(0, 20, 29), taken(30, 0, 31), now=31)
    finding(RULE, known)
    for name, value in (("stop_from_mg", 25), ("stop_after_days", 31), ("stop_days", 3)):
        assert isinstance(answer(RULE, known, **{name: value}), Clear)
    assert isinstance(answer(RULE, story(taken(0, 20, 29), taken(30, 0), now=40), stop_recent_days=10), Clear)
