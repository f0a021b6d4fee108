"""A taper of prednisolone from start to target, step by step, and what is checked about it. Pure.

The service proposes what a clinician typed, in steps; it prescribes nothing. Days are days of the patient's calendar.
Rules: clinical specification, B4; its vectors `taper_schedule` and `taper_check`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal
from uuid import UUID

from patients.facts import NewTreatment

UNIT_MG: Final = 2.5
"""What doses are rounded down to a multiple of (clinical specification, B4: the usual half of a tablet)."""
STEP_DAYS: Final = 14
DECREMENT_MG: Final = 5.0
"""A step of equal size: 5 mg every 14 days (clinical specification, B4)."""
FRACTION: Final = 0.2
"""A step in proportion: 10 or 20 % of the dose (clinical specification, B4)."""
STARTS_MG: Final = (30.0, 50.0)
TARGETS_MG: Final = (5.0, 7.5)
LENGTH_DAYS: Final = (84, 124)
"""Start, target and length of a taper in adults: the seed article, S34 (30–50 mg, over 3–4 months to 5–7.5 mg)."""
STEP_SHARE: Final = 0.25
"""A step larger than this share of the dose is confirmed by the clinician (clinical specification, B4)."""
CHILD_MG_PER_KG: Final = (0.5, 2.0)
CHILD_MOST_MG: Final = 60.0
"""Start in children (clinical specification, B4: practice range, at most 60 mg)."""
MOST_MG: Final = 1000.0
MOST_STEPS: Final = 400
"""Beyond these a number was mistyped: working values."""
MISSED_AFTER_DAYS: Final = 3
OVERDUE_AFTER_DAYS: Final = 7
"""An unconfirmed step is due up to the third day, missed up to the seventh, then overdue (clinical specification, B4)."""
TOO_FAST_RATIO: Final = 1.25
TOO_FAST_MG: Final = 5.0
"""A reduction in 28 days is too fast beyond both (clinical specification, B4)."""
ABRUPT_FROM_MG: Final = 5.0
ABRUPT_AFTER_DAYS: Final = 21
"""A stop is abrupt from this dose after so long a use (clinical specification, B4)."""
RATE_DAYS: Final = 28

Shape = Literal["equal", "proportional"]
StepState = Literal["ahead", "due", "missed", "overdue", "done"]


@dataclass(frozen=True, slots=True)
class Step:
    """A dose in mg a day from `on` to `until` inclusive, `day` days after the start; the last one has no end."""

    day: int
    on: date
    until: date | None
    mg: float


@dataclass(frozen=True, slots=True)
class Remark:
    """Something unusual about a plan, in words; `confirm` where a clinician is to say that it is meant."""

    code: str
    words: str
    confirm: bool = False


def plan(
    start_mg: float,
    target_mg: float,
    *,
    start_on: date,
    weeks: float | None = None,
    step_days: int = STEP_DAYS,
    unit_mg: float = UNIT_MG,
    shape: Shape = "equal",
    decrement_mg: float | None = None,
    fraction: float | None = None,
    hold_days: int | None = None,
) -> tuple[Step, ...]:
    """Return the steps from start to target, strictly falling, none below the target.

    The start is taken from `start_on`; the first reduction comes after `hold_days`, or else `step_days`, then one every
    `step_days`.
    With `weeks` the reductions are spread over that time: in equal parts, or by an equal share of the dose. Without, each takes
    off `decrement_mg` (equal) or `fraction` of the dose (proportional). ValueError for what makes no taper, with the reason.
    """
    doses = _doses(start_mg, target_mg, _size(shape, weeks, decrement_mg, fraction), step_days, unit_mg)
    if step_days < 1 or (hold_days is not None and hold_days < 1):
        raise ValueError("a step lasts a day at least")
    first = step_days if hold_days is None else hold_days
    days = [0, *(first + number * step_days for number in range(len(doses) - 1))]
    try:
        dates = [start_on + timedelta(days=day) for day in days]
    except OverflowError as error:
        raise ValueError("the plan goes beyond the calendar") from error
    ends = [*(following - timedelta(days=1) for following in dates[1:]), None]
    return tuple(Step(*one) for one in zip(days, dates, ends, doses, strict=True))


@dataclass(frozen=True, slots=True)
class _Size:
    """How large a reduction is: `by` mg or share of the dose, or None where `days` are given over which to spread them."""

    shape: Shape
    by: float | None
    days: int | None


def _size(shape: Shape, weeks: float | None, decrement_mg: float | None, fraction: float | None) -> _Size:
    """Return how large reductions are; ValueError where that is said twice, or not for this shape."""
    if shape not in {"equal", "proportional"}:
        raise ValueError("a taper is equal or proportional")
    by, other = (decrement_mg, fraction) if shape == "equal" else (fraction, decrement_mg)
    if other is not None or (weeks is not None and by is not None):
        raise ValueError("say how long the taper is, or how large its steps are, not both")
    if weeks is not None:
        if not (math.isfinite(weeks) and weeks > 0):
            raise ValueError("a taper lasts some weeks")
        return _Size(shape, None, round(7 * weeks))
    size = by if by is not None else DECREMENT_MG if shape == "equal" else FRACTION
    if not (math.isfinite(size) and size > 0) or (shape == "proportional" and size >= 1):
        raise ValueError("a step takes off something, and not everything at once")
    return _Size(shape, size, None)


def _doses(start_mg: float, target_mg: float, size: _Size, step_days: int, unit_mg: float) -> list[float]:
    """Return start, reduced doses and target, in mg."""
    if not all(math.isfinite(one) for one in (start_mg, target_mg, unit_mg)) or unit_mg <= 0:
        raise ValueError("doses are numbers, and the smallest unit is above zero")
    if not 0 <= target_mg <= start_mg <= MOST_MG or start_mg == 0:
        raise ValueError(f"the start is above zero, at most {MOST_MG:g} mg, and not below the target")
    target, unit = _exact(target_mg), _exact(unit_mg)
    doses = [_exact(start_mg)]
    for aim in _aims(doses, target, size, step_days):
        rounded = aim // unit * unit
        doses.append(max(target, rounded if rounded < doses[-1] else doses[-1] - unit))
        if doses[-1] == target:
            break
        if len(doses) > MOST_STEPS:
            raise ValueError(f"that makes more than {MOST_STEPS} steps")
    return [float(dose) for dose in doses]


def _aims(doses: Sequence[Fraction], target: Fraction, size: _Size, step_days: int) -> Iterator[Fraction]:
    """Yield what each reduction aims at before rounding; `doses` grows while this goes on."""
    start = doses[0]
    if size.by is not None:
        by = _exact(size.by)
        while doses[-1] > target:
            yield doses[-1] - by if size.shape == "equal" else doses[-1] * (1 - by)
    elif start > target and size.days is not None:
        count = size.days // max(step_days, 1)
        if count < 1:
            raise ValueError("the taper is shorter than one step")
        if size.shape == "proportional" and target == 0:
            raise ValueError("no share of the dose leads to zero in a given time: choose a target, or equal steps")
        for number in range(1, count + 1):
            part = Fraction(number, count)
            if size.shape == "equal" or number == count:
                yield start - (start - target) * part
            else:
                yield start * _exact(round(float(target / start) ** float(part), 9))


def _exact(value: float) -> Fraction:
    """Return a number as it was typed: 0.1 is a tenth."""
    return Fraction(repr(float(value)))


def days_to_target(steps: Sequence[Step]) -> int:
    """Return the day of the last reduction, counted from the start."""
    return steps[-1].day


def within_usual_length(steps: Sequence[Step]) -> bool:
    """Whether the target is reached within three to four months."""
    return LENGTH_DAYS[0] <= days_to_target(steps) <= LENGTH_DAYS[1]


def cumulative_mg(steps: Sequence[Step], days: int = 180) -> float:
    """Return what is taken in the first `days` days, in mg."""
    ends = [*(step.day for step in steps[1:]), days]
    spans = ((step, min(end, days) - step.day) for step, end in zip(steps, ends, strict=True))
    return float(sum((_exact(step.mg) * span for step, span in spans if span > 0), Fraction()))


def remarks(steps: Sequence[Step], *, child: bool = False, weight_kg: float | None = None) -> tuple[Remark, ...]:
    """Return what is unusual about a plan, to be shown before it is saved. `weight_kg` is one of the last 90 days, or None."""
    found = [_start_remark(steps[0].mg, weight_kg) if child else _adult_start_remark(steps[0].mg)]
    if not TARGETS_MG[0] <= steps[-1].mg <= TARGETS_MG[1]:
        found.append(Remark("target", f"The target is not {TARGETS_MG[0]:g} to {TARGETS_MG[1]:g} mg a day."))
    if not within_usual_length(steps):
        found.append(
            Remark("length", f"The target is reached after {days_to_target(steps)} days, not in 3 to 4 months.")
        )
    large = [(before, after) for before, after in pairwise(steps) if before.mg - after.mg > STEP_SHARE * before.mg]
    if large:
        before, after = large[0]
        words = (
            f"The step from {before.mg:g} to {after.mg:g} mg takes off more than {100 * STEP_SHARE:g} % of the dose."
        )
        found.append(Remark("step", words, confirm=True))
    return tuple(one for one in found if one is not None)


def _adult_start_remark(mg: float) -> Remark | None:
    low, high = STARTS_MG
    return None if low <= mg <= high else Remark("start", f"The start is not {low:g} to {high:g} mg a day.")


def _start_remark(mg: float, weight_kg: float | None) -> Remark | None:
    """Return what is unusual about a child's start: by weight, or that there is none to judge it by."""
    if mg > CHILD_MOST_MG:
        return Remark("start", f"The start is above {CHILD_MOST_MG:g} mg a day.", confirm=True)
    if weight_kg is None or weight_kg <= 0:
        return Remark("weight", "No weight of the last 90 days is known to judge the start by.")
    low, high = CHILD_MG_PER_KG
    if low <= mg / weight_kg <= high:
        return None
    return Remark("start", f"The start is {mg / weight_kg:.2g} mg/kg a day, not {low:g} to {high:g}.", confirm=True)


def treatments(
    steps: Sequence[Step], *, patient_id: UUID, plan_name: str, drug: str = "prednisolone"
) -> list[NewTreatment]:
    """Return a plan as what recording takes: planned doses by mouth under one name."""
    return [
        NewTreatment(
            patient_id,
            drug,
            step.on,
            "planned",
            dose=step.mg,
            unit="mg",
            route="oral",
            ended_on=step.until,
            plan=plan_name,
        )
        for step in steps
    ]


def state_of_step(days_after: int, *, done: bool) -> StepState:
    """Return where a planned step stands so many days after its date; `done` where somebody recorded what is taken since."""
    if done:
        return "done"
    if days_after < 0:
        return "ahead"
    if days_after <= MISSED_AFTER_DAYS:
        return "due"
    return "missed" if days_after <= OVERDUE_AFTER_DAYS else "overdue"


def rate_mg_per_week(before_mg: float, now_mg: float) -> float:
    """Return how fast a dose fell from 28 days ago to today, in mg a week."""
    return 7 * (before_mg - now_mg) / RATE_DAYS


def too_fast(
    *, planned_mg: float, actual_mg: float, ratio: float = TOO_FAST_RATIO, more_mg: float = TOO_FAST_MG
) -> bool:
    """Whether a reduction over 28 days is more than a quarter, and more than 5 mg, larger than the planned one."""
    return actual_mg > ratio * planned_mg and actual_mg - planned_mg > more_mg


def abrupt_stop(
    before_mg: float,
    now_mg: float,
    *,
    days_used: int,
    from_mg: float = ABRUPT_FROM_MG,
    after_days: float = ABRUPT_AFTER_DAYS,
) -> bool:
    """Whether a recorded dose of zero is a stop out of a long use. Silence is no stop: `now_mg` must have been recorded."""
    return now_mg == 0 and before_mg >= from_mg and days_used >= after_days
