"""Reduced faster than planned: by more than a quarter and more than 5 mg within 28 days."""

import pytest

from alerts.rules.rule import CannotJudge, Clear, Severity
from alerts.rules.steroid_too_fast import RULE
from tests.alerts.rules.dosages import planned, story, taken, taper
from tests.alerts.rules.histories import answer, finding, history, on, recheck
from tests.alerts.vectors import cases, named

NB = "\u00a0"
FAST = [case for case in cases("taper_check") if "too_fast" in case]


@pytest.mark.parametrize("case", FAST, ids=named)
def test_the_vectors(case: dict) -> None:
    """Vectors `taper_check`: doses of day 0 and day 28, planned and actual."""
    known = story(
        [planned(0, case["planned_start_mg"]), planned(28, case["planned_day28_mg"])],
        [taken(0, case["actual_start_mg"], 27), taken(28, case["actual_day28_mg"])],
        now=28,
    )
    assert isinstance(answer(RULE, known), Clear) is not case["too_fast"]


def test_what_is_told() -> None:
    known = story(taper(40, 35, 30), taken(0, 40, 13), taken(14, 20, 40), now=30)
    found = finding(RULE, known)
    assert found.severity is Severity.MODERATE
    assert found.sentence == (
        f"Steroids fell by 20{NB}mg a day within 28 days, to 20{NB}mg since 15{NB}Jan{NB}2024; 10{NB}mg were planned. "
        f"More than 1.25 times the plan and 5{NB}mg beyond it is too fast."
    )
    assert found.arithmetic == (
        f"Taken: 40{NB}mg − 20{NB}mg = 20{NB}mg",
        f"Planned: 40{NB}mg − 30{NB}mg = 10{NB}mg",
        f"Limit: 1.25 × 10{NB}mg = 12.5{NB}mg, and 15{NB}mg",
    )
    assert found.numbers == {"before": 40, "now": 20, "planned_before": 40, "planned_now": 30}
    assert [(row.role, row.value) for row in found.evidence] == [("result", 20), ("support", 30)]
    assert found.since == on(14).replace(hour=0)
    assert found.threshold == f"More than 1.25 times the planned fall of 28 days, and more than 5{NB}mg beyond it"
    assert found.clears_when == "The fall over 28 days is within the plan again, or the plan is changed."


@pytest.mark.parametrize(
    ("low", "raised"),
    [(30.1, False), (30, False), (29.9, True)],  # planned 40 to 35: 1.25 × 5 = 6.25, but 5 + 5 = 10 mg is the limit
)
def test_both_limits_must_be_passed(low: float, raised: bool) -> None:
    known = story([planned(0, 40), planned(14, 35)], taken(0, 40, 13), taken(14, low), now=20)
    assert isinstance(answer(RULE, known), Clear) is not raised


@pytest.mark.parametrize(("low", "raised"), [(15, False), (14.9, True)])
def test_of_a_large_step_the_share_decides(low: float, raised: bool) -> None:
    """Planned 60 to 24: 1.25 × 36 = 45 mg is the limit."""
    known = story([planned(0, 60), planned(14, 24)], taken(0, 60, 13), taken(14, low), now=20)
    assert isinstance(answer(RULE, known), Clear) is not raised


def test_a_plan_that_nobody_confirmed_is_taken_as_planned() -> None:
    assert isinstance(answer(RULE, story(taper(40, 20, 5), now=30)), Clear)


def test_a_rise_that_was_planned_is_no_fall_that_was_not() -> None:
    known = story([planned(0, 10), planned(20, 40)], taken(0, 10), now=25, said=[(25, taken(20, 10, 25))])
    assert isinstance(answer(RULE, known), Clear)


@pytest.mark.parametrize(("low", "raised"), [(15, False), (14.9, True)])
def test_where_no_fall_was_planned_5_mg_decide(low: float, raised: bool) -> None:
    known = story(planned(0, 20), taken(0, 20, 13), taken(14, low), now=20)
    assert isinstance(answer(RULE, known), Clear) is not raised


def test_it_is_over_28_days_after_the_fall() -> None:
    rows = (planned(0, 40), taken(0, 40, 13), taken(14, 20, 200))
    assert finding(RULE, story(*rows, now=41)).since == on(14).replace(hour=0)
    assert isinstance(answer(RULE, story(*rows, now=42)), Clear)


def test_it_is_over_when_the_dose_is_raised_again() -> None:
    assert isinstance(
        answer(RULE, story(planned(0, 40), taken(0, 40, 13), taken(14, 20, 15), taken(16, 38), now=20)), Clear
    )


def test_only_days_are_compared_of_which_the_plan_is_known() -> None:
    """Before the plan began on day 10 a higher dose was taken: that fall was nobody's plan."""
    known = story(planned(10, 20), taken(0, 60, 9), taken(10, 20), now=20)
    assert isinstance(answer(RULE, known), Clear)


def test_without_a_plan_or_a_dose_there_is_nothing_to_compare() -> None:
    assert isinstance(answer(RULE, history(at=10)), Clear)
    assert isinstance(answer(RULE, story(taken(0, 40, 13), taken(14, 10), now=20)), Clear)


def test_an_unknown_amount_cannot_be_judged() -> None:
    found = answer(RULE, story(taper(40, 30), taken(18, None), now=20))
    assert isinstance(found, CannotJudge)
    assert found.reason == f"the dose since 19{NB}Jan{NB}2024 is not recorded"


def test_settings_move_the_limits() -> None:
    known = story([planned(0, 40), planned(14, 35)], taken(0, 40, 13), taken(14, 29), now=20)
    finding(RULE, known)
    for name, value in (("too_fast_ratio", 3), ("too_fast_mg", 10), ("too_fast_days", 4)):
        assert isinstance(answer(RULE, known, **{name: value}), Clear)


def test_asked_again_when_a_day_of_the_fall_leaves_the_window() -> None:
    known = story(planned(0, 40), taken(0, 40, 13), taken(14, 20, 200), now=30)
    assert recheck(RULE, known) == on(42).replace(hour=0)
    assert recheck(RULE, history(at=3)) is None
