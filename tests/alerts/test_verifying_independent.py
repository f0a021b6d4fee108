"""Sections at numbers that no reference case has, beside other programs: scipy, numpy, the standard library's statistics."""

import math
import statistics
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.alerts.cases import computed

lengths = st.lists(st.integers(28, 900), min_size=4, max_size=7)
percents = st.floats(0.5, 40)
FEW = settings(deadline=None, max_examples=30)
"""Other programs take their time."""


def falls(values: list[int]) -> int:
    """Return Kendall's S, pair by pair."""
    return sum((b > a) - (b < a) for place, a in enumerate(values) for b in values[place + 1 :])


@FEW
@given(percents, percents, st.integers(1, 12))
def test_a_reference_change_is_a_quantile_of_the_log_normal(cva: float, cvi: float, n: int) -> None:
    """scipy.stats.lognorm: of a ratio whose logarithm scatters by sqrt(k) sigma, one in twenty lies below."""
    found = computed("rcv", cva_percent=cva, cvi_percent=cvi, n_baseline=n)
    sigma = math.sqrt(math.log(1 + (cva / 100) ** 2 + (cvi / 100) ** 2))
    ratio = stats.lognorm(math.sqrt(2 if n == 1 else 1 + 1 / n) * sigma)
    assert 1 + found["down_percent"] / 100 == pytest.approx(ratio.ppf(0.05), rel=1e-9)
    assert 1 + found["up_percent"] / 100 == pytest.approx(ratio.ppf(0.95), rel=1e-9)


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 28), st.integers(60, 160)), min_size=3, max_size=9, unique_by=lambda one: one[0])
)
def test_a_slope_is_that_of_scipy(points: list[tuple[int, int]]) -> None:
    """scipy.stats.theilslopes: the median of all pairwise slopes."""
    days, values = zip(*sorted(points), strict=True)
    found = computed("theil_sen", days=list(days), hemoglobin_g_per_l=list(values))
    assert found["slope_per_28_days"] == pytest.approx(28 * stats.theilslopes(values, days).slope, rel=1e-9, abs=1e-9)


@FEW
@given(st.lists(st.integers(60, 65), min_size=3, max_size=6))
def test_the_chance_of_an_order_is_that_of_counting_all_orders(values: list[int]) -> None:
    orders = [falls(list(order)) for order in permutations(values)]
    chance = Fraction(sum(s <= falls(values) for s in orders), len(orders))
    slope = computed("theil_sen", days=list(range(len(values))), hemoglobin_g_per_l=values)
    remissions = computed("mann_kendall_exact", remission_days=values)
    assert slope["p_falling_fraction"] == remissions["p_shortening_fraction"] == str(chance)
    assert slope["kendall_s"] == remissions["kendall_s"] == falls(values)


@FEW
@given(st.lists(st.integers(28, 900), min_size=4, max_size=8, unique=True))
def test_the_chance_of_an_order_is_that_of_scipy(days: list[int]) -> None:
    """scipy.stats.kendalltau(method="exact", alternative="less")."""
    other = stats.kendalltau(range(len(days)), days, method="exact", alternative="less")
    found = computed("mann_kendall_exact", remission_days=days)
    assert found["tau"] == pytest.approx(other.statistic, abs=1e-12)
    assert found["p_shortening"] == pytest.approx(other.pvalue, rel=1e-9)


@FEW
@given(lengths)
def test_the_ratio_and_its_test_are_those_of_a_regression(days: list[int]) -> None:
    """scipy.stats.linregress of the logarithms on their number, one-sided."""
    logs = np.log(days)
    assume(np.ptp(logs) > 1e-3)
    line = stats.linregress(np.arange(len(days)), logs, alternative="less")
    assume(line.stderr > 1e-9)
    found = computed("geometric_process", remission_days=days)
    assert found["ratio"] == pytest.approx(math.exp(line.slope), rel=1e-9)
    assert found["ratio_p_shortening"] == pytest.approx(line.pvalue, rel=1e-6, abs=1e-12)


@FEW
@given(lengths)
def test_the_window_is_the_predictive_interval_of_the_regression(days: list[int]) -> None:
    """By numpy's least squares and scipy.stats.t: center at n, s sqrt(1 + x (X'X)^-1 x')."""
    n, logs = len(days), np.log(days)
    design = np.column_stack([np.ones(n), np.arange(n)])
    fit, rest, *_ = np.linalg.lstsq(design, logs, rcond=None)
    assume(rest.size and rest[0] > 1e-6)
    ahead = np.array([1.0, n])
    error = math.sqrt(rest[0] / (n - 2) * (1 + ahead @ np.linalg.inv(design.T @ design) @ ahead))
    low, middle, high = np.exp(ahead @ fit + error * stats.t(n - 2).ppf([0.1, 0.5, 0.9]))
    found = computed("geometric_process", remission_days=days)
    assert found["median_days"] == pytest.approx(middle, rel=1e-6)
    assert (found["low80_days"], found["high80_days"]) == pytest.approx((low, high), rel=1e-6)


@FEW
@given(st.lists(st.integers(28, 900), min_size=1, max_size=3), st.integers(150, 600))
def test_the_pooled_window_is_that_of_the_matrices(days: list[int], clinic: int) -> None:
    """Bayes with numpy: precision = prior + X'X / 0.25, predictive variance x V x' + 0.25."""
    n, logs = len(days), np.log(days)
    design = np.column_stack([np.ones(n), np.arange(n)])
    prior = np.diag([1 / 0.6**2, 1 / 0.25**2])
    cover = np.linalg.inv(prior + design.T @ design / 0.25)
    mean = cover @ (prior @ [math.log(clinic), math.log(0.9)] + design.T @ logs / 0.25)
    ahead = np.array([1.0, n])
    known = statistics.NormalDist(ahead @ mean, math.sqrt(ahead @ cover @ ahead + 0.25))
    found = computed("pooled_prediction", remission_days=days, clinic_median_days=clinic)
    expected = [math.exp(known.inv_cdf(share)) for share in (0.5, 0.1, 0.9)]
    assert [found[key] for key in ("median_days", "low80_days", "high80_days")] == pytest.approx(expected, rel=1e-9)


@FEW
@given(st.lists(st.floats(1, 999), min_size=3, max_size=9))
def test_the_trend_tests_are_those_of_scipy(days: list[float]) -> None:
    """scipy.stats.chi2 for MIL-HDBK-189 and the interval of beta, scipy.stats.norm for Laplace."""
    m, total = len(days), sum(math.log(1000 / day) for day in days)
    found = computed("trend", event_days=sorted(days), end_day=1000, truncation="time")
    u = (statistics.fmean(days) - 500) / (1000 * math.sqrt(1 / (12 * m)))
    assert found["laplace_u"] == pytest.approx(u, rel=1e-9, abs=1e-9)
    assert found["laplace_p_deteriorating_normal"] == pytest.approx(stats.norm.sf(u), rel=1e-9)
    assert found["mil_hdbk_p_deteriorating"] == pytest.approx(stats.chi2(2 * m).cdf(2 * total), rel=1e-6, abs=1e-12)
    low, high = m / total * stats.chi2(2 * m).ppf([0.025, 0.975]) / (2 * m)
    assert (found["crow_beta_low95"], found["crow_beta_high95"]) == pytest.approx((low, high), rel=1e-6)


@FEW
@given(st.lists(st.floats(1, 999), min_size=2, max_size=6), st.integers(0, 2**32 - 1))
def test_laplace_s_exact_chance_is_what_a_simulation_finds(days: list[float], seed: int) -> None:
    found = computed("trend", event_days=days, end_day=1000, truncation="time")["laplace_p_deteriorating_exact"]
    drawn = np.random.default_rng(seed).uniform(0, 1000, (40_000, len(days))).sum(axis=1)
    assert found == pytest.approx((drawn >= sum(days)).mean(), abs=0.02)


@given(st.lists(st.integers(60, 160), min_size=6, max_size=12))
def test_a_personal_variation_is_that_of_the_standard_deviation_of_the_logarithms(values: list[int]) -> None:
    """statistics.stdev: (5 CVi^2 + (n - 1) max(0, s^2 - CVa^2)) / (n + 4), at least 2.8 %, at most 6 %."""
    n, s = len(values), statistics.stdev([math.log(value) for value in values])
    mixed = (5 * 0.028**2 + (n - 1) * max(0.0, s * s - 0.014**2)) / (n + 4)
    expected = min(max(math.sqrt(mixed), 0.028), 0.06)
    assert computed("personal_cvi", steady_results=values)["cvi_used"] == pytest.approx(expected, rel=1e-9)


@given(st.integers(10, 60), st.integers(1, 9), st.integers(7, 28), st.sampled_from([1, 2.5, 5]))
def test_the_sum_of_a_taper_is_that_of_its_days(start: int, less: int, every: int, unit: float) -> None:
    plan = {
        "mode": "equal",
        "start_mg": start,
        "target_mg": 5,
        "step_days": every,
        "unit_mg": unit,
        "decrement_mg": less,
    }
    found = computed("taper_schedule", input=plan)
    first = date(2024, 1, 1)
    doses = {first + timedelta(days=one["day"]): one["dose_mg"] for one in found["steps"]}
    daily, dose = [], 0.0
    for day in range(180):
        dose = doses.get(first + timedelta(days=day), dose)
        daily.append(dose)
    assert found["cumulative_mg_180_days"] == pytest.approx(math.fsum(daily), rel=1e-12)
    assert all(a > b for a, b in zip(list(doses.values()), list(doses.values())[1:], strict=False))


@FEW
@given(st.floats(-4, 2), st.floats(-4, 2), st.floats(0.25, 4), st.floats(4, 17))
def test_a_child_s_score_is_that_of_a_conditional_normal(z1: float, z2: float, years: float, age: float) -> None:
    """Two standard normal values with correlation r: given the first, the second is normal around r z1."""
    found = computed("conditional_change_score", z1=z1, z2=z2, years_between=years, age_first_years=age)
    r = 0.642 - 0.04 * years + 0.020 * age
    second = statistics.NormalDist(r * z1, math.sqrt(1 - r * r))
    assert found["score"] == pytest.approx(second.zscore(z2), rel=1e-9, abs=1e-9)
    assert found["outside"] is (abs(second.zscore(z2)) > 1.96)
