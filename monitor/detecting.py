"""How well alarms find bleeds that are known: sensitivity, delay, false alarms and predictive value, with intervals. Pure.

A bleed is found by an alarm from its onset until 35 days after its end: the shortest remission there is (28 days) after the 7 days
before hemoglobin begins to rise (clinical specification, part F), so that no alarm could belong to two bleeds. Any other alarm is
false. A patient's first 90 days are not judged, for a baseline needs results; neither are bleeds whose 35 days end after the life
does, with their alarms: nobody knows whether they would have been found.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import numpy as np

from monitor.budget import YEAR as YEAR

DAY: Final = timedelta(days=1)
AFTER: Final = timedelta(days=35)
LEARNS: Final = timedelta(days=90)
DRAWS: Final = 1000
SEED: Final = 20261130
LEVEL: Final = (2.5, 97.5)
"""Percentiles of a 95 % interval."""
Family = Literal["rule", "combined", "comparator"]


@dataclass(frozen=True, slots=True)
class Bleed:
    """One bleed that is known: from when to when, and when a physician knew."""

    onset: datetime
    end: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """One life that is judged, with its bleeds."""

    start: datetime
    end: datetime
    bleeds: tuple[Bleed, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What alarms found in one life; `delays` are days from each found bleed's onset to its first alarm."""

    years: float
    bleeds: int = 0
    early: int = 0
    right: int = 0
    wrong: int = 0
    delays: tuple[float, ...] = ()


def compare(alarms: Iterable[datetime], life: Watched) -> Counts:
    """Return what alarms found. `early`: before a physician knew; `right`, `wrong`: alarms of a bleed, and of none."""
    begins = life.start + LEARNS
    if begins >= life.end:
        return Counts(0.0)
    times = sorted(one for one in alarms if begins <= one <= life.end)
    bleeds = early = right = 0
    delays: list[float] = []
    for bleed in life.bleeds:
        own = [one for one in times if bleed.onset <= one <= bleed.end + AFTER]
        times = [one for one in times if not bleed.onset <= one <= bleed.end + AFTER]
        if bleed.onset < begins or bleed.end + AFTER > life.end:
            continue
        bleeds += 1
        right += len(own)
        if own:
            delays.append((own[0] - bleed.onset) / DAY)
            early += own[0] < bleed.seen
    return Counts((life.end - begins) / YEAR, bleeds, early, right, len(times), tuple(delays))


@dataclass(frozen=True, slots=True)
class Detector:
    """What one way of looking found in a cohort; `lives` are counts, one a patient."""

    name: str
    family: Family
    lives: Sequence[Counts] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return a row of the key `detectors` of `backtest --json`; null where nothing can be said."""
        delays = [one for life in self.lives for one in life.delays]
        row: dict[str, Any] = {
            "name": self.name,
            "family": self.family,
            "bleeds": sum(one.bleeds for one in self.lives),
        }
        row |= self._with_interval("sensitivity", lambda one: len(one.delays), lambda one: one.bleeds)
        row |= {
            "delay_median_days": _rounded(np.median(delays)) if delays else None,
            "delay_p90_days": _rounded(np.percentile(delays, 90)) if delays else None,
        }
        row |= self._with_interval("before_recognition", lambda one: one.early, lambda one: one.bleeds)
        row |= self._with_interval("alerts_per_patient_year", lambda one: one.right + one.wrong, lambda one: one.years)
        row |= self._with_interval("false_per_patient_year", lambda one: one.wrong, lambda one: one.years)
        return row | self._with_interval("ppv", lambda one: one.right, lambda one: one.right + one.wrong)

    def _with_interval(
        self, name: str, of: Callable[[Counts], float], among: Callable[[Counts], float]
    ) -> dict[str, float | None]:
        """Return a ratio of sums over patients, with its 95 % interval."""
        value, low, high = ratio([of(one) for one in self.lives], [among(one) for one in self.lives])
        return {name: value, f"{name}_low": low, f"{name}_high": high}


def ratio(tops: Sequence[float], bottoms: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Return a ratio of sums over patients with its interval: percentiles of draws of whole patients, with repetition.

    The draws are the same each time. None where the sum below is 0, and in draws in which it is such a draw is left out.
    """
    above, below = np.asarray(tops, dtype=np.float64), np.asarray(bottoms, dtype=np.float64)
    if not below.sum():
        return None, None, None
    chosen = np.random.default_rng(SEED).integers(0, len(below), (DRAWS, len(below)))
    drawn = below[chosen].sum(axis=1)
    ratios = above[chosen].sum(axis=1)[drawn > 0] / drawn[drawn > 0]
    low, high = np.percentile(ratios, LEVEL)
    return _rounded(above.sum() / below.sum()), _rounded(low), _rounded(high)


def _rounded(value: np.floating[Any] | float) -> float:
    """Return a figure as it is told."""
    return round(float(value), 4)
