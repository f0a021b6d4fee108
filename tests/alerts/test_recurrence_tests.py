"""Tests on exacerbations and remissions beside the clinical vectors, SciPy and every order counted."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alerts.recurrence_tests import (
    Decision,
    Limits,
    crow_amsaa,
    decide,
    geometric_process,
    laplace,
    mann_kendall,
    mil_hdbk_189,
)
from tests.alerts.vectors import cases, named, section

LENGTHS = st.lists(st.integers(28, 2000).map(float), min_size=4, max_size=12)


def clock(case: dict[str, Any]) -> tuple[Sequence[float], float, dict[str, bool]]:
    """Return the clock of a case."""
    return case["event_days"], case["end_day"], {"ends_with_event": case["truncation"] == "event"}


@pytest.mark.parametrize("case", cases("trend"), ids=named)
def test_laplace_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    days, end, how = clock(case)
    found, close = laplace(days, end, **how), {"rel": section("trend")["tolerance"]}
    assert found.u == pytest.approx(case["laplace_u"], **close)
    assert found.p == pytest.approx(case["laplace_p_deteriorating_normal"], **close)
    expected = case["laplace_p_deteriorating_exact"]
    assert found.p_exact == (None if expected is None else pytest.approx(expected, **close))


@pytest.mark.parametrize("case", cases("trend"), ids=named)
def test_the_military_handbooks_test_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    days, end, how = clock(case)
    found, close = mil_hdbk_189(days, end, **how), {"rel": section("trend")["tolerance"]}
    assert found.chi2 == pytest.approx(case["mil_hdbk_chi2"], **close)
    assert found.df == case["mil_hdbk_df"]
    assert found.p == pytest.approx(case["mil_hdbk_p_deteriorating"], **close)
    assert found.p_improving == pytest.approx(case["mil_hdbk_p_improving"], **close)


@pytest.mark.parametrize("case", cases("trend"), ids=named)
def test_the_power_law_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    days, end, how = clock(case)
    found = crow_amsaa(days, end, **how)
    names = {"beta": "beta", "beta_unbiased": "beta_unbiased", "scale": "lambda", "lower": "beta_low95",
             "upper": "beta_high95", "per_year_at_end": "intensity_per_year_at_end"}  # fmt: skip
    if f"crow_{names['beta']}" not in case:
        assert found is None
        return
    for own, name in names.items():
        assert getattr(found, own) == pytest.approx(case[f"crow_{name}"], rel=section("trend")["tolerance"]), name


def test_the_military_handbooks_own_example() -> None:
    """MIL-HDBK-189, 1981, Appendix C: 27 failures in 300 h, printed beta 0.716, lambda 0.454, MTBF 15.5 h."""
    (case,) = [one for one in cases("trend") if one["id"] == "trend-02"]
    found = crow_amsaa(case["event_days"], 300)
    assert found is not None
    assert (round(found.beta, 3), round(found.scale, 3)) == (0.716, 0.454)
    assert round(365.25 / found.per_year_at_end, 1) == 15.5


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_exact_laplace_is_a_share_of_simulated_clocks(m: int) -> None:
    """200,000 clocks of m uniform events: how often their sum is as large (seed 20261124)."""
    random = np.random.default_rng(20261124)
    days = [100.0 * (place + 2) / (m + 3) for place in range(m)]
    share = float(np.mean(random.uniform(0, 100, (200_000, m)).sum(axis=1) >= sum(days)))
    exact = laplace(days, 100).p_exact
    assert exact == pytest.approx(share, abs=0.005)


@given(st.lists(st.floats(1, 999), min_size=3, max_size=20))
def test_exact_and_normal_laplace_agree_roughly(days: list[float]) -> None:
    found = laplace(days, 1000)
    assert found.p_exact is not None
    assert 0 <= found.p_exact <= 1
    assert abs(found.p_exact - found.p) < 0.02


@given(st.lists(st.floats(1, 999), min_size=1, max_size=25))
def test_a_clock_run_backwards_turns_laplace_around(days: list[float]) -> None:
    ahead, back = laplace(days, 1000), laplace([1000 - day for day in days], 1000)
    assert ahead.u == pytest.approx(-back.u, abs=1e-9)
    if ahead.p_exact is not None and back.p_exact is not None:
        assert ahead.p_exact + back.p_exact == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("days", [[], [0.0, 5.0], [5.0, 101.0]])
def test_events_outside_the_clock_are_refused(days: list[float]) -> None:
    for test in (laplace, mil_hdbk_189, crow_amsaa):
        with pytest.raises(ValueError, match="clock"):
            test(days, 100)


def test_events_that_all_fall_on_the_last_day_have_no_power_law() -> None:
    assert crow_amsaa([100, 100, 100], 100) is None
    assert crow_amsaa([20, 60], 100) is None


@pytest.mark.parametrize("case", cases("mann_kendall_exact"), ids=named)
def test_mann_kendall_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    found, close = mann_kendall(case["remission_days"]), section("mann_kendall_exact")["tolerance"]
    assert (found.s, found.p_shortening) == (case["kendall_s"], Fraction(case["p_shortening_fraction"]))
    assert float(found.p_lengthening) == pytest.approx(case["p_lengthening"], rel=close)
    assert found.tau == pytest.approx(case["tau"], rel=close)


def kendall(values: Sequence[float]) -> int:
    """Return S by its definition."""
    return sum(int(np.sign(later - first)) for place, first in enumerate(values) for later in values[place + 1 :])


@given(st.lists(st.integers(1, 4).map(float), min_size=1, max_size=6))
def test_mann_kendall_counts_every_order_ties_too(values: list[float]) -> None:
    found, orders = mann_kendall(values), list(permutations(values))
    own = kendall(values)
    assert found.s == own
    assert found.p_shortening == Fraction(sum(kendall(one) <= own for one in orders), len(orders))
    assert found.p_lengthening == Fraction(sum(kendall(one) >= own for one in orders), len(orders))


def test_a_long_series_is_exact_and_quick() -> None:
    falling = [float(day) for day in range(60, 20, -1)]
    assert mann_kendall(falling).p_shortening == Fraction(1, math.factorial(40))


@pytest.mark.parametrize("values", [[], [100.0]])
def test_one_length_says_nothing(values: list[float]) -> None:
    found = mann_kendall(values)
    assert (found.s, found.tau) == (0, 0.0)
    assert found.p_shortening == found.p_lengthening == Fraction(1)


@pytest.mark.parametrize("case", cases("geometric_process"), ids=named)
def test_the_geometric_process_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    found, close = geometric_process(case["remission_days"]), section("geometric_process")["tolerance"]
    assert found.ratio == pytest.approx(case["ratio"], rel=close)
    assert found.p == pytest.approx(case["ratio_p_shortening"], rel=close)


@given(LENGTHS)
def test_the_line_is_scipys(lengths: list[float]) -> None:
    found = geometric_process(lengths)
    line = stats.linregress(range(len(lengths)), np.log(lengths), alternative="less")
    assert found.slope == pytest.approx(line.slope, abs=1e-10)
    assert found.intercept == pytest.approx(line.intercept, rel=1e-10)
    if found.scatter > 1e-6:
        assert found.p == pytest.approx(line.pvalue, rel=1e-6, abs=1e-12)


def test_lengths_without_scatter_are_certain_or_flat() -> None:
    halved, flat, doubled = (geometric_process(one) for one in ([400, 200, 100, 50], [90] * 4, [50, 100, 200, 400]))
    assert (halved.p, round(halved.ratio, 12)) == (0.0, 0.5)
    assert (flat.p, flat.ratio, flat.scatter) == (1.0, 1.0, 0.0)
    assert doubled.p == 1.0


@pytest.mark.parametrize("lengths", [[], [100.0], [100.0, 50.0]])
def test_two_lengths_make_no_line_with_scatter(lengths: list[float]) -> None:
    with pytest.raises(ValueError, match="three lengths"):
        geometric_process(lengths)


@pytest.mark.parametrize("case", cases("shortening_rule"), ids=named)
def test_what_is_said_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    found = decide(case["remission_days"])
    assert found.outcome == case["outcome"]
    for own, expected in ((found.ratio, case["ratio"]), (found.p, case["p"])):
        assert own == (None if expected is None else pytest.approx(expected, rel=1e-6))


@pytest.mark.parametrize(
    ("lengths", "outcome"),
    [
        ([], "none"),
        ([90], "none"),
        ([90, 60], "none"),
        ([90, 60, 40], "note"),
        ([90, 60, 60], "none"),
        ([40, 60, 90], "none"),
    ],
)
def test_three_are_described_and_never_tested(lengths: list[float], outcome: str) -> None:
    assert decide(lengths) == Decision(outcome, None, None)  # type: ignore[arg-type] # the words of the table


def test_the_longest_remission_last_does_not_warn() -> None:
    """Published case C05: the last remission was the longest."""
    assert decide([200, 150, 120, 400]).outcome == "none"


def test_limits_may_be_chosen() -> None:
    lengths = [365.0, 300, 310, 220, 200]  # ratio 0.8596, p 0.0063
    assert decide(lengths, Limits(warning_ratio=0.8)).outcome == "info"
    assert decide(lengths, Limits(warning_p=0.001)).outcome == "info"
    assert decide(lengths, Limits(warning_p=0.001, info_p=0.005)).outcome == "none"


@given(LENGTHS, st.floats(0.1, 10))
def test_what_is_said_knows_no_unit(lengths: list[float], factor: float) -> None:
    one, other = decide(lengths), decide([length * factor for length in lengths])
    if one.p is not None and min(abs(one.p - limit) for limit in (0.025, 0.2)) > 1e-6:
        assert one.outcome == other.outcome


def test_false_warnings_over_repeated_looks_are_as_rare_as_specified() -> None:
    """Clinical specification, F: looks at n = 4 to 8 warn 7 to 8 of 100 whose remissions do not shorten (ln-SD 0.35 and 0.5)."""
    random = np.random.default_rng(20261124)
    for spread in (0.35, 0.5):
        chains = np.exp(random.normal(math.log(330), spread, (1500, 8)))
        warned = sum(any(decide(chain[:n].tolist()).outcome == "warning" for n in range(4, 9)) for chain in chains)
        assert 0.05 < warned / len(chains) < 0.10


def test_a_ratio_of_three_quarters_is_found_within_eight_remissions() -> None:
    """Clinical specification, F: detection 0.90 at r = 0.75, 0.30 at 0.9, with ln-SD 0.5."""
    random = np.random.default_rng(20261124)
    for ratio, low, high in ((0.75, 0.84, 0.96), (0.9, 0.22, 0.40)):
        chains = np.exp(random.normal(0, 0.5, (600, 8))) * 330 * ratio ** np.arange(8)
        warned = sum(any(decide(chain[:n].tolist()).outcome == "warning" for n in range(4, 9)) for chain in chains)
        assert low < warned / len(chains) < high
