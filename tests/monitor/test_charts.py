"""The hemoglobin figure: what a History, its bands and its alerts become in Plotly."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from alerts.rules.rule import Severity
from monitor.chart_frame import TOKENS, Band
from monitor.charts import AlertMark, hemoglobin_figure
from patients.history import EventRecord, History
from tests.factories import history, series
from tests.monitor.test_chart_frame import colors

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def happened(kind: str, days_ago: float, **findings: Any) -> EventRecord:
    """Return an event."""
    return EventRecord(1, kind, NOW - timedelta(days=days_ago), "minute", findings, 1)


def course(*values: float, events: tuple[EventRecord, ...] = (), zone: str = "UTC", **fields: Any) -> History:
    """Return a history of hemoglobin results a week apart, the last one now."""
    known = [series("HGB", values, end=NOW, **fields)] if values else []
    return history(*known, at=NOW, zone=zone, events=events)


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the trace of this name."""
    (found,) = [one for one in figure["data"] if one["name"] == name]
    return dict(found)


def names(figure: dict[str, Any]) -> list[str]:
    """Return the names of the traces in drawing order."""
    return [one["name"] for one in figure["data"]]


STEPS = (
    Band(NOW - timedelta(days=60), NOW - timedelta(days=30), 124.0, 114.5, 133.5),
    Band(NOW - timedelta(days=30), NOW, 122.0, 112.6, 131.4),
)


def test_results_stand_at_the_patients_local_time() -> None:
    line = trace(hemoglobin_figure(course(124, 98, zone="Europe/Berlin")), "Hemoglobin")
    assert list(line["x"]) == ["2026-11-17T10:00", "2026-11-24T10:00"]
    assert list(line["y"]) == [124, 98]


def test_a_result_that_no_rule_may_use_is_hollow() -> None:
    figure = hemoglobin_figure(course(124, 98, usable=np.array([True, False])))
    assert list(trace(figure, "Hemoglobin")["marker"]["symbol"]) == ["circle", "circle-open"]


def test_the_band_steps_as_the_baseline_does() -> None:
    figure = hemoglobin_figure(course(124), STEPS)
    upper, lower = trace(figure, "Own baseline band, upper"), trace(figure, "Own baseline band, lower limit")
    assert list(upper["y"]) == [133.5, 133.5, 131.4, 131.4]
    assert list(lower["y"]) == [114.5, 114.5, 112.6, 112.6]
    assert list(upper["x"]) == list(lower["x"])
    assert lower["x"][1] == lower["x"][2] == "2026-10-25T09:00"
    assert lower["fill"] == "tonexty"
    assert lower["line"]["dash"] == "dot"


def test_the_line_is_drawn_over_the_band_and_alerts_over_the_line() -> None:
    figure = hemoglobin_figure(course(124), STEPS, [AlertMark(NOW, 98, Severity.HIGH)])
    drawn = names(figure)
    assert drawn.index("Own baseline band, lower limit") < drawn.index("Hemoglobin") < drawn.index("High alert")


@pytest.mark.parametrize(
    ("severity", "name", "symbol"),
    [
        (Severity.HIGH, "High alert", "octagon"),
        (Severity.MODERATE, "Moderate alert", "triangle-up"),
        (Severity.LOW, "Low alert", "circle-open-dot"),
    ],
)
def test_each_severity_has_a_shape_of_its_own(severity: Severity, name: str, symbol: str) -> None:
    figure = hemoglobin_figure(course(124, 98), marks=[AlertMark(NOW, 98.0, severity)])
    found = trace(figure, name)
    assert found["marker"]["symbol"] == symbol
    assert (list(found["x"]), list(found["y"])) == (["2026-11-24T09:00"], [98])


def test_alerts_of_one_severity_share_a_trace() -> None:
    marks = [AlertMark(NOW - timedelta(days=7), 104.0, Severity.HIGH), AlertMark(NOW, 98.0, Severity.HIGH)]
    figure = hemoglobin_figure(course(124, 104, 98), marks=iter(marks))
    assert list(trace(figure, "High alert")["y"]) == [104, 98]
    assert not {"Moderate alert", "Low alert"} & set(names(figure))


def test_hemoptysis_is_sized_by_its_amount_on_a_lane_of_its_own() -> None:
    bled = (happened("hemoptysis", 9, amount="streaks"), happened("hemoptysis", 2, amount="massive"))
    lane = trace(hemoglobin_figure(course(124, events=bled)), "Hemoptysis")
    small, large = lane["marker"]["size"]
    assert small < large
    assert (list(lane["y"]), lane["yaxis"]) == ([0, 0], "y2")


def test_a_bleed_of_unknown_amount_is_drawn_too() -> None:
    lane = trace(hemoglobin_figure(course(124, events=(happened("hemoptysis", 2),))), "Hemoptysis")
    assert list(lane["text"]) == ["recorded"]
    assert lane["marker"]["size"][0] > 0


def test_transfusions_say_what_was_recorded() -> None:
    given = happened("transfusion", 3, units=2, volume_ml=520)
    lane = trace(hemoglobin_figure(course(124, events=(given,))), "Transfusion")
    assert list(lane["text"]) == ["units 2, volume ml 520"]
    assert (list(lane["x"]), lane["yaxis"]) == (["2026-11-21T09:00"], "y3")


def test_other_events_are_not_drawn_here() -> None:
    figure = hemoglobin_figure(course(124, events=(happened("sputum", 3, siderophages="many"),)))
    assert not [x for name in ("Hemoptysis", "Transfusion") for x in trace(figure, name)["x"]]


def test_with_no_result_the_panes_stand_empty() -> None:
    figure = hemoglobin_figure(course())
    assert list(trace(figure, "Hemoglobin")["x"]) == []
    assert figure["layout"]["yaxis"]["range"] == [80, 150]


def test_the_figure_travels_as_plain_json() -> None:
    """No array object, no NaN: it is written into the page by json_script."""
    marks = [AlertMark(NOW, 98.0, Severity.HIGH)]
    figure = hemoglobin_figure(course(124, 98.125, events=(happened("hemoptysis", 1),)), STEPS, marks, normal_from=115)
    text = json.dumps(figure, allow_nan=False)
    assert json.loads(text)["data"][2]["y"] == [124, 98.125]
    assert "template" not in figure["layout"]
    assert figure["config"]["displayModeBar"] is False


def test_labels_and_hover_texts_hold_no_markup_that_needs_a_style() -> None:
    figure = hemoglobin_figure(course(124), STEPS, [AlertMark(NOW, 98.0, Severity.LOW)])
    texts = [one.get("hovertemplate", "").replace("<extra></extra>", "") for one in figure["data"]]
    assert not [text for text in texts if "<" in text]


def test_every_color_has_a_token_for_dark_and_print() -> None:
    marks = [AlertMark(NOW, 98.0, severity) for severity in Severity]
    figure = hemoglobin_figure(course(124, 98), STEPS, marks, normal_from=115)
    assert colors(figure) - {"rgba(0,0,0,0)"} <= set(TOKENS)


def test_a_history_is_never_changed_by_drawing_it() -> None:
    seen = course(124, 98)
    before = seen.get("HGB").values.copy()
    assert hemoglobin_figure(seen, STEPS) == hemoglobin_figure(seen, STEPS)
    assert (seen.get("HGB").values == before).all()
