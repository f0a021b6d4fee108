"""Windows of the next exacerbation beside the clinical vectors, SciPy, and a posterior computed by matrices."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from alerts.remission_window import Calibration, Window, calibrate, expected, own_window, pooled_window
from tests.alerts.vectors import cases, named, section

LENGTHS = st.lists(st.floats(28, 2000), min_size=4, max_size=9)
FEW = st.lists(st.floats(28, 2000), min_size=1, max_size=3)
GOOD = Calibration(330, 25, 20)


def same(found: Window, case: dict[str, Any], section_name: str, prefix: str = "") -> None:
    """Assert that a window is that of a case."""
    for own, name in ((found.estimate, "median"), (found.lower, "low80"), (found.upper, "high80")):
        assert own == pytest.approx(case[f"{prefix}{name}_days"], rel=section(section_name)["tolerance"]), name


@pytest.mark.parametrize("case", cases("geometric_process"), ids=named)
def test_the_own_window_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    same(own_window(case["remission_days"]), case, "geometric_process")
    if "days_open" in case:
        same(own_window(case["remission_days"], case["days_open"]), case, "geometric_process", "cond_")


@pytest.mark.parametrize("case", cases("pooled_prediction"), ids=named)
def test_the_pooled_window_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    found = pooled_window(case["remission_days"], case["clinic_median_days"])
    same(found, case, "pooled_prediction")
    assert found.pooled


@given(FEW, st.floats(50, 1000))
def test_the_pooled_window_is_a_posterior_by_matrices(lengths: list[float], median: float) -> None:
    """Textbook normal-normal regression (Gelman et al., Bayesian Data Analysis, 14), by numpy."""
    n = len(lengths)
    design, precision = np.column_stack([np.ones(n), np.arange(n)]), np.diag([1 / 0.36, 1 / 0.0625])
    covariance = np.linalg.inv(precision + design.T @ design / 0.25)
    mean = covariance @ (precision @ [math.log(median), math.log(0.9)] + design.T @ np.log(lengths) / 0.25)
    new = np.array([1, n])
    known = stats.norm(new @ mean, math.sqrt(new @ covariance @ new + 0.25))
    found = pooled_window(lengths, median)
    for own, share in ((found.lower, 0.1), (found.estimate, 0.5), (found.upper, 0.9)):
        assert own == pytest.approx(math.exp(known.ppf(share)), rel=1e-9)


@given(LENGTHS, st.floats(1, 3000))
def test_days_already_open_only_move_a_window_on(lengths: list[float], days: float) -> None:
    plain, open_ = own_window(lengths), own_window(lengths, days)
    assume(plain.upper > plain.lower * 1.001)
    assert open_.lower >= days * (1 - 1e-9)
    assert open_.lower >= plain.lower * (1 - 1e-9)
    assert open_.lower <= open_.estimate <= open_.upper


@given(FEW, st.floats(1, 5000))
def test_a_pooled_window_begins_after_the_days_already_open(lengths: list[float], days: float) -> None:
    found = pooled_window(lengths, 330, days)
    assert days <= found.lower <= found.estimate <= found.upper


def test_a_condition_that_is_nearly_certain_changes_nothing() -> None:
    lengths = [400.0, 310, 260, 190]
    assert own_window(lengths, 1).upper == pytest.approx(own_window(lengths).upper, rel=1e-4)
    assert pooled_window(lengths[:2], 330, 1).upper == pytest.approx(pooled_window(lengths[:2], 330).upper, rel=1e-4)


def test_a_remission_far_beyond_its_line_has_a_window_that_begins_now() -> None:
    found = own_window([400, 200, 100, 50.01], 10_000)
    assert 10_000 <= found.lower <= found.upper < math.inf
    assert own_window([400, 200, 100, 50], 80) == Window(80, 80, 80)  # no scatter: a point
    assert own_window([400, 200, 100, 50]).estimate == pytest.approx(25)
    beyond = pooled_window([30], 100, 1e9)
    assert (beyond.lower, beyond.upper) == (1e9, 1e9)


def test_four_of_five_lengths_fall_into_the_window() -> None:
    """Clinical specification, F: coverage 0.78 to 0.85, and 0.72 to 0.88 is accepted (seed 20261124)."""
    random = np.random.default_rng(20261124)
    held = []
    for n in (4, 6, 8):
        for chain in np.exp(random.normal(0, 0.5, (250, n + 1))) * 330 * 0.85 ** np.arange(n + 1):
            found = own_window(chain[:-1].tolist())
            held.append(found.lower <= chain[-1] <= found.upper)
    assert 0.76 < np.mean(held) < 0.85


def test_a_clinic_is_tried_on_each_patients_last_remission() -> None:
    chains = [[400.0, 310, 260, 190, 150], [400.0, 310, 260, 190, 900], [500.0, 300], [], [200.0]]
    assert calibrate(chains) == Calibration(first_median=400, intervals=2, covered=1)
    assert calibrate([]) == Calibration()


@pytest.mark.parametrize(
    ("tried", "held", "holds"),
    [(0, 0, False), (19, 16, False), (20, 16, True), (20, 14, True), (20, 13, False), (20, 18, True), (20, 19, False)],
)
def test_a_window_is_calibrated_from_70_to_90_percent_of_20_on(tried: int, held: int, *, holds: bool) -> None:
    assert Calibration(330, tried, held).holds is holds


def test_from_four_on_it_is_the_patients_own_where_calibrated() -> None:
    lengths = [400.0, 310, 260, 190]
    assert expected(lengths, 90, GOOD) == own_window(lengths, 90)
    assert expected(lengths, 90, Calibration(330, 3, 2)) == (
        "not calibrated: tried on 3 closed remissions of the clinic, of 20 needed"
    )
    assert expected(lengths, 90, Calibration(330, 40, 20)) == (
        "not calibrated: 20 of the clinic’s last 40 remissions ended within their window, not 4 of 5"
    )


def test_below_four_it_is_mostly_of_others_where_these_are_known() -> None:
    assert expected([400.0, 250], 30, Calibration(330)) == pooled_window([400, 250], 330, 30)
    assert expected([400.0, 250], 30, Calibration()) == "the clinic’s median first remission is not known yet"
    assert expected([], 30, GOOD) == "no closed remission is known"
