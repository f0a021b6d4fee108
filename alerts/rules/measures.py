"""Results of any analyte, one by one, with what a comparator leaves open. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerts.rules.results import moment
from alerts.rules.rule import Evidence
from alerts.rules.wording import number
from patients.history import Series

SHOWN = {"": "", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}


@dataclass(frozen=True, slots=True)
class Measure:
    """A usable result: seconds since the epoch, its value in the catalogue's unit; `pending` until a person confirms it."""

    code: str
    id: int
    time: float
    value: float
    sign: str
    pending: bool

    @property
    def when(self) -> datetime:
        """The time of the sample."""
        return moment(self.time)

    @property
    def text(self) -> str:
        """The value as it was given: 12.5, <5."""
        return f"{SHOWN[self.sign]}{number(self.value)}"

    def below(self, limit: float) -> bool | None:
        """Whether the value is below a limit; None where a comparator leaves it open."""
        if not self.sign:
            return self.value < limit
        if self.sign in ("<", "<="):
            return True if self.value < limit or (self.sign == "<" and self.value == limit) else None
        return False if self.value >= limit else None

    def evidence(self, role: Literal["result", "baseline", "support"], unit: str) -> Evidence:
        """Return it as a row of evidence."""
        value = self.text if self.sign else round(self.value, 6)
        return Evidence(role, "observation", self.id, self.code, self.when, value, unit)


def measures(series: Series, until: float) -> Iterator[Measure]:
    """Yield the usable results up to a moment, oldest first."""
    for place in range(len(series)):
        if series.usable[place] and series.times[place] <= until:
            sign = series.comparators[place] if series.comparators else ""
            if sign in SHOWN:
                yield Measure(
                    series.code,
                    int(series.ids[place]),
                    float(series.times[place]),
                    float(series.values[place]),
                    sign,
                    bool(series.unconfirmed[place]),
                )
