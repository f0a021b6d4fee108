"""A curve of six months in a few pixels: coordinates only, so that a template draws it as SVG without any style. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from monitor.chart_frame import Band

WIDTH, HEIGHT, PAD = 128.0, 46.0, 5.0
MONTHS_SIX: Final = timedelta(days=183)
LEAST_STEP: Final = 3
"""Pixels: a band that steps by less is drawn on."""


class Dated(Protocol):
    """A value at a moment."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def value(self) -> float:
        """How much."""


@dataclass(frozen=True, slots=True)
class Spark:
    """The curve in a box of 128 by 46: `line` as SVG points, `end` the last one, `band` and `base` of the own baseline as SVG paths
    that step as it does (empty where none held), `silent_from` where the curve ended too long ago."""

    line: str
    end: tuple[float, float]
    band: str
    base: str
    silent_from: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a moment and a value lie in the box."""

    at: datetime
    low: float
    high: float

    def x(self, moment: datetime) -> float:
        """Return the place of a moment in whole pixels: six months ago at the left, now at the right."""
        return float(round(PAD + (WIDTH - 2 * PAD) * (1 - (self.at - moment) / MONTHS_SIX)))

    def y(self, value: float) -> float:
        """Return the height of a value; what lies beyond the curve and the newest band is cut."""
        inside = min(max(value, self.low), self.high)
        return round(PAD + (HEIGHT - 2 * PAD) * (self.high - inside) / (self.high - self.low), 1)


def spark(points: Sequence[Dated], *, at: datetime, bands: Sequence[Band] = (), silent: bool = False) -> Spark | None:
    """Return the curve of the last 183 days before `at`, with the own baseline of that time; None with nothing in them."""
    shown = [point for point in points if at - MONTHS_SIX <= point.at <= at]
    if not shown:
        return None
    held = [band for band in bands if band.end > at - MONTHS_SIX and band.start < at]
    values = [point.value for point in shown] + [edge for band in held[-1:] for edge in (band.lower, band.upper)]
    low, high = min(values), max(values)
    level = low == high  # through the middle
    scale = Scale(at, low - level, high + level)
    placed = [(scale.x(point.at), scale.y(point.value)) for point in shown]
    band, base = _steps(held, scale)
    return Spark(
        line=" ".join(f"{x:g},{y:g}" for x, y in placed),
        end=placed[-1],
        band=band,
        base=base,
        silent_from=placed[-1][0] if silent else None,
    )


def _steps(held: Sequence[Band], scale: Scale) -> tuple[str, str]:
    """Return the paths of bands and baselines, those that follow each other at nearly one height drawn as one."""
    boxes: list[list[float]] = []
    for band in held:
        left, right = scale.x(max(band.start, scale.at - MONTHS_SIX)), scale.x(min(band.end, scale.at))
        heights = [round(scale.y(value)) for value in (band.upper, band.baseline, band.lower)]
        last = boxes[-1] if boxes else None
        near = last is not None and all(abs(a - b) < LEAST_STEP for a, b in zip(last[2:], heights, strict=True))
        if last is not None and near and left <= last[1]:
            last[1] = max(last[1], right)
        else:
            boxes.append([left, right, *heights])
    return (
        "".join(f"M{left:g} {top:g}H{right:g}V{bottom:g}H{left:g}z" for left, right, top, _, bottom in boxes),
        "".join(f"M{left:g} {middle:g}H{right:g}" for left, right, _, middle, _ in boxes),
    )
