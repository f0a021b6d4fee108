"""Results beside an event: those of the hours around it, and what was usual before. Pure. Of results of one moment, all count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from alerts import trends
from alerts.rules.results import DAY, moment
from alerts.rules.rule import Evidence
from alerts.rules.wording import NBSP, number
from patients.history import History, Series

UNITS: Final = {
    "SPO2": "%",
    "SBP": "mm[Hg]",
    "WEIGHT": "kg",
    "WBC": "10*9/L",
    "NEUT_BAND": "%",
    "ESR": "mm/h",
    "TEMP": "Cel",
}
"""Canonical units of the catalogue."""
WORDS: Final = {"mm[Hg]": "mmHg", "10*9/L": "10⁹/L", "Cel": "°C"}


@dataclass(frozen=True, slots=True)
class Value:
    """One usable result; `confirmed` is False while it waits for a person."""

    series: Series
    index: int

    @property
    def value(self) -> float:
        """The number, in the canonical unit."""
        return float(self.series.values[self.index])

    @property
    def time(self) -> float:
        """Seconds since the epoch."""
        return float(self.series.times[self.index])

    @property
    def confirmed(self) -> bool:
        """Whether nobody has to look at it first."""
        return not bool(self.series.unconfirmed[self.index])

    @property
    def text(self) -> str:
        """The value with its unit."""
        unit = UNITS[self.series.code]
        return f"{number(self.value)}{NBSP}{WORDS.get(unit, unit)}"

    def evidence(self, role: Literal["result", "baseline", "support"] = "support") -> Evidence:
        """Return it as a row of evidence."""
        code, identity = self.series.code, int(self.series.ids[self.index])
        return Evidence(role, "observation", identity, code, moment(self.time), round(self.value, 6), UNITS[code])

    @property
    def caution(self) -> str:
        """What is said beside a value that waits for a person; empty for others."""
        return "" if self.confirmed else " (not confirmed yet)"


def between(history: History, code: str, first: float, last: float) -> list[Value]:
    """Return the usable results of an analyte from one moment to another, both included, oldest first."""
    series = history.get(code)
    return [
        Value(series, int(place))
        for place in np.flatnonzero(series.usable & (series.times >= first) & (series.times <= last))
    ]


def newest_before(history: History, code: str, time: float, days: float) -> Value | None:
    """Return the newest confirmed result before a moment that is at most so many days old; None where there is none."""
    found = [one for one in between(history, code, time - days * DAY, time) if one.confirmed and one.time < time]
    return found[-1] if found else None


def usual(history: History, code: str, time: float, *, least: int, last: int = 6) -> float | None:
    """Return the median of the last confirmed results before a moment; None where there are fewer than `least`."""
    series = history.get(code)
    before = series.values[series.usable & ~series.unconfirmed & (series.times < time)]
    return trends.median(before[-last:].tolist()) if len(before) >= least else None


def lowest(found: Sequence[Value]) -> Value | None:
    """Return the lowest of some results, the newest of equal ones."""
    return min(reversed(found), key=lambda one: one.value, default=None)
