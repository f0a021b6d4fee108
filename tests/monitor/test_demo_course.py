"""How an invented disease runs: loss within days, the slow way back, and blood taken more often meanwhile."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo_course import Bleed, Course, noisy, visits

BLEED = Bleed(100, 28)
DAYS = st.integers(-10, 400)
BLEEDS = st.builds(
    Bleed, st.integers(0, 400), st.floats(5, 70), st.integers(2, 28), transfused=st.booleans(), hemoptysis=st.just("")
)


def chance(seed: int = 1) -> np.random.Generator:
    """Return chance that is always the same."""
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("days_ago", "missing"),
    [
        (150, 0),  # before
        (100, 0),  # the day it begins
        (98, 14),  # two of its four days
        (96, 28),  # its end
        (90, 28),  # within the seven days before the way back begins
        (79, 21),  # ten days later, 0.7 g/L a day
        (49, 0),  # after forty days
        (0, 0),
    ],
)
def test_a_bleed_takes_and_slowly_gives_back(days_ago: int, missing: float) -> None:
    assert BLEED.deficit(days_ago) == pytest.approx(missing)


def test_a_transfusion_lifts_at_once() -> None:
    given_ = Bleed(100, 28, transfused=True)
    assert given_.deficit(96) == 28
    assert given_.deficit(95) == pytest.approx(8)


@given(BLEEDS, DAYS)
def test_nothing_more_is_missing_than_was_lost(bleed: Bleed, days_ago: int) -> None:
    assert 0 <= bleed.deficit(days_ago) <= bleed.loss + 1e-9


@given(BLEEDS, st.integers(0, 300))
def test_before_its_first_day_a_bleed_takes_nothing(bleed: Bleed, before: int) -> None:
    assert bleed.deficit(bleed.days_ago + before) == 0


def test_reticulocytes_rise_to_the_tenth_day_and_are_back_on_the_twenty_eighth() -> None:
    found = [BLEED.reticulocytes(100 - day) for day in (-5, 3, 10, 20, 28, 60)]
    assert found[0] == found[1] == found[4] == found[5] == 0
    assert found[2] == max(found)
    assert 0 < found[3] < found[2]


def test_hemoglobin_is_the_steady_state_less_what_is_missing() -> None:
    course = Course(130, (Bleed(300, 20), BLEED))
    assert course.hemoglobin(350) == 130
    assert course.hemoglobin(96) == pytest.approx(102)
    assert course.hemoglobin(0) == 130


def test_a_drift_takes_its_share_over_the_last_year() -> None:
    course = Course(126, drift=6)
    assert [course.hemoglobin(day) for day in (500, 365)] == [126, 126]
    assert course.hemoglobin(0) == pytest.approx(120)


def test_iron_goes_to_the_lung_with_the_blood() -> None:
    course = Course(130, (BLEED,), ferritin=60)
    assert course.ferritin_of(200) == 60
    # 28 g/L of 5 liters are 28 / 10 * 34 mg * 5 = 476 mg: 3.17 times halved, 6.65
    assert course.ferritin_of(96) == pytest.approx(6.65, abs=0.01)
    assert Course(130, (Bleed(100, 70),)).ferritin_of(96) == 4


def test_active_is_the_four_weeks_of_a_bleed() -> None:
    course = Course(130, (BLEED,))
    assert [course.active(day) for day in (101, 100, 72, 71)] == [False, True, True, False]


def test_visits_are_four_weeks_apart_and_closer_in_a_bleed() -> None:
    found = visits(Course(130, (BLEED,)), first=400, last=5, chance=chance())
    gaps = {day: day - after for day, after in pairwise(found)}
    assert (found[0], found[-1]) == (400, 5)
    assert all(24 <= gap <= 32 for day, gap in gaps.items() if day > 140)
    assert all(gap <= 6 for day, gap in gaps.items() if 72 <= day <= 100)
    assert all(gap <= 14 for day, gap in gaps.items() if 35 < day < 72)


@given(st.integers(30, 900), st.integers(0, 20), st.lists(BLEEDS, max_size=3), st.integers(0, 50))
def test_visits_go_from_first_to_last(first: int, last: int, bleeds: list[Bleed], seed: int) -> None:
    found = visits(Course(130, tuple(bleeds)), first=first, last=last, chance=chance(seed))
    assert found == sorted(set(found), reverse=True)
    assert (found[0], found[-1]) == (first, last)


@given(st.floats(1, 300), st.integers(0, 1000))
def test_chance_ends_early(value: float, seed: int) -> None:
    assert abs(noisy(value, 0.03, chance(seed)) / value - 1) <= 0.03 * 1.4 + 1e-12
