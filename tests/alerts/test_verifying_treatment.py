"""Sections of treatment by hand, and what they refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.cases import computed, refused

EQUAL = {"mode": "equal", "start_mg": 20, "target_mg": 5, "step_days": 14, "unit_mg": 2.5, "decrement_mg": 5}


def test_a_taper_by_hand() -> None:
    """20, 15, 10, 5 mg for 14 days each, then 5 mg up to day 180: 14 x 45 + 138 x 5 = 1320 mg."""
    found = computed("taper_schedule", input=EQUAL)
    assert found["steps"] == [{"day": 14 * place, "dose_mg": 20 - 5 * place} for place in range(4)]
    assert (found["days_to_target"], found["within_3_to_4_months"]) == (42, False)
    assert found["cumulative_mg_180_days"] == 1320


def test_a_share_of_the_dose_and_a_number_of_days_are_tapers_too() -> None:
    share = {**EQUAL, "mode": "proportional", "fraction": 0.5}
    assert [one["dose_mg"] for one in computed("taper_schedule", input=share)["steps"]] == [20, 10, 5]
    spread = {**EQUAL, "mode": "over_days", "over_days": 84}
    found = computed("taper_schedule", input=spread)
    assert (found["days_to_target"], found["within_3_to_4_months"]) == (84, True)


def test_the_first_reduction_may_be_held_back() -> None:
    assert computed("taper_schedule", input={**EQUAL, "hold_days": 28})["steps"][1] == {"day": 28, "dose_mg": 15}


@given(st.sampled_from(["prednisolone", "methylprednisolone", "dexamethasone"]), st.floats(0.1, 100))
def test_twice_the_dose_is_twice_the_equivalent(drug: str, dose: float) -> None:
    once, twice = (
        computed("prednisone_equivalent", drug=drug, dose_mg=times * dose)["prednisone_equivalent_mg"]
        for times in (1, 2)
    )
    assert twice == pytest.approx(2 * once, rel=1e-12)


@pytest.mark.parametrize(
    ("days", "done", "state"),
    [(-1, False, "ahead"), (3, False, "due"), (4, False, "missed"), (8, False, "overdue"), (8, True, "done")],
)
def test_where_a_step_stands(days: int, done: bool, state: str) -> None:
    assert computed("taper_check", days_after_planned_step=days, step_done=done) == {"state": state}


def test_a_stop_is_abrupt_and_too_fast() -> None:
    found = computed("taper_check", planned_start_mg=20, planned_day28_mg=15, actual_start_mg=20, actual_day28_mg=0)
    assert found == {
        "planned_reduction_mg": 5,
        "actual_reduction_mg": 20,
        "rate_mg_per_week": 5,
        "too_fast": True,
        "abrupt_stop": True,
    }


def test_the_seed_article_s_course() -> None:
    """Clinical specification, S36: 25 doses of 400 mg every other day are 10 g on day 48."""
    assert computed("cyclophosphamide", dose_mg=400, every_days=2, total_mg=10000) == {"doses": 25, "last_dose_day": 48}


@pytest.mark.parametrize(
    ("section", "values", "reason"),
    [
        ("prednisone_equivalent", {"drug": "aspirin", "dose_mg": 1}, "no systemic glucocorticoid"),
        ("taper_schedule", {"input": {**EQUAL, "mode": "linear"}}, "there is no taper linear, only equal"),
        ("taper_schedule", {"input": {**EQUAL, "step_days": 0}}, "step_days is not a whole number from 1"),
        ("taper_schedule", {"input": {**EQUAL, "step_days": 10**8}}, "step_days is not a whole number from 1"),
        ("taper_schedule", {"input": {**EQUAL, "start_mg": 1}}, "not below the target"),
        ("taper_schedule", {"input": 3}, "input is not an object"),
        ("taper_check", {"days_after_planned_step": 1}, "step_done is missing"),
        ("taper_check", {}, "planned_start_mg is missing"),
        ("cyclophosphamide", {"dose_mg": 0, "every_days": 1, "total_mg": 1}, "amounts above zero"),
    ],
)
def test_what_cannot_be_computed_is_refused(section: str, values: dict[str, Any], reason: str) -> None:
    assert reason in refused(section, **values)
