"""Stages of acute kidney injury at their thresholds, and what must hold for every pair of values."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.kidney import Injury, injury

values = st.floats(15, 900)


@pytest.mark.parametrize(
    ("creatinine", "baseline", "stage"),
    [
        (60, 60, 0),
        (89.9, 60, 0),
        (90, 60, 1),
        (119.9, 60, 1),
        (120, 60, 2),
        (179.9, 60, 2),
        (180, 60, 3),
        (353, 235, 1),
        (354, 236, 3),
        (354, 240, 0),
    ],
)
def test_stages_begin_at_their_thresholds(creatinine: float, baseline: float, stage: int) -> None:
    """NHS England: stage 1 from 1.5 times the baseline, 2 from 2, 3 from 3, or from 354 µmol/L with 1.5 times."""
    assert injury(creatinine, baseline) == Injury(creatinine / baseline, stage)


@pytest.mark.parametrize(("before", "stage"), [(58, 0), (57.9, 1), (57, 1), (84, 0), (100, 0)])
def test_a_rise_of_more_than_26_in_two_days_is_stage_1(before: float, stage: int) -> None:
    assert injury(84, 60, within_48_hours=before).stage == stage


def test_a_rise_in_two_days_lowers_no_stage() -> None:
    assert injury(130, 60, within_48_hours=60).stage == 2


def test_a_child_is_staged_by_its_ratio_alone() -> None:
    assert (injury(360, 230, adult=False).stage, injury(360, 230).stage) == (1, 3)


def test_a_ratio_made_of_converted_values_is_at_its_threshold() -> None:
    """0.6 and 0.9 mg/dL, by 88.4017 µmol/L each: one and a half times, whatever the last bit says."""
    assert injury(0.9 * 88.4017, 0.6 * 88.4017).stage == 1
    assert all(injury(1.5 * step * 88.4017 / 10, step * 88.4017 / 10).stage == 1 for step in range(2, 27))


@given(values, values)
def test_the_ratio_is_shown_whatever_the_stage(creatinine: float, baseline: float) -> None:
    found = injury(creatinine, baseline)
    assert found.ratio * baseline == pytest.approx(creatinine, rel=1e-12)
    assert 0 <= found.stage <= 3


@given(values, values, st.floats(1, 3), st.booleans())
def test_more_creatinine_is_never_a_lower_stage(creatinine: float, baseline: float, more: float, adult: bool) -> None:
    assert injury(creatinine * more, baseline, adult=adult).stage >= injury(creatinine, baseline, adult=adult).stage


@given(values, values, values)
def test_knowing_an_earlier_value_never_lowers_the_stage(creatinine: float, baseline: float, before: float) -> None:
    assert injury(creatinine, baseline, within_48_hours=before).stage >= injury(creatinine, baseline).stage


@pytest.mark.parametrize(
    "fields", [{"creatinine": 0}, {"creatinine": math.nan}, {"baseline": -1}, {"within_48_hours": math.inf}]
)
def test_what_is_no_creatinine_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="creatinine is a number above zero"):
        injury(**{"creatinine": 90.0, "baseline": 60.0, **fields})
