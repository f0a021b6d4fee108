"""The drawing of the own hemoglobin: inside its box, honest about time, and said in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chart_frame import Band
from monitor.me_curve import BOTTOM, LEFT, RIGHT, TOP, TWO_YEARS, Curve, Point, curve, points_of
from tests.factories import series

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def points(*found: tuple[float, float]) -> list[Point]:
    """Return results by days ago and value."""
    return [Point(AT - days * DAY, value) for days, value in found]


def band(start: float, end: float, lower: float = 114.0, upper: float = 134.0) -> Band:
    return Band(AT - start * DAY, AT - end * DAY, (lower + upper) / 2, lower, upper)


def drawn(found: list[Point], *bands: Band, zone: str = "UTC", span: timedelta | None = None) -> Curve:
    more = {"span": span} if span else {}
    made = curve(found, bands, at=AT, zone=zone, **more)
    assert made is not None
    return made


def test_without_a_result_of_the_time_there_is_no_drawing() -> None:
    assert curve([], [], at=AT, zone="UTC") is None
    assert curve(points((184, 120)), [band(300, 0)], at=AT, zone="UTC") is None


def test_six_months_ago_is_left_and_now_is_right() -> None:
    assert drawn(points((183, 120), (0, 120))).dots == ((LEFT, 73.0), (RIGHT, 73.0))


def test_a_higher_value_is_higher_and_the_range_fits_both() -> None:
    made = drawn(points((20, 90), (10, 130)))
    assert [y for _, y in made.dots] == [BOTTOM, TOP]


def test_a_curve_that_hardly_moves_is_no_mountain() -> None:
    """Two values 1 g/L apart stand in a range of 12 g/L: a twelfth of the height."""
    low, high = (y for _, y in drawn(points((20, 120), (10, 121))).dots)
    assert low - high == pytest.approx((BOTTOM - TOP) / 12, abs=0.1)


def test_what_is_usual_steps_and_its_newest_limits_are_written() -> None:
    made = drawn(points((100, 120), (5, 121)), band(120, 40), band(40, 0, 116, 136))
    assert len(made.boxes) == 2
    assert made.boxes[0].x + made.boxes[0].width == pytest.approx(made.boxes[1].x, abs=0.11)
    assert [words for _, words in made.limits] == ["136", "116"]
    assert "The usual range now is 116 to 136." in made.words


def test_bands_of_another_time_are_not_drawn() -> None:
    assert drawn(points((5, 120)), band(400, 200)).boxes == ()


def test_the_words_say_what_the_drawing_shows() -> None:
    made = drawn(points((100, 120), (5, 121.4)))
    assert (
        made.words
        == "Hemoglobin: 2 results from 16\u00a0August\u00a02026 to 19\u00a0November\u00a02026, the last one 121\u00a0g/L."
    )
    assert made.last == "121"
    assert drawn(points((5, 121))).words.startswith("Hemoglobin: 1 result of 19\u00a0November")


def test_months_are_those_of_the_patients_calendar() -> None:
    made = drawn(points((5, 120)), zone="Pacific/Auckland")
    first = datetime(2026, 6, 1, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert made.months[0][1] == "Jun"
    share = (first - (AT - timedelta(days=183))) / timedelta(days=183)
    assert made.months[0][0] == pytest.approx(LEFT + (RIGHT - LEFT) * share, abs=0.1)


def test_two_years_have_few_months_with_their_year() -> None:
    months = [words for _, words in drawn(points((5, 120)), span=TWO_YEARS).months]
    assert 2 <= len(months) <= 3
    assert all(words[-4:] in {"2024", "2025", "2026"} for words in months)


def test_preliminary_results_do_not_count_and_unconfirmed_ones_are_marked() -> None:
    known = series("HGB", [120, 121, 122], end=AT, usable=[True, False, True], unconfirmed=[False, False, True])
    found = points_of(known)
    assert [(one.value, one.unconfirmed) for one in found] == [(120.0, False), (122.0, True)]
    assert found[-1].at == AT


@given(
    values=st.lists(st.tuples(st.floats(0, 182.9), st.floats(20, 220)), min_size=1, max_size=30),
    edges=st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(60, 120)), max_size=4),
)
def test_nothing_lies_outside_the_box(
    values: list[tuple[float, float]], edges: list[tuple[float, float, float]]
) -> None:
    bands = [band(max(a, b) + 1, min(a, b), lower, lower + 20) for a, b, lower in edges]
    made = drawn(sorted(points(*values), key=lambda point: point.at), *bands)
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in made.dots)
    assert all(box.width >= 0 and box.height >= 0 and box.x + box.width <= RIGHT + 0.2 for box in made.boxes)
    assert len(made.line.split()) == len(made.dots) == len(values)
    assert [x for x, _ in made.dots] == sorted(x for x, _ in made.dots)
