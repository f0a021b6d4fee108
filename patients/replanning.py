"""A plan in place of another: which planned doses are taken back, and what is recorded instead. Pure.

What was planned up to the day before stays; the step under way ends there. What was taken is never touched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from patients.amounts import drug_name
from patients.facts import NewTreatment
from patients.history import TreatmentRecord


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a new plan changes: rows to take back, what is recorded, and of that the step that is only cut short."""

    taken_back: tuple[TreatmentRecord, ...] = ()
    recorded: tuple[NewTreatment, ...] = ()
    shortened: tuple[NewTreatment, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether the new plan is the one that stands."""
        stands = {_said(row) for row in self.taken_back}
        return bool(self.recorded) and {_said(one) for one in self.recorded} == stands

    @property
    def plans(self) -> tuple[str, ...]:
        """Return the names of the plans that end, in order."""
        return tuple(dict.fromkeys(row.plan for row in self.taken_back if row.plan))


def replacement(
    treatments: Iterable[TreatmentRecord], steps: Sequence[NewTreatment], *, patient_id: UUID, drug: str, start_on: date
) -> Replacement:
    """Return how `steps` (none: an end) take the place of what is planned of a drug from a day on."""
    planned = [
        row
        for row in treatments
        if row.intent == "planned" and drug_name(row.drug) == drug_name(drug)
        if row.ended_on is None or row.ended_on >= start_on
    ]
    before = start_on - timedelta(days=1)
    cut = tuple(_until(row, before, patient_id) for row in planned if row.started_on < start_on)
    return Replacement(tuple(planned), (*cut, *steps), cut)


def covering(
    treatments: Iterable[TreatmentRecord], day: date, intent: Literal["planned", "taken"]
) -> list[TreatmentRecord]:
    """Return the treatments of an intent that hold on a day, the one recorded last at the end."""
    found = [
        row
        for row in treatments
        if row.intent == intent and row.started_on <= day and (row.ended_on is None or row.ended_on >= day)
    ]
    return sorted(found, key=lambda row: (row.recorded_revision, row.id))


def _until(row: TreatmentRecord, end: date, patient_id: UUID) -> NewTreatment:
    """Return a planned dose with another end."""
    return NewTreatment(
        patient_id, row.drug, row.started_on, "planned", dose=row.dose, unit=row.unit, route=row.route,
        every_days=row.every_days, ended_on=end, plan=row.plan,
    )  # fmt: skip


def _said(row: TreatmentRecord | NewTreatment) -> tuple[object, ...]:
    """Return what a planned dose says."""
    return row.drug, row.dose, row.unit, row.route, row.every_days, row.started_on, row.ended_on, row.plan
