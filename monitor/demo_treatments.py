"""What the demo's patients take: prednisolone in steps that grow smaller, and iron after a bleed. Pure.

Doses as in the clinical specification, part A: 30 to 50 mg a day, within months reduced to 5 to 7.5 mg, then kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final, Literal
from uuid import UUID

from monitor.demo_course import Bleed
from patients.facts import NewTreatment

STEP_DAYS: Final = {60: 14, 50: 14, 40: 14, 30: 21, 25: 21, 20: 21, 15: 28, 12.5: 28, 10: 42, 7.5: 120, 5: 180}
"""How long a dose is taken before the next; the last of a taper goes on."""
IRON_DAYS: Final = 120
HIGH_MG: Final = 20
"""From this dose on a prophylaxis against Pneumocystis pneumonia goes with it (clinical specification, B4)."""


@dataclass(frozen=True, slots=True)
class Taper:
    """Prednisolone from a day before now on, in mg a day, step by step.

    Of the last `unconfirmed` steps begun nobody said whether they are taken; `held`: the former dose was said to go on instead.
    `stopped` days before now all of it was stopped at once. Weeks of high doses go with a prophylaxis, unless `unprotected`.
    """

    days_ago: int
    steps: tuple[float, ...]
    unconfirmed: int = 0
    held: bool = False
    stopped: int | None = None
    unprotected: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """A dose from its first day to its last, which only the last step of all has not."""

    dose: float
    first: date
    last: date | None


def reaching(number: int, steps: tuple[float, ...], *, days: int = 0, **fields: Any) -> Taper:
    """Return a taper whose step of that number, counted from 1, began `days` days before now (or begins, where negative)."""
    return Taper(days + sum(STEP_DAYS[dose] for dose in steps[: number - 1]), steps, **fields)


def doses(
    patient_id: UUID, tapers: Sequence[Taper], bleeds: Sequence[Bleed], today: date, at: datetime
) -> Iterator[NewTreatment]:
    """Yield every dose, planned when the taper was begun, and taken as far as somebody said so."""
    ends = [*(today - timedelta(days=one.days_ago) for one in tapers[1:]), None]
    for number, (taper, end) in enumerate(zip(tapers, ends, strict=False), start=1):
        steps = [step for one in _steps(taper, today) if (step := _until(one, end)) is not None]
        for step in steps:
            yield _dose(patient_id, step, "planned", f"taper {number}", _noon(today, taper.days_ago, at))
        yield from _taken(patient_id, taper, [step for step in steps if step.first <= today], today, at)
        yield from _prophylaxis(patient_id, taper, steps, today, at)
    for bleed in bleeds:
        if bleed.confirmed:
            first = today - timedelta(days=bleed.days_ago - 5)
            if first > today:
                continue
            yield NewTreatment(
                patient_id, "ferrous sulfate", first, "taken", dose=100, unit="mg", route="oral",
                ended_on=first + timedelta(days=IRON_DAYS), recorded_at=_noon(first, 0, at),
            )  # fmt: skip


def _steps(taper: Taper, today: date) -> Iterator[_Step]:
    """Yield the steps of a taper."""
    first = today - timedelta(days=taper.days_ago)
    for dose, _ in pairwise(taper.steps):
        last = first + timedelta(days=STEP_DAYS[dose] - 1)
        yield _Step(dose, first, last)
        first = last + timedelta(days=1)
    yield _Step(taper.steps[-1], first, None)


def _until(step: _Step, end: date | None) -> _Step | None:
    """Return a step as far as the next taper lets it go, None where nothing is left of it."""
    if end is None or (step.last is not None and step.last < end):
        return step
    return None if end <= step.first else _Step(step.dose, step.first, end - timedelta(days=1))


def _taken(patient_id: UUID, taper: Taper, begun: Sequence[_Step], today: date, at: datetime) -> Iterator[NewTreatment]:
    """Yield what was said to be taken: a step that is over with its end, the current one without."""
    said = begun[: len(begun) - taper.unconfirmed]
    stop = None if taper.stopped is None else today - timedelta(days=taper.stopped)
    for step in said:
        last = step.last if stop is None or step.last is None else min(step.last, stop - timedelta(days=1))
        last = stop - timedelta(days=1) if stop is not None and last is None else last
        over = last is not None and last < today and not (taper.unconfirmed and step is said[-1])
        known_at = _noon(last, -1, at) if over and last else _noon(step.first, 0, at)
        yield _dose(patient_id, _Step(step.dose, step.first, last if over else None), "taken", "", known_at)
    if taper.held:
        yield _dose(patient_id, _Step(begun[-2].dose, begun[-1].first, None), "taken", "", _noon(today, 1, at))
    if stop is not None:
        yield _dose(patient_id, _Step(0, stop, None), "taken", "", _noon(stop, 0, at))


def _prophylaxis(
    patient_id: UUID, taper: Taper, steps: Sequence[_Step], today: date, at: datetime
) -> Iterator[NewTreatment]:
    """Yield the prophylaxis against Pneumocystis that goes with doses of 20 mg and more, with its end where that is past."""
    high = [step for step in steps if step.dose >= HIGH_MG]
    if not high or taper.unprotected or high[0].first > today:
        return
    first, last = high[0].first, high[-1].last
    over = last is not None and last < today
    yield NewTreatment(
        patient_id, "cotrimoxazole", first, "taken", dose=480, unit="mg", route="oral", ended_on=last if over else None,
        recorded_at=_noon(last if over and last else first, 0, at),
    )  # fmt: skip


def _dose(
    patient_id: UUID, step: _Step, intent: Literal["planned", "taken"], plan: str, known_at: datetime
) -> NewTreatment:
    return NewTreatment(
        patient_id, "prednisolone", step.first, intent, dose=step.dose, unit="mg", route="oral", ended_on=step.last, plan=plan,
        recorded_at=known_at,
    )  # fmt: skip


def _noon(day: date, days_before: int, at: datetime) -> datetime:
    """Return noon of a day, but not after `at`."""
    return min(datetime.combine(day - timedelta(days=days_before), time(12), UTC), at)
