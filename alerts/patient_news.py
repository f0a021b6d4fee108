"""What a patient may be told by mail on a day: that the plan changes, that a test is due. Only that, not which, nor to what. Pure.

Days are those of the patient's calendar. Each piece of news belongs to one day: the day before a change, the day of it, the day on
which a test falls due, the first on which it is overdue. Nothing is told of somebody who has died.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from alerts.due import Due
from alerts.monitoring import schedule
from alerts.recurrence import DIED, phase
from alerts.repeats import control_film, repeat_hemoglobin, repeat_sputum
from patients.dosing import step_on
from patients.history import History
from patients.taking import dose_of

AT_HOME: Final = frozenset({"oxygen"})
"""Tests that are done at home each day: a mail a day would be read by nobody."""
REPEATED: Final = {"repeat_hemoglobin": "blood_count", "control_film": "film"}
"""Which regular test a repeat stands for, as in `alerts.todos`."""


class News(StrEnum):
    """What is told."""

    STEP_TOMORROW = "step_tomorrow"
    STEP_TODAY = "step_today"
    TEST_DUE = "test_due"
    TEST_OVERDUE = "test_overdue"


def due_news(history: History, today: date) -> tuple[News, ...]:
    """Return what is told on a day, by what is known at `history.at`; each once, however many tests it is about."""
    died = history.patient.death_date is not None or phase(history).name == DIED
    return () if died else tuple(dict.fromkeys(_news(history, today)))


def _news(history: History, today: date) -> Iterator[News]:
    """Yield what is told."""
    if changes_on(history, today + timedelta(days=1)):
        yield News.STEP_TOMORROW
    if changes_on(history, today):
        yield News.STEP_TODAY
    for due in _tests(history):
        if due.due_on == today:
            yield News.TEST_DUE
        elif due.due_on + timedelta(days=due.grace) == today:
            yield News.TEST_OVERDUE


def changes_on(history: History, day: date) -> bool:
    """Whether a step of a plan begins on a day with another dose than the day before; one of the same dose changes nothing."""
    step = step_on(history, day)
    if step is None or step.start != day:
        return False
    before, after = dose_of(history, day - timedelta(days=1)), dose_of(history, day)
    return not (after.known and before == after)


def _tests(history: History) -> Iterator[Due]:
    """Yield the tests and repeats that a patient can do something about, ahead or past due."""
    repeats = [due for due in (repeat_hemoglobin(history), control_film(history), repeat_sputum(history)) if due]
    instead = {REPEATED.get(due.kind) for due in repeats}
    yield from repeats
    yield from (due for due in schedule(history) if due.subject not in AT_HOME | instead)
