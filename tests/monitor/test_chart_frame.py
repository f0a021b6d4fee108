"""The frame of a figure: panes that share one axis, a range that fits, dates on the patient's clock."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chart_frame import BOTTOM, GAP, PANES, TOKENS, TOP, Band, frame, local
from patients.history import History
from tests.factories import history, series

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def band(lower: float = 114.5, upper: float = 133.5) -> Band:
    """Return a band of the last hundred days."""
    return Band(NOW - timedelta(days=100), NOW, (lower + upper) / 2, lower, upper)


def course(*values: float) -> History:
    """Return a history of hemoglobin results a week apart, the last one now."""
    return history(series("HGB", values, end=NOW), at=NOW) if values else history(at=NOW)


def framed(*values: float, bands: tuple[Band, ...] = (), normal_from: float | None = None) -> dict[str, Any]:
    """Return the frame of a course."""
    return frame(course(*values), bands, normal_from, UTC_ZONE)


def test_the_panes_stack_without_overlap_from_the_top_down() -> None:
    layout = framed(120, 118)
    domains = [layout[pane.axis]["domain"] for pane in PANES]
    assert domains[0][1] == 1
    assert domains[-1][0] == pytest.approx(0)
    for (low, high), (_, next_high) in itertools.pairwise(domains):
        assert next_high < low < high


def test_every_pane_is_as_tall_as_it_says() -> None:
    layout = framed(120)
    inner = layout["height"] - TOP - BOTTOM
    for pane in PANES:
        low, high = layout[pane.axis]["domain"]
        assert (high - low) * inner == pytest.approx(pane.height)
    gaps = itertools.pairwise(layout[pane.axis]["domain"] for pane in PANES)
    assert all((upper[0] - lower[1]) * inner == pytest.approx(GAP) for upper, lower in gaps)


def test_only_time_zooms() -> None:
    layout = framed(120)
    assert all(layout[pane.axis]["fixedrange"] for pane in PANES)
    assert "fixedrange" not in layout["xaxis"]
    assert {layout[pane.axis]["anchor"] for pane in PANES} == {"x"}


def test_the_time_axis_stands_below_the_last_pane() -> None:
    assert framed()["xaxis"]["anchor"] == PANES[-1].axis.replace("axis", "")


def test_the_range_holds_results_band_and_reference_with_room() -> None:
    assert framed(98, 124)["yaxis"]["range"] == [90, 132]
    assert framed(98, 124, bands=(band(),))["yaxis"]["range"] == [90, 141.5]
    assert framed(124, 126, normal_from=115)["yaxis"]["range"] == [107, 134]


def test_nothing_known_is_a_plain_range_whatever_is_normal() -> None:
    assert framed(normal_from=115)["yaxis"]["range"] == [80, 150]


def test_the_reference_range_is_an_area_up_to_the_edge() -> None:
    layout = framed(98, 124, normal_from=115)
    area = next(shape for shape in layout["shapes"] if shape["name"] == "reference")
    assert (area["y0"], area["y1"]) == (115, layout["yaxis"]["range"][1])
    assert [shape["name"] for shape in framed(98)["shapes"]] == ["today"]


def test_today_is_the_moment_from_which_the_history_is_seen() -> None:
    layout = frame(course(120), (), None, BERLIN)
    line = next(shape for shape in layout["shapes"] if shape["name"] == "today")
    assert line["x0"] == line["x1"] == layout["meta"]["today"] == "2026-11-24T10:00"
    assert layout["meta"]["ahead"] == "2026-12-08T10:00"
    (word,) = [note for note in layout["annotations"] if note["name"] == "today"]
    assert (word["text"], word["x"]) == ("today", line["x0"])


def test_the_page_learns_where_the_course_begins_and_ends() -> None:
    meta = framed(120, 118, 119)["meta"]
    assert (meta["first"], meta["last"]) == ("2026-11-03T09:00", "2026-11-24T09:00")


def test_without_results_the_course_is_the_last_year() -> None:
    meta = framed()["meta"]
    assert (meta["first"], meta["last"]) == ("2025-11-24T09:00", None)


def test_the_page_learns_which_axes_there_are() -> None:
    panes = framed()["meta"]["panes"]
    assert [pane["id"] for pane in panes] == ["hb", "hemoptysis", "transfusion"]
    assert all(pane["axis"] in framed() and pane["px"] > 0 for pane in panes)


def test_every_pane_has_its_name_and_unit_beside_it() -> None:
    notes = {note["name"]: note for note in framed()["annotations"]}
    assert set(notes) == {"label:hb", "unit:hb", "label:hemoptysis", "label:transfusion", "today"}
    assert notes["label:hb"]["text"] == "Hemoglobin"
    assert notes["unit:hb"]["text"] == "g/L"


def test_labels_are_plain_text() -> None:
    """Markup in a label becomes a style attribute, which the security policy refuses (reliability: 4f)."""
    assert not [note for note in framed()["annotations"] if "<" in note["text"]]


def colors(node: object) -> set[str]:
    """Return every color named anywhere in a figure."""
    if isinstance(node, dict):
        return set().union(*(colors(value) for key, value in node.items() if key != "meta"), set())
    if isinstance(node, list | tuple):
        return set().union(*(colors(value) for value in node), set())
    return {node} if isinstance(node, str) and node.startswith(("#", "rgba(")) else set()


def test_every_color_has_a_token_that_replaces_it() -> None:
    used = colors(framed(98, 124, bands=(band(),), normal_from=115))
    assert used - {"rgba(0,0,0,0)"} <= set(TOKENS)
    assert framed()["meta"]["tokens"] == dict(TOKENS)


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


@given(st.lists(st.floats(20, 250), min_size=1, max_size=30), st.one_of(st.none(), st.floats(100, 140)))
def test_the_range_holds_every_result(values: list[float], normal_from: float | None) -> None:
    low, high = framed(*values, bands=(band(),), normal_from=normal_from)["yaxis"]["range"]
    assert all(low < value < high for value in [*values, 114.5, 133.5])
    assert normal_from is None or low < normal_from < high
