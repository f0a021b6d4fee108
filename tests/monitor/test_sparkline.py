"""The curve of a worklist row: coordinates that fit its box, the own baseline as it stepped, a gap where a patient fell silent."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chart_frame import Band
from monitor.sparkline import HEIGHT, PAD, WIDTH, Spark, spark

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Dot:
    """A value at a moment."""

    at: datetime
    value: float


def dots(*values: float, every_days: float = 7, until: float = 0) -> list[Dot]:
    """Return values a week apart, the last one `until` days ago."""
    last = len(values) - 1
    return [Dot(NOW - timedelta(days=until + every_days * (last - place)), value) for place, value in enumerate(values)]


def held(since: float, until: float = 0, baseline: float = 124.0, lower: float = 114.5) -> Band:
    """Return a band that held from so many days ago until so many."""
    start, end = NOW - timedelta(days=since), NOW - timedelta(days=until)
    return Band(start, end, baseline, lower, 2 * baseline - lower)


def drawn(*values: float, until: float = 0, bands: tuple[Band, ...] = (), silent: bool = False) -> Spark:
    """Return the curve of values a week apart."""
    found = spark(dots(*values, until=until), at=NOW, bands=bands, silent=silent)
    assert found is not None
    return found


def places(curve: Spark) -> list[tuple[float, float]]:
    """Return the points of the line."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in curve.line.split(" "))]


def boxes(curve: Spark) -> list[tuple[float, float, float, float]]:
    """Return the boxes of the band: left, top, right, bottom."""
    found = re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)z", curve.band)
    assert "".join(f"M{a} {b}H{c}V{d}H{e}z" for a, b, c, d, e in found) == curve.band
    assert all(one[0] == one[4] for one in found)
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d, _ in found]


def test_today_is_at_the_right_and_six_months_ago_at_the_left() -> None:
    curve = spark([Dot(NOW - timedelta(days=183), 120), Dot(NOW, 110)], at=NOW)
    assert curve is not None
    assert places(curve) == [(PAD, PAD), (WIDTH - PAD, HEIGHT - PAD)]
    assert curve.end == (WIDTH - PAD, HEIGHT - PAD)


def test_half_way_is_in_the_middle() -> None:
    curve = spark([Dot(NOW - timedelta(days=91.5), 100)], at=NOW)
    assert curve is not None
    assert places(curve) == [(WIDTH / 2, HEIGHT / 2)]


def test_higher_values_stand_higher() -> None:
    (_, low), (_, high), (_, middle) = places(drawn(90, 120, 105))
    assert high < middle < low


def test_a_level_curve_runs_through_the_middle() -> None:
    assert {y for _, y in places(drawn(120, 120, 120))} == {HEIGHT / 2}


@pytest.mark.parametrize("days", [184, -1])
def test_what_is_older_than_six_months_or_yet_to_come_is_left_out(days: float) -> None:
    assert spark([Dot(NOW - timedelta(days=days), 120)], at=NOW) is None
    curve = spark([*dots(110, 120), Dot(NOW - timedelta(days=days), 20)], at=NOW)
    assert curve is not None
    assert len(places(curve)) == 2
    assert min(y for _, y in places(curve)) == PAD


def test_nothing_is_drawn_of_nothing() -> None:
    assert spark([], at=NOW, bands=[held(100)]) is None


def test_a_curve_of_who_fell_silent_is_drawn_on_as_a_gap() -> None:
    curve = drawn(120, 121, until=60, silent=True)
    assert curve.silent_from == curve.end[0] < WIDTH - PAD
    assert drawn(120, 121, until=60).silent_from is None


def test_the_band_reaches_from_the_limit_as_far_above_the_baseline() -> None:
    curve = drawn(124, 122, 98, bands=(held(100),))
    ((left, top, right, bottom),) = boxes(curve)
    assert (top, right) == (PAD, WIDTH - PAD)  # 133.5, the upper edge, is the highest of all that is drawn
    assert top < bottom < curve.end[1] == HEIGHT - PAD
    assert left == round(PAD + (WIDTH - 2 * PAD) * 83 / 183)
    base = re.fullmatch(r"M[\d.]+ ([\d.]+)H[\d.]+", curve.base)
    assert base is not None
    assert float(base[1]) - top == pytest.approx((bottom - top) / 2, abs=0.51)  # whole pixels


def test_without_a_baseline_there_is_no_band() -> None:
    curve = drawn(124, 122)
    assert (curve.band, curve.base) == ("", "")


def test_the_band_steps_as_the_baseline_does() -> None:
    curve = drawn(124, 122, bands=(held(120, 60, baseline=130, lower=120), held(60)))
    first, second = boxes(curve)
    assert first[2] == second[0]
    assert first[3] < second[3]  # the lower limit fell
    assert curve.base.count("M") == 2


def test_steps_too_small_to_see_are_drawn_as_one() -> None:
    near = tuple(held(since, since - 20, baseline=124 + since / 1000) for since in range(120, 0, -20))
    assert len(boxes(drawn(124, 90, bands=near))) == 1


def test_a_gap_between_bands_stays_a_gap() -> None:
    first, second = boxes(drawn(124, 122, bands=(held(120, 80), held(40))))
    assert first[2] < second[0]


def test_a_band_of_earlier_or_later_times_is_left_out_and_a_longer_one_cut() -> None:
    assert drawn(124, bands=(held(400, 200),)).band == ""
    assert drawn(124, bands=(held(-1, -20),)).band == ""
    ((left, _, _, _),) = boxes(drawn(124, 122, bands=(held(400),)))
    assert left == PAD


def test_an_old_band_far_away_does_not_flatten_the_curve() -> None:
    alone = drawn(124, 122, 98, bands=(held(50),))
    beside = drawn(124, 122, 98, bands=(held(150, 100, baseline=60, lower=50), held(50)))
    assert beside.line == alone.line
    assert {y for _, top, _, bottom in boxes(beside)[:1] for y in (top, bottom)} == {HEIGHT - PAD}


values = st.lists(st.floats(40, 220), min_size=1, max_size=40)
steps = st.lists(st.tuples(st.floats(0, 300), st.floats(1, 90), st.floats(60, 180), st.floats(0, 30)), max_size=6)


@given(values, st.floats(0, 183), steps)
def test_every_coordinate_lies_in_the_box(
    shown: list[float], until: float, known: list[tuple[float, float, float, float]]
) -> None:
    bands = [held(since, since - long, base, base - deep) for since, long, base, deep in known]
    curve = spark(dots(*shown, until=until), at=NOW, bands=bands)
    assert curve is not None
    assert curve.end == places(curve)[-1]
    for x, y in places(curve):
        assert PAD <= x <= WIDTH - PAD
        assert PAD <= y <= HEIGHT - PAD
    assert [x for x, _ in places(curve)] == sorted(x for x, _ in places(curve))
    for left, top, right, bottom in boxes(curve):
        assert PAD <= left <= right <= WIDTH - PAD
        assert PAD <= top <= bottom <= HEIGHT - PAD


@given(values)
def test_the_scale_does_not_change_the_shape(shown: list[float]) -> None:
    assert drawn(*shown).line == drawn(*(value * 2 for value in shown)).line
