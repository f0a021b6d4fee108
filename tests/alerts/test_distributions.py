"""Student's t and chi-square beside SciPy 1.17 (scipy.stats.t and chi2) and printed tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alerts.distributions import chi_square_below, chi_square_quantile, t_quantile, t_tail

DEGREES = st.integers(1, 60)
EVEN = st.integers(1, 60).map(lambda half: 2 * half)


@given(st.floats(-40, 40), DEGREES)
def test_the_tail_of_t_is_scipys(t: float, df: int) -> None:
    assert t_tail(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-10)


@pytest.mark.parametrize("df", [1, 2, 3, 6, 20])
@pytest.mark.parametrize("t", [1e2, 1e4, 1e6])
def test_a_far_tail_keeps_its_digits(t: float, df: int) -> None:
    assert t_tail(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-9)


@given(st.floats(1e-6, 0.999), DEGREES)
def test_the_quantile_of_t_is_scipys(tail: float, df: int) -> None:
    assert t_quantile(tail, df) == pytest.approx(stats.t.isf(tail, df), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("df", "tail", "t"),
    [(1, 0.025, 12.706), (2, 0.025, 4.303), (4, 0.1, 1.533), (10, 0.05, 1.812), (30, 0.01, 2.457)],
)
def test_the_quantile_of_t_is_that_of_printed_tables(df: int, tail: float, t: float) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, to three decimals."""
    assert round(t_quantile(tail, df), 3) == t


def test_one_degree_is_cauchys_and_two_have_a_closed_form() -> None:
    assert t_tail(1, 1) == pytest.approx(0.25, rel=1e-14)
    assert t_tail(3, 2) == pytest.approx(0.5 * (1 - 3 / math.sqrt(11)), rel=1e-13)


@given(st.floats(-30, 30), DEGREES)
def test_both_tails_of_t_make_one(t: float, df: int) -> None:
    assert t_tail(t, df) + t_tail(-t, df) == pytest.approx(1, abs=1e-13)
    assert t_tail(0, df) == pytest.approx(0.5, abs=1e-13)


@pytest.mark.parametrize(("t", "tail"), [(math.inf, 0.0), (-math.inf, 1.0)])
def test_beyond_everything_there_is_nothing(t: float, tail: float) -> None:
    assert t_tail(t, 3) == tail


@given(st.floats(0, 300), EVEN)
def test_chi_square_is_scipys(x: float, df: int) -> None:
    assert chi_square_below(x, df) == pytest.approx(stats.chi2.cdf(x, df), rel=1e-10, abs=1e-300)


@given(st.floats(1e-6, 0.9999), EVEN)
def test_the_quantile_of_chi_square_is_scipys(below: float, df: int) -> None:
    assert chi_square_quantile(below, df) == pytest.approx(stats.chi2.ppf(below, df), rel=1e-10)


@pytest.mark.parametrize(
    ("df", "below", "x"), [(2, 0.95, 5.991), (10, 0.025, 3.247), (10, 0.975, 20.483), (20, 0.99, 37.566)]
)
def test_the_quantile_of_chi_square_is_that_of_printed_tables(df: int, below: float, x: float) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4, to three decimals."""
    assert round(chi_square_quantile(below, df), 3) == x


@pytest.mark.parametrize("x", [0, -1])
def test_nothing_lies_below_zero(x: float) -> None:
    assert chi_square_below(x, 4) == 0


@pytest.mark.parametrize("df", [0, -2, 3])
def test_chi_square_refuses_other_degrees(df: int) -> None:
    with pytest.raises(ValueError, match="even number"):
        chi_square_below(1.0, df)


def test_t_refuses_no_degree_and_no_probability() -> None:
    with pytest.raises(ValueError, match="degree of freedom"):
        t_tail(1.0, 0)
    for tail in (0.0, 1.0, -0.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            t_quantile(tail, 3)
        with pytest.raises(ValueError, match="between 0 and 1"):
            chi_square_quantile(tail, 4)
