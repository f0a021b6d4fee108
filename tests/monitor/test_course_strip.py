"""The parts of a strip: lines, points that are more than a number, plain words, ranges."""

import json
import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import course_strip
from monitor.course_strip import COLORS, Look, from_zero, line, midnight, moments, plain, short, symbols
from tests.alerts.rules.histories import series

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
LOOK = Look("Ferritin", "µg/L", "#65408f", "diamond")


def test_a_plain_line_carries_no_texts() -> None:
    found = line(series([(0, 30), (7, 31.25)]), UTC_ZONE, LOOK)
    assert (found["x"], found["y"]) == (["2024-01-01T08:00", "2024-01-08T08:00"], [30, 31.25])
    assert found["marker"] == {"size": 5, "color": "#65408f", "symbol": "diamond"}
    assert found["hovertemplate"] == "Ferritin %{y} µg/L<extra></extra>"
    assert "text" not in found


def test_every_point_says_its_text_where_one_is_more_than_a_number() -> None:
    found = line(series([(0, 5), (7, 31)], signs={0: "<"}), UTC_ZONE, LOOK)
    assert found["text"] == ["<5 µg/L", "31 µg/L"]
    assert found["hovertemplate"] == "Ferritin %{text}<extra></extra>"
    assert found["mode"] == "lines+markers"  # the texts show on hover alone


def test_what_keeps_a_result_from_the_rules_is_said() -> None:
    known = series([(0, 5), (7, 31), (9, 32)], preliminary=[0, 2], unconfirmed=[1, 2])
    found = line(known, UTC_ZONE, LOOK, words={2: "computed", 1: ""})
    assert found["text"] == [
        "5 µg/L, preliminary",
        "31 µg/L, unconfirmed",
        "32 µg/L, computed, preliminary, unconfirmed",
    ]
    assert found["marker"]["symbol"] == ["diamond-open", "diamond", "diamond-open"]


def test_shapes_are_one_word_where_all_are_alike() -> None:
    assert symbols(series([(0, 1), (1, 2)]), "square") == "square"
    assert symbols(series([(0, 1), (1, 2)], preliminary=[1]), "square") == ["square", "square-open"]


def test_moments_are_those_of_the_patients_clock() -> None:
    assert moments(series([(0, 1), (182, 2)]), BERLIN) == ["2024-01-01T09:00", "2024-07-01T10:00"]
    assert moments(series([]), BERLIN) == []


@pytest.mark.parametrize(
    ("value", "shown"), [(120.0, 120), (98.125, 98.125), (5.858917272, 5.8589), (0.00001, 0), (-3.0, -3)]
)
def test_numbers_travel_short(value: float, shown: float) -> None:
    assert json.dumps(short(value)) == json.dumps(shown)


@given(st.floats(-1e6, 1e6))
def test_a_number_loses_no_more_than_its_fifth_decimal(value: float) -> None:
    assert short(value) == pytest.approx(value, abs=0.00005)


def test_a_day_begins_at_midnight() -> None:
    assert midnight(date(2026, 3, 29)) == "2026-03-29T00:00"


@given(st.text())
def test_a_plain_text_holds_nothing_that_plotly_reads(text: str) -> None:
    found = plain(text)
    assert not set(found) & {"<", ">"}
    assert "%{" not in found


def test_a_plain_text_stays_as_it_is() -> None:
    assert plain("moderate, 20 % of fields") == "moderate, 20 % of fields"
    assert plain("<b>many</b> %{y}") == "‹b›many‹/b› % {y}"


@given(st.lists(st.floats(0, 5000), max_size=20), st.lists(st.floats(0, 100), max_size=2))
def test_a_range_from_zero_holds_all_with_room(values: list[float], keep: list[float]) -> None:
    low, high = from_zero(values, keep)["range"]
    assert low == 0
    assert high > 0
    assert all(value <= high for value in [*values, *keep])


def test_every_color_has_one_token_that_the_style_sheet_knows() -> None:
    style = (Path(course_strip.__file__).parent / "static" / "ui.css").read_text(encoding="utf-8")
    defined = set(re.findall(r"^\s+(--[a-z0-9-]+): ", style, re.MULTILINE))
    assert set(COLORS.values()) <= defined
    shades = [
        name
        for name in dir(course_strip)
        if name.isupper() and str(getattr(course_strip, name)).startswith(("#", "rgba"))
    ]
    assert {getattr(course_strip, name) for name in shades} <= set(COLORS)
