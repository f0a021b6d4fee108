"""A course of cyclophosphamide: the seed article's, its edges, and what must hold for every course."""

import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.cytotoxics import TOTALS_MG, Planned, planned, share_of_course

doses = st.floats(0.5, 2000)
totals = st.floats(1, 20000)


def test_the_seed_article_s_course_takes_seven_weeks_at_most() -> None:
    """400 mg every other day: 20 doses reach 8 g on day 38, 25 doses 10 g on day 48 (clinical specification, S36)."""
    shortest, longest = (planned(total) for total in TOTALS_MG)
    assert shortest == Planned(20, 38, 8000)
    assert longest == Planned(25, 48, 10000)


def test_a_total_that_is_no_multiple_is_reached_by_the_dose_that_passes_it() -> None:
    """Vector cyclophosphamide-04: 23 doses of 400 mg for 9 g, the last on day 44."""
    assert planned(9000) == Planned(23, 44, 9200)


@pytest.mark.parametrize(("total", "count"), [(0.1, 1), (0.3, 3), (0.30001, 4), (0.7, 7)])
def test_tenths_are_tenths(total: float, count: int) -> None:
    """3 x 0.1 is 0.30000000000000004 to a machine, which would ask for a fourth dose."""
    assert planned(total, dose_mg=0.1).doses == count


def test_one_dose_is_taken_on_the_first_day() -> None:
    assert planned(1000, dose_mg=1000, every_days=28) == Planned(1, 0, 1000)


@given(totals, doses, st.integers(1, 60))
def test_the_doses_reach_the_total_and_one_less_would_not(total: float, dose: float, every: int) -> None:
    found = planned(total, dose_mg=dose, every_days=every)
    assert found.total_mg >= total * (1 - 1e-12)
    assert (found.doses - 1) * dose < total * (1 + 1e-12)
    assert found.last_day == every * (found.doses - 1)


@given(totals, st.integers(1, 400), st.integers(1, 30))
def test_counting_days_one_by_one_comes_to_the_same(total: float, dose: int, every: int) -> None:
    taken, day, last = 0, date(2024, 1, 1), date(2024, 1, 1)
    while taken < total:
        taken, last, day = taken + dose, day, day + timedelta(days=every)
    assert planned(total, dose_mg=dose, every_days=every).last_day == (last - date(2024, 1, 1)).days


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"total_mg": 0}, "above zero"),
        ({"total_mg": math.inf}, "above zero"),
        ({"total_mg": math.nan}, "above zero"),
        ({"dose_mg": -400}, "above zero"),
        ({"dose_mg": math.nan}, "above zero"),
        ({"every_days": 0}, "every day at most"),
    ],
)
def test_what_makes_no_course_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        planned(**{"total_mg": 8000.0, **fields})


@pytest.mark.parametrize(("taken", "share"), [(0, 0), (8000, 0.8), (10000, 1), (12000, 1.2)])
def test_the_share_of_a_course_of_ten_grams(taken: float, share: float) -> None:
    assert share_of_course(taken, 10000) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize(("taken", "total"), [(-1, 10000), (1, 0), (math.nan, 10000), (1, math.inf)])
def test_a_share_of_no_amounts_is_refused(taken: float, total: float) -> None:
    with pytest.raises(ValueError, match="amounts are numbers"):
        share_of_course(taken, total)
