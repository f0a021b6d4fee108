"""A finding that a format names by event and field (FHIR, our own interchange), made the value of that field."""

from patients.contents import Content
from patients.event_kinds import Field, Finding, kinds, problems
from patients.noting import Notes
from patients.parsers.numbers import parse_number
from patients.parsers.raw import RawResult
from patients.readings import IssueSeverity

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def field_content(raw: RawResult, notes: Notes) -> Content:
    """Return the finding of a result that names event and field; an unknown kind or field or a value not allowed is told."""
    kind, name = raw.event_kind.strip(), raw.event_field.strip()
    known = kinds().get(kind)
    field = known.fields.get(name) if known else None
    value: Finding = _value(field, raw, notes) if field else raw.value.strip()
    for issue in problems(kind, {name: value}, row=raw.row):
        if issue.code != "missing_field":  # a row is one field; the others of its event are other rows
            notes.issues.append(issue)
            notes.rejected = notes.rejected or issue.severity is IssueSeverity.ERROR
    return Content(event_kind=kind, event_field=name, event_value=value)


def _value(field: Field, raw: RawResult, notes: Notes) -> Finding:
    """Return the value as the type of the field; as written where it is not of that type, to be told as such."""
    text = raw.value.strip()
    if field.type == "boolean":
        return _TRUTHS.get(text.casefold(), text)
    if field.type == "choice":
        return next((one for one in field.allowed if str(one) == text.casefold()), text)
    if field.type != "number" or (number := parse_number(text, raw.decimal_mark)) is None:
        return text
    if number.doubt or number.comparator or number.unit:
        notes.hold("doubtful_number", f"It was read as {number.value:f}.", text)
    return float(number.value)
