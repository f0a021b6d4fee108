"""What a result says, by the kind of its analyte: a number, a word of a scale, why there is none, or a finding of an event."""

from dataclasses import dataclass, replace

from patients.analytes import Analyte
from patients.event_kinds import Finding, event_of_analyte, finding_of
from patients.noting import Notes
from patients.parsers.raw import RawResult
from patients.quantities import measure, reference, written_number
from patients.wordings import absent_reason_of, amount_word, finding_word, is_blank, is_uncountable

ABSENT_REASONS = frozenset(
    {
        "unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked", "not-applicable", "unsupported",
        "as-text", "error", "not-a-number", "negative-infinity", "positive-infinity", "not-performed", "not-permitted",
    }
)  # fmt: skip
"""FHIR R4 DataAbsentReason (hl7.org/fhir/R4/valueset-data-absent-reason.html)."""

UNCOUNTABLE = 100.0
"""Cells all over the field are stored as above this."""


@dataclass(frozen=True, slots=True)
class Content:
    """One of `value` (in the canonical unit), `text` and `absent` is set, unless the result could not be read.

    `flag` is what was glued to the number. `examined` is false where the result says that nothing was looked for, or
    nothing found that could be an event of its own: then there is nothing to record.
    """

    value: float | None = None
    text: str = ""
    absent: str = ""
    comparator: str = ""
    unconfirmed: bool = False
    low: float | None = None
    high: float | None = None
    flag: str = ""
    examined: bool = True
    event_kind: str = ""
    event_field: str = ""
    event_value: Finding = None


def absent_reason(raw: RawResult) -> str:
    """Return why there is no result, as FHIR names it; "" where there may be one."""
    stated = raw.data_absent_reason.strip()
    if stated:
        return stated if stated in ABSENT_REASONS else absent_reason_of(stated) or "unknown"
    return absent_reason_of(raw.value)


def finding_in_words(analyte: Analyte, written: str) -> str:
    """Return the finding that a word means: one of the analyte's scale, or that no blood was brought up; "" for none."""
    scale = replace(analyte, allowed=("none",)) if analyte.code == "HEMOPTYSIS_24H" else analyte
    return finding_word(scale, written)


def content_of(analyte: Analyte, raw: RawResult, *, recent: tuple[float, ...], notes: Notes) -> Content:
    """Return what a result says of its analyte; what cannot be read is noted and holds the row."""
    absent = absent_reason(raw)
    if raw.data_absent_reason.strip() and not is_blank(raw.value) and not absent_reason_of(raw.value):
        notes.hold("value_and_reason", "There is a value and a reason why there is none.", raw.data_absent_reason)
    elif absent and not finding_word(analyte, raw.value):
        return _as_event(analyte.code, Content(absent=absent), notes)
    numeric = analyte.value_type == "number"
    content = _number(analyte, raw, recent, notes) if numeric else _word(analyte, raw, notes)
    return _as_event(analyte.code, content, notes)


def _number(analyte: Analyte, raw: RawResult, recent: tuple[float, ...], notes: Notes) -> Content:
    low, high = reference(analyte, raw, notes)
    number = written_number(raw)
    if number is not None:
        quantity = measure(analyte, number, raw, recent=recent, notes=notes)
        if quantity is None:
            return Content(low=low, high=high, flag=number.flag)
        return Content(
            value=quantity.value,
            comparator=quantity.comparator,
            unconfirmed=quantity.unconfirmed,
            low=low,
            high=high,
            flag=number.flag,
        )
    if analyte.code == "U_RBC" and is_uncountable(raw.value):
        return Content(value=UNCOUNTABLE, comparator=">", low=low, high=high)
    if analyte.code == "HEMOPTYSIS_24H":
        if amount := amount_word(raw.value):
            return Content(text=amount)
        if finding_in_words(analyte, raw.value):
            return Content(examined=False)
    notes.hold("unreadable_value", "The value could not be read as one certain number.", raw.value)
    return Content(low=low, high=high)


def _word(analyte: Analyte, raw: RawResult, notes: Notes) -> Content:
    word = finding_word(analyte, raw.value)
    if not word:
        notes.hold(
            "unknown_finding", f"The word is not known for {analyte.name}: {', '.join(analyte.allowed)}.", raw.value
        )
    if raw.comparator.strip():
        notes.hold("unknown_comparator", "A sign stands before a word.", raw.comparator)
    return Content(text=word)


def _as_event(code: str, content: Content, notes: Notes) -> Content:
    """Return the content with the finding of an event that it is recorded as, where its analyte is one of an event.

    An event keeps no comparator: above a bound is recorded as the bound, below one is for a person.
    """
    if code not in event_of_analyte():
        return content
    kind, field = event_of_analyte()[code]
    content = replace(content, event_kind=kind, event_field=field, examined=content.examined and not content.absent)
    if not content.examined or (content.value is None and not content.text):
        return content
    if content.comparator.startswith("<"):
        notes.hold(
            "comparator_not_kept", "A finding of an event is recorded without a sign; please confirm the number."
        )
    elif content.comparator:
        notes.inform("comparator_not_kept", "A finding of an event is recorded without its sign.")
    kind, field, value = finding_of(code, content.value, content.text)
    return replace(content, examined=value is not None, event_kind=kind, event_field=field, event_value=value)
