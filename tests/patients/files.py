"""Files and rows as they come in, for tests of the intake."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from patients.models import Patient
from patients.readings import Reading, RowState
from patients.understanding import Row

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOMEBODY = UUID(int=1)
LONG = "Date,Test,Result,Unit"
TWO = (("2026-03-02", "Hemoglobin", "12.1", "g/dL"), ("2026-03-03", "Hemoglobin", "9.8", "g/dL"))
"""Two results that nothing is odd about: 121 and 98 g/L."""


def table(rows: Sequence[Sequence[str]] = TWO, heading: str = LONG) -> bytes:
    """Return a CSV file."""
    return "\n".join([heading, *(",".join(row) for row in rows), ""]).encode()


def for_patients(*rows: Sequence[str]) -> bytes:
    """Return a CSV file whose rows name their patient first."""
    return table(rows, "Patient ID,Date,Test,Result,Unit")


def hemoglobin(patient: str, value: str = "12.1", day: str = "2026-03-02") -> tuple[str, ...]:
    """Return a row that names its patient."""
    return patient, day, "Hemoglobin", value, "g/dL"


def reading(**fields: Any) -> Reading:
    """Return an accepted hemoglobin of 98 g/L, written as 9.8 g/dL, unless told otherwise."""
    usual: dict[str, Any] = {
        "row": "2",
        "column": "Result",
        "state": RowState.ACCEPTED,
        "code": "HGB",
        "value": 98.0,
        "unit": "g/L",
        "original_value": "9.8",
        "original_unit": "g/dL",
        "effective_at": NOON,
        "precision": "minute",
        "original": "2026-03-03,Hemoglobin,9.8,g/dL",
    }
    return Reading(**{**usual, **fields})


def finding(field: str, value: object, *, kind: str = "sputum", **fields: Any) -> Reading:
    """Return an accepted finding of an event."""
    own: dict[str, Any] = {"value": None, "unit": "", "original_value": str(value), "original_unit": ""}
    return reading(code="", event_kind=kind, event_field=field, event_value=value, **{**own, **fields})


def rows(*readings: Reading, patient: Patient | UUID = SOMEBODY, zone: str = "UTC") -> list[Row]:
    """Return rows of one patient."""
    return [Row(one, patient.pk if isinstance(patient, Patient) else patient, zone) for one in readings]
