"""What is checked about a taper: before it is saved, and while it is taken."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.facts import NewTreatment
from patients.tapering import (
    Remark,
    abrupt_stop,
    plan,
    rate_mg_per_week,
    remarks,
    state_of_step,
    too_fast,
    treatments,
)
from tests.alerts.vectors import cases, named

START = date(2026, 11, 23)
PATIENT = UUID(int=7)
FAST = [case for case in cases("taper_check") if "too_fast" in case]
STATES = [case for case in cases("taper_check") if "state" in case]
WEIGHED: dict[str, Any] = {"child": True, "weight_kg": 20.0}


def said(*arguments: float, child: bool = False, weight_kg: float | None = None, **fields: Any) -> dict[str, Remark]:
    """Return the remarks on a plan, by code."""
    steps = plan(*arguments, start_on=START, **fields)
    return {one.code: one for one in remarks(steps, child=child, weight_kg=weight_kg)}


@pytest.mark.parametrize("case", FAST, ids=named)
def test_rate_and_haste_are_those_of_the_vector(case: dict[str, Any]) -> None:
    before, now = case["actual_start_mg"], case["actual_day28_mg"]
    assert case["planned_reduction_mg"] == case["planned_start_mg"] - case["planned_day28_mg"]
    assert case["actual_reduction_mg"] == before - now
    assert rate_mg_per_week(before, now) == pytest.approx(case["rate_mg_per_week"], rel=1e-9)
    hasty = too_fast(planned_mg=case["planned_reduction_mg"], actual_mg=case["actual_reduction_mg"])
    assert hasty is case["too_fast"]
    assert abrupt_stop(before, now, days_used=28) is case["abrupt_stop"]


@pytest.mark.parametrize("case", STATES, ids=named)
def test_the_state_of_a_step_is_that_of_the_vector(case: dict[str, Any]) -> None:
    assert state_of_step(case["days_after_planned_step"], done=case["step_done"]) == case["state"]


def test_there_are_vectors_of_both_kinds() -> None:
    assert len(FAST) + len(STATES) == len(cases("taper_check"))
    assert FAST
    assert STATES


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "ahead"), (0, "due"), (3, "due"), (4, "missed"), (7, "missed"), (8, "overdue"), (400, "overdue")],
)
def test_an_unconfirmed_step_goes_from_due_to_overdue(days: int, state: str) -> None:
    assert state_of_step(days, done=False) == state
    assert state_of_step(days, done=True) == "done"


@pytest.mark.parametrize(
    ("planned", "actual", "fast"),
    [
        (10, 15, False),  # half more, but only 5 mg
        (10, 15.5, True),
        (30, 36, False),  # 6 mg more, but only a fifth
        (30, 37.5, False),  # a quarter more is not more than a quarter
        (30, 38, True),
        (0, 5, False),
        (0, 5.5, True),
        (10, 0, False),
        (0, -20, False),  # the dose rose
    ],
)
def test_haste_needs_both_a_quarter_and_five_milligrams_more(planned: float, actual: float, *, fast: bool) -> None:
    assert too_fast(planned_mg=planned, actual_mg=actual) is fast


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0, 60))
def test_a_larger_reduction_is_never_less_hasty(planned: float, actual: float, more: float) -> None:
    if too_fast(planned_mg=planned, actual_mg=actual):
        assert too_fast(planned_mg=planned, actual_mg=actual + more)


@pytest.mark.parametrize(
    ("before", "now", "days", "abrupt"),
    [
        (5, 0, 21, True),
        (4.9, 0, 21, False),
        (5, 0, 20, False),
        (5, 0.5, 200, False),
        (40, 0, 400, True),
        (0, 0, 400, False),
    ],
)
def test_a_stop_is_abrupt_from_five_milligrams_after_three_weeks(
    before: float, now: float, days: int, *, abrupt: bool
) -> None:
    assert abrupt_stop(before, now, days_used=days) is abrupt


def test_a_rising_dose_has_a_negative_rate() -> None:
    assert rate_mg_per_week(20, 40) == -5


def test_the_usual_taper_of_an_adult_calls_for_no_remark() -> None:
    assert said(40, 5, shape="proportional", fraction=0.15, step_days=7, unit_mg=0.5) == {}


def test_an_unusual_start_target_and_length_are_told_and_need_no_confirming() -> None:
    found = said(60, 10, shape="proportional", step_days=7, unit_mg=1)
    assert set(found) == {"start", "target", "length"}
    assert not any(one.confirm for one in found.values())
    assert found["start"].words == "The start is not 30 to 50 mg a day."
    assert found["target"].words == "The target is not 5 to 7.5 mg a day."
    assert found["length"].words == "The target is reached after 56 days, not in 3 to 4 months."


@pytest.mark.parametrize("edge", [30, 50])
def test_the_ends_of_the_usual_starts_are_usual(edge: float) -> None:
    assert "start" not in said(edge, 5)
    assert "start" in said(edge - 25, 5)


@pytest.mark.parametrize(("target", "usual"), [(4.9, False), (5, True), (7.5, True), (7.6, False)])
def test_the_ends_of_the_usual_targets_are_usual(target: float, *, usual: bool) -> None:
    assert ("target" not in said(40, target)) is usual


@pytest.mark.parametrize(("weeks", "usual"), [(11, False), (12, True), (17, True), (18, False)])
def test_three_to_four_months_are_84_to_124_days(weeks: int, *, usual: bool) -> None:
    assert ("length" not in said(50, 5, weeks=weeks, step_days=7, unit_mg=0.5)) is usual


def test_a_step_of_more_than_a_quarter_is_to_be_confirmed() -> None:
    found = said(40, 5, decrement_mg=10)
    assert found["step"].confirm
    assert (
        found["step"].words == "The step from 30 to 20 mg takes off more than 25 % of the dose."
    )  # 40 to 30 is a quarter


def test_a_child_is_judged_by_weight() -> None:
    assert "start" not in said(10, 5, **WEIGHED)
    assert "start" not in said(40, 5, **WEIGHED)
    high = said(42, 5, **WEIGHED)["start"]
    assert (high.confirm, high.words) == (True, "The start is 2.1 mg/kg a day, not 0.5 to 2.")
    assert said(9, 5, **WEIGHED)["start"].words == "The start is 0.45 mg/kg a day, not 0.5 to 2."


def test_a_childs_start_above_sixty_is_to_be_confirmed_whatever_the_weight() -> None:
    found = said(62.5, 5, child=True, weight_kg=50)
    assert (found["start"].confirm, found["start"].words) == (True, "The start is above 60 mg a day.")
    assert "start" not in said(60, 5, child=True, weight_kg=50)


@pytest.mark.parametrize("weight", [None, 0.0, -3.0])
def test_a_child_without_weight_cannot_be_judged(weight: float | None) -> None:
    found = said(30, 5, child=True, weight_kg=weight)
    assert "start" not in found
    assert found["weight"].words == "No weight of the last 90 days is known to judge the start by."


def test_a_weight_does_not_matter_for_an_adult() -> None:
    assert set(said(40, 5, weight_kg=20)) == set(said(40, 5))


def test_a_plan_is_recorded_as_planned_treatments_of_one_name() -> None:
    steps = plan(15, 5, start_on=START)
    assert treatments(steps, patient_id=PATIENT, plan_name="taper 2") == [
        NewTreatment(
            PATIENT, "prednisolone", step.on, "planned", dose=step.mg, unit="mg", route="oral", ended_on=step.until,
            plan="taper 2",
        )
        for step in steps
    ]  # fmt: skip


def test_a_plan_may_be_of_another_drug() -> None:
    steps = plan(16, 4, start_on=START, unit_mg=4, decrement_mg=4)
    recorded = treatments(steps, patient_id=PATIENT, plan_name="p", drug="methylprednisolone")
    assert {one.drug for one in recorded} == {"methylprednisolone"}
    assert [one.dose for one in recorded] == [16, 12, 8, 4]
    assert recorded[-1].ended_on is None
