"""The taper planner against its vectors, at the edges of the calendar, and for whatever a person may type."""

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.tapering import (
    DECREMENT_MG,
    MOST_MG,
    MOST_STEPS,
    Step,
    cumulative_mg,
    days_to_target,
    plan,
    within_usual_length,
)
from tests.alerts.vectors import cases, named

START = date(2026, 11, 23)


def doses(*arguments: float, start_on: date = START, **fields: Any) -> list[float]:
    """Return the doses of a plan."""
    return [step.mg for step in plan(*arguments, start_on=start_on, **fields)]


def of_vector(case: dict[str, Any]) -> tuple[Step, ...]:
    """Return the plan that a vector asks for."""
    fields = dict(case["input"])
    mode, start, target = (fields.pop(name) for name in ("mode", "start_mg", "target_mg"))
    if mode == "over_days":
        mode, fields["weeks"] = "equal", fields.pop("over_days") / 7
    return plan(start, target, start_on=START, shape=mode, **fields)


@pytest.mark.parametrize("case", cases("taper_schedule"), ids=named)
def test_days_and_doses_are_those_of_the_vector(case: dict[str, Any]) -> None:
    assert [{"day": step.day, "dose_mg": step.mg} for step in of_vector(case)] == case["steps"]


@pytest.mark.parametrize("case", cases("taper_schedule"), ids=named)
def test_lengths_and_sums_are_those_of_the_vector(case: dict[str, Any]) -> None:
    steps = of_vector(case)
    assert days_to_target(steps) == case["days_to_target"]
    assert within_usual_length(steps) is case["within_3_to_4_months"]
    assert cumulative_mg(steps) == pytest.approx(case["cumulative_mg_180_days"], rel=1e-9)


@pytest.mark.parametrize("case", cases("taper_schedule"), ids=named)
def test_the_sum_is_that_of_every_single_day(case: dict[str, Any]) -> None:
    steps = of_vector(case)
    daily = [next(step.mg for step in reversed(steps) if step.day <= day) for day in range(180)]
    assert math.fsum(daily) == pytest.approx(case["cumulative_mg_180_days"], rel=1e-9)


def test_a_plan_without_further_words_takes_off_five_milligrams_every_two_weeks() -> None:
    steps = plan(30, 7.5, start_on=START)
    assert [(step.day, step.mg) for step in steps] == [(0, 30), (14, 25), (28, 20), (42, 15), (56, 10), (70, 7.5)]
    assert DECREMENT_MG == 5


def test_a_proportional_plan_without_further_words_takes_off_a_fifth() -> None:
    assert doses(50, 20, shape="proportional", unit_mg=1) == [50, 40, 32, 25, 20]


def test_doses_are_rounded_down_to_the_unit() -> None:
    assert doses(40, 5, shape="proportional")[:3] == [40, 30, 22.5]  # 32 and 24 before rounding


def test_a_start_that_is_no_multiple_of_the_unit_stays_as_it_is() -> None:
    assert doses(24, 5, decrement_mg=5)[:3] == [24, 17.5, 12.5]


def test_a_target_that_is_no_multiple_of_the_unit_is_reached_exactly() -> None:
    assert doses(20, 6, decrement_mg=5) == [20, 15, 10, 6]


def test_where_rounding_leaves_the_dose_one_unit_is_taken_off() -> None:
    # thirteen aims 1.92 mg apart, rounded down to five: the second and later ones would not fall
    assert doses(30, 5, weeks=13, step_days=7, unit_mg=5) == [30, 25, 20, 15, 10, 5]


def test_tenths_are_tenths() -> None:
    falling = doses(1, 0, decrement_mg=0.1, unit_mg=0.1)
    assert falling == [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0]


def test_a_taper_over_weeks_in_equal_shares_falls_fast_at_first() -> None:
    falling = doses(40, 5, weeks=12, step_days=14, shape="proportional", unit_mg=1)
    assert falling == [40, 28, 20, 14, 10, 7, 5]  # 40 · (1/8)^(i/6): 28.3, 20, 14.1, 10, 7.07


def test_weeks_that_are_no_whole_number_of_steps_have_fewer_of_them() -> None:
    assert [step.day for step in plan(30, 20, start_on=START, weeks=5, step_days=14)] == [0, 14, 28]


def test_a_start_at_the_target_is_one_step_without_end() -> None:
    several: tuple[dict[str, Any], ...] = (
        {},
        {"weeks": 4},
        {"shape": "proportional"},
        {"shape": "proportional", "weeks": 4},
    )
    for fields in several:
        (only,) = plan(7.5, 7.5, start_on=START, **fields)
        assert only == Step(0, START, None, 7.5)


def test_a_hold_puts_off_the_first_reduction_only() -> None:
    held = plan(30, 20, start_on=START, decrement_mg=5, step_days=7, hold_days=28)
    assert [step.day for step in held] == [0, 28, 35]


def test_steps_follow_each_other_without_a_gap_and_the_last_is_open() -> None:
    steps = plan(30, 5, start_on=START)
    for before, after in pairwise(steps):
        assert before.until is not None
        assert before.until + timedelta(days=1) == after.on
    assert steps[-1].until is None


def test_a_plan_over_the_29th_of_february_counts_it() -> None:
    steps = plan(20, 10, start_on=date(2028, 2, 15), step_days=14)
    assert [step.on for step in steps] == [date(2028, 2, 15), date(2028, 2, 29), date(2028, 3, 14)]
    assert [step.on for step in plan(20, 10, start_on=date(2027, 2, 15))][1] == date(2027, 3, 1)


def test_a_plan_may_start_on_the_29th_of_february() -> None:
    assert plan(10, 5, start_on=date(2028, 2, 29), step_days=1)[1].on == date(2028, 3, 1)


BOUNDS = "the start is above zero, at most 1000 mg, and not below the target"
NUMBERS = "doses are numbers, and the smallest unit is above zero"
TWICE = "say how long the taper is, or how large its steps are, not both"
ZERO = "no share of the dose leads to zero in a given time: choose a target, or equal steps"
SIZES = "a step takes off something, and not everything at once"


@pytest.mark.parametrize(
    ("arguments", "fields", "reason"),
    [
        ((5, 10), {}, BOUNDS),
        ((0, 0), {}, BOUNDS),
        ((10, -5), {}, BOUNDS),
        ((MOST_MG + 1, 5), {}, BOUNDS),
        ((math.nan, 5), {}, NUMBERS),
        ((30, math.inf), {}, NUMBERS),
        ((30, 5), {"unit_mg": 0}, NUMBERS),
        ((30, 5), {"unit_mg": -2.5}, NUMBERS),
        ((30, 5), {"step_days": 0}, "a step lasts a day at least"),
        ((30, 5), {"hold_days": 0}, "a step lasts a day at least"),
        ((30, 5), {"weeks": 0}, "a taper lasts some weeks"),
        ((30, 5), {"weeks": math.nan}, "a taper lasts some weeks"),
        ((30, 5), {"weeks": 1, "step_days": 14}, "the taper is shorter than one step"),
        ((30, 5), {"weeks": 12, "decrement_mg": 5}, TWICE),
        ((30, 5), {"weeks": 12, "shape": "proportional", "fraction": 0.1}, TWICE),
        ((30, 5), {"fraction": 0.1}, TWICE),
        ((30, 5), {"shape": "proportional", "decrement_mg": 5}, TWICE),
        ((30, 5), {"decrement_mg": 0}, SIZES),
        ((30, 5), {"decrement_mg": -5}, SIZES),
        ((30, 5), {"shape": "proportional", "fraction": 1}, SIZES),
        (
            (30, 0),
            {"shape": "proportional", "weeks": 12},
            ZERO,
        ),
        ((30, 5), {"shape": "steep"}, "a taper is equal or proportional"),
        ((MOST_MG, 0), {"decrement_mg": 1, "unit_mg": 1}, f"that makes more than {MOST_STEPS} steps"),
        ((30, 5), {"start_on": date(9999, 12, 1)}, "the plan goes beyond the calendar"),
    ],
)
def test_what_makes_no_taper_is_refused_with_the_reason(
    arguments: tuple[float, float], fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        plan(*arguments, **{"start_on": START, **fields})


TYPED = st.fixed_dictionaries(
    {
        "start": st.integers(1, 160).map(lambda halves: halves / 2),
        "share": st.integers(0, 20).map(lambda twentieths: twentieths / 20),
        "unit": st.sampled_from([0.5, 1, 1.25, 2.5, 5]),
        "step_days": st.integers(1, 42),
        "shape": st.sampled_from(["equal", "proportional"]),
        "weeks": st.none() | st.integers(7, 60),
        "hold_days": st.none() | st.integers(1, 60),
        "on": st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    }
)


def target_of(fields: dict[str, Any]) -> float:
    """Return the target that was typed: a share of the start, above zero where a share of the dose must lead there."""
    target: float = round(fields["start"] * fields["share"], 2)
    return max(target, 0.5) if fields["shape"] == "proportional" and fields["weeks"] is not None else target


def typed(fields: dict[str, Any]) -> tuple[Step, ...]:
    """Return the plan of what was typed."""
    names = ("shape", "weeks", "step_days", "hold_days")
    chosen = {name: fields[name] for name in names}
    return plan(fields["start"], target_of(fields), start_on=fields["on"], unit_mg=fields["unit"], **chosen)


@given(TYPED)
def test_every_plan_falls_strictly_from_start_to_target(fields: dict[str, Any]) -> None:
    steps = typed(fields)
    assert steps[0].mg == fields["start"]
    assert all(before.mg > after.mg for before, after in pairwise(steps))
    assert steps[-1].mg == target_of(fields)


@given(TYPED)
def test_every_dose_between_start_and_target_is_a_multiple_of_the_unit(fields: dict[str, Any]) -> None:
    assert all((step.mg / fields["unit"]).is_integer() for step in typed(fields)[1:-1])


@given(TYPED)
def test_every_plan_keeps_its_days(fields: dict[str, Any]) -> None:
    steps = typed(fields)
    assert (steps[0].day, steps[0].on) == (0, fields["on"])
    assert all(step.on == fields["on"] + timedelta(days=step.day) for step in steps)
    if len(steps) > 1:
        assert steps[1].day == (fields["hold_days"] or fields["step_days"])
    assert all(after.day - before.day == fields["step_days"] for before, after in pairwise(steps[1:]))
    if fields["weeks"] is not None:
        first = fields["hold_days"] or fields["step_days"]
        assert steps[-1].day <= max(first, first + 7 * fields["weeks"] - fields["step_days"])


@given(TYPED, st.integers(1, 400), st.integers(1, 400))
def test_sums_grow_with_the_days_and_lie_between_target_and_start(fields: dict[str, Any], one: int, other: int) -> None:
    steps = typed(fields)
    few, many = sorted((one, other))
    assert cumulative_mg(steps, few) <= cumulative_mg(steps, many)
    assert steps[-1].mg * many <= cumulative_mg(steps, many) + 1e-9
    assert cumulative_mg(steps, many) <= steps[0].mg * many + 1e-9


def test_no_days_sum_to_nothing() -> None:
    assert cumulative_mg(plan(30, 5, start_on=START), 0) == 0
