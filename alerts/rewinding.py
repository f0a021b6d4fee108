"""What the watches would have raised over a span of one patient's life, by these numbers or by others. Pure.

The history is that of today, seen again from each moment at which an answer may have changed: when a result, an event or a step of
a dose became true, when a file was read, and when a rule asked to be asked again. So it is judged by what is known today, late
results at their own time and errors as corrected; what was told in those days may have differed. No person has a part in it
(`alerts.reliving`).
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from alerts import judging, monitoring
from alerts.reliving import Life, Lived
from alerts.rules import blood_count_overdue, evidence, hemoglobin_fall, proposing, tests_overdue, upload_missing
from alerts.rules.results import moment
from alerts.rules.rule import Rule
from patients.history import History

COURSE: Final = frozenset(
    setting.name for setting in (*hemoglobin_fall.RULE.settings, *proposing.SETTINGS, *evidence.ALL)
)
"""Numbers that say what an exacerbation is: every rule may rest on one."""
SCHEDULE: Final = frozenset(setting.name for setting in monitoring.SETTINGS)
OVERDUE_RULES: Final = frozenset({blood_count_overdue.NAME, tests_overdue.NAME, upload_missing.NAME})
SOONEST: Final = timedelta(seconds=60)
"""A rule that asks to be asked again at once waits this long, as in the watch."""


@dataclass(frozen=True, slots=True)
class Rewound:
    """What a span would have held: `raised` in it, oldest first; `before` was found as it began; `failed` names rules in error."""

    raised: tuple[Lived, ...]
    before: tuple[Lived, ...]
    moments: int
    failed: tuple[str, ...]


def rewind(
    history: History, rules: Sequence[Rule], numbers: Mapping[str, float], *, start: datetime, end: datetime
) -> Rewound:
    """Return what these rules would have raised after `start` and up to `end`, by these numbers instead of the chosen ones."""
    known = replace(history, settings=numbers)
    life, failed, count = Life(), set[str](), 0
    ahead = list(_moments(known, start, end))
    heapq.heapify(ahead)
    at = start
    while True:
        verdict = judging.judge(replace(known, at=at), at, rules=rules)
        life.settle(verdict, at)
        failed |= {one.rule for one in verdict.failures}
        count += 1
        if verdict.recheck_at is not None:
            heapq.heappush(ahead, max(verdict.recheck_at, at + SOONEST))
        while ahead and ahead[0] <= at:
            heapq.heappop(ahead)
        if not ahead or ahead[0] > end:
            break
        at = heapq.heappop(ahead)
    raised = tuple(one for one in life.alerts if one.raised_at > start)
    before = tuple(one for one in life.alerts if one.raised_at == start)
    return Rewound(raised, before, count, tuple(sorted(failed)))


def readers(rules: Sequence[Rule], name: str) -> tuple[Rule, ...]:
    """Return the rules that may answer otherwise by another value of a number; none, where it belongs to to-dos or figures only.

    Who declares it, and what reads it without declaring it: the course of the disease, on which most rules rest; the schedule.
    """
    if name in COURSE:
        return tuple(rules)
    scheduled = OVERDUE_RULES if name in SCHEDULE else frozenset[str]()
    return tuple(
        rule for rule in rules if rule.name in scheduled or any(setting.name == name for setting in rule.settings)
    )


def _moments(history: History, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield when facts became true within a span, and its end."""
    times = [series.times[series.usable] for series in history.series.values()]
    for one in np.unique(np.concatenate(times)) if times else ():
        if start.timestamp() < one <= end.timestamp():
            yield moment(float(one))
    yield from {read for read in history.files if start < read <= end}
    yield from {event.effective_at for event in history.events if start < event.effective_at <= end}
    zone = ZoneInfo(history.patient.time_zone or "UTC")
    days = {row.started_on for row in history.treatments}
    days |= {
        row.ended_on + timedelta(days=1) for row in history.treatments if row.ended_on and row.ended_on < end.date()
    }
    for day in days:
        begun = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        if start < begun <= end:
            yield begun
    if end > start:
        yield end
