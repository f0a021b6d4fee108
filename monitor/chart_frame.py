"""The frame of a figure: colors, panes on one time axis, today's line, the reference range. Pure, as `monitor.charts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from patients.history import History

HEMOGLOBIN: Final = "HGB"
INK, MUTED, GRID, SURFACE = "#12202a", "#556672", "#e6ecf0", "#ffffff"
LINE, BAND, REFERENCE = "#17468f", "rgba(23, 70, 143, 0.15)", "rgba(85, 102, 114, 0.11)"
HIGH, AMBER, AMBER_EDGE, BLUE, MARK = "#b3261a", "#f0a132", "#7a4300", "#1d4c9e", "#3d4e5a"
TOKENS: Final[Mapping[str, str]] = {
    INK: "--ink",
    MUTED: "--d-axis",
    GRID: "--d-grid",
    SURFACE: "--surface",
    LINE: "--d-hb",
    BAND: "--d-band",
    REFERENCE: "--d-ref",
    HIGH: "--high-fill",
    AMBER: "--mod-fill",
    AMBER_EDGE: "--mod",
    BLUE: "--low",
    MARK: "--d-mark",
}
"""Color of the figure: the style sheet's token that replaces it."""
FONT: Final = 'Inter, system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'


@dataclass(frozen=True, slots=True)
class Pane:
    """One strip of a figure: its axis, its height in pixels, its name and unit."""

    id: str
    axis: str
    height: int
    name: str
    unit: str = ""


PANES: Final = (
    Pane("hb", "yaxis", 250, "Hemoglobin", "g/L"),
    Pane("hemoptysis", "yaxis2", 24, "Hemoptysis"),
    Pane("transfusion", "yaxis3", 24, "Transfusion"),
)
GAP, TOP, BOTTOM, GUTTER = 15, 12, 34, 130


@dataclass(frozen=True, slots=True)
class Band:
    """The own baseline while it held: the steady state and its lower and upper limit, g/L."""

    start: datetime
    end: datetime
    baseline: float
    lower: float
    upper: float


def frame(history: History, bands: Sequence[Band], normal_from: float | None, zone: ZoneInfo) -> dict[str, Any]:
    """Return everything but the traces: panes that share one time axis, today's line, the reference area."""
    total = sum(pane.height for pane in PANES) + GAP * (len(PANES) - 1)
    low, high = _extent(history, bands, normal_from)
    now = local(history.at, zone)
    layout: dict[str, Any] = {
        "height": total + TOP + BOTTOM,
        "margin": {"l": GUTTER, "r": 26, "t": TOP, "b": BOTTOM, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": MUTED},
        "hovermode": "x",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "showlegend": False,
        "hoverlabel": {"bgcolor": SURFACE, "bordercolor": MUTED, "font": {"size": 12, "color": INK}},
        "xaxis": _time_axis(),
        "shapes": [_today(now), *([_reference(normal_from, high)] if normal_from is not None else [])],
        "annotations": [*_labels(total), _today_label(now)],
        "meta": {
            "tokens": dict(TOKENS),
            "today": now,
            "first": _first(history, zone),
            "last": local(series.at(-1), zone) if len(series := history.get(HEMOGLOBIN)) else None,
            "ahead": local(history.at + timedelta(days=14), zone),
            "panes": [{"id": pane.id, "axis": pane.axis, "px": pane.height} for pane in PANES],
        },
    }
    top = total
    for pane in PANES:
        lane: dict[str, Any] = {"range": [-1, 1], "showticklabels": False, "showgrid": False}
        hemoglobin: dict[str, Any] = {"range": [low, high], "showgrid": True, "gridcolor": GRID, "nticks": 6}
        layout[pane.axis] = {
            "domain": [max(0.0, (top - pane.height) / total), top / total],
            "fixedrange": True,
            "zeroline": False,
            "anchor": "x",
            "tickfont": {"size": 11, "color": MUTED},
            **(hemoglobin if pane.id == "hb" else lane),
        }
        top -= pane.height + GAP
    return layout


def _labels(total: int) -> list[dict[str, Any]]:
    """Return the names of the panes, in the left gutter."""
    found: list[dict[str, Any]] = []
    top = total
    for pane in PANES:
        tall = pane.height > 40
        y = (top if tall else top - pane.height / 2) / total
        place = {"xref": "paper", "yref": "paper", "x": 0, "y": y, "xanchor": "left", "showarrow": False}
        place |= {"xshift": 6 - GUTTER, "yanchor": "top" if tall else "middle"}
        found.append(
            place | {"name": f"label:{pane.id}", "text": pane.name, "font": {"size": 13, "color": INK, "weight": 600}}
        )
        if pane.unit:
            found.append(
                place
                | {"name": f"unit:{pane.id}", "text": pane.unit, "yshift": -17, "font": {"size": 11, "color": MUTED}}
            )
        top -= pane.height + GAP
    return found


def _time_axis() -> dict[str, Any]:
    """Return the shared axis."""
    stops = ((None, 604800000, "%-d %b"), (604800000, "M1", "%-d %b"), ("M1", None, "%b %Y"))
    return {
        "type": "date",
        "anchor": PANES[-1].axis.replace("axis", ""),
        "hoverformat": "%-d %b %Y",
        "gridcolor": GRID,
        "zeroline": False,
        "tickfont": {"size": 12, "color": MUTED},
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": MUTED,
        "tickformatstops": [{"dtickrange": [low, high], "value": text} for low, high, text in stops],
    }


def _today(now: str) -> dict[str, Any]:
    """Return the line of the moment from which the history is seen."""
    return {
        "name": "today", "type": "line", "x0": now, "x1": now, "xref": "x", "y0": 0, "y1": 1, "yref": "paper",
        "line": {"width": 1.5, "color": INK}, "layer": "below",
    }  # fmt: skip


def _today_label(now: str) -> dict[str, Any]:
    """Return the word beside that line."""
    return {
        "name": "today", "text": "today", "x": now, "xref": "x", "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "top",
        "xshift": 2, "showarrow": False, "font": {"size": 11, "color": INK},
    }  # fmt: skip


def _reference(normal_from: float, high: float) -> dict[str, Any]:
    """Return the area of the reference range, up to the edge of the pane."""
    return {
        "name": "reference", "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": normal_from, "y1": high,
        "fillcolor": REFERENCE, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _extent(history: History, bands: Sequence[Band], normal_from: float | None) -> tuple[float, float]:
    """Return the range of the hemoglobin axis: everything drawn, with room; 80 to 150 g/L where there is nothing."""
    shown = [float(value) for value in history.get(HEMOGLOBIN).values]
    shown += [limit for band in bands for limit in (band.lower, band.upper)]
    shown += [normal_from] if normal_from is not None and shown else []
    return (min(shown) - 8, max(shown) + 8) if shown else (80.0, 150.0)


def _first(history: History, zone: ZoneInfo) -> str:
    """Return the left end of the whole course: a week before the first result, or a year before now."""
    series = history.get(HEMOGLOBIN)
    start = series.at(0) - timedelta(days=7) if len(series) else history.at - timedelta(days=365)
    return local(start, zone)


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Return an aware moment as the patient's clock shows it: Plotly knows no zones."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
