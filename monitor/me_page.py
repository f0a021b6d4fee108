"""What a patient's first page shows: today's dose, what is next, how the own hemoglobin stands. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.adrenal import risk
from alerts.monitoring import schedule
from alerts.next_file import next_file
from alerts.recurrence import DIED, LEAST, REMISSION, phase, remissions
from alerts.rules.rule import number_of
from alerts.todos import todos
from monitor.baselines import bands
from monitor.chart_frame import HEMOGLOBIN
from monitor.me_curve import SIX_MONTHS, Curve, Point, curve, points_of
from monitor.me_words import REPEATS, TESTS, Next, flare_words, greeting, next_of, usual
from patients.dosing import now_and_next
from patients.history import History
from patients.taking import DayDose, Part, amounts, dose_of, taken_on

AHEAD: Final = 14
"""Days in which the next dose of a treatment given every few days is looked for."""
SHOWN: Final = 6
"""Things that are next, at most."""


@dataclass(frozen=True, slots=True)
class Change:
    """The next change of the dose: from which day on, and to what, where that is known."""

    on: date
    dose: DayDose


@dataclass(frozen=True, slots=True)
class Taken:
    """What is written down as taken today: how much, when that was written, and by which revisions."""

    parts: tuple[Part, ...]
    at: datetime | None
    revisions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Hemoglobin:
    """The own course: the results, how the last one stands, and the drawing (None where it is too old to be drawn)."""

    points: tuple[Point, ...]
    usual: str
    curve: Curve | None
    flare: str

    @property
    def last(self) -> Point | None:
        """The newest result."""
        return self.points[-1] if self.points else None


@dataclass(frozen=True, slots=True)
class Today:
    """The page. `again` is the next day with a dose, where that is not simply tomorrow; `adrenal`: no dose may be left out."""

    day: date
    greeting: str
    dose: DayDose
    taken: Taken | None
    change: Change | None
    again: Change | None
    nexts: tuple[Next, ...]
    hemoglobin: Hemoglobin
    adrenal: bool = False


def today_of(history: History) -> Today:
    """Return a patient's page at `history.at`."""
    local = history.at.astimezone(ZoneInfo(history.patient.time_zone))
    day = local.date()
    dose = dose_of(history, day)
    return Today(
        day=day,
        greeting=greeting(local.hour),
        dose=dose,
        taken=taken_of(history, day),
        change=_change(history, day, dose),
        again=_again(history, day, dose),
        nexts=_nexts(history, day),
        hemoglobin=hemoglobin_of(history),
        adrenal=risk(history) is not None,
    )


def taken_of(history: History, day: date) -> Taken | None:
    """Return what is written down for a day, None for nothing."""
    rows = taken_on(history, day)
    if not rows:
        return None
    revisions = frozenset(row.recorded_revision for row in rows)
    written = [at for one in revisions if (at := history.revision_times.get(one)) is not None]
    return Taken(amounts(rows), max(written, default=None), revisions)


def hemoglobin_of(history: History, span: timedelta = SIX_MONTHS) -> Hemoglobin:
    """Return how the own hemoglobin stands."""
    points, known = points_of(history.get(HEMOGLOBIN)), bands(history)
    newest = known[-1] if known and points and known[-1].start <= points[-1].at <= known[-1].end else None
    last = remissions(history)
    well = last[-1] if last and last[-1].open and not last[-1].proposed and phase(history).name == REMISSION else None
    return Hemoglobin(
        points=points,
        usual=usual(points[-1].value, newest) if points else "",
        curve=curve(points, known, at=history.at, zone=history.patient.time_zone, span=span),
        flare=flare_words(well.days) if well and well.days >= number_of(history, LEAST) else "",
    )


def _change(history: History, day: date, dose: DayDose) -> Change | None:
    """Return the next change of the dose; a new step of the same dose is none."""
    on = now_and_next(history, day).next_on
    if on is None:
        return None
    following = dose_of(history, on)
    return None if following.known and following == dose else Change(on, following)


def _again(history: History, day: date, dose: DayDose) -> Change | None:
    """Return the next day with a dose, where days without one lie between."""
    if not dose.known:
        return None
    for days in range(1, AHEAD + 1):
        coming = dose_of(history, day + timedelta(days=days))
        if not coming.known:
            return None
        if coming.parts:
            return Change(day + timedelta(days=days), coming) if days > 1 or not dose.parts else None
    return None


def _nexts(history: History, day: date) -> tuple[Next, ...]:
    """Return what is to be done, the overdue first, then by day."""
    if phase(history).name == DIED:
        return ()
    due = [found for todo in todos(history, at=history.at) if (found := next_of(todo)) is not None]
    ahead = [Next(TESTS[one.subject], one.due_on, late=False) for one in schedule(history) if one.due_on > day]
    file = next_file(history)
    if file is not None and file.due_on > day:
        ahead = sorted([*ahead, Next(REPEATS[file.kind], file.due_on, late=False)], key=lambda one: one.on)
    return tuple((due + ahead)[:SHOWN])
