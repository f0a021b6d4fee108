"""The own-baseline band over time: what the rule compared with, stepping as it did."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules.hemoglobin_fall import RULE
from monitor.baselines import bands
from monitor.chart_frame import Band
from tests.alerts.rules.histories import CHILD, STEADY, event, finding, hemoglobin, history, monthly, on, series

points = st.lists(
    st.tuples(st.floats(0, 1200).map(lambda day: round(day, 2)), st.floats(60, 140).map(lambda value: round(value, 1))),
    max_size=25,
)


def drawn(*found: tuple[float, float], **fields: Any) -> list[Band]:
    """Return the bands of these results."""
    return bands(hemoglobin(*found, **fields))


@pytest.mark.parametrize("count", range(4))
def test_before_a_fourth_result_there_is_no_band(count: int) -> None:
    assert drawn(*STEADY[:count], at=200) == []


def test_the_band_begins_with_the_first_result_that_had_a_baseline() -> None:
    (band,) = drawn(*STEADY[:4], at=100)
    assert (band.start, band.end, band.baseline) == (on(84), on(100), 124)


def test_the_band_is_the_limit_of_the_rule_mirrored() -> None:
    seen = hemoglobin(*STEADY, (168, 98))
    numbers = finding(RULE, seen).numbers
    band = bands(seen)[-1]
    assert (band.baseline, band.lower) == (numbers["baseline"], numbers["limit99"])
    assert band.upper - band.baseline == pytest.approx(band.baseline - band.lower)


def test_it_steps_as_the_baseline_does() -> None:
    found = drawn(*monthly(124, 124, 124, 124, 130, 130, 130, 130, 130, 130, 130))
    assert (found[0].baseline, found[-1].baseline) == (124, 130)
    assert all(one.end == other.start for one, other in pairwise(found))


def test_it_stands_still_during_a_fall() -> None:
    fallen = monthly(100, 104, 108, 112, start=168, every=7)
    found = drawn(*STEADY, *fallen)
    assert (found[-1].start, found[-1].end) == (on(168), on(189) + timedelta(hours=1))


def test_it_stands_still_after_a_transfusion() -> None:
    given = event(145, "transfusion", product="red_cells", units=2)
    found = drawn(*STEADY, *monthly(122, 121, 122, 123, start=150), events=[given])
    assert (found[-1].baseline, found[-1].end) == (124, on(234) + timedelta(hours=1))
    assert found[-1].start <= on(150)


def test_the_last_band_ends_now_or_when_its_result_is_too_old() -> None:
    assert drawn(*STEADY, at=300)[-1].end == on(300)
    assert drawn(*STEADY, at=900)[-1].end == on(140 + 365)
    assert drawn(*STEADY, at=900, patient=CHILD)[-1].end == on(140 + 180)


def test_a_silence_longer_than_a_result_lasts_is_a_gap() -> None:
    found = drawn(*STEADY, (900, 120), (930, 121), (960, 122), (990, 121))
    assert max(band.end for band in found if band.start < on(200)) == on(140 + 365)
    assert min(band.start for band in found if band.start > on(200)) == on(990)


def test_equal_neighbors_are_one_band() -> None:
    assert len(drawn(*monthly(*[124.0] * 10, every=14))) == 4  # of 3, 4, 5 and 6 results


def test_results_ahead_of_the_moment_are_not_drawn() -> None:
    seen = history(series([*STEADY, (168, 98)]), at=150)
    assert bands(seen)[-1].end == on(150)


def test_no_hemoglobin_no_band() -> None:
    assert bands(history(series([(0, 30)], "FERRITIN"))) == []


@settings(deadline=None)
@given(points, st.floats(0, 1500))
def test_bands_are_in_order_do_not_overlap_and_are_never_of_the_future(found: list[Any], at: float) -> None:
    several = drawn(*found, at=at)
    for band in several:
        assert band.start <= band.end <= on(at)
        assert 0 < band.lower < band.baseline < band.upper
    assert all(one.end <= other.start for one, other in pairwise(several))


@settings(deadline=None)
@given(points)
def test_each_drawn_result_lies_in_the_band_it_was_judged_by(found: list[Any]) -> None:
    several = drawn(*found, at=1500)
    for day, _ in found:
        assert sum(band.start <= on(day) < band.end for band in several) <= 1
