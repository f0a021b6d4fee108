"""What became of a file, as the API and `manage.py intake` tell it (product: commands)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from patients.analytes import catalogue
from patients.parsers.numbers import parse_number
from patients.readings import Issue, Reading, RowState
from patients.storable import storable
from patients.understanding import Row

COUNTS: Final[Mapping[RowState, str]] = {
    RowState.ACCEPTED: "accepted",
    RowState.DUPLICATE: "duplicates",
    RowState.HELD: "held",
    RowState.REJECTED: "rejected",
    RowState.SKIPPED: "skipped",
}
"""How a row ends, and the name of its count: the five sum to `rows`."""
TOLD: Final = ("code", "value", "unit", "comparator", "canonical_value", "canonical_unit", "effective_at", "status")
"""Of a kept reading, what a report tells."""
DIGITS: Final = 12
"""A number converted to the catalogue's unit and back has lost less than this."""


class Told(Protocol):
    """A row that is told of: stored (`patients.models.UploadRow`), or about to be (`patients.keeping.KeptRow`)."""

    @property
    def row(self) -> str: ...
    @property
    def patient_id(self) -> UUID | None: ...
    @property
    def state(self) -> str: ...
    @property
    def reading(self) -> Mapping[str, Any]: ...
    @property
    def issues(self) -> Iterable[Mapping[str, Any]]: ...


def report(
    format_: str, rows: Iterable[Told], issues: Iterable[Mapping[str, Any]], *, again: bool = False
) -> dict[str, Any]:
    """Return one file of `manage.py intake`. `again`: what was accepted is told as known already."""
    listed = list(rows)
    states = [_told_state(row.state, again=again) for row in listed]
    results = [_result(row, state) for row, state in zip(listed, states, strict=True)]
    counted = Counter(states)
    counts = {name: counted[state] for state, name in COUNTS.items()}
    found = [*issues, *(issue for row in listed for issue in row.issues)]
    return {"format": format_, "rows": len(listed), **counts, "results": results, "issues": found}


def _told_state(state: str, *, again: bool) -> RowState:
    """Return how a row ends for whoever sent its file once more."""
    return RowState.DUPLICATE if again and state == RowState.ACCEPTED else RowState(state)


def _result(row: Told, state: RowState) -> dict[str, Any]:
    """Return one row: as written, in the catalogue's unit, and how it ended."""
    kept = row.reading
    patient = str(row.patient_id) if row.patient_id else kept.get("patient", "")
    return {"row": row.row, "patient": patient, **{name: kept.get(name) for name in TOLD}, "state": str(state)}


def described(issue: Issue) -> dict[str, str]:
    """Return an issue as it is kept and told."""
    return {
        "row": storable(issue.row),
        "column": storable(issue.column),
        "code": issue.code,
        "severity": issue.severity.value,
        "message": storable(issue.message),
        "original": storable(issue.original),
    }


def kept(row: Row) -> dict[str, Any]:
    """Return a reading as it is kept beside its row: what a report tells, and whatever else is needed to record it later."""
    reading = row.reading
    value, unit = as_written(reading)
    told = {
        "code": reading.code,
        "value": storable(value) if isinstance(value, str) else value,
        "unit": storable(unit),
        "comparator": reading.comparator,
        "canonical_value": reading.value,
        "canonical_unit": reading.unit,
        "effective_at": shown(reading.effective_at, reading.precision, row.time_zone),
        "status": reading.status,
    }
    others = {
        "patient": reading.patient,
        "precision": reading.precision,
        "value_text": reading.value_text,
        "original_value": reading.original_value,
        "original_unit": reading.original_unit,
        "issued_at": shown(reading.issued_at, "minute", "UTC"),
        "specimen": reading.specimen,
        "performer": reading.performer,
        "reference_low": reading.reference_low,
        "reference_high": reading.reference_high,
        "interpretation": reading.interpretation,
        "data_absent_reason": reading.data_absent_reason,
        "unconfirmed": reading.unconfirmed,
        "event_kind": reading.event_kind,
        "event_field": reading.event_field,
        "event_value": reading.event_value,
    }
    said = {name: item for name, item in others.items() if item not in ("", None)}
    return told | {name: storable(item) if isinstance(item, str) else item for name, item in said.items()}


def shown(at: datetime | None, precision: str, zone: str) -> str | None:
    """Return an instant as ISO 8601: a day as the date where the patient lives, a minute with its offset there."""
    if at is None:
        return None
    local = at.astimezone(ZoneInfo(zone)) if zone != "UTC" else at.astimezone(UTC)
    return local.date().isoformat() if precision == "day" else local.isoformat()


def as_written(reading: Reading) -> tuple[float | str | None, str]:
    """Return number and UCUM unit in which a result was written; the text where it is no number or no known unit."""
    if reading.value is None and reading.value_text:
        return reading.value_text, _unit(reading.code, reading.original_unit)
    return _number(reading.code, reading.value, reading.original_value, reading.original_unit)


@lru_cache(maxsize=4096)
def _number(code: str, value: float | None, original: str, written_unit: str) -> tuple[float | str | None, str]:
    """Return the number in the unit as written: exactly from the canonical one, which settles what the mark means."""
    known = catalogue().get(code)
    conversion = known.conversion_of(written_unit) if known and written_unit else None
    if value is not None and conversion is not None:
        return float(f"{float(conversion.inverse(Fraction(value))):.{DIGITS}g}"), conversion.unit
    unit = _unit(code, written_unit)
    number = parse_number(original, "")
    if number is not None:
        return float(number.value), unit
    return (original or None) if value is None else value, unit


def _unit(code: str, written: str) -> str:
    """Return the UCUM code of a unit as written for an analyte, the text itself where none is known."""
    known = catalogue().get(code)
    conversion = known.conversion_of(written) if known and written else None
    return conversion.unit if conversion else written
