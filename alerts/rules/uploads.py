"""When the next file of a patient is due, and from which day on it is missing: for the rule, the to-do and the own page. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from alerts.rules.doses import later, local_day, on
from alerts.rules.grace import grace_of
from alerts.rules.rule import Setting
from alerts.rules.wording import NBSP
from patients.history import History

MISSING: Final = Setting(
    "upload_missing_percent", 20, "%", "working value, as of tests: clinical specification B13, info at due + 20 %", 0, 100
)  # fmt: skip
LONG_MISSING: Final = Setting(
    "upload_long_missing_percent", 100, "%", "working value, as of tests: clinical specification B13, warning at + 100 %", 20, 400
)  # fmt: skip
"""In active disease or during a taper."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The next file: expected `every` days, counted from the day `first`, or from the day `last` on which one was read since."""

    every: int
    first: date
    last: date | None
    due_on: date

    def missing_on(self, percent: float) -> date:
        """Return the day from which on it is missing."""
        return later(self.due_on, grace_of(self.every, percent))

    def why(self) -> str:
        """Return why it is due then, in words."""
        since = f"counted from {on(self.first)}" if self.last is None else f"last read on {on(self.last)}"
        return f"{since}, expected every {self.every}{NBSP}day{'' if self.every == 1 else 's'}"


def expected(history: History) -> Expected | None:
    """Return the next file that is expected of a patient; None where none is. What was read before counting began is none."""
    every, first = history.patient.upload_every_days, history.patient.upload_expected_from
    if every is None or first is None:
        return None
    read = (local_day(history, moment) for moment in history.files if moment <= history.at)
    last = max((day for day in read if day >= first), default=None)
    return Expected(every, first, last, later(last or first, every))
