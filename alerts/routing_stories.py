"""Whether a story has been told already, so that a further part of it is no mail of its own (docs/decisions/0014). Pure.

Of a bleeding, hemoglobin falls today and foci are seen tomorrow: whoever was mailed today finds the foci in the digest. They are a
mail of their own to whoever was not mailed, where they are more severe than what was told, where nobody was told of late or will
be, and where they are urgent and somebody has taken on the rest: they may not look again today.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from alerts.rules.rule import Severity

STILL_CALLED: Final = timedelta(minutes=60)
"""Of a high alert that nobody has, somebody is told at least this often: what joins it waits no longer."""
OF_LATE: Final = timedelta(hours=24)
"""Who was mailed no longer ago than this looks at the card today (working value: a day's round)."""

FAR: Final = datetime.max.replace(tzinfo=UTC)
"""When nobody will be called."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alert of a story that was mailed in this bout: `mailed_at` the last time, `told` to whom; `owner` has taken it on."""

    severity: Severity
    state: str
    mailed_at: datetime
    next_call_at: datetime | None = None
    calls: int = 0
    told: frozenset[int] = field(default_factory=frozenset)
    owner: int | None = None


def carrier(standing: Iterable[Standing], severity: Severity, *, at_once: bool, at: datetime) -> Standing | None:
    """Return the alert with which a new part of this severity is told, None where it is told by itself.

    `at_once`: its rule wants even a moderate one told now. Of several, one that nobody has, the most severe, that is called next;
    `told` then names whoever was told of any that nobody has.
    """
    found = [one for one in standing if _carries(one, severity, at_once=at_once, at=at)]
    untaken = [one for one in found if one.state == "raised"]
    if not untaken:
        return min(found, key=_rank, default=None)
    return replace(min(untaken, key=_rank), told=frozenset[int]().union(*(one.told for one in untaken)))


def _rank(one: Standing) -> tuple[int, datetime, datetime]:
    """Return the order among alerts that carry: the most severe, then the next called, then the last told."""
    return -one.severity, one.next_call_at or FAR, one.mailed_at


def _carries(one: Standing, severity: Severity, *, at_once: bool, at: datetime) -> bool:
    """Whether who was told of one alert need not be told of another."""
    if severity is Severity.LOW or one.severity < severity:
        return False
    urgent = severity is Severity.HIGH or at_once
    if one.state != "raised":
        return one.state == "acknowledged" and not urgent
    if severity is Severity.HIGH:
        return one.next_call_at is not None and one.next_call_at <= at + STILL_CALLED
    return at - one.mailed_at <= OF_LATE or (not urgent and one.next_call_at is not None)
