"""What a patient is to take on a day, medicine by medicine, and what is recorded as taken on it. Pure.

Unlike `patients.dosing`, which counts milligrams of prednisone, this speaks of the medicine itself: what somebody swallows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from patients.amounts import LOCAL_ROUTES, NBSP, STEROIDS, doses_on, drug_name, number
from patients.dosing import step_on, taken_rows
from patients.facts import NewTreatment
from patients.history import History, TreatmentRecord

UNITS: Final = {"ug": "µg"}


@dataclass(frozen=True, slots=True)
class Part:
    """One medicine of a day: `times` a `dose` in `unit`."""

    drug: str
    dose: float
    unit: str
    route: str
    times: float

    @property
    def words(self) -> str:
        """Return the amount: 12.5 mg, or 2 × 10 mg."""
        several = "" if self.times == 1 else f"{number(self.times)}{NBSP}×{NBSP}"
        return f"{several}{number(self.dose)}{NBSP}{UNITS.get(self.unit, self.unit)}"


@dataclass(frozen=True, slots=True)
class DayDose:
    """What is to be taken on a day. `known` is False where nothing says so, or not how much; `unclear` where the plan and what is
    recorded as taken differ; known and no part is a day without a dose."""

    parts: tuple[Part, ...]
    known: bool
    unclear: bool = False

    @property
    def said(self) -> str:
        """Return the dose as one text, by which a button knows what it was about."""
        return ", ".join(f"{part.drug} {part.words}" for part in self.parts)


NOTHING_KNOWN: Final = DayDose((), known=False)


def dose_of(history: History, day: date) -> DayDose:
    """Return what is to be taken on a day: by the plan in force, else by what is recorded as taken with no end."""
    step = step_on(history, day)
    planned = step.rows if step is not None else ()
    standing = [row for row in taken_rows(history, day) if row.ended_on is None]
    if not planned or not standing:
        return _dose(planned or standing, day)
    plan = _dose(planned, day)
    return plan if _same(plan, _dose(standing, day)) else DayDose((), known=False, unclear=True)


def taken_on(history: History, day: date) -> tuple[TreatmentRecord, ...]:
    """Return the records that say of this day alone what was taken, oldest first."""
    return tuple(
        row
        for row in sorted(history.treatments, key=lambda row: row.id)
        if row.intent == "taken" and row.started_on == row.ended_on == day and _counts(row)
    )


def taking(dose: DayDose, day: date, *, patient_id: UUID) -> tuple[NewTreatment, ...]:
    """Return the facts that everything of a day's dose was taken."""
    return tuple(
        NewTreatment(
            patient_id, part.drug, day, "taken", dose=part.dose, unit=part.unit, route=part.route,
            every_days=1.0 if part.times == 1 else 1 / part.times, ended_on=day,
        )
        for part in dose.parts
    )  # fmt: skip


def amounts(rows: Iterable[TreatmentRecord]) -> tuple[Part, ...]:
    """Return recorded doses as amounts; those that hold none are left out."""
    found = (_part(row, row.started_on) for row in rows)
    return tuple(part for part in found if part is not None)


def _counts(row: TreatmentRecord) -> bool:
    """Whether a record is one of the medicines that these pages are about."""
    return drug_name(row.drug) in STEROIDS and row.route.casefold() not in LOCAL_ROUTES


def _dose(rows: Sequence[TreatmentRecord], day: date) -> DayDose:
    """Return what rows that cover a day make of it."""
    if not rows or any(row.dose is None for row in rows):
        return NOTHING_KNOWN
    parts = [part for row in rows if (part := _part(row, day)) is not None]
    return DayDose(tuple(sorted(parts, key=lambda part: (part.drug, part.dose))), known=True)


def _same(one: DayDose, other: DayDose) -> bool:
    """Whether two doses are the same medicines in the same amounts, however they were written."""
    said = [{(drug_name(part.drug), part.words) for part in dose.parts} for dose in (one, other)]
    return said[0] == said[1] and one.known == other.known


def _part(row: TreatmentRecord, day: date) -> Part | None:
    """Return what a row makes of a day, None for nothing."""
    times = doses_on(row, day)
    if not row.dose or not times:
        return None
    return Part(row.drug.strip(), row.dose, row.unit, row.route, times)
