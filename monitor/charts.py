"""Hemoglobin as the first strip of the course: results, own baseline, reference range, alerts. Pure: no Django, no I/O, no clock.

The whole figure, History → Plotly, is made by `monitor.course`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.rules.rule import Severity
from monitor.chart_frame import AMBER, AMBER_EDGE, BAND, BLUE, HEMOGLOBIN, HIGH, LINE, REFERENCE, SURFACE, Band, local
from monitor.course_strip import Look, Strip, Trace, line, short
from patients.history import History

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
LOOK: Final = Look("Hemoglobin", "g/L", LINE, width=2)
HEIGHT, ROOM = 196, 8
"""Pixels of the strip, and g/L above and below what is in sight."""
EMPTY: Final = (80.0, 150.0)
BASELINE: Final = "Own baseline band"


@dataclass(frozen=True, slots=True)
class AlertMark:
    """A result that raised an alert."""

    at: datetime
    value: float
    severity: Severity


def hemoglobin_strip(
    history: History, bands: Sequence[Band], marks: Sequence[AlertMark], normal_from: float | None, zone: ZoneInfo
) -> Strip:
    """Return the strip of hemoglobin, which stands empty where there is no result."""
    series = history.get(HEMOGLOBIN)
    shown = [*series.values.tolist(), *(limit for band in bands for limit in (band.lower, band.upper))]
    keep = [normal_from] if normal_from is not None else []
    low, high = (min([*shown, *keep]) - ROOM, max([*shown, *keep]) + ROOM) if shown else EMPTY
    results = [line(series, zone, LOOK)] if len(series) else []
    return Strip(
        id="hb",
        height=HEIGHT,
        name="Hemoglobin",
        unit="g/L",
        traces=(*_band_traces(bands, zone), *results, *_mark_traces(marks, zone)),
        axis={"range": [short(low), short(high)], "showgrid": True, "nticks": 6},
        fit={"pad": ROOM, "keep": keep},
    )


def reference_area(strip: Strip, normal_from: float | None) -> list[dict[str, Any]]:
    """Return the area of the reference range, from its lower limit up to the edge of the strip; nothing where it is unknown."""
    if normal_from is None:
        return []
    area = {"name": "reference", "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "layer": "below"}
    return [area | {"y0": normal_from, "y1": strip.axis["range"][1], "fillcolor": REFERENCE, "line": {"width": 0}}]


def _band_traces(bands: Sequence[Band], zone: ZoneInfo) -> list[Trace]:
    """Return upper and lower edge of the own-baseline band, stepping as the baseline does; a pair for each time without a gap."""
    found: list[Trace] = []
    for run in _runs(bands):
        x = [local(moment, zone) for band in run for moment in (band.start, band.end)]
        edge = {"type": "scatter", "x": x, "mode": "lines"}
        upper = {"name": f"{BASELINE}, upper", "line": {"width": 0}, "hoverinfo": "skip"}
        lower = {
            "name": f"{BASELINE}, lower limit",
            "line": {"width": 1, "color": LINE, "dash": "dot"},
            "fill": "tonexty",
            "fillcolor": BAND,
            "hovertemplate": "limit %{y} g/L<extra></extra>",
        }
        found += [
            edge | upper | {"y": [short(round(band.upper, 1)) for band in run for _ in range(2)]},
            edge | lower | {"y": [short(round(band.lower, 1)) for band in run for _ in range(2)]},
        ]
    return found


def _runs(bands: Iterable[Band]) -> list[list[Band]]:
    """Return bands that follow each other without a gap together: where no baseline held, none is drawn."""
    found: list[list[Band]] = []
    for band in bands:
        if found and found[-1][-1].end == band.start:
            found[-1].append(band)
        else:
            found.append([band])
    return found


def _mark_traces(marks: Sequence[AlertMark], zone: ZoneInfo) -> list[Trace]:
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
                "y": [short(mark.value) for mark in those],
                "mode": "markers",
                "marker": dict(SYMBOLS[severity]),
                "hovertemplate": f"{name}, %{{y}} g/L<extra></extra>",
            }
        )
    return found
