"""What was understood of a file before it is sent, and what became of it after, in plain words. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from monitor.me_words import NBSP, date_words
from patients.analytes import catalogue
from patients.readings import RowState

SHOWN: Final = 40
"""Values on one page; the rest is counted."""
UNDERSTOOD: Final = frozenset({RowState.ACCEPTED, RowState.DUPLICATE})
ELSE: Final = "We are not sure about this one."
KNOWN: Final = "We have another value for this time."
SOMEBODY: Final = "This line does not name you."
UNIT: Final = "We are not sure about the unit."
NUMBER: Final = "We are not sure about the number."
DATE: Final = "We are not sure about the date."
TEST: Final = "We do not know this test."
REASONS: Final[Mapping[str, str]] = {
    "contradicts": KNOWN,
    "near_duplicate": KNOWN,
    "corrects": KNOWN,
    **dict.fromkeys(("no_patient", "unknown_patient", "ambiguous_patient", "other_patient", "name_conflict"), SOMEBODY),
    **dict.fromkeys(("unit_missing", "unknown_unit", "unit_mixup", "unit_conflict", "unit_not_of_analyte"), UNIT),
    **dict.fromkeys(("doubtful_number", "outside_soft_limits", "unreadable_value", "decimal_mark"), NUMBER),
    **dict.fromkeys(("ambiguous_date", "date_missing", "future_date", "incomplete_date", "unreadable_date"), DATE),
    **dict.fromkeys(("before_birth", "implausible_date", "impossible_date", "contradictory_dates"), DATE),
    **dict.fromkeys(("unknown_name", "unknown_code", "ambiguous_name"), TEST),
}
"""Why a value waits for the team, by the code of its issue; whatever else it is stays the team's to find out."""
NOT_READ: Final[Mapping[str, str]] = {
    "too_large": "This file holds more than we can read at once.",
    "too_slow": "This file holds more than we can read at once.",
}
OPAQUE: Final = "We cannot read this kind of file ourselves, such as a photo or a PDF."


@dataclass(frozen=True, slots=True)
class Line:
    """One value as understood, with its unit and its day; `why` it waits for the team, empty where it does not."""

    name: str
    value: float | str | None
    unit: str
    day: str
    written: str = ""
    known: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is understood, what the team must look at, and how many lines hold nothing that is followed here; `words` where
    nothing could be read at all."""

    read: tuple[Line, ...] = ()
    unsure: tuple[Line, ...] = ()
    left: int = 0
    more: int = 0
    words: str = ""

    @property
    def count(self) -> int:
        """How many values were understood."""
        return len(self.read) + self.more

    @property
    def nothing(self) -> bool:
        """Whether there is nothing in it that anybody could use, though it was read."""
        return not (self.read or self.unsure or self.words)


def unread(code: str) -> Preview:
    """Return the preview of a file that cannot be read; it may be sent all the same, for people can read it."""
    return Preview(words=NOT_READ.get(code, OPAQUE))


def preview_of(report: Mapping[str, Any]) -> Preview:
    """Return a report of `patients.previewing` in words for a patient."""
    codes: dict[str, list[str]] = defaultdict(list)
    for issue in report["issues"]:
        codes[issue["row"]].append(issue["code"])
    lines = [(RowState(one["state"]), one) for one in report["results"]]
    read = [_line(one, state) for state, one in lines if state in UNDERSTOOD]
    unsure = [_line(one, state, codes[one["row"]]) for state, one in lines if state is RowState.HELD]
    unsure += [_line(one, state, codes[one["row"]]) for state, one in lines if state is RowState.REJECTED]
    if not lines and report["issues"]:
        return Preview(words=OPAQUE)
    left = sum(state is RowState.SKIPPED for state, _ in lines)
    return Preview(tuple(read[:SHOWN]), tuple(unsure[:SHOWN]), left, max(0, len(read) - SHOWN))


def _line(one: Mapping[str, Any], state: RowState, codes: Iterable[str] = ()) -> Line:
    """Return one row."""
    known = catalogue().get(one["code"] or "")
    value, unit = one["canonical_value"], one["canonical_unit"] or ""
    if value is None:
        value, unit = one["value"], one["unit"] or ""
    same = (one["unit"] or "") == unit or one["value"] is None
    why = "" if state in UNDERSTOOD else next((REASONS[code] for code in codes if code in REASONS), ELSE)
    return Line(
        name=known.name if known else f"Line{NBSP}{one['row']}"[:80],
        value=value,
        unit=unit,
        day=_day(one["effective_at"]),
        written="" if same or not isinstance(one["value"], float | int) else f"{one['value']:g}{NBSP}{one['unit']}",
        known=state is RowState.DUPLICATE,
        why=why,
    )


def _day(written: str | None) -> str:
    """Return the day of a result, empty where it has none."""
    if not written:
        return ""
    return date_words(datetime.fromisoformat(written).date() if "T" in written else date.fromisoformat(written))


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a file: its shape (`low` under way, `ok`, `mod` for the team), what happened, and what happens next."""

    shape: str
    words: str
    then: str


def fate(state: str, *, accepted: int, known: int, waiting: int) -> Fate:
    """Return what became of a file that was sent."""
    if state in {"received", "reading"}:
        return Fate("low", "Sent. It is being read.", "You may leave this page; nothing is lost.")
    if state == "failed":
        return Fate("mod", "Sent. We could not read it ourselves.", "Your team has it and looks at it.")
    parts = [_values(accepted, "in your record")] if accepted else []
    parts += [_values(known, "known before")] if known else []
    if waiting:
        words = ", ".join([*parts, _values(waiting, "left for your team")])
        return Fate("mod", f"Sent. {words}.", "Your team decides about what is left.")
    if not parts:
        return Fate("mod", "Sent. There was no value in it that we follow.", "Your team has the file.")
    return Fate("ok", f"Sent. {', '.join(parts)}.", "Your team checks what you send." if accepted else "")


def _values(count: int, what: str) -> str:
    return f"{count}{NBSP}value{'' if count == 1 else 's'} {what}"


def send_words(preview: Preview) -> str:
    """Return what pressing the button would send."""
    waiting = len(preview.unsure)
    if preview.words or not (preview.count or waiting):
        return "Send it to my team"
    if not preview.count:
        return f"Send {_values(waiting, 'for my team to look at')}"
    rest = f", {waiting} left for the team" if waiting else ""
    return f"Send {preview.count}{NBSP}value{'' if preview.count == 1 else 's'}{rest}"
