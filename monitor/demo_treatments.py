"""What the demo's patients take: prednisolone in steps that grow smaller, and iron after a bleed. Pure.

Doses as in the clinical specification, part A: 30 to 50 mg a day, within months reduced to 5 to 7.5 mg, then kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, Literal
from uuid import UUID

from monitor.demo_course import Bleed
from patients.facts import NewTreatment

STEP_DAYS: Final = {50: 14, 40: 14, 30: 21, 20: 21, 15: 28, 10: 42, 7.5: 120}
"""How long a dose is taken before the next; the last of a taper goes on."""
IRON_DAYS: Final = 120


@dataclass(frozen=True, slots=True)
class Taper:
    """Prednisolone from a day before now on, in mg a day, step by step."""

    days_ago: int
    steps: tuple[float, ...]


def doses(
    patient_id: UUID, tapers: Sequence[Taper], bleeds: Sequence[Bleed], today: date, at: datetime
) -> Iterator[NewTreatment]:
    """Yield every dose, planned when the taper was begun, and taken as far as today."""
    ends = [*(today - timedelta(days=one.days_ago) for one in tapers[1:]), None]
    for number, (taper, end) in enumerate(zip(tapers, ends, strict=False), start=1):
        for dose, first, last in _steps(taper, today):
            stop = last if end is None or (last is not None and last < end) else end - timedelta(days=1)
            if stop is not None and stop < first:
                continue
            yield _dose(patient_id, dose, first, stop, "planned", f"taper {number}", _noon(today, taper.days_ago, at))
            over = stop is not None and stop < today
            if first <= today:
                known_at = _noon(stop, -1, at) if over and stop else _noon(first, 0, at)
                yield _dose(patient_id, dose, first, stop if over else None, "taken", "", known_at)
    for bleed in bleeds:
        if bleed.confirmed:
            first = today - timedelta(days=bleed.days_ago - 5)
            yield NewTreatment(
                patient_id, "ferrous sulfate", first, "taken", dose=100, unit="mg", route="oral",
                ended_on=first + timedelta(days=IRON_DAYS), recorded_at=_noon(first, 0, at),
            )  # fmt: skip


def _steps(taper: Taper, today: date) -> Iterator[tuple[float, date, date | None]]:
    """Yield dose, first and last day of each step."""
    first = today - timedelta(days=taper.days_ago)
    for dose, _ in pairwise(taper.steps):
        last = first + timedelta(days=STEP_DAYS[dose] - 1)
        yield dose, first, last
        first = last + timedelta(days=1)
    yield taper.steps[-1], first, None


def _dose(
    patient_id: UUID,
    dose: float,
    first: date,
    last: date | None,
    intent: Literal["planned", "taken"],
    plan: str,
    known_at: datetime,
) -> NewTreatment:
    return NewTreatment(
        patient_id, "prednisolone", first, intent, dose=dose, unit="mg", route="oral", ended_on=last, plan=plan,
        recorded_at=known_at,
    )  # fmt: skip


def _noon(day: date, days_before: int, at: datetime) -> datetime:
    """Return noon of a day, but not after `at`."""
    return min(datetime.combine(day - timedelta(days=days_before), time(12), UTC), at)
