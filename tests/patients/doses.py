"""Histories made of doses alone, with no database: the material of the tests of dosing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

from patients.history import History, PatientFacts, TreatmentRecord
from patients.tapering import Step

START = date(2026, 8, 1)
"""Day 0 of the story."""


def on(day: int) -> date:
    """Return a day of the story."""
    return START + timedelta(days=day)


def row(
    day: int,
    dose: float | None,
    until: int | None = None,
    *,
    drug: str = "prednisolone",
    intent: Literal["planned", "taken"] = "taken",
    plan: str = "",
    unit: str = "mg",
    route: str = "oral",
    every: float = 1.0,
    revision: int = 1,
    id: int = 0,  # noqa: A002
) -> TreatmentRecord:
    """Return a dose taken from a day to another inclusive, or open."""
    end = None if until is None else on(until)
    return TreatmentRecord(id or 1000 + day, drug, dose, unit, route, every, on(day), end, intent, plan, revision)


def taper(
    *doses: float | None,
    start: int = 0,
    every: int = 14,
    plan: str = "taper 1",
    revision: int = 1,
    drug: str = "prednisolone",
) -> tuple[TreatmentRecord, ...]:
    """Return planned steps of equal length, the last one open."""
    days = [start + place * every for place in range(len(doses))]
    ends = [*(day - 1 for day in days[1:]), None]
    return tuple(
        row(day, dose, end, intent="planned", plan=plan, revision=revision, drug=drug, id=10 * revision + place)
        for place, (day, dose, end) in enumerate(zip(days, doses, ends, strict=True), start=1)
    )


def planned(steps: Sequence[Step], plan: str = "taper 1") -> tuple[TreatmentRecord, ...]:
    """Return a plan of the planner as it is recorded."""
    return tuple(
        TreatmentRecord(place, "prednisolone", step.mg, "mg", "oral", 1.0, step.on, step.until, "planned", plan, 1)
        for place, step in enumerate(steps, start=1)
    )


def known(
    *rows: TreatmentRecord,
    made: Mapping[int, int] | None = None,
    zone: str = "UTC",
    times: Mapping[int, datetime] | None = None,
) -> History:
    """Return a history of doses; `made` says on which day of the story, at noon UTC, each revision was made."""
    moments = {
        n: datetime.combine(on(day), datetime.min.time(), UTC) + timedelta(hours=12) for n, day in (made or {}).items()
    }
    person = PatientFacts(UUID(int=3), "female", date(1990, 5, 1), zone)
    return History(person, 9, datetime(2027, 1, 1, tzinfo=UTC), {}, (), tuple(rows), {**moments, **(times or {})})
