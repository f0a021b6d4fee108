"""What a patient may be told by mail on a day: that the plan changes, that a test is due. Only that, not which, nor to what. Pure.

Days are those of the patient's calendar. Each piece of news belongs to one day: the day before a change, the day of it, the day on
which a test falls due, the first on which it is overdue. What is said of a test stays true, so that it can be told on a later day
if nobody was told on its own; that a plan changes today does not. A date that the patient's calendar leaves out counts as the day
after (Pacific/Apia had no 30 December 2011). Nothing is told of somebody who has died.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from alerts.due import Due
from alerts.hours import instant
from alerts.recurrence import DIED, phase
from alerts.repeats import awaited
from patients.dosing import step_on
from patients.history import History
from patients.taking import dose_of

NOON: Final = 12
AT_HOME: Final = frozenset({"oxygen"})
"""Tests that are done at home each day: a mail a day would be read by nobody."""
LATE: Final = timedelta(days=14)
"""For so long a test's news is told that nobody was told on its day (working value: longer than any outage that nobody mends)."""


class News(StrEnum):
    """What is told."""

    STEP_TOMORROW = "step_tomorrow"
    STEP_TODAY = "step_today"
    TEST_DUE = "test_due"
    TEST_OVERDUE = "test_overdue"


def due_news(history: History, today: date) -> Mapping[News, date]:
    """Return what may be told on a day, by what is known at `history.at`: each once, with the newest day to which it belongs.

    Whoever was told of it on that day or since knows it: a mail does not say of which test it speaks.
    """
    found: dict[News, date] = {}
    if history.patient.death_date is None and phase(history).name != DIED:
        for news, day in _news(history, today):
            found[news] = max(day, found.get(news, day))
    return found


def _news(history: History, today: date) -> Iterator[tuple[News, date]]:
    """Yield what may be told, each with its day."""
    zone = history.patient.time_zone or "UTC"
    if any(changes_on(history, day) for day in _dates(_day_after(today, zone), zone)):
        yield News.STEP_TOMORROW, today
    if any(changes_on(history, day) for day in _dates(today, zone)):
        yield News.STEP_TODAY, today
    for due in _tests(history):
        overdue_on = due.due_on + timedelta(days=due.grace)
        for news, day, until in ((News.TEST_DUE, due.due_on, overdue_on), (News.TEST_OVERDUE, overdue_on, date.max)):
            if day <= today < until and today - day <= LATE:
                yield news, day


def _day_after(day: date, zone: str) -> date:
    """Return the next day that there is."""
    after = day + timedelta(days=1)
    return after if instant(after, NOON, zone) is not None else _day_after(after, zone)


def _dates(day: date, zone: str) -> tuple[date, ...]:
    """Return the dates that a day stands for: its own, after those left out before it."""
    before = day - timedelta(days=1)
    return (day,) if instant(before, NOON, zone) is not None else (*_dates(before, zone), day)


def changes_on(history: History, day: date) -> bool:
    """Whether a step of a plan begins on a day with another dose than the day before; one of the same dose changes nothing."""
    step = step_on(history, day)
    if step is None or step.start != day:
        return False
    before, after = dose_of(history, day - timedelta(days=1)), dose_of(history, day)
    return not (after.known and before == after)


def _tests(history: History) -> Iterator[Due]:
    """Yield the tests and repeats that a patient can do something about, ahead or past due."""
    yield from (due for due in awaited(history) if due.subject not in AT_HOME)
