"""Dates as laboratories write them, made ISO 8601; the order of day and month is decided for a whole file at once.

03/04/2023 alone is 3 April or 4 March. One 23/04 in the same file decides; else a language that has only one order;
else nothing does, and whoever asks holds the results.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

DATE_LENGTH = 60


class DateOrder(StrEnum):
    """How the file writes numeric dates that begin with the day or the month."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNDECIDED = "undecided"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True, slots=True)
class DateParts:
    """A date as written: three numbers in written order, or with `order` known; time and offset as ISO, or ""."""

    first: int
    second: int
    year: int
    separator: str
    time: str
    order: DateOrder


@dataclass(frozen=True, slots=True)
class ReadDate:
    """What a cell says: `iso` (date, or date-time with or without offset) or a `problem`.

    Problems: "unreadable", "impossible" (30 February), "ambiguous" (day and month could be exchanged).
    """

    iso: str = ""
    problem: str = ""


_NO_BREAK = re.compile("[\u00a0\u2009\u202f]")
_TIME = (
    r"(?:[T ,]+(?:um |at |à |в )?(?P<hour>[0-9]{1,2})[:.hч](?P<minute>[0-9]{2})"
    r"(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?:Uhr|uhr|h)?\s*(?P<offset>Z|UTC|[+\-][0-9]{2}:?[0-9]{2})?)?"
)
_ISO = re.compile(rf"(?P<year>[0-9]{{4}})(?P<sep>[-/.])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<day>[0-9]{{1,2}}){_TIME}")
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:T?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?:\.[0-9]{1,4})?(?P<offset>Z|[+\-][0-9]{4})?)?"
)
_NUMERIC = re.compile(
    rf"(?P<first>[0-9]{{1,2}})(?P<sep>[-/.])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<year>[0-9]{{4}}|[0-9]{{2}}){_TIME}"
)
_WORDED = re.compile(
    r"(?P<day>[0-9]{1,2})(?:\.|st|nd|rd|th|er)?[ \-./]*(?P<month>[^\W\d_]{3,12})\.?,?[ \-./]*"
    rf"(?P<year>[0-9]{{4}}|[0-9]{{2}})(?: ?г\.?)?{_TIME}"
)
_MONTH_DAY = re.compile(
    rf"(?P<month>[^\W\d_]{{3,12}})\.? (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}}){_TIME}"
)
_MONTHS = (
    "january januar janner janvier январь января", "february februar feber fevrier февраль февраля",
    "march marz maerz mrz mars март марта", "april avril апрель апреля", "may mai маи мая", "june juni juin июнь июня",
    "july juli juillet июль июля", "august aout август августа", "september septembre сентябрь сентября",
    "october oktober octobre октябрь октября", "november novembre ноябрь ноября",
    "december dezember decembre декабрь декабря",
)  # fmt: skip
"""Without accents, as the decomposed "й" loses its breve too."""


def _month(word: str) -> int:
    """Return the number of a month's name, or its beginning, in four languages; 0 where it is none or two ("jui")."""
    parts = unicodedata.normalize("NFD", word.casefold())
    folded = "".join(letter for letter in parts if not unicodedata.combining(letter))
    found = [
        number
        for number, names in enumerate(_MONTHS, start=1)
        if any(name.startswith(folded) for name in names.split())
    ]
    return found[0] if len(found) == 1 else 0


def _time(match: re.Match[str]) -> str | None:
    """Return the time as `T09:30+02:00`, "" where there is none, None where there is no such time."""
    found = match.groupdict()
    if not found.get("hour"):
        return ""
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found.get("second") or 0)
    half = (found.get("half") or "").replace(".", "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    offset = (found.get("offset") or "").replace("UTC", "Z")
    if len(offset) == 5:
        offset = f"{offset[:3]}:{offset[3:]}"
    if offset not in {"", "Z"} and (int(offset[1:3]) > 14 or int(offset[4:]) > 59):
        return None
    return f"T{hour:02}:{minute:02}:{second:02}{offset}" if second else f"T{hour:02}:{minute:02}{offset}"


def _year(text: str) -> int:
    """Return a year of four digits; of two as POSIX does (69–99 are 1969–1999)."""
    return int(text) if len(text) == 4 else int(text) + (1900 if int(text) >= 69 else 2000)


@lru_cache(maxsize=16384)
def date_parts(text: str) -> DateParts | None:
    """Return the parts of a date as written, None where the text is no date (23-01-09 could begin with the year)."""
    if len(text) > DATE_LENGTH:
        return None
    text = unicodedata.normalize("NFC", _NO_BREAK.sub(" ", text)).strip()
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        numbers, order = (int(match["day"]), int(match["month"])), DateOrder.DAY_FIRST
    elif (match := _NUMERIC.fullmatch(text)) and (match["sep"] != "-" or len(match["year"]) == 4):
        numbers, order = (int(match["first"]), int(match["month"])), DateOrder.UNDECIDED
    elif match := _WORDED.fullmatch(text) or _MONTH_DAY.fullmatch(text):
        numbers, order = (int(match["day"]), _month(match["month"])), DateOrder.DAY_FIRST
    else:
        return None
    time = _time(match)
    if time is None or (order is DateOrder.DAY_FIRST and not numbers[1] and not _ISO.fullmatch(text)):
        return None
    separator = match.groupdict().get("sep") or ""
    return DateParts(*numbers, _year(match["year"]), separator, time, order)


def decide_order(texts: Iterable[str], *, language: str = "", decimal_mark: str = "") -> DateOrder:
    """Return the order of day and month of a file from all its numeric dates, and else from its language.

    A dot between the numbers, a decimal comma, and German, French or Russian headings all mean the day first; English
    headings with a decimal point decide nothing (British and American write the same).
    """
    day_first = month_first = dotted = False
    for text in texts:
        parts = date_parts(text)
        if parts is None or parts.order is not DateOrder.UNDECIDED:
            continue
        day_first = day_first or (parts.first > 12 and parts.second <= 12)
        month_first = month_first or (parts.second > 12 and parts.first <= 12)
        dotted = dotted or parts.separator == "."
    if day_first and month_first:
        return DateOrder.CONTRADICTORY
    if day_first or month_first:
        return DateOrder.DAY_FIRST if day_first else DateOrder.MONTH_FIRST
    if dotted or decimal_mark == "," or language in {"de", "fr", "ru"}:
        return DateOrder.DAY_FIRST
    return DateOrder.UNDECIDED


@lru_cache(maxsize=16384)
def read_date(text: str, order: DateOrder) -> ReadDate:
    """Return a date as ISO 8601 in the file's order, or why it cannot be read."""
    parts = date_parts(text)
    if parts is None:
        return ReadDate(problem="unreadable")
    day, month = parts.first, parts.second
    if parts.order is DateOrder.UNDECIDED and day != month:
        if order is DateOrder.CONTRADICTORY or (order is DateOrder.UNDECIDED and max(day, month) <= 12):
            return ReadDate(problem="ambiguous")
        if order is DateOrder.MONTH_FIRST or (order is DateOrder.UNDECIDED and month > 12):
            day, month = month, day
    try:
        return ReadDate(date(parts.year, month, day).isoformat() + parts.time)
    except ValueError:
        return ReadDate(problem="impossible")


def all_at_midnight(texts: Iterable[str]) -> bool:
    """Say whether every date has a time and it is always 00:00 with no offset: then the time was never known."""
    found = [parts.time for text in texts if (parts := date_parts(text))]
    return bool(found) and all(time == "T00:00" for time in found)
