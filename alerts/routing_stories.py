"""Whether a story has been told already, so that a further part of it is no mail of its own (docs/decisions/0014). Pure.

Of a bleeding, hemoglobin falls today and foci are seen tomorrow: whoever was mailed today is called about it until a person has it.
The part that comes tomorrow joins those calls and the digest. It is a mail of its own where it is more urgent than what was told,
where nobody was told of late, and where it is urgent and somebody has taken on the rest: they may not look again today.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from alerts.rules.rule import Severity

STILL_CALLED: Final = timedelta(minutes=60)
"""Of a high alert that nobody has, somebody is told at least this often: what joins it waits no longer."""
OF_LATE: Final = timedelta(hours=24)
"""Who was mailed no longer ago than this looks at the card today (working value: a day's round)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alert of a story that was mailed: `mailed_at` the last time, `told` to whom; `owner` has taken it on."""

    severity: Severity
    state: str
    mailed_at: datetime
    next_call_at: datetime | None = None
    calls: int = 0
    told: frozenset[int] = field(default_factory=frozenset)
    owner: int | None = None


def carrier(standing: Iterable[Standing], severity: Severity, *, at_once: bool, at: datetime) -> Standing | None:
    """Return the alert with which a new part of this severity is told, None where it is told by itself.

    `at_once`: its rule wants even a moderate one told now. Of several, one that nobody has, the most severe, that is called next.
    """
    found = [one for one in standing if _carries(one, severity, at_once=at_once, at=at)]
    return min(found, key=lambda one: (one.state != "raised", -one.severity, one.next_call_at or at), default=None)


def _carries(one: Standing, severity: Severity, *, at_once: bool, at: datetime) -> bool:
    """Whether who was told of one alert need not be told of another."""
    if severity is Severity.LOW or one.severity < severity:
        return False
    urgent = severity is Severity.HIGH or at_once
    if one.state != "raised":
        return one.state == "acknowledged" and not urgent
    if severity is Severity.HIGH:
        return one.next_call_at is not None and one.next_call_at <= at + STILL_CALLED
    return not urgent or at - one.mailed_at <= OF_LATE
