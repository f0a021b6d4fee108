"""The kinds of events, their fields and allowed values, and the results that are recorded as findings of an event.

Read from data/event_kinds.json. Unknown kinds, fields and values are reported, never dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from patients.readings import Issue, IssueSeverity

Finding = str | float | bool | None

_FILE = Path(__file__).parent / "data" / "event_kinds.json"
TEXT_LENGTH = 2000
"""Characters of a finding in prose."""


@dataclass(frozen=True, slots=True)
class Field:
    """One finding of a kind: `type` is number, boolean, text, date, choice (of `allowed`) or map (key to state)."""

    name: str
    type: str
    allowed: tuple[str | int, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event: its fields, which of them are required, and the analytes recorded as one of them."""

    name: str
    required: tuple[str, ...]
    fields: Mapping[str, Field]
    analytes: Mapping[str, str]


def _field(name: str, written: object) -> Field:
    if isinstance(written, str):
        return Field(name, written)
    if isinstance(written, list):
        return Field(name, "choice", tuple(written))
    each = cast("dict[str, list[str]]", written)
    return Field(name, "map", tuple(each["state"]), tuple(each["each"]))


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by name."""
    written = json.loads(_FILE.read_text(encoding="utf-8"))["kinds"]
    found = {}
    for name, kind in written.items():
        source = written[kind["same_as"]] if "same_as" in kind else kind
        fields = {field: _field(field, type_) for field, type_ in source["fields"].items()}
        found[name] = Kind(name, tuple(source["required"]), MappingProxyType(fields), source.get("analyte", {}))
    return MappingProxyType(found)


@cache
def event_of_analyte() -> Mapping[str, tuple[str, str]]:
    """Return, by analyte code, the kind and field as which a result is recorded."""
    return MappingProxyType(
        {code: (kind.name, field) for kind in kinds().values() for code, field in kind.analytes.items()}
    )


_ABSENT, _FEW, _PRESENT = ("not found", "none"), ("single",), ("found",)


def finding_of(code: str, value: float | None, text: str) -> tuple[str, str, Finding]:
    """Return kind, field and value as which a result of an event's analyte is recorded.

    `value` in the canonical unit or None, `text` one of the analyte's allowed words or "". The value is None where
    nothing was examined, or no blood was brought up: then there is no finding. A sample that is unfit is the finding
    `adequate` false.
    KeyError for an analyte that is a result of its own.
    """
    kind, field = event_of_analyte()[code]
    if value is not None:
        return kind, field, value if value or code != "HEMOPTYSIS_24H" else None
    if text == "not examined":
        return kind, field, None
    if text == "sample unfit":
        return kind, "adequate", False
    if code == "HEMOPTYSIS_24H":
        return kind, "amount", text
    if text in _ABSENT:
        return kind, field, "absent"
    if text in _FEW:
        return kind, field, "present" if field == "erythrocytes" else "few"
    if field == "erythrocytes":
        return kind, field, {"moderate": "present", "blood": "many"}.get(text, text)
    return kind, field, "present" if text in _PRESENT else text


_AMOUNTS = ((5.0, "streaks"), (30.0, "teaspoon"), (100.0, "moderate"))


def amount_of_volume(volume_ml: float) -> str:
    """Return the amount of a hemoptysis from its volume in mL (working values: below 5, 30, 100 mL, else massive)."""
    return next((amount for below, amount in _AMOUNTS if volume_ml < below), "massive")


def completed(kind: str, findings: Mapping[str, object]) -> dict[str, object]:
    """Return the findings with what follows from them: a hemoptysis' amount from its volume, where none is given.

    No amount follows from a volume of zero: then there was no hemoptysis.
    """
    volume = findings.get("volume_ml")
    if kind == "hemoptysis" and "amount" not in findings and isinstance(volume, int | float) and volume > 0:
        return {**findings, "amount": amount_of_volume(float(volume))}
    return dict(findings)


def problems(kind: str, findings: Mapping[str, object], *, row: str = "") -> tuple[Issue, ...]:
    """Return what is wrong with an event: unknown kind or field, a value not allowed, a required field missing."""
    known = kinds().get(kind)
    if known is None:
        return (_error(row, "kind", "unknown_kind", "No such kind of event.", kind),)
    found = []
    for name, value in findings.items():
        field = known.fields.get(name)
        if field is None:
            found.append(_error(row, name, "unknown_field", f"An event of kind {kind} has no such field.", str(value)))
        elif message := _mismatch(field, value):
            found.append(_error(row, name, "invalid_value", message, str(value)))
    found += [
        _error(row, name, "missing_field", f"An event of kind {kind} needs this field.", "")
        for name in known.required
        if findings.get(name) in (None, "")
    ]
    return tuple(found)


def _error(row: str, column: str, code: str, message: str, original: str) -> Issue:
    return Issue(row, column[:200], code, IssueSeverity.ERROR, message, original[:500])


def _mismatch(field: Field, value: object) -> str:
    """Return what is wrong with a field's value, "" where nothing is."""
    if field.type == "map":
        return _map_mismatch(field, value)
    if field.type == "choice":
        same = any(value == one and type(value) is type(one) for one in field.allowed)
        return "" if same else f"Allowed: {_listed(field.allowed)}."
    fits = {
        "number": isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6,
        "boolean": isinstance(value, bool),
        "text": isinstance(value, str) and len(value) <= TEXT_LENGTH,
        "date": isinstance(value, str) and _is_date(value),
    }
    return "" if fits[field.type] else f"A {field.type} is needed."


def _is_date(text: str) -> bool:
    """Say whether a text is a day as YYYY-MM-DD; the week dates that Python reads too are not meant."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _map_mismatch(field: Field, value: object) -> str:
    if not isinstance(value, Mapping):
        return f"Needs a map of {_listed(field.keys)}."
    wrong = [str(key) for key, state in value.items() if key not in field.keys or state not in field.allowed]
    return f"Allowed: {_listed(field.keys)}, each {_listed(field.allowed)}." if wrong else ""


def _listed(values: Sequence[str | int]) -> str:
    return ", ".join(map(str, values))
