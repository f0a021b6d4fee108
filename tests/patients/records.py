"""Facts of one patient at known times, for tests of the record."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from patients.facts import NewEvent, NewObservation, NewTreatment
from patients.models import CareTeam, Patient

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def someone(name: str = "north", **fields: Any) -> Patient:
    """Register a patient of a team, which is made if it is missing."""
    team, _ = CareTeam.objects.get_or_create(name=name)
    return Patient.objects.create(team=team, changed_at=NOON, **fields)


def result(patient: Patient | UUID, value: float | None = 120.0, **fields: Any) -> NewObservation:
    """Return a hemoglobin at noon, unless told otherwise."""
    usual: dict[str, Any] = {"code": "HGB", "effective_at": NOON, "precision": "minute", "unit": "g/L"}
    return NewObservation(patient.pk if isinstance(patient, Patient) else patient, value=value, **{**usual, **fields})


def event(patient: Patient, kind: str = "hemoptysis", **fields: Any) -> NewEvent:
    """Return a hemoptysis of streaks at noon, unless told otherwise."""
    usual: dict[str, Any] = {"effective_at": NOON, "findings": {"amount": "streaks"}}
    return NewEvent(patient.pk, kind, **{**usual, **fields})


def dose(patient: Patient, **fields: Any) -> NewTreatment:
    """Return prednisolone 30 mg a day from 1 March, taken, unless told otherwise."""
    usual: dict[str, Any] = {
        "drug": "prednisolone",
        "started_on": date(2026, 3, 1),
        "intent": "taken",
        "dose": 30.0,
        "unit": "mg",
    }
    return NewTreatment(patient.pk, **{**usual, **fields})
