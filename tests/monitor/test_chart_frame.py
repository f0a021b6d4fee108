"""What every figure shares: dates on the patient's clock, one token a color."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import chart_frame
from monitor.chart_frame import TOKENS, local

STYLE = (Path(chart_frame.__file__).parent / "static" / "ui.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "Europe/Berlin", "2026-07-02T00:30"),
        (datetime(2026, 12, 1, 22, 30, tzinfo=UTC), "Europe/Berlin", "2026-12-01T23:30"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin", "2026-03-29T03:00"),
        (datetime(2026, 12, 1, 22, 30, 59, tzinfo=UTC), "America/New_York", "2026-12-01T17:30"),
        (datetime(2026, 12, 1, 22, 30, tzinfo=UTC), "Pacific/Apia", "2026-12-02T11:30"),
    ],
)
def test_moments_are_written_as_the_patients_clock_shows_them(moment: datetime, zone: str, text: str) -> None:
    assert local(moment, ZoneInfo(zone)) == text


@given(st.integers(-600_000_000, 4_000_000_000), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]))
def test_what_is_written_sorts_as_text_and_says_no_zone(seconds: int, zone: str) -> None:
    """The page's script compares the texts."""
    text, later = (local(datetime.fromtimestamp(one, UTC), ZoneInfo(zone)) for one in (seconds, seconds + 7300))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text)
    assert text < later


def test_every_color_has_a_token_that_the_style_sheet_knows() -> None:
    defined = set(re.findall(r"^\s+(--[a-z0-9-]+): ", STYLE, re.MULTILINE))
    assert set(TOKENS.values()) <= defined
    assert len(set(TOKENS)) == len(TOKENS)


def test_a_colors_token_is_that_color_in_the_light_theme() -> None:
    """Before the script repaints the figure, and on paper, it looks as the style sheet says."""
    light = dict(re.findall(r"^\s+(--[a-z0-9-]+): light-dark\(((?:rgba\([^)]*\)|[^,]+)),", STYLE, re.MULTILINE))
    assert {color: light[token] for color, token in TOKENS.items()} == {color: color for color in TOKENS}
