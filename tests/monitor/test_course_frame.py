"""The frame of the course: strips stacked from the top down, names beside them, what the page learns."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.course_frame import BOTTOM, GAP, GUTTER, NARROW_GAP, NARROW_TOP, TOP, axis_of, meta, stack
from monitor.course_strip import COLORS, Strip
from tests.monitor.figures_read import colors

TODAY = "2026-11-24T10:00"
TALL = Strip("hb", 196, "Hemoglobin", "g/L", axis={"range": [90, 140], "nticks": 6}, fit={"pad": 8, "keep": []})
MIDDLE = Strip("iron", 52, "Iron", "µmol/L", limits=(9.0,), notes=({"name": "tag", "text": "end", "x": TODAY, "y": 9},))
LOW = Strip("film", 26, "Chest film", "stage")
BARE = Strip("sput", 22, "Sputum")
ALL = (TALL, MIDDLE, LOW, BARE)


def layout(*strips: Strip) -> dict[str, Any]:
    """Return the layout of strips."""
    return stack(strips or ALL, today=TODAY, shapes=[])


def notes(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the annotations by name."""
    return {note["name"]: note for note in found["annotations"]}


def test_axes_are_called_as_plotly_calls_them() -> None:
    assert [axis_of(place) for place in (0, 1, 10)] == ["y", "y2", "y11"]
    assert [axis_of(place, "yaxis") for place in (0, 1, 10)] == ["yaxis", "yaxis2", "yaxis11"]


@given(st.lists(st.integers(20, 200), min_size=1, max_size=11))
def test_strips_stack_from_the_top_down_each_as_tall_as_it_says(heights: list[int]) -> None:
    found = layout(*(Strip(str(place), height, "Name") for place, height in enumerate(heights)))
    inner = found["height"] - TOP - BOTTOM
    assert inner == sum(heights) + GAP * (len(heights) - 1)
    domains = [found[axis_of(place, "yaxis")]["domain"] for place in range(len(heights))]
    assert domains[0][1] == 1
    assert domains[-1][0] == pytest.approx(0, abs=1e-5)
    for height, (low, high) in zip(heights, domains, strict=True):
        assert (high - low) * inner == pytest.approx(height, abs=0.05)
    for upper, lower in itertools.pairwise(domains):
        assert (upper[0] - lower[1]) * inner == pytest.approx(GAP, abs=0.05)


def test_only_time_zooms() -> None:
    found = layout()
    axes = [found[axis_of(place, "yaxis")] for place in range(4)]
    assert all(axis["fixedrange"] and axis["anchor"] == "x" for axis in axes)
    assert "fixedrange" not in found["xaxis"]
    assert (found["hovermode"], found["hoversubplots"]) == ("x", "axis")


def test_the_time_axis_stands_below_the_last_strip() -> None:
    assert layout()["xaxis"]["anchor"] == "y4"
    assert layout(TALL)["xaxis"]["anchor"] == "y"


def test_an_axis_is_as_its_strip_says() -> None:
    assert (layout()["yaxis"]["range"], layout()["yaxis"]["nticks"]) == ([90, 140], 6)


def test_every_strip_has_its_name_and_unit_beside_it() -> None:
    found = notes(layout())
    assert {name for name in found if ":" in name} == {
        "label:hb", "unit:hb", "label:iron", "unit:iron", "label:film", "unit:film", "label:sput",
    }  # fmt: skip
    assert (found["label:hb"]["text"], found["unit:hb"]["text"]) == ("Hemoglobin", "g/L")
    assert all(found[name]["xshift"] < 0 for name in found if ":" in name)


def test_a_tall_strips_name_stands_at_its_top_a_low_ones_in_the_middle() -> None:
    found = notes(layout())
    assert (found["label:hb"]["y"], found["label:hb"]["yanchor"]) == (1, "top")
    assert found["unit:hb"]["yshift"] == -17
    assert (found["label:iron"]["yshift"], found["unit:iron"]["yshift"]) == (8, -8)
    assert found["label:film"]["y"] == found["unit:film"]["y"]
    assert found["unit:film"]["xshift"] > found["label:film"]["xshift"] + 60
    assert found["unit:film"]["xshift"] < 0
    low, high = layout()["yaxis3"]["domain"]
    assert low < found["label:film"]["y"] < high


def test_every_gutter_is_wide_enough_for_the_longest_name() -> None:
    found = notes(layout(Strip("rem", 30, "Remissions", "days")))
    assert found["unit:rem"]["xshift"] + 30 < 0
    assert found["label:rem"]["xshift"] == 6 - GUTTER


def test_limits_are_dotted_lines_across_their_strip() -> None:
    (limit,) = [shape for shape in layout()["shapes"] if shape["name"] == "limit"]
    assert (limit["yref"], limit["y0"], limit["y1"], limit["line"]["dash"]) == ("y2", 9, 9, "dot")


def test_notes_stand_in_their_strip() -> None:
    assert notes(layout())["tag"]["yref"] == "y2"


def test_strips_are_parted_by_lines() -> None:
    found = layout()
    rules = {shape["name"]: shape["y0"] for shape in found["shapes"] if shape["name"].startswith("rule:")}
    assert list(rules) == ["rule:iron", "rule:film", "rule:sput"]
    assert found["yaxis2"]["domain"][1] < rules["rule:iron"] < found["yaxis"]["domain"][0]


def test_today_is_a_line_with_its_word() -> None:
    found = layout()
    (line,) = [shape for shape in found["shapes"] if shape["name"] == "today"]
    assert (line["x0"], line["x1"], line["line"]["width"]) == (TODAY, TODAY, 1.5)
    assert (notes(found)["today"]["text"], notes(found)["today"]["x"]) == ("today", TODAY)


def test_another_day_than_today_is_called_by_its_name() -> None:
    found = notes(stack(ALL, today=TODAY, shapes=[], today_is="3 Mar 2026"))["today"]
    assert (found["text"], found["x"]) == ("3 Mar 2026", TODAY)


def test_shapes_of_the_whole_figure_lie_below_what_the_frame_adds() -> None:
    found = stack(ALL, today=TODAY, shapes=[{"name": "episode"}])
    assert [shape["name"] for shape in found["shapes"]][:2] == ["episode", "today"]


def test_the_page_learns_what_it_must_know() -> None:
    found = meta(ALL, today=TODAY, first="2025-11-24T10:00", last=None, ahead=TODAY, legend=["Taken"])
    assert found["tokens"] == dict(COLORS)
    assert (found["today"], found["last"], found["legend"]) == (TODAY, None, ["Taken"])
    assert [(pane["id"], pane["axis"], pane["name"]) for pane in found["panes"]] == [
        ("hb", "yaxis", "Hemoglobin"),
        ("iron", "yaxis2", "Iron"),
        ("film", "yaxis3", "Chest film"),
        ("sput", "yaxis4", "Sputum"),
    ]
    assert [pane["fit"] for pane in found["panes"]] == [{"pad": 8, "keep": []}, None, None, None]


def test_a_phone_stacks_the_strips_further_apart() -> None:
    found = meta(ALL)
    tall = [pane["narrow"] for pane in found["panes"]]
    assert all(narrow > pane["px"] for narrow, pane in zip(tall, found["panes"], strict=True))
    assert found["narrow"]["gap"] == NARROW_GAP > GAP
    assert found["narrow"]["height"] == sum(tall) + 3 * NARROW_GAP + NARROW_TOP + BOTTOM


def test_every_color_has_a_token() -> None:
    assert colors(layout()) <= set(COLORS)
