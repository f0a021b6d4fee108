"""Whether somebody's own adrenal glands may be asleep, from long use of steroids: a badge and a reminder, no alert. Pure.

Clinical specification, B4: 4 to 6 mg of prednisone a day for 3 to 4 weeks, until 12 months after the stop (working value).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from alerts.rules.doses import DAY, Doses, doses, later, mg, on, run_start
from alerts.rules.rule import Setting, number_of
from alerts.steroids import Level
from patients.history import History

FROM_MG: Final = Setting(
    "adrenal_mg", 5, "mg/d", "ESE/Endocrine Society 2024, J Clin Endocrinol Metab 109:1657: 4–6 mg", 2.5, 10
)
AFTER_DAYS: Final = Setting("adrenal_days", 21, "d", "ESE/Endocrine Society 2024: 3–4 weeks", 14, 42)
UNTIL_DAYS: Final = Setting(
    "adrenal_until_days", 365, "d", "clinical specification B4, working value: 12 months after the stop", 90, 730
)
SETTINGS: Final = (FROM_MG, AFTER_DAYS, UNTIL_DAYS)
SICK_DAYS: Final = (
    "With fever, vomiting, an injury or an operation the steroid dose is decided on the day, never left out. No stop without a "
    "plan."
)
"""What the team is reminded of."""


@dataclass(frozen=True, slots=True)
class Risk:
    """The risk, reached on a day. `stopped` since when steroids are recorded as zero, None while they go on or are unknown;
    `until` the last day of the risk, where they are stopped."""

    reached: date
    stopped: date | None
    until: date | None
    words: str


def risk(history: History) -> Risk | None:
    """Return the risk at `history.at`, None where it was never reached or is over."""
    found = doses(history, history.at, days=None)
    if found is None:
        return None
    least, after = number_of(history, FROM_MG), int(number_of(history, AFTER_DAYS))
    runs = _runs(found, least)
    long = [(start, end) for start, end in runs if (end - start).days >= after]
    if not long:
        return None
    reached = later(long[-1][0], after)
    stopped = run_start(found.actual, found.today, lambda dose: dose == 0)
    words = f"{mg(least)} of prednisone a day or more for {after} days, on {on(reached)}"
    if stopped is None or stopped <= long[-1][0]:
        return Risk(reached, None, None, words)
    until = later(stopped, int(number_of(history, UNTIL_DAYS)))
    if found.today > until:
        return None
    return Risk(reached, stopped, until, f"{words}; stopped on {on(stopped)}, at risk until {on(until)}")


def _runs(found: Doses, least: float) -> Sequence[tuple[date, date]]:
    """Return the times without a gap of a dose and more, oldest first: from the first day to the one after the last."""
    ends = [*(level.day for level in found.actual[1:]), found.today + DAY]
    runs: list[tuple[date, date]] = []
    for level, end in zip(found.actual, ends, strict=True):
        if not _high(level, least):
            continue
        if runs and runs[-1][1] == level.day:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((level.day, end))
    return runs


def _high(level: Level, least: float) -> bool:
    return level.mg is not None and level.mg >= least
