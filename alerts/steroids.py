"""Steroids over the whole course: levels taken and planned, the sum of all doses, the doses at which relapses began. Pure.

Milligrams of prednisone a day; days are those of the patient's calendar. What nobody recorded is unknown, never zero (clinical
specification, B4; equivalents: `patients.amounts`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from patients import amounts, dosing
from patients.history import History, TreatmentRecord

DAY: Final = timedelta(days=1)
GRAM_MG: Final = 1000.0
FLOOR_SHARE: Final = 0.2
"""Relapses are of one dose within 20 % of it (clinical specification, B4)."""
TIE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Level:
    """A dose from a day on, mg of prednisone a day; None: from here on nothing is known."""

    day: date
    mg: float | None


def taken_levels(history: History) -> list[Level]:
    """Return what was taken, step by step, oldest first, up to today."""
    thin = thinned(history)
    today = today_of(history)
    days = {day for row in thin.treatments if row.intent == "taken" for day in _edges(row)}
    days |= {step.start for step in dosing.steps(thin)}  # an open record is outlived by the next step of a plan

    def mg(day: date) -> float | None:
        rows = dosing.taken_rows(thin, day)
        return amounts.average(rows) if rows else None

    return _levels({day for day in days if day <= today}, mg)


def planned_levels(history: History) -> list[Level]:
    """Return what was and is planned, step by step, oldest first: on each day the plan in force."""
    thin = thinned(history)
    days = {day for step in dosing.steps(thin) for day in (step.start, *([step.end + DAY] if step.end else []))}
    days |= {row.started_on for row in thin.treatments if row.intent == "taken" and row.dose == 0}  # a stop ends plans

    def mg(day: date) -> float | None:
        step = dosing.step_on(thin, day)
        return step.mg if step else None

    return _levels(days, mg)


def _levels(days: set[date], of: Callable[[date], float | None]) -> list[Level]:
    """Return the doses of days on which one may change, without those on which it does not."""
    found: list[Level] = []
    for day in sorted(days):
        mg = of(day)
        if found and found[-1].mg == mg:
            continue
        if found or mg is not None:
            found.append(Level(day, mg))
    return found


def thinned(history: History) -> History:
    """Return a history whose records of the same dose, day after day, are one each: who taps "I took it" makes one a day."""
    planned = [row for row in history.treatments if row.intent != "taken"]
    taken = sorted((row for row in history.treatments if row.intent == "taken"), key=_bundle)
    chains: list[list[TreatmentRecord]] = []
    latest: dict[tuple[str, str], list[TreatmentRecord]] = {}
    for (drug, route, _, _), rows in groupby(taken, key=_bundle):
        bundle = list(rows)
        before = latest.get((drug, route))
        if before is not None and _follows(before, bundle):
            before[:] = [replace(row, ended_on=bundle[0].ended_on) for row in before]
        else:
            chains.append(bundle)
            latest[(drug, route)] = bundle
    merged = [row for chain in chains for row in chain]
    return replace(history, treatments=tuple(sorted([*planned, *merged], key=lambda row: (row.started_on, row.id))))


def _bundle(row: TreatmentRecord) -> tuple[str, str, date, date]:
    """Return what doses given together share: drug, route, first and last day."""
    return amounts.drug_name(row.drug), row.route.casefold(), row.started_on, row.ended_on or date.max


def _follows(before: Sequence[TreatmentRecord], after: Sequence[TreatmentRecord]) -> bool:
    """Whether doses go on the day after others end, the same ones, and end themselves."""
    end = before[0].ended_on
    if end is None or after[0].ended_on is None or after[0].started_on != end + DAY:
        return False
    signs = (sorted((str(row.dose), row.unit, row.every_days) for row in rows) for rows in (before, after))
    return next(signs) == next(signs)


def _edges(row: TreatmentRecord) -> list[date]:
    """Return the days on which a record begins to count and ceases to."""
    return [row.started_on] if row.ended_on is None else [row.started_on, row.ended_on + DAY]


def today_of(history: History) -> date:
    """Return the patient's day from which the history is seen."""
    return history.at.astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()


def at(levels: Sequence[Level], day: date) -> float | None:
    """Return the dose on a day, None where it is unknown."""
    past = [level for level in levels if level.day <= day]
    return past[-1].mg if past else None


def before(taken: Sequence[Level], planned: Sequence[Level], day: date) -> float | None:
    """Return the dose at which what began on a day began: that of the day before, or a step down on the day itself.

    What nobody recorded was taken as planned. A restart on the day is the answer to it. None where nothing is known of the day
    before: then it was the first, no relapse.
    """
    earlier, now = (
        at(planned, one) if at(taken, one) is None else at(taken, one) for one in (day - timedelta(days=1), day)
    )
    return earlier if earlier is None or now is None else min(earlier, now)


@dataclass(frozen=True, slots=True)
class Cumulative:
    """What was taken up to today: `mg` of prednisone from the day `since`, of it `assumed_mg` as planned, for nobody said so;
    `unknown_days` of that time count for nothing. `last_gram_on` is the day on which the last whole gram was full."""

    mg: float
    assumed_mg: float
    unknown_days: int
    since: date
    last_gram_on: date | None

    @property
    def grams(self) -> int:
        """Whole grams."""
        return int((self.mg + TIE) // GRAM_MG)


def cumulative(history: History) -> Cumulative | None:
    """Return the sum of all known days, averages where a dose is given every few days; None where no dose was ever known.

    A day counts as it was recorded, else as it was planned.
    """
    today = today_of(history)
    spans = list(_spans(taken_levels(history), planned_levels(history), today))
    known = [(start, days, mg, taken) for start, days, mg, taken in spans if mg is not None]
    if not known:
        return None
    total = assumed = 0.0
    last_gram_on: date | None = None
    for start, days, mg, taken in known:
        full = (total + mg * days + TIE) // GRAM_MG
        if full > (total + TIE) // GRAM_MG and mg > 0:
            last_gram_on = start + timedelta(days=max(0, -int(-(full * GRAM_MG - total - TIE) // mg) - 1))
        total += mg * days
        assumed += 0.0 if taken else mg * days
    first = known[0][0]
    unknown = sum(days for start, days, mg, _ in spans if mg is None and start > first)
    return Cumulative(total, assumed, unknown, first, last_gram_on)


def _spans(
    taken: Sequence[Level], planned: Sequence[Level], today: date
) -> Iterable[tuple[date, int, float | None, bool]]:
    """Yield times of one dose up to today: first day, days, mg (None: unknown), and whether it was recorded as taken."""
    days = sorted({level.day for level in (*taken, *planned) if level.day <= today})
    for start, end in pairwise([*days, today + DAY] if days else []):
        said = at(taken, start)
        yield start, (end - start).days, at(planned, start) if said is None else said, said is not None


def relapse_doses(history: History, starts: Iterable[date]) -> list[tuple[date, float]]:
    """Return the doses above zero at which relapses began, by the first days of exacerbations; unknown doses are left out."""
    days = list(starts)
    if not days:
        return []
    taken, planned = taken_levels(history), planned_levels(history)
    return [(day, mg) for day in days if (mg := before(taken, planned, day)) is not None and mg > 0]


def floor_of(doses: Sequence[tuple[date, float]], share: float = FLOOR_SHARE) -> list[tuple[date, float]]:
    """Return the relapses, two or more, that began within a share of the dose of one of them; empty where no two are so close.

    The largest such group, and of several the one of the highest dose.
    """
    groups = (
        ([one for one in doses if abs(one[1] - center) <= share * center + TIE], center)
        for center in {mg for _, mg in doses}
    )
    found, _ = max(groups, key=lambda one: (len(one[0]), one[1]), default=([], 0.0))
    return found if len(found) > 1 else []
