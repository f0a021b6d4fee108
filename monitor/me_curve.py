"""A patient's own hemoglobin as a small drawing: coordinates only, so that a template draws it as SVG without any style. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from monitor.chart_frame import Band
from monitor.me_words import NBSP, date_words
from patients.history import Series

WIDTH, HEIGHT = 330.0, 160.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 292.0, 12.0, 134.0
SIX_MONTHS: Final = timedelta(days=183)
TWO_YEARS: Final = timedelta(days=731)
LABELS: Final = 4
"""Months written below, at most."""
LEAST_SPAN: Final = 12.0
"""g/L: a curve that hardly moves is not drawn as a mountain."""


@dataclass(frozen=True, slots=True)
class Point:
    """One result: when, how much, and whether it still waits for the team."""

    at: datetime
    value: float
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of what was usual, and its limits."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The drawing in 330 by 160: `line` as SVG points, `dots` each result, `boxes` what was usual; `limits` the newest of it, with
    their heights; `months` with their places; `words` the same as a sentence."""

    line: str
    dots: tuple[tuple[float, float], ...]
    boxes: tuple[Box, ...]
    limits: tuple[tuple[float, str], ...]
    months: tuple[tuple[float, str], ...]
    last: str
    words: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a moment and a value lie."""

    start: datetime
    end: datetime
    low: float
    high: float

    def x(self, moment: datetime) -> float:
        inside = min(max(moment, self.start), self.end)
        return round(LEFT + (RIGHT - LEFT) * ((inside - self.start) / (self.end - self.start)), 1)

    def y(self, value: float) -> float:
        inside = min(max(value, self.low), self.high)
        return round(TOP + (BOTTOM - TOP) * (self.high - inside) / (self.high - self.low), 1)


def points_of(series: Series) -> tuple[Point, ...]:
    """Return the results that count, oldest first: what is preliminary does not."""
    return tuple(
        Point(series.at(place), float(series.values[place]), bool(series.unconfirmed[place]))
        for place in range(len(series))
        if series.usable[place]
    )


def curve(
    points: Sequence[Point], bands: Sequence[Band], *, at: datetime, zone: str, span: timedelta = SIX_MONTHS
) -> Curve | None:
    """Return the drawing of the results of a span before `at`; None where there are none."""
    start, home = at - span, ZoneInfo(zone)
    shown = [point for point in points if start <= point.at <= at]
    if not shown:
        return None
    held = [band for band in bands if band.end > start and band.start < at]
    values = [point.value for point in shown] + [edge for band in held for edge in (band.lower, band.upper)]
    low, high = min(values), max(values)
    room = max(0.0, LEAST_SPAN - (high - low)) / 2
    scale = _Scale(start, at, low - room, high + room)
    dots = tuple((scale.x(point.at), scale.y(point.value)) for point in shown)
    newest = held[-1] if held else None
    limits = tuple((scale.y(edge), f"{edge:.0f}") for edge in (newest.upper, newest.lower)) if newest else ()
    return Curve(
        line=" ".join(f"{x:g},{y:g}" for x, y in dots),
        dots=dots,
        boxes=tuple(_box(band, scale) for band in held),
        limits=limits,
        months=tuple(_months(scale, home)),
        last=f"{shown[-1].value:.0f}",
        words=_words(shown, newest, home),
    )


def _box(band: Band, scale: _Scale) -> Box:
    """Return where a band lies."""
    left, top = scale.x(band.start), scale.y(band.upper)
    return Box(left, top, round(scale.x(band.end) - left, 1), round(scale.y(band.lower) - top, 1))


def _months(scale: _Scale, zone: ZoneInfo) -> Iterator[tuple[float, str]]:
    """Yield some first days of months with their names, the year beside January."""
    firsts: list[date] = []
    day = scale.start.astimezone(zone).date()
    last = scale.end.astimezone(zone).date()
    while day <= last:
        if day.day == 1:
            firsts.append(day)
        day += timedelta(days=1)
    long = scale.end - scale.start > timedelta(days=366)
    every = max(1, -(-len(firsts) // (LABELS - long)))
    for first in firsts[::every]:
        name = f"{first:%b} {first.year}" if long else f"{first:%b}"
        yield scale.x(datetime(first.year, first.month, first.day, tzinfo=zone)), name


def _words(shown: Sequence[Point], band: Band | None, zone: ZoneInfo) -> str:
    """Return what the drawing shows."""
    first, last = (point.at.astimezone(zone).date() for point in (shown[0], shown[-1]))
    count = "1 result" if len(shown) == 1 else f"{len(shown)} results"
    usual = f" The usual range now is {band.lower:.0f} to {band.upper:.0f}." if band else ""
    since = f"of {date_words(last)}" if len(shown) == 1 else f"from {date_words(first)} to {date_words(last)}"
    return f"Hemoglobin: {count} {since}, the last one {shown[-1].value:.0f}{NBSP}g/L.{usual}"
