"""From results as written to readings: each is accepted, held for a person, rejected or skipped, with every issue told.

Pure. In doubt a result is held: nothing is guessed, converted on suspicion or dropped. Whether a result is known already is
for recording to say.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from patients import persons
from patients.analyte_names import Match, NameState, find_analyte
from patients.analytes import Analyte
from patients.contents import Content, content_of, finding_in_words
from patients.event_fields import field_content
from patients.instants import Instant, Oddity, is_later_than_tomorrow, is_partial, read_instant
from patients.noting import Notes
from patients.parsers.raw import RawResult
from patients.quantities import written_unit
from patients.readings import Issue, IssueSeverity, Reading, RowState
from patients.storable import storable
from patients.wordings import flag_of, is_blank, status_of

FIRST_DAY: Final = date(1900, 1, 1)
LENGTHS: Final = {"specimen": 80, "performer": 120, "value": 200, "unit": 40}
"""Characters that are kept of a text, by its name in RawResult (columns of patients.models.Observation)."""
PLACE_LENGTH: Final = 200
CERTAIN: Final = frozenset({"final", "amended", "corrected"})
WITHDRAWN: Final = "entered-in-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is known of the patient whose file it is, and what time it is.

    `recent` are the last (up to five) usable values by code, in canonical units, oldest first.
    """

    now: datetime
    time_zone: str = "UTC"
    birth_date: date | None = None
    sex: str = ""
    name: str = ""
    recent: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def validate(items: Iterable[RawResult | Issue], frame: Frame) -> Iterator[Reading | Issue]:
    """Yield one reading for each result, and the issues that belong to none, in the order of the file."""
    zone = ZoneInfo(frame.time_zone)
    for item in items:
        yield item if isinstance(item, Issue) else _judge(item, frame, zone)


def _judge(written: RawResult, frame: Frame, zone: ZoneInfo) -> Reading:
    raw = _storable(written)
    notes = Notes(raw)
    if raw is not written:
        notes.hold("unreadable_letters", "The row holds letters that cannot be stored; signs stand for them.")
    if _says_nothing(raw, notes):
        return _reading(raw, notes, RowState.SKIPPED)
    if notes.rejected and _is_empty(raw):
        return _reading(raw, notes, RowState.REJECTED)
    status = _status(raw, notes)
    if status == WITHDRAWN and _is_empty(raw):
        raw = replace(raw, data_absent_reason=raw.data_absent_reason or "unknown")
    analyte: Analyte | None = None
    if raw.event_kind:
        content = field_content(raw, notes)
    else:
        match = _match(raw)
        if match.state is NameState.NOT_FOLLOWED:
            notes.inform("not_followed", "This test is known and not followed.", raw.name or raw.code)
            return _reading(raw, notes, RowState.SKIPPED)
        analyte = _analyte(match, raw, notes)
        recent = frame.recent.get(analyte.code, ()) if analyte else ()
        content = content_of(analyte, raw, recent=recent, notes=notes) if analyte else Content()
    persons.check(raw, notes, birth_date=frame.birth_date, sex=frame.sex, name=frame.name)
    effective = _effective(raw, frame, zone, notes)
    reading = _reading(raw, notes, _state(content, status, raw, notes))
    return _completed(
        reading, raw, notes, analyte=analyte, content=content, effective=effective, status=status, zone=zone
    )


def _state(content: Content, status: str, raw: RawResult, notes: Notes) -> RowState:
    """Return how the row ends; what withdraws an event is for a person, for an event has no status."""
    if content.event_kind and status not in CERTAIN and (content.examined or status == WITHDRAWN):
        notes.hold(
            "uncertain_event", "An event has no status; it is recorded only when the result is final.", raw.status
        )
    elif not content.examined:
        notes.inform("nothing_to_record", "Nothing was examined or found that is recorded.", raw.value)
        return RowState.SKIPPED
    return notes.state()


def _says_nothing(raw: RawResult, notes: Notes) -> bool:
    """Say whether a cell is empty: with no reason why, no withdrawal of an earlier result, no damage that ate its value."""
    if not _is_empty(raw) or raw.data_absent_reason.strip():
        return False
    damaged = any(one.severity is IssueSeverity.ERROR and one.code != "impossible_date" for one in notes.issues)
    return not damaged and status_of(raw.status) != WITHDRAWN


def _is_empty(raw: RawResult) -> bool:
    """Say whether a cell holds nothing. "nil" is a finding of a scale, and nothing in the place of a number."""
    if not is_blank(raw.value):
        return False
    match = _match(raw) if raw.value.strip() and not raw.event_kind else None
    return match is None or match.state is not NameState.FOUND or not finding_in_words(match.analytes[0], raw.value)


def _match(raw: RawResult) -> Match:
    return find_analyte(raw.code.strip(), raw.name.strip(), written_unit(raw), f"{raw.category} {raw.specimen}".strip())


_UNMATCHED: Final = {
    NameState.UNKNOWN: ("unknown_name", "No test is known under this name."),
    NameState.AMBIGUOUS: ("ambiguous_name", "The name can mean several tests."),
    NameState.UNKNOWN_CODE: ("unknown_code", "The code is not known here; another method or material may be meant."),
    NameState.CONFLICT: ("name_conflict", "Code and name mean different tests."),
}


def _analyte(match: Match, raw: RawResult, notes: Notes) -> Analyte | None:
    """Return the one analyte that is meant; else hold the row and name those that come into question."""
    if match.state is NameState.FOUND:
        return match.analytes[0]
    code, message = _UNMATCHED[match.state]
    candidates = ", ".join(f"{one.code} ({one.name})" for one in dict.fromkeys(match.analytes))
    named = " ".join(filter(None, (raw.code, raw.name)))
    notes.hold(code, f"{message} It may be {candidates}." if candidates else message, named)
    return None


def _status(raw: RawResult, notes: Notes) -> str:
    if not raw.status.strip():
        return "final"
    status = status_of(raw.status)
    if not status:
        notes.hold("unknown_status", "The status is not known.", raw.status)
    return status or "unknown"


def _effective(raw: RawResult, frame: Frame, zone: ZoneInfo, notes: Notes) -> Instant | None:
    """Return when it was measured; a date that is missing, unreadable or cannot be true holds the row."""
    text = raw.effective_at.strip()
    if not text:
        if not notes.has("ambiguous_date", "unreadable_date", "impossible_date"):
            notes.hold("date_missing", "There is no date of the sample.")
        return None
    instant = read_instant(text, zone)
    if instant is None:
        partial = is_partial(text)
        message = "The date has no day." if partial else "This could not be read as a date."
        notes.hold("incomplete_date" if partial else "unreadable_date", message, text)
        return None
    if is_later_than_tomorrow(instant, frame.now):
        notes.hold("future_date", "The date lies in the future.", text)
    if instant.day < FIRST_DAY:
        notes.hold("implausible_date", "The date is too long ago.", text)
    if frame.birth_date and instant.day < frame.birth_date:
        notes.hold("before_birth", "The date lies before the patient's birth.", text)
    _tell_oddity(instant, text, notes)
    return instant


def _tell_oddity(instant: Instant, text: str, notes: Notes) -> None:
    if instant.oddity is Oddity.REPEATED:
        notes.inform("repeated_time", "Clocks showed this time twice on that day; the first is taken.", text)
    elif instant.oddity is Oddity.MISSING:
        notes.inform("missing_time", "Clocks skipped this time; it is counted on from before the change.", text)


def _flag(raw: RawResult, content: Content, notes: Notes) -> str:
    """Return the laboratory's flag; a dash is one only beside a value that is low, else the place of none."""
    written = raw.interpretation.strip() or content.flag
    flag = flag_of(written)
    if is_blank(written):
        low = content.value is not None and content.low is not None and content.value < content.low
        return flag if low else ""
    if not flag:
        notes.inform("unknown_flag", "The laboratory's flag is not known.", written)
    return flag


def _completed(
    reading: Reading,
    raw: RawResult,
    notes: Notes,
    *,
    analyte: Analyte | None,
    content: Content,
    effective: Instant | None,
    status: str,
    zone: ZoneInfo,
) -> Reading:
    """Return the reading with all that was understood, whether it is accepted or not: a person sees it beside the row."""
    issued = read_instant(raw.issued_at.strip(), zone)
    if raw.issued_at.strip() and issued is None:
        notes.inform("unread_issued_at", "The time of the report could not be read.", raw.issued_at)
    return replace(
        reading,
        code=analyte.code if analyte else "",
        value=content.value,
        value_text=content.text,
        unit=analyte.unit if analyte and content.value is not None else "",
        comparator=content.comparator,
        effective_at=effective.at if effective else None,
        precision=effective.precision if effective else "day",
        issued_at=issued.at if issued else None,
        status=status,
        reference_low=content.low,
        reference_high=content.high,
        interpretation=_flag(raw, content, notes),
        data_absent_reason=content.absent,
        unconfirmed=content.unconfirmed,
        event_kind=content.event_kind,
        event_field=content.event_field,
        event_value=content.event_value,
        issues=tuple(notes.issues),
    )


def _reading(raw: RawResult, notes: Notes, state: RowState) -> Reading:
    """Return what was written, cut to what is kept of it."""
    kept = {name: _kept(name, getattr(raw, name), notes) for name in LENGTHS}
    unit = kept["unit"] or _kept("unit", written_unit(raw), notes)
    return Reading(
        row=raw.row[:PLACE_LENGTH],
        column=raw.column[:PLACE_LENGTH],
        state=state,
        patient=raw.patient,
        original_value=kept["value"],
        original_unit=unit,
        specimen=kept["specimen"],
        performer=kept["performer"],
        original=raw.original,
        issues=tuple(notes.issues),
    )


def _kept(name: str, text: str, notes: Notes) -> str:
    if len(text) > LENGTHS[name]:
        notes.inform("text_cut", f"The {name} is longer than is kept; its end was cut off.", text)
    return text[: LENGTHS[name]]


_TEXTS: Final = tuple(one.name for one in fields(RawResult) if one.name != "issues")
_ALL_TEXTS: Final = attrgetter(*_TEXTS)


def _storable(raw: RawResult) -> RawResult:
    """Return the result itself, or with a sign for every NUL and half letter, which no database text may hold."""
    together = "".join(_ALL_TEXTS(raw))
    if storable(together) == together:
        return raw
    return RawResult(issues=raw.issues, **{name: storable(getattr(raw, name)) for name in _TEXTS})
