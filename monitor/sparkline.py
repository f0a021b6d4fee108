"""A curve of six months in a few pixels: coordinates only, so that a template draws it as SVG without any style. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

WIDTH, HEIGHT, PAD = 128.0, 46.0, 5.0
MONTHS_SIX: Final = timedelta(days=183)
SILENT: Final = timedelta(days=28)
"""A curve that ended before that is drawn on as a gap."""


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
    """The curve in a box of 128 by 46: `line` as SVG points, `end` the last one,
    `band` (top and height) and `base` of the own baseline, `silent_from` where the curve ended too long ago."""

    line: str
    end: tuple[float, float]
    band: tuple[float, float] | None
    base: float | None
    silent_from: float | None


def spark(points: Sequence[Dated], *, at: datetime, numbers: Mapping[str, float]) -> Spark | None:
    """Return the curve of the last 183 days before `at`; None with nothing in them. `numbers` may name an own baseline."""
    shown = [point for point in points if at - MONTHS_SIX <= point.at <= at]
    if not shown:
        return None
    own = own_band(numbers)
    values = [point.value for point in shown] + list(own or ())
    low, high = min(values), max(values)
    if low == high:  # level: through the middle
        low, high = low - 1, high + 1

    def x(moment: datetime) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * (1 - (at - moment) / MONTHS_SIX), 1)

    def y(value: float) -> float:
        return round(PAD + (HEIGHT - 2 * PAD) * (high - value) / (high - low), 1)

    placed = [(x(point.at), y(point.value)) for point in shown]
    return Spark(
        line=" ".join(f"{one},{two}" for one, two in placed),
        end=placed[-1],
        band=(y(own[2]), round(y(own[0]) - y(own[2]), 1)) if own else None,
        base=y(own[1]) if own else None,
        silent_from=placed[-1][0] if at - shown[-1].at > SILENT else None,
    )


def own_band(numbers: Mapping[str, float]) -> tuple[float, float, float] | None:
    """Return lower limit, baseline and upper limit of the own steady state; None where the numbers name no limit below it.

    The limit is one-sided: the band is drawn as high above the baseline as the limit is below.
    """
    baseline, limit = numbers.get("baseline"), numbers.get("limit99", numbers.get("limit95"))
    return None if baseline is None or limit is None or limit > baseline else (limit, baseline, 2 * baseline - limit)
