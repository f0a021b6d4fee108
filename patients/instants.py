"""From a date as ISO 8601 to an instant: a local time is in the patient's zone, a day begins when it begins there."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from patients.readings import Precision

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_PARTIAL = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")


class Oddity(StrEnum):
    """What a change of clocks makes of a local time."""

    NONE = ""
    REPEATED = "repeated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant in UTC with its precision and local day; `oddity` where the local time stands twice or not on the clock."""

    at: datetime
    precision: Precision
    day: date
    oddity: Oddity = Oddity.NONE


@lru_cache(maxsize=4096)
def read_instant(text: str, zone: ZoneInfo) -> Instant | None:
    """Return the instant that a date or date-time means in a zone, None where the text is neither.

    A repeated local time is the first of the two; one that clocks skip counts on from before the change.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        written = datetime.fromisoformat(text)
        local = written if written.tzinfo else written.replace(tzinfo=zone)
        at = local.astimezone(UTC)
        shown = at.astimezone(zone)
        oddity = Oddity.NONE if match["offset"] else _oddity(written, local, shown)
    except (ValueError, OverflowError):
        return None
    if match["time"]:
        return Instant(at, "minute", shown.date(), oddity)
    skipped = oddity is Oddity.MISSING and shown.date() != written.date()  # some zones left out a whole day
    return Instant(at, "day", shown.date(), Oddity.MISSING if skipped else Oddity.NONE)


def _oddity(written: datetime, local: datetime, shown: datetime) -> Oddity:
    if shown.replace(tzinfo=None, fold=0) != written.replace(tzinfo=None, fold=0):
        return Oddity.MISSING
    return Oddity.NONE if local.utcoffset() == local.replace(fold=1).utcoffset() else Oddity.REPEATED


def is_partial(text: str) -> bool:
    """Say whether a text is a year or a month and no day, as FHIR allows."""
    return bool(_PARTIAL.fullmatch(text))


def is_later_than_tomorrow(instant: Instant, now: datetime) -> bool:
    """Say whether an instant lies more than a day ahead: clocks of laboratories may be wrong by hours, not days."""
    return instant.at > now + timedelta(days=1)
