"""A taper plan as a calendar: month by month for paper and screen, and as events for a calendar program. Pure.

What leaves the house holds doses and days alone: no name, no medicine, no diagnosis, and nothing of who keeps it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from patients.amounts import NBSP
from patients.dosing import step_on, steps
from patients.history import History
from patients.taking import DayDose, dose_of

MOST_MONTHS: Final = 12
AFTER: Final = timedelta(days=27)
"""The last step, which goes on, is shown for four weeks."""
WEEK: Final = 7
PRODUCT: Final = "-//plan//calendar 1.0//EN"
NAME: Final = "Plan"
REFRESH: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a month: its dose in words, empty where nothing is known; `changed` where it is another than the day before."""

    day: date
    words: str
    changed: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday to Sunday; None stands for days of other months."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The dose changes on a day. `number` is that of the row that says so: it names the change while it stands."""

    number: int
    day: date
    words: str


def months(history: History, today: date) -> tuple[Month, ...]:
    """Return the months from this one to the last step of what is planned, a year at most; none where nothing is planned."""
    planned = changes(history, today)
    if not planned and step_on(history, today) is None:
        return ()
    last = max([today, *(one.day for one in planned)]) + AFTER
    first, found = today.replace(day=1), list[Month]()
    while first <= last and len(found) < MOST_MONTHS:
        found.append(_month(history, first, today))
        first = (first + timedelta(days=31)).replace(day=1)
    return tuple(found)


def changes(history: History, since: date) -> tuple[Change, ...]:
    """Return the days from one on on which the planned dose changes, in order: steps that are in force, and of another dose."""
    days = sorted({step.start for step in steps(history) if step.start >= since})
    found = []
    for day in days:
        step, dose = step_on(history, day), dose_of(history, day)
        if step is not None and step.start == day and dose != dose_of(history, day - timedelta(days=1)):
            found.append(Change(step.id, day, said(dose)))
    return tuple(found)


def said(dose: DayDose) -> str:
    """Return a dose in words, without the medicine's name; with spaces at which a narrow cell may break it."""
    if not dose.known:
        return "ask your team" if dose.unclear else ""
    return " + ".join(part.words.replace(NBSP, " ") for part in dose.parts) or "none"


def feed(history: History, at: datetime, today: date) -> bytes:
    """Return a plan as iCalendar (RFC 5545): an all-day event on each day on which the dose changes, and one for today's dose."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for change in _events(history, today):
        event = Event()
        event.add("uid", f"step-{change.number}@plan")
        event.add("dtstamp", at.astimezone(UTC))
        event.add("dtstart", change.day)
        event.add("dtend", change.day + timedelta(days=1))
        event.add(
            "summary", f"From today on: {change.words} a day" if change.words != "none" else "From today on: no dose"
        )
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(history: History, today: date) -> Iterator[Change]:
    """Yield the step under way, if it has a dose, and the changes ahead."""
    step = step_on(history, today)
    ahead = [one for one in changes(history, today) if one.words]
    words = said(dose_of(history, today))
    if step is not None and words and all(one.number != step.id for one in ahead):
        yield Change(step.id, step.start, words)
    yield from ahead


def _month(history: History, first: date, today: date) -> Month:
    """Return a month in weeks."""
    following = (first + timedelta(days=31)).replace(day=1)
    days = [first + timedelta(days=number) for number in range((following - first).days)]
    cells: list[Cell | None] = [None] * first.weekday()
    before = dose_of(history, first - timedelta(days=1))
    for day in days:
        dose = dose_of(history, day)
        planned = day >= today or step_on(history, day) is not None
        cells.append(Cell(day, said(dose) if planned else "", planned and dose != before, day == today))
        before = dose
    cells += [None] * (-len(cells) % WEEK)
    weeks = tuple(tuple(cells[start : start + WEEK]) for start in range(0, len(cells), WEEK))
    return Month(first, weeks)
