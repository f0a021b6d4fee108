"""Slope and order against the clinical vectors, SciPy, and counting by hand."""

from collections import Counter
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alerts.slopes import kendall, orders_by_falling_pairs, theil_sen
from tests.alerts.vectors import cases, named, section

SLOPES, ORDERS = cases("theil_sen"), cases("mann_kendall_exact")
small = st.lists(st.integers(0, 4), min_size=1, max_size=6)
distinct = st.lists(st.floats(60, 180), min_size=2, max_size=14, unique=True)


@pytest.mark.parametrize("case", SLOPES, ids=named)
def test_the_slope_is_the_vector(case: dict[str, Any]) -> None:
    slope = theil_sen(case["days"], case["hemoglobin_g_per_l"])
    assert slope is not None
    assert 28 * slope == pytest.approx(case["slope_per_28_days"], rel=section("theil_sen")["tolerance"])


@pytest.mark.parametrize("case", SLOPES, ids=named)
def test_the_order_of_hemoglobin_is_the_vector(case: dict[str, Any]) -> None:
    found = kendall(case["hemoglobin_g_per_l"])
    assert found.s == case["kendall_s"]
    assert found.p_falling == Fraction(case["p_falling_fraction"])


@pytest.mark.parametrize("case", ORDERS, ids=named)
def test_the_order_of_remissions_is_the_vector(case: dict[str, Any]) -> None:
    found = kendall(case["remission_days"])
    assert (found.s, found.p_falling) == (case["kendall_s"], Fraction(case["p_shortening_fraction"]))
    tolerance = section("mann_kendall_exact")["tolerance"]
    assert float(found.p_rising) == pytest.approx(case["p_lengthening"], abs=tolerance)
    assert found.tau == pytest.approx(case["tau"], abs=tolerance)


@given(distinct, st.data())
def test_the_slope_is_scipys(values: list[float], data: st.DataObject) -> None:
    days = data.draw(st.lists(st.integers(0, 28), min_size=len(values), max_size=len(values), unique=True))
    found = theil_sen(days, values)
    assert found == pytest.approx(stats.theilslopes(values, days).slope, rel=1e-9, abs=1e-9)


@given(distinct)
def test_the_chance_is_scipys_where_nothing_is_tied(values: list[float]) -> None:
    theirs = stats.kendalltau(range(len(values)), values, alternative="less", method="exact")
    assert float(kendall(values).p_falling) == pytest.approx(theirs.pvalue, rel=1e-9)
    assert kendall(values).tau == pytest.approx(theirs.statistic)


@given(small)
def test_orders_are_counted_as_by_hand(values: list[int]) -> None:
    seen = Counter(
        sum(after < before for place, before in enumerate(order) for after in order[place + 1 :])
        for order in set(permutations(values))
    )
    counted = orders_by_falling_pairs(values)
    assert {pairs: number for pairs, number in enumerate(counted) if number} == dict(seen)


@given(small)
def test_falling_and_rising_are_mirrored(values: list[int]) -> None:
    there, back = kendall(values), kendall([-one for one in values])
    assert (there.s, there.p_falling, there.p_rising) == (-back.s, back.p_rising, back.p_falling)


def test_all_values_tied_say_nothing() -> None:
    found = kendall([120, 120, 120, 120])
    assert (found.s, found.tau) == (0, 0)
    assert found.p_falling == found.p_rising == Fraction(1)


@pytest.mark.parametrize("values", [[], [120]])
def test_one_value_has_no_order_and_no_slope(values: list[float]) -> None:
    found = kendall(values)
    assert (found.s, found.p_falling) == (0, Fraction(1))
    assert theil_sen(range(len(values)), values) is None


def test_pairs_of_one_time_have_no_slope() -> None:
    assert theil_sen([0, 0], [120, 130]) is None
    assert theil_sen([0, 0, 10], [120, 130, 110]) == -1.5  # the mean of −1 and −2


def test_points_need_not_come_in_order() -> None:
    assert theil_sen([28, 0, 14], [111, 130, 122]) == theil_sen([0, 14, 28], [130, 122, 111])


def test_one_wild_value_does_not_turn_the_slope() -> None:
    calm = theil_sen([0, 7, 14, 21, 28], [128, 126, 124, 122, 120])
    assert theil_sen([0, 7, 14, 21, 28], [128, 126, 190, 122, 120]) == pytest.approx(calm)


def test_times_and_values_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="zip"):
        theil_sen([0, 1], [120])
