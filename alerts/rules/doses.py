"""Steroid doses around the moment of judging, and what every rule about them asks first. Pure.

Milligrams of prednisone a day, by days of the patient's calendar. `actual` is what was taken where that is recorded, else what was
planned, taken to be so; what nobody recorded or planned is unknown, never zero (clinical specification, B4). A dose given every few
days counts as its average. A rule sees days up to today only, so that its answer changes at a known distance from one of the days
on which a record or a step begins or ends.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from alerts.rules.remembering import REMEMBERED, Remembered
from alerts.rules.rule import Evidence, Setting
from alerts.rules.wording import NBSP
from alerts.steroids import Level, at, thinned
from patients.amounts import LOCAL_ROUTES, STEROIDS, average, drug_name, number
from patients.dosing import dose_on, step_on, steps, taken_rows
from patients.history import History, TreatmentRecord

UNIT: Final = "mg/d"
DAY: Final = timedelta(days=1)
TIE: Final = 1e-9
"""A dose that is at a limit is not beyond it because of its last bit."""
AROUND_DAYS: Final = 150
"""How far back rules look: the longest recovery (90 days) and a reduction before it, with room to spare."""
SPAN_DAYS: Final = 31
"""The longest time between two doses that is averaged over."""
FIRST: Final = date(1900, 1, 1)
REPORT: Final = Setting(
    "dose_report_days", 28, "d", "clinical specification B4, working value: after it a report says nothing of today", 7, 90
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doses:
    """Doses from the day `since` up to `today`. `edges` are the days, also those to come, on which one may change.

    The first level of each kind may have begun before `since`.
    """

    history: History
    today: date
    since: date
    taken: tuple[Level, ...]
    planned: tuple[Level, ...]
    actual: tuple[Level, ...]
    edges: tuple[date, ...]

    def recheck(self, offsets: Iterable[int], more: Iterable[date] = ()) -> datetime | None:
        """Return the start of the first day to come that lies an offset after an edge, or is one of `more`.

        What is too far back to be seen changes an answer, too.
        """
        back = (self.today - self.since).days
        days = {later(edge, offset) for edge in self.edges for offset in (*offsets, back - 1, back)} | set(more)
        coming = min((day for day in days if day > self.today), default=None)
        return None if coming is None else midnight(self.history, coming)

    def began(self, levels: Sequence[Level], day: date) -> date:
        """Return from which day on the dose of a day was taken or planned; `since` where it goes back beyond that."""
        return max((level.day for level in levels if level.day <= day), default=self.since)

    def evidence(
        self, day: date, role: Literal["result", "baseline", "support"], *, planned: bool = False
    ) -> tuple[Evidence, ...]:
        """Return the rows that say what was taken on a day, or else what was planned for it."""
        return evidence_of(self.history, day, role, planned=planned)


def evidence_of(
    history: History, day: date, role: Literal["result", "baseline", "support"], *, planned: bool = False
) -> tuple[Evidence, ...]:
    """Return the rows that say what was taken on a day, or else what was planned for it."""
    rows: Sequence[TreatmentRecord] = () if planned else taken_rows(history, day)
    if not rows:
        step = step_on(history, day)
        rows = step.rows if step is not None else ()
    return tuple(
        Evidence(role, "treatment", row.id, drug_name(row.drug), midnight(history, row.started_on), average([row]), UNIT)
        for row in rows
    )  # fmt: skip


def doses(history: History, moment: datetime, *, days: int | None = AROUND_DAYS) -> Doses | None:
    """Return the doses of the last `days`, of all time where None; None where no steroid was ever planned or taken."""
    return _remembered(Remembered(history), moment, days)


@lru_cache(maxsize=REMEMBERED)
def _remembered(one: Remembered, moment: datetime, days: int | None) -> Doses | None:
    """Work doses out once for all that ask about a history."""
    history = one.history
    if not any(_is_steroid(row) for row in history.treatments):
        return None
    today = local_day(history, moment)
    since = FIRST if days is None else max(FIRST, today - timedelta(days=days))
    seen = thinned(replace(_recent(history, since), at=moment))
    edges = edges_of(seen)
    past = sorted({since, *(day for day in edges if since < day <= today)})
    return Doses(
        history=seen,
        today=today,
        since=since,
        taken=_levels(past, lambda day: average(rows) if (rows := taken_rows(seen, day)) else None),
        planned=_levels(past, lambda day: step.mg if (step := step_on(seen, day)) else None),
        actual=_levels(past, lambda day: actual_on(seen, day)),
        edges=tuple(day for day in edges if day > since),
    )


def actual_on(history: History, day: date) -> float | None:
    """Return the dose of a day, where doses are given every few days the mean of the days up to then; None where it is unknown."""
    step, taken = step_on(history, day), taken_rows(history, day)
    spaced = [row for row in (*taken, *(step.rows if step is not None else ())) if row.every_days > 1]
    if not spaced:
        return dose_on(history, day).mg
    every = {row.every_days for row in spaced}
    span = min(SPAN_DAYS, math.ceil(max(every)))
    even = len(every) == 1 and every == {float(span)}
    if not even or (day - max(row.started_on for row in spaced)).days + 1 < span:
        own = [row for row in taken if row.every_days > 1]
        return average(own or spaced)
    parts = [dose_on(history, day - timedelta(days=back)).mg for back in range(span)]
    known = [mg for mg in parts if mg is not None]
    return sum(known) / span if len(known) == span else None


def run_start(levels: Sequence[Level], day: date, holds: Callable[[float], bool]) -> date | None:
    """Return the first day of the time, up to a day and without a gap, in which the dose is known and holds; None for no such."""
    start: date | None = None
    for level in reversed([level for level in levels if level.day <= day]):
        if level.mg is None or not holds(level.mg):
            break
        start = level.day
    return start


def reductions(found: Doses) -> list[tuple[date, float, float]]:
    """Return the days on which the actual dose fell from one known one to another, oldest first: day, dose before, dose since."""
    pairs = zip(found.actual, found.actual[1:], strict=False)
    return [
        (after.day, before.mg, after.mg)
        for before, after in pairs
        if before.mg is not None and after.mg is not None and after.mg < before.mg - TIE
    ]


def last_reported(found: Doses) -> date | None:
    """Return the newest day, up to today, of which somebody recorded what was taken; None where there is none."""
    for place in range(len(found.taken) - 1, -1, -1):
        if found.taken[place].mg is not None:
            is_last = place + 1 == len(found.taken)
            return found.today if is_last else found.taken[place + 1].day - timedelta(days=1)
    return None


def local_day(history: History, moment: datetime) -> date:
    """Return the date on the patient's calendar at a moment."""
    return moment.astimezone(_zone(history)).date()


def midnight(history: History, day: date) -> datetime:
    """Return the moment at which a day begins for the patient, in UTC."""
    return datetime.combine(day, time(), tzinfo=_zone(history)).astimezone(UTC)


def mg(value: float) -> str:
    """Return a dose with its unit: 12.5 mg."""
    return f"{number(value)}{NBSP}mg"


def on(day: date) -> str:
    """Return a date in words: 3 Mar 2026."""
    return f"{day.day}{NBSP}{day:%b}{NBSP}{day.year}"


def unknown_since(found: Doses) -> str:
    """Return why today's dose is not known."""
    if found.actual[-1].day <= found.since:
        return "the dose of these days is not recorded"
    return f"the dose since {on(found.actual[-1].day)} is not recorded"


def _zone(history: History) -> ZoneInfo:
    return ZoneInfo(history.patient.time_zone or "UTC")


def _is_steroid(row: TreatmentRecord) -> bool:
    return drug_name(row.drug) in STEROIDS and row.route.casefold() not in LOCAL_ROUTES


def _recent(history: History, since: date) -> History:
    """Return a history of those records that say something of the days from one on: what ended before is left out.

    Of each drug the newest record before is kept: it may be the stop that ended its plans.
    """
    rows = [row for row in history.treatments if _is_steroid(row)]
    newest: dict[str, TreatmentRecord] = {}
    for row in sorted(rows, key=lambda row: (row.started_on, row.recorded_revision, row.id)):
        if row.intent == "taken" and row.started_on <= since:
            newest[drug_name(row.drug)] = row
    kept = {row.id for row in newest.values()}
    edge = since - timedelta(days=SPAN_DAYS)
    return replace(
        history,
        treatments=tuple(
            row
            for row in rows
            if row.intent == "planned" or row.ended_on is None or row.ended_on >= edge or row.id in kept
        ),
    )


def edges_of(history: History) -> list[date]:
    """Return the days on which a record or a step begins or has ended, with those after it over which its dose is averaged."""
    found: set[date] = set()
    for row in history.treatments:
        span = min(SPAN_DAYS, math.ceil(max(row.every_days, 1)))
        for day in (row.started_on, *([later(row.ended_on, 1)] if row.ended_on else [])):
            found |= {later(day, offset) for offset in range(span)}
    for step in steps(history):
        found.add(step.start)
        if step.end is not None:
            found.add(later(step.end, 1))
    return sorted(found)


def later(day: date, days: int) -> date:
    """Return a day so many days later, at most the last of all."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def _levels(days: Sequence[date], of: Callable[[date], float | None]) -> tuple[Level, ...]:
    """Return the doses of these days, without those on which nothing changes."""
    found: list[Level] = []
    for day in days:
        dose = of(day)
        if not found or found[-1].mg != dose:
            found.append(Level(day, dose))
    return tuple(found)


def dose_at(levels: Sequence[Level], day: date) -> float | None:
    """Return the dose on a day, None where it is unknown."""
    return at(levels, day)
