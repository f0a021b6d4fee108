"""Iron, ferritin, saturation and spirometry as strips of the course. Pure."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from alerts.iron import OTHERS, cutoffs
from alerts.saturation import LOW_SATURATION, saturation
from monitor.chart_frame import SURFACE
from monitor.course_strip import (
    FERRITIN,
    FEV1,
    FVC,
    IRON,
    SATURATION,
    Look,
    Strip,
    Trace,
    from_zero,
    line,
    moments,
    short,
    symbols,
)  # fmt: skip
from patients.analytes import analyte
from patients.history import History, Series

BREATHS: Final = (("FVC", "FVC", FVC, "square"), ("FEV1", "FEV1", FEV1, "circle"))
"""Code, name, color and shape of what is drawn of a spirometry; the name stands at the end of the line."""


def iron_strips(history: History, zone: ZoneInfo) -> list[Strip]:
    """Return iron, ferritin and saturation, each with its lower limit dotted; without results, none of it."""
    found = [
        _strip("iron", history.get("FE"), zone, Look("Iron", "µmol/L", IRON), low_iron(history)),
        _strip("ferritin", history.get("FERRITIN"), zone, Look("Ferritin", "µg/L", FERRITIN, "diamond"), low_ferritin(history)),
    ]  # fmt: skip
    known = saturation(history)
    said = dict.fromkeys(known.computed, "computed")
    look = Look("Saturation", "%", SATURATION, "square")
    found.append(_strip("sat", known.series, zone, look, LOW_SATURATION, said))
    return [strip for strip in found if strip is not None]


def low_iron(history: History) -> float | None:
    """Return the lower limit of the general reference range of iron for the person; None where it is unknown."""
    range_ = analyte("FE").reference_range(sex=history.patient.sex, age_years=_age(history))
    return range_.low if range_ else None


def low_ferritin(history: History) -> float:
    """Return the ferritin below which iron stores are empty, where nothing is inflamed."""
    limits = cutoffs(_age(history))
    return limits.plain if limits else OTHERS.plain


def _age(history: History) -> float | None:
    """Return the person's age at the moment from which the history is seen."""
    return history.patient.age_years(history.at.date())


def _strip(
    name: str, series: Series, zone: ZoneInfo, look: Look, limit: float | None, words: dict[int, str] | None = None
) -> Strip | None:
    """Return one analyte's strip, None where there is no result."""
    if not len(series):
        return None
    keep = [] if limit is None else [limit]
    low = "" if limit is None else f", from {limit:g}"
    return Strip(
        id=name,
        height=52,
        name=look.name,
        unit=look.unit + low,
        traces=(line(series, zone, look, words=words),),
        axis={**from_zero(series.values.tolist(), keep), "showgrid": True, "nticks": 3},
        limits=tuple(keep),
        fit={"zero": True, "keep": keep},
    )


def spirometry_strip(history: History, zone: ZoneInfo) -> Strip | None:
    """Return FEV1 and FVC as percent of the best that the person has blown, None where nothing was blown.

    Own best, not predicted: a child grows, and what was its best two years ago is no measure of today. The label says so.
    """
    traces, notes, shown = [], [], []
    for code, name, color, symbol in BREATHS:
        series = history.get(code)
        best = own_best(series)
        if best is None:
            continue
        trace = _breaths(series, zone, Look(name, "%", color, symbol, size=6), best)
        traces.append(trace)
        shown += trace["y"]
        notes.append(_end(trace, name, color))
    if not traces:
        return None
    _apart(notes)
    low, high = min([*shown, 90.0]), max([*shown, 100.0])
    return Strip(
        id="spiro",
        height=92,
        name="Spirometry",
        unit="% of own best",
        traces=tuple(traces),
        axis={"range": [short(low - 6), short(high + 6)], "showgrid": True, "nticks": 4},
        limits=(100.0,),
        notes=tuple(notes),
        fit={"pad": 6, "keep": [90, 100]},
    )


def own_best(series: Series) -> float | None:
    """Return the highest value that a rule may use; None where there is none above zero."""
    usable = series.values[series.usable & ~series.unconfirmed] if len(series) else np.empty(0)
    best = float(usable.max()) if len(usable) else 0.0
    return best if best > 0 else None


def _breaths(series: Series, zone: ZoneInfo, look: Look, best: float) -> Trace:
    """Return one line of a spirometry: percent, and the liters in its words."""
    percents = [short(round(100 * value / best, 1)) for value in series.values.tolist()]
    said = [
        f"{value:.2f} L, {share:g} % of own best" for value, share in zip(series.values.tolist(), percents, strict=True)
    ]
    return {
        "type": "scatter",
        "name": look.name,
        "x": moments(series, zone),
        "y": percents,
        "mode": "lines+markers",
        "line": {"color": look.color, "width": look.width},
        "marker": {
            "size": look.size, "color": look.color, "symbol": symbols(series, look.symbol), "line": {"width": 1, "color": SURFACE},
        },
        "text": said,
        "hovertemplate": f"{look.name} %{{text}}<extra></extra>",
    }  # fmt: skip


def _end(trace: Trace, name: str, color: str) -> dict[str, Any]:
    """Return the name of a line, beside its last point."""
    return {
        "name": "tag", "text": name, "x": trace["x"][-1], "y": trace["y"][-1], "xanchor": "left", "yanchor": "middle",
        "xshift": 8, "yshift": 0, "showarrow": False, "font": {"size": 11, "color": color},
    }  # fmt: skip


def _apart(notes: list[dict[str, Any]]) -> None:
    """Keep the names of two lines apart that end beside each other."""
    if len(notes) == 2 and abs(notes[0]["y"] - notes[1]["y"]) < 12:
        upper, lower = sorted(notes, key=lambda note: -note["y"])
        upper["yshift"], lower["yshift"] = 6, -6
