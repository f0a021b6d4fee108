"""The curve of a worklist row: coordinates that fit its box, and a gap where a patient fell silent."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sparkline import HEIGHT, PAD, WIDTH, Spark, own_band, spark

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OWN = {"baseline": 124.0, "limit95": 117.2, "limit99": 114.5}


@dataclass(frozen=True)
class Dot:
    """A value at a moment."""

    at: datetime
    value: float


def dots(*values: float, every_days: float = 7, until: float = 0) -> list[Dot]:
    """Return values a week apart, the last one `until` days ago."""
    last = len(values) - 1
    return [Dot(NOW - timedelta(days=until + every_days * (last - place)), value) for place, value in enumerate(values)]


def drawn(*values: float, until: float = 0, **numbers: float) -> Spark:
    """Return the curve of values a week apart."""
    found = spark(dots(*values, until=until), at=NOW, numbers=numbers)
    assert found is not None
    return found


def places(curve: Spark) -> list[tuple[float, float]]:
    """Return the points of the line."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in curve.line.split(" "))]


def test_today_is_at_the_right_and_six_months_ago_at_the_left() -> None:
    curve = spark([Dot(NOW - timedelta(days=183), 120), Dot(NOW, 110)], at=NOW, numbers={})
    assert curve is not None
    assert places(curve) == [(PAD, PAD), (WIDTH - PAD, HEIGHT - PAD)]
    assert curve.end == (WIDTH - PAD, HEIGHT - PAD)


def test_half_way_is_in_the_middle() -> None:
    curve = spark([Dot(NOW - timedelta(days=91.5), 100)], at=NOW, numbers={})
    assert curve is not None
    assert places(curve) == [(WIDTH / 2, HEIGHT / 2)]


def test_higher_values_stand_higher() -> None:
    (_, low), (_, high), (_, middle) = places(drawn(90, 120, 105))
    assert high < middle < low


def test_a_level_curve_runs_through_the_middle() -> None:
    assert {y for _, y in places(drawn(120, 120, 120))} == {HEIGHT / 2}


@pytest.mark.parametrize("days", [184, -1])
def test_what_is_older_than_six_months_or_yet_to_come_is_left_out(days: float) -> None:
    assert spark([Dot(NOW - timedelta(days=days), 120)], at=NOW, numbers={}) is None
    curve = spark([*dots(110, 120), Dot(NOW - timedelta(days=days), 20)], at=NOW, numbers={})
    assert curve is not None
    assert len(places(curve)) == 2
    assert min(y for _, y in places(curve)) == PAD


def test_nothing_is_drawn_of_nothing() -> None:
    assert spark([], at=NOW, numbers=OWN) is None


@pytest.mark.parametrize(("until", "silent"), [(0, False), (28, False), (28.1, True), (90, True)])
def test_a_curve_that_ended_over_four_weeks_ago_is_drawn_on_as_a_gap(until: float, silent: bool) -> None:
    curve = drawn(120, 121, until=until)
    assert curve.silent_from == (curve.end[0] if silent else None)


def test_the_own_band_reaches_from_the_limit_as_far_above_the_baseline() -> None:
    curve = drawn(124, 122, 98, **OWN)
    assert curve.band is not None
    assert curve.base is not None
    top, height = curve.band
    assert top == PAD  # 133.5, the upper edge, is the highest of all that is drawn
    assert top < curve.base < top + height < curve.end[1] == HEIGHT - PAD
    assert curve.base - top == pytest.approx(height / 2, abs=0.11)  # rounded to a tenth


def test_without_a_baseline_there_is_no_band() -> None:
    curve = drawn(124, 122)
    assert (curve.band, curve.base) == (None, None)


@pytest.mark.parametrize(
    ("numbers", "band"),
    [
        (OWN, (114.5, 124.0, 133.5)),
        ({"baseline": 124.0, "limit95": 117.0}, (117.0, 124.0, 131.0)),
        ({"baseline": 124.0, "limit99": 124.0}, (124.0, 124.0, 124.0)),
        ({"baseline": 124.0}, None),
        ({"limit99": 114.5}, None),
        ({"baseline": 10.0, "limit99": 14.0}, None),  # an upper limit: no band that a fall leaves
        ({}, None),
    ],
)
def test_the_band_is_that_of_the_strictest_limit_named(
    numbers: dict[str, float], band: tuple[float, float, float] | None
) -> None:
    assert own_band(numbers) == band


values = st.lists(st.floats(40, 220), min_size=1, max_size=40)


@given(values, st.floats(0, 183), st.one_of(st.just({}), st.just(OWN)))
def test_every_coordinate_lies_in_the_box(shown: list[float], until: float, numbers: dict[str, float]) -> None:
    curve = spark(dots(*shown, until=until), at=NOW, numbers=numbers)
    assert curve is not None
    assert curve.end == places(curve)[-1]
    for x, y in places(curve):
        assert PAD <= x <= WIDTH - PAD
        assert PAD <= y <= HEIGHT - PAD
    assert [x for x, _ in places(curve)] == sorted(x for x, _ in places(curve))
    if curve.band is not None:
        top, height = curve.band
        assert top >= PAD
        assert height >= 0
        assert top + height <= HEIGHT - PAD + 0.1


@given(values)
def test_the_scale_does_not_change_the_shape(shown: list[float]) -> None:
    assert drawn(*shown).line == drawn(*(value * 2 for value in shown)).line
