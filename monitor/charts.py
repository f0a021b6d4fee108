"""From a History to Plotly figures. Pure: no Django, no I/O, no clock.

Colors are the light theme's; the page repaints them for dark and print. Plotly is imported where a figure is built, so that
only the process that draws pays for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.rules.rule import Severity
from monitor.chart_frame import AMBER, AMBER_EDGE, BAND, BLUE, HEMOGLOBIN, HIGH, LINE, MARK, SURFACE, Band, frame, local
from patients.history import EventRecord, History

SYMBOLS: Final = {
    Severity.HIGH: {"symbol": "octagon", "size": 15, "color": HIGH, "line": {"width": 1.5, "color": SURFACE}},
    Severity.MODERATE: {
        "symbol": "triangle-up",
        "size": 14,
        "color": AMBER,
        "line": {"width": 1.5, "color": AMBER_EDGE},
    },
    Severity.LOW: {"symbol": "circle-open-dot", "size": 13, "color": BLUE, "line": {"width": 2}},
}
"""The shapes of the style guide: a severity is told by shape, then by color."""
AMOUNTS: Final = {"streaks": 9, "teaspoon": 11, "moderate": 13, "massive": 16}


@dataclass(frozen=True, slots=True)
class AlertMark:
    """A result that raised an alert."""

    at: datetime
    value: float
    severity: Severity


def hemoglobin_figure(
    history: History, bands: Sequence[Band] = (), marks: Iterable[AlertMark] = (), *, normal_from: float | None = None
) -> dict[str, Any]:
    """Return the hemoglobin course as {"data", "layout", "config"}: g/L over the patient's local time.

    Drawn: results, own-baseline band with its lower limit, `normal_from` (lower limit of the reference range) as a shaded
    area, alerts by shape, hemoptysis by amount, transfusions. With no result the panes stand empty.
    """
    import plotly.graph_objects as go

    zone = ZoneInfo(history.patient.time_zone)
    traces = [
        *_band_traces(bands, zone),
        _results(history, zone),
        *_mark_traces(list(marks), zone),
        _lane(history.events_of("hemoptysis"), "Hemoptysis", "y2", zone),
        _lane(history.events_of("transfusion"), "Transfusion", "y3", zone),
    ]
    figure = go.Figure(data=traces, layout=frame(history, bands, normal_from, zone)).to_plotly_json()
    figure["layout"].pop("template", None)
    return {**figure, "config": {"displayModeBar": False, "responsive": True, "doubleClick": "reset"}}


def _results(history: History, zone: ZoneInfo) -> dict[str, Any]:
    """Return the line of results; those that no rule may use are hollow."""
    series = history.get(HEMOGLOBIN)
    return {
        "type": "scatter",
        "name": "Hemoglobin",
        "x": [local(series.at(index), zone) for index in range(len(series))],
        "y": [round(float(value), 4) for value in series.values],
        "mode": "lines+markers",
        "line": {"color": LINE, "width": 2},
        "marker": {
            "size": 6,
            "color": LINE,
            "symbol": ["circle" if usable else "circle-open" for usable in series.usable],
        },
        "hovertemplate": "Hemoglobin %{y} g/L<extra></extra>",
    }


def _band_traces(bands: Sequence[Band], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return upper and lower edge of the own-baseline band, stepping as the baseline does."""
    x = [local(moment, zone) for band in bands for moment in (band.start, band.end)]
    edge = {"type": "scatter", "x": x, "mode": "lines", "showlegend": False}
    upper = [round(band.upper, 1) for band in bands for _ in range(2)]
    lower = [round(band.lower, 1) for band in bands for _ in range(2)]
    return [
        edge | {"name": "Own baseline band, upper", "y": upper, "line": {"width": 0}, "hoverinfo": "skip"},
        edge
        | {
            "name": "Own baseline band, lower limit",
            "y": lower,
            "line": {"width": 1, "color": LINE, "dash": "dot"},
            "fill": "tonexty",
            "fillcolor": BAND,
            "hovertemplate": "limit %{y} g/L<extra></extra>",
        },
    ]


def _mark_traces(marks: list[AlertMark], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return one trace a severity, so that each has its shape and its name."""
    found = []
    for severity in sorted({mark.severity for mark in marks}):
        those = [mark for mark in marks if mark.severity is severity]
        name = f"{severity.word.capitalize()} alert"
        found.append(
            {
                "type": "scatter",
                "name": name,
                "x": [local(mark.at, zone) for mark in those],
                "y": [mark.value for mark in those],
                "mode": "markers",
                "marker": SYMBOLS[severity],
                "hovertemplate": f"{name}, %{{y}} g/L<extra></extra>",
            }
        )
    return found


def _lane(events: Sequence[EventRecord], name: str, axis: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return events as marks on a line of their own; hemoptysis by amount."""
    words = [_words(event) for event in events]
    sizes = [AMOUNTS.get(str(event.findings.get("amount", "")), 10) for event in events]
    symbol = "triangle-down" if name == "Hemoptysis" else "square"
    return {
        "type": "scatter",
        "name": name,
        "x": [local(event.effective_at, zone) for event in events],
        "y": [0] * len(events),
        "yaxis": axis,
        "mode": "markers",
        "text": words,
        "marker": {"symbol": symbol, "size": sizes, "color": HIGH if name == "Hemoptysis" else MARK},
        "hovertemplate": f"{name}: %{{text}}<extra></extra>",
    }


def _words(event: EventRecord) -> str:
    """Return an event's findings in words: plain text only, as the policy against inline styles asks."""
    parts = [f"{key.replace('_', ' ')} {value}" for key, value in sorted(event.findings.items())]
    return ", ".join(parts) or "recorded"
