"""The strip of hemoglobin: results, own baseline, reference range, alerts by shape."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.rule import Severity
from monitor.chart_frame import Band
from monitor.charts import BASELINE, EMPTY, ROOM, AlertMark, hemoglobin_strip, reference_area
from monitor.course_strip import COLORS, Strip
from patients.history import History
from tests.factories import history, series
from tests.monitor.figures_read import colors

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
STEPS = (
    Band(NOW - 60 * DAY, NOW - 30 * DAY, 124.0, 114.5, 133.5),
    Band(NOW - 30 * DAY, NOW, 122.0, 112.6, 131.4),
)


def course(*values: float, zone: str = "UTC", **fields: Any) -> History:
    """Return a history of hemoglobin results a week apart, the last one now."""
    known = [series("HGB", values, end=NOW, **fields)] if values else []
    return history(*known, at=NOW, zone=zone)


def strip(
    known: History, bands: tuple[Band, ...] = (), marks: tuple[AlertMark, ...] = (), normal_from: float | None = None
) -> Strip:
    """Return the strip of a history, on its patient's clock."""
    return hemoglobin_strip(known, bands, marks, normal_from, ZoneInfo(known.patient.time_zone))


def trace(of: Strip, name: str) -> dict[str, Any]:
    """Return the only trace of this name."""
    (found,) = [one for one in of.traces if one["name"] == name]
    return found


def test_results_stand_at_the_patients_local_time() -> None:
    line = trace(strip(course(124, 98, zone="Europe/Berlin")), "Hemoglobin")
    assert line["x"] == ["2026-11-17T10:00", "2026-11-24T10:00"]
    assert line["y"] == [124, 98]


def test_it_says_its_unit() -> None:
    found = strip(course(124))
    assert (found.id, found.name, found.unit, found.height) == ("hb", "Hemoglobin", "g/L", 196)
    assert trace(found, "Hemoglobin")["hovertemplate"] == "Hemoglobin %{y} g/L<extra></extra>"


def test_a_result_that_no_rule_may_use_is_hollow_and_says_why() -> None:
    line = trace(strip(course(124, 98, usable=np.array([True, False]))), "Hemoglobin")
    assert line["marker"]["symbol"] == ["circle", "circle-open"]
    assert line["text"] == ["124 g/L", "98 g/L, preliminary"]


def test_the_band_steps_as_the_baseline_does() -> None:
    found = strip(course(124), STEPS)
    upper, lower = trace(found, f"{BASELINE}, upper"), trace(found, f"{BASELINE}, lower limit")
    assert upper["y"] == [133.5, 133.5, 131.4, 131.4]
    assert lower["y"] == [114.5, 114.5, 112.6, 112.6]
    assert upper["x"] == lower["x"]
    assert lower["x"][1] == lower["x"][2] == "2026-10-25T09:00"
    assert (lower["fill"], lower["line"]["dash"]) == ("tonexty", "dot")


def test_no_band_is_drawn_where_no_baseline_held() -> None:
    later = Band(NOW - 10 * DAY, NOW, 122.0, 112.6, 131.4)
    found = strip(course(124), (STEPS[0], later))
    assert [one["name"].partition(", ")[2] for one in found.traces[:4]] == ["upper", "lower limit"] * 2
    assert [one["x"] for one in found.traces[:4:2]] == [
        ["2026-09-25T09:00", "2026-10-25T09:00"],
        ["2026-11-14T09:00", "2026-11-24T09:00"],
    ]


def test_the_line_is_drawn_over_the_band_and_alerts_over_the_line() -> None:
    found = strip(course(124), STEPS, (AlertMark(NOW, 98, Severity.HIGH),))
    assert [one["name"] for one in found.traces] == [
        f"{BASELINE}, upper",
        f"{BASELINE}, lower limit",
        "Hemoglobin",
        "High alert",
    ]


@pytest.mark.parametrize(
    ("severity", "name", "symbol"),
    [
        (Severity.HIGH, "High alert", "octagon"),
        (Severity.MODERATE, "Moderate alert", "triangle-up"),
        (Severity.LOW, "Low alert", "circle-open-dot"),
    ],
)
def test_each_severity_has_a_shape_of_its_own(severity: Severity, name: str, symbol: str) -> None:
    found = trace(strip(course(124, 98), marks=(AlertMark(NOW, 98.0, severity),)), name)
    assert found["marker"]["symbol"] == symbol
    assert (found["x"], found["y"]) == (["2026-11-24T09:00"], [98])
    assert found["hovertemplate"] == f"{name}, %{{y}} g/L<extra></extra>"


def test_alerts_of_one_severity_share_a_trace() -> None:
    marks = (AlertMark(NOW - 7 * DAY, 104.0, Severity.HIGH), AlertMark(NOW, 98.0, Severity.HIGH))
    found = strip(course(124, 104, 98), marks=marks)
    assert trace(found, "High alert")["y"] == [104, 98]
    assert len(found.traces) == 2


def test_drawing_alerts_leaves_the_shapes_alone() -> None:
    first, second = (strip(course(98), marks=(AlertMark(NOW, 98.0, Severity.HIGH),)) for _ in range(2))
    assert trace(first, "High alert")["marker"] is not trace(second, "High alert")["marker"]


def test_with_no_result_it_stands_empty() -> None:
    found = strip(course(), normal_from=115)
    assert found.traces == ()
    assert found.axis["range"] == list(EMPTY)


def test_the_range_holds_results_band_and_reference_with_room() -> None:
    assert strip(course(98, 124)).axis["range"] == [90, 132]
    assert strip(course(98, 124), STEPS).axis["range"] == [90, 141.5]
    assert strip(course(124, 126), normal_from=115).axis["range"] == [107, 134]


@given(st.lists(st.floats(20, 250), min_size=1, max_size=30), st.one_of(st.none(), st.floats(100, 140)))
def test_the_range_holds_everything(values: list[float], normal_from: float | None) -> None:
    found = strip(course(*values), STEPS, normal_from=normal_from)
    low, high = found.axis["range"]
    assert all(low < value < high for value in [*values, 112.6, 133.5])
    assert normal_from is None or low < normal_from < high


def test_what_must_stay_in_sight_is_told_to_the_page() -> None:
    assert strip(course(124), normal_from=115).fit == {"pad": ROOM, "keep": [115]}
    assert strip(course(124)).fit == {"pad": ROOM, "keep": []}


def test_the_reference_range_is_an_area_up_to_the_edge() -> None:
    found = strip(course(98, 124), normal_from=115)
    (area,) = reference_area(found, 115)
    assert (area["y0"], area["y1"], area["yref"]) == (115, found.axis["range"][1], "y")
    assert area["layer"] == "below"


def test_without_a_reference_range_there_is_no_area() -> None:
    assert reference_area(strip(course(98)), None) == []


def test_every_color_has_a_token_for_dark_and_print() -> None:
    marks = tuple(AlertMark(NOW, 98.0, severity) for severity in Severity)
    found = strip(course(124, 98), STEPS, marks, 115)
    assert colors([*found.traces, *reference_area(found, 115)]) <= set(COLORS)


def test_a_history_is_never_changed_by_drawing_it() -> None:
    seen = course(124, 98)
    before = seen.get("HGB").values.copy()
    assert strip(seen, STEPS) == strip(seen, STEPS)
    assert (seen.get("HGB").values == before).all()
