"""A team's local hours as instants in UTC, right through both clock changes, skipped days and leap years. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SATURDAY: Final = 5
"""`date.weekday()` of the first day on which nobody is asked to work."""


def instant(day: date, hour: int, zone: str) -> datetime | None:
    """Return when the clock of a zone shows `hour` on `day`, in UTC.

    Shown twice: the first time. Skipped by a clock change: when it would have shown without the change, which is the moment of the
    change for the hour that begins there. None where the zone has no such day (Pacific/Apia left out 30 December 2011).
    """
    at = datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return at if at.astimezone(ZoneInfo(zone)).date() == day else None


def next_instant(at: datetime, hour: int, zone: str, *, weekday: int | None = None) -> datetime:
    """Return the first instant after `at` at which the zone's clock shows `hour`, on `weekday` (Monday 0) where given."""
    day = at.astimezone(ZoneInfo(zone)).date()
    for candidate in _days(day, 1):
        found = instant(candidate, hour, zone) if weekday in {None, candidate.weekday()} else None
        if found is not None and found > at:
            return found
    raise ValueError("no zone leaves out three weeks")


def last_instant(at: datetime, hour: int, zone: str, *, weekday: int | None = None) -> tuple[date, datetime]:
    """Return the local day and the instant, not after `at`, at which the zone's clock last showed `hour`."""
    day = at.astimezone(ZoneInfo(zone)).date()
    for candidate in _days(day, -1):
        found = instant(candidate, hour, zone) if weekday in {None, candidate.weekday()} else None
        if found is not None and found <= at:
            return candidate, found
    raise ValueError("no zone leaves out three weeks")


def at_work(at: datetime, from_hour: int, until_hour: int, zone: str) -> bool:
    """Return whether the instant lies in the working hours of a team: Monday to Friday, `from_hour` ≤ clock < `until_hour`."""
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() < SATURDAY and from_hour <= local.hour < until_hour


def _days(day: date, step: int) -> Iterator[date]:
    """Yield the day and the three weeks after (+1) or before (−1) it."""
    for count in range(22):
        yield day + timedelta(days=step * count)
