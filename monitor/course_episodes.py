"""Exacerbations as shading over every strip, remissions as bars with their days. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from alerts.rules.circumstances import exacerbations
from monitor.chart_frame import HIGH, INK, SURFACE, local
from monitor.course_strip import EPISODE, REMISSION, REMISSION_EDGE, Strip, Trace
from patients.history import History

MILLISECONDS: Final = 86400 * 1000
AXIS: Final[dict[str, Any]] = {"range": [-0.5, 0.5], "showticklabels": False, "showgrid": False}


class Spell(Protocol):
    """A remission, as `alerts.recurrence` tells it."""

    @property
    def start(self) -> date:
        """Its first day."""

    @property
    def days(self) -> int:
        """How long it was, or has been so far."""

    @property
    def open(self) -> bool:
        """Whether it still goes on."""

    @property
    def proposed(self) -> bool:
        """Whether it rests on an exacerbation that nobody confirmed yet."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An exacerbation: from when to when, and whether a physician has yet to confirm it."""

    start: datetime
    end: datetime
    proposed: bool = False


def confirmed(history: History) -> list[Episode]:
    """Return the exacerbations that a physician confirmed, oldest first; one that goes on ends now."""
    now = history.at.timestamp()
    found = sorted(exacerbations(history, now))
    return [Episode(_moment(start), _moment(min(max(end, start), now))) for start, end in found]


def _moment(time_: float) -> datetime:
    """Return seconds since the epoch as a moment."""
    return datetime.fromtimestamp(time_, tz=UTC)


def shading(episodes: Sequence[Episode], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return areas over every strip; those of proposed exacerbations have a dotted edge."""
    dotted = {"width": 1, "color": HIGH, "dash": "dot"}
    return [
        {
            "name": "proposed" if one.proposed else "episode",
            "type": "rect",
            "xref": "x",
            "x0": local(one.start, zone),
            "x1": local(one.end, zone),
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "fillcolor": EPISODE,
            "line": dotted if one.proposed else {"width": 0},
            "layer": "below",
        }
        for one in episodes
    ]


def remission_strip(spells: Sequence[Spell]) -> Strip | None:
    """Return the remissions as bars: days at the end of each, the open one outlined; None where there was none."""
    if not spells:
        return None
    closed, still = ([one for one in spells if one.open is state] for state in (False, True))
    traces = [_bars("Remission", closed), _bars("Open remission", still)]
    drawn = tuple(trace for trace in traces if trace["x"])
    return Strip("rem", 30, "Remissions", "days", traces=drawn, axis=AXIS)


def _bars(name: str, spells: Sequence[Spell]) -> Trace:
    """Return bars that begin at a date and are so many days long."""
    still = name == "Open remission"
    said = [f"{one.days}+" if one.open else f"{one.days} d" for one in spells]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "base": [datetime.combine(one.start, time()).isoformat(timespec="minutes") for one in spells],
        "x": [one.days * MILLISECONDS for one in spells],
        "y": [0] * len(spells),
        "width": [0.8] * len(spells),
        "marker": {
            "color": SURFACE if still else REMISSION,
            "line": {"width": 1.5 if still else 1, "color": REMISSION_EDGE},
        },
        "text": said,
        "textposition": "inside",
        "textangle": 0,
        "insidetextanchor": "end",
        "textfont": {"color": INK, "size": 12},
        "customdata": [_words(one) for one in spells],
        "hovertemplate": "%{customdata}<extra></extra>",
        "showlegend": False,
    } | ({"constraintext": "none", "insidetextanchor": "middle"} if still else {})


def _words(one: Spell) -> str:
    """Return a remission in words."""
    length = f"at least {one.days} days, still open" if one.open else f"{one.days} days"
    return f"Remission, {length}{', after a proposed exacerbation' if one.proposed else ''}"


def ends(spells: Sequence[Spell]) -> list[date]:
    """Return the last day of each remission so far."""
    return [one.start + timedelta(days=one.days) for one in spells]
