"""Exacerbations as shading over every strip, remissions as bars with their days. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from alerts.due import on
from alerts.recurrence import Episode, Remission
from alerts.remission_trends import NextOne
from monitor.chart_frame import HIGH, INK, SURFACE
from monitor.course_strip import EPISODE, REMISSION, REMISSION_EDGE, Strip, Trace, midnight

MILLISECONDS: Final = 86400 * 1000
AXIS: Final[dict[str, Any]] = {"range": [-0.5, 0.5], "showticklabels": False, "showgrid": False}


def shading(episodes: Sequence[Episode], today: str) -> list[dict[str, Any]]:
    """Return areas over every strip, the last day included, none beyond today; a proposed exacerbation has a dotted edge."""
    dotted = {"width": 1, "color": HIGH, "dash": "dot"}
    return [
        {
            "name": "proposed" if one.proposed else "episode",
            "type": "rect",
            "xref": "x",
            "x0": midnight(one.start),
            "x1": min(midnight(one.end + timedelta(days=1)), max(today, midnight(one.start))),
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "fillcolor": EPISODE,
            "line": dotted if one.proposed else {"width": 0},
            "layer": "below",
        }
        for one in episodes
    ]


def days_of(one: Episode) -> str:
    """Return how long an exacerbation was, first and last day included, in words."""
    days = (one.end - one.start).days + 1
    return f"{days} day{'' if days == 1 else 's'}"


def remission_strip(spells: Sequence[Remission], coming: NextOne | None = None) -> Strip | None:
    """Return the remissions as bars: days at the end of each, the open one outlined; None where there was none.

    `coming` is when 4 of 5 open remissions would end: a thin bar, its median marked.
    """
    if not spells:
        return None
    closed, still = ([one for one in spells if one.open is state] for state in (False, True))
    traces = [_bars("Remission", closed), _bars("Open remission", still)]
    traces += [_window(coming)] if coming else []
    drawn = tuple(trace for trace in traces if trace["x"])
    return Strip("rem", 30, "Remissions", "days", traces=drawn, axis=AXIS)


def _bars(name: str, spells: Sequence[Remission]) -> Trace:
    """Return bars that begin at a date and are so many days long."""
    still = name == "Open remission"
    look = {"width": 1.5 if still else 1, "color": REMISSION_EDGE}
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "base": [midnight(one.start) for one in spells],
        "x": [one.days * MILLISECONDS for one in spells],
        "y": [0] * len(spells),
        "width": [0.8] * len(spells),
        "marker": {"color": SURFACE if still else REMISSION, "line": look},
        "text": [f"{one.days}+" if one.open else f"{one.days} d" for one in spells],
        "textposition": "inside",
        "textangle": 0,
        "insidetextanchor": "middle" if still else "end",
        "textfont": {"color": INK, "size": 12},
        "customdata": [_words(one) for one in spells],
        "hovertemplate": "%{customdata}<extra></extra>",
    } | ({"constraintext": "none"} if still else {})


def _window(coming: NextOne) -> Trace:
    """Return the window of the next exacerbation as a dashed line with its median, which says what it is."""
    days = (coming.first, coming.middle, coming.last)
    source = ", mostly from other patients" if coming.pooled else ""
    words = f"Next exacerbation, 4 of 5: {on(coming.first)} to {on(coming.last)}, median {on(coming.middle)}{source}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Next exacerbation",
        "x": [midnight(day) for day in days],
        "y": [0] * len(days),
        "line": {"width": 1.5, "color": HIGH, "dash": "dot"},
        "marker": {"color": HIGH, "symbol": ["line-ns-open", "diamond", "line-ns-open"], "size": 9},
        "customdata": [words] * len(days),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _words(one: Remission) -> str:
    """Return a remission in words."""
    length = f"at least {one.days} days, still open" if one.open else f"{one.days} days"
    return f"Remission, {length}{', beside a proposed exacerbation' if one.proposed else ''}"
