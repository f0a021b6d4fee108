"""Doses of steroids by day, planned and taken, as milligrams of prednisone. Pure. Days are those of the patient's calendar.

No record of a dose is unknown, never zero; zero is what somebody recorded as zero, or a day between the doses of a treatment given
every few days. What was taken counts before what was planned. A step of a plan that nobody confirmed is taken as planned until
someone says otherwise: a record without an end says what is taken up to the next step of a plan that follows it, and a stop (a
dose of zero without an end) ends the plans recorded before it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal
from zoneinfo import ZoneInfo

from patients.amounts import LOCAL_ROUTES, NBSP, STEROIDS, amount_words, average, drug_name, total_on
from patients.history import History, TreatmentRecord

REMEMBERED: Final = 64
"""Histories of which the rows are not laid out again: rules, charts and calendars ask day by day."""


@dataclass(frozen=True, slots=True)
class Dose:
    """What is known of a day's dose: `mg` of prednisone where `known`, else None; taken, or planned and taken to be so."""

    mg: float | None
    known: bool
    source: Literal["taken", "planned", "unknown"]


UNKNOWN: Final = Dose(None, known=False, source="unknown")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan: the `number`-th `of` so many, from `start` to `end` inclusive (None: open); `mg` of prednisone a day on
    average, None where an amount is not known; `words` say the dose; `id` is that of its first row."""

    id: int
    plan: str
    number: int
    of: int
    start: date
    end: date | None
    mg: float | None
    words: str
    rows: tuple[TreatmentRecord, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """Where a patient stands: the dose now, which step of how many, the next one's day and dose, and all that in words."""

    now: Dose
    step: int | None
    of: int | None
    next_on: date | None
    next_mg: float | None
    words: str


class _Rows:
    """The rows of some drugs of one history, laid out once, and what is known of each day that was asked for.

    Rows are told by their identity, for they are frozen; they are held here, so that their identities stay taken.
    """

    __slots__ = ("_followed", "_taken", "drugs", "history", "steps", "words")

    def __init__(self, history: History, drugs: frozenset[str]) -> None:
        self.history, self.drugs = history, drugs
        self.words: tuple[TreatmentRecord, ...] = ()
        self.steps: tuple[Step, ...] = ()
        self._followed: dict[date, list[Step]] = {}
        self._taken: dict[date, list[TreatmentRecord]] = {}

    def key(self) -> tuple[object, ...]:
        """Return what the answers depend on."""
        one = self.history
        return id(one.treatments), id(one.revision_times), one.patient.time_zone, self.drugs

    def __hash__(self) -> int:
        return hash(self.key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and self.key() == other.key()

    def lay_out(self) -> "_Rows":
        """Sort out the rows."""
        self.words = tuple(sorted(_wanted(self.history, "taken", self.drugs), key=_order))
        self.steps = _steps(_wanted(self.history, "planned", self.drugs))
        return self

    def followed(self, day: date) -> list[Step]:
        """Return the steps of plans that are followed on a day."""
        if day not in self._followed:
            self._followed[day] = _followed(self.steps, self.words, day)
        return self._followed[day]

    def taken(self, day: date) -> list[TreatmentRecord]:
        """Return the records that say what was taken on a day."""
        if day not in self._taken:
            self._taken[day] = _taken(self.history, self.words, day, self.followed(day))
        return self._taken[day]


def _rows(history: History, drugs: Collection[str]) -> _Rows:
    """Return the rows of some drugs, laid out."""
    return _laid_out(_Rows(history, frozenset(drugs)))


@lru_cache(maxsize=REMEMBERED)
def _laid_out(rows: _Rows) -> _Rows:
    """Lay rows out once."""
    return rows.lay_out()


def dose_on(history: History, day: date, drugs: Collection[str] = STEROIDS) -> Dose:
    """Return the dose of a day: what was taken where that is recorded, else what was planned. Doses of several drugs add up.

    Unknown where nothing is recorded, and where an amount is not. Other drugs than steroids may be asked for; their milligrams
    are counted as they are.
    """
    rows = _rows(history, drugs)
    if taken := rows.taken(day):
        return _dose(taken, day, "taken")
    step = _in_force(rows.followed(day), day)
    return UNKNOWN if step is None else _dose(step.rows, day, "planned")


def taken_rows(history: History, day: date, drugs: Collection[str] = STEROIDS) -> list[TreatmentRecord]:
    """Return the records that say what was taken on a day: of each drug and route the one begun last, with those beside it."""
    return list(_rows(history, drugs).taken(day))


def steps(history: History, drugs: Collection[str] = STEROIDS) -> tuple[Step, ...]:
    """Return the steps of every plan in the order of their days, each numbered within its plan.

    Rows of a plan that begin on one day are one step; it ends where a row says so, or the day before the next step begins.
    """
    return _rows(history, drugs).steps


def _steps(rows: Iterable[TreatmentRecord]) -> tuple[Step, ...]:
    """Return the steps of planned rows."""
    plans: dict[str, list[TreatmentRecord]] = {}
    for row in rows:
        plans.setdefault(row.plan, []).append(row)
    found = [step for name, parts in plans.items() for step in _of_plan(name, parts)]
    return tuple(sorted(found, key=lambda step: (step.start, step.id)))


def step_on(history: History, day: date, drugs: Collection[str] = STEROIDS) -> Step | None:
    """Return the step in force on a day: that of the plan begun last of those that have one. None where nothing is planned."""
    return _in_force(_rows(history, drugs).followed(day), day)


def now_and_next(history: History, day: date, drugs: Collection[str] = STEROIDS) -> Course:
    """Return the dose of a day, its step, and the next step that will be in force, with words for the worklist."""
    rows = _rows(history, drugs)
    followed = rows.followed(day)
    step = _in_force(followed, day)
    following = next((one for one in followed if one.start > day and _in_force(followed, one.start) is one), None)
    return Course(
        now=dose_on(history, day, drugs),
        step=step.number if step else None,
        of=step.of if step else None,
        next_on=following.start if following else None,
        next_mg=following.mg if following else None,
        words=_words(rows.taken(day), step, following, day),
    )


def confirmed(history: History, step: Step, drugs: Collection[str] = STEROIDS) -> bool:
    """Whether somebody recorded what is taken since a step began: as planned, or otherwise."""
    return any(_speaks_of(history, row, step.start) for row in _rows(history, drugs).words)


def _speaks_of(history: History, row: TreatmentRecord, start: date) -> bool:
    """Whether a record of what was taken speaks of the time from a day on."""
    return (_said_on(history, row) if row.ended_on is None else row.ended_on) >= start


def _said_on(history: History, row: TreatmentRecord) -> date:
    """Return up to which day a record without an end is somebody's word: the day it was made, its first day at least."""
    made = history.revision_times.get(row.recorded_revision)
    zone = ZoneInfo(history.patient.time_zone or "UTC")
    return row.started_on if made is None else max(row.started_on, made.astimezone(zone).date())


def _wanted(history: History, intent: str, drugs: Collection[str]) -> Iterator[TreatmentRecord]:
    """Yield the rows of these drugs that reach the whole body."""
    names = {drug_name(drug) for drug in drugs}
    for row in history.treatments:
        if row.intent == intent and drug_name(row.drug) in names and row.route.casefold() not in LOCAL_ROUTES:
            yield row


def _order(row: TreatmentRecord) -> tuple[date, int, int]:
    """Return by what of two records the later is told."""
    return row.started_on, row.recorded_revision, row.id


def _taken(
    history: History, words: Sequence[TreatmentRecord], day: date, followed: Sequence[Step]
) -> list[TreatmentRecord]:
    """Return the records that say what was taken on a day, of all that say what was taken."""
    changes = [step.start for step in followed if step.start <= day and _in_force(followed, step.start) is step]
    latest = max(changes, default=date.min)
    found: dict[tuple[str, str], list[TreatmentRecord]] = {}
    for row in words:
        if not row.started_on <= day <= (row.ended_on or day):
            continue
        outlived = row.ended_on is None and _said_on(history, row) < latest
        if not outlived:
            found.setdefault((drug_name(row.drug), row.route.casefold()), []).append(row)
    chosen: list[TreatmentRecord] = []
    for rows in found.values():
        last = max(rows, key=_order)
        chosen += [row for row in rows if (row.started_on, row.ended_on) == (last.started_on, last.ended_on)]
    return sorted(chosen, key=lambda row: (row.started_on, row.id))


def _of_plan(name: str, rows: Sequence[TreatmentRecord]) -> Iterator[Step]:
    """Yield the steps of one plan."""
    ordered = sorted(rows, key=lambda row: (row.started_on, row.id))
    parts = [(start, tuple(group)) for start, group in groupby(ordered, key=lambda row: row.started_on)]
    for place, (start, part) in enumerate(parts):
        ends = [row.ended_on or date.max for row in part]
        following = parts[place + 1][0] - timedelta(days=1) if place + 1 < len(parts) else date.max
        last = min(max(ends), following)
        yield Step(
            id=part[0].id,
            plan=name,
            number=place + 1,
            of=len(parts),
            start=start,
            end=None if last == date.max else last,
            mg=average(part),
            words=amount_words(part),
            rows=part,
        )


def _followed(steps: Iterable[Step], words: Iterable[TreatmentRecord], day: date) -> list[Step]:
    """Return the steps of plans that are followed on a day: none of those that were known when their drug was stopped."""
    newest: dict[str, TreatmentRecord] = {}
    for row in words:
        if row.started_on <= day:
            newest[drug_name(row.drug)] = row
    stopped = {name: row.recorded_revision for name, row in newest.items() if row.dose == 0 and row.ended_on is None}
    return [
        step for step in steps if any(row.recorded_revision > stopped.get(drug_name(row.drug), -1) for row in step.rows)
    ]


def _in_force(followed: Sequence[Step], day: date) -> Step | None:
    """Return the step of a day: of the plan that began last, then of the one recorded last."""
    begun: dict[str, date] = {}
    for step in followed:
        begun[step.plan] = min(step.start, begun.get(step.plan, step.start))
    covering = [step for step in followed if step.start <= day <= (step.end or day)]
    return max(covering, key=lambda step: (begun[step.plan], step.rows[0].recorded_revision, step.id), default=None)


def _dose(rows: Sequence[TreatmentRecord], day: date, source: Literal["taken", "planned"]) -> Dose:
    """Return what rows make of a day; unknown where an amount is."""
    mg = total_on(rows, day)
    return UNKNOWN if mg is None else Dose(mg, known=True, source=source)


def _words(taken: Sequence[TreatmentRecord], step: Step | None, following: Step | None, day: date) -> str:
    """Return dose now, step and next step: "15 mg, step 4 of 9, to 12.5 mg on 28 Nov"."""
    now = amount_words(taken) if taken else step.words if step else "dose unknown"
    if taken and step and now != step.words:
        now += f" (plan: {step.words})"
    place = f", step {step.number} of {step.of}" if step else ""
    if following is None:
        return now + place
    start = following.start
    on = f"{start.day}{NBSP}{start:%b}" + (f"{NBSP}{start.year}" if start.year != day.year else "")
    return f"{now}{place}, to {following.words} on {on}" if step or taken else f"{now}, {following.words} from {on}"
