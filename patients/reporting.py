"""What became of a file, as the API and `manage.py intake` tell it (product: commands)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from patients.analytes import catalogue
from patients.models import UploadRow
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


def report(
    format_: str, rows: Iterable[UploadRow], issues: Iterable[Mapping[str, Any]], *, again: bool = False
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


def _result(row: UploadRow, state: RowState) -> dict[str, Any]:
    """Return one row: as written, in the catalogue's unit, and how it ended."""
    kept = row.reading
    patient = str(row.patient_id) if row.patient_id else kept.get("patient", "")
    return {"row": row.row, "patient": patient, **{name: kept.get(name) for name in TOLD}, "state": str(state)}


def described(issue: Issue) -> dict[str, Any]:
    """Return an issue as it is kept and told."""
    return {name: storable(str(value)) for name, value in asdict(issue).items()}


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
    known = catalogue().get(reading.code)
    conversion = known.conversion_of(reading.original_unit) if known and reading.original_unit else None
    unit = conversion.unit if conversion else reading.original_unit
    if reading.value is not None and conversion is not None:
        return float(f"{float(conversion.inverse(Fraction(reading.value))):.{DIGITS}g}"), unit
    if reading.value_text:
        return reading.value_text, unit
    number = parse_number(reading.original_value, "")
    if number is not None:
        return float(number.value), unit
    return (reading.original_value or None) if reading.value is None else reading.value, unit
