"""What is due for a patient: tests, repeats, a file, a step to confirm, values to verify, rows held, a proposed exacerbation. Pure.

Computed when shown. A to-do is no alert: it asks for something whose time has come, and mails nobody (product specification,
alerts and to-dos).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final

import numpy as np

from alerts.due import Todo, late_words, on
from alerts.episodes import best_of
from alerts.monitoring import schedule
from alerts.next_file import next_file
from alerts.recurrence import DIED, local_day, phase, proposals
from alerts.repeats import awaited
from alerts.reviews import film_conflict, lung_function_after_fibrosis, stage_to_confirm
from alerts.rules.results import moment
from alerts.rules.wording import NBSP, number
from alerts.steroid_todos import steroid_todos
from alerts.summaries.screening import never_done
from patients.analytes import catalogue
from patients.dosing import confirmed, step_on
from patients.history import History, Series
from patients.tapering import state_of_step

__all__ = ["KINDS", "Todo", "todos", "upcoming"]

KINDS: Final = (
    "confirm_step",
    "decide_cortisol",
    "tuberculin",
    "repeat_hemoglobin",
    "control_film",
    "repeat_sputum",
    "lung_volumes",
    "test",
    "upload",
    "film_conflict",
    "confirm_stage",
    "screening",
    "verify_value",
    "episode",
    "held_rows",
)
"""Every kind, in the order in which items of one day are shown."""


def todos(history: History, *, at: datetime, held_rows: int = 0) -> tuple[Todo, ...]:
    """Return what is due at a moment: what is overdue first, then by day; what has no day comes last.

    `held_rows` are rows of the patient's files that wait for a person. Of somebody who has died only these are left.
    """
    seen = replace(history, at=at)
    found = [*_held(held_rows)]
    if phase(seen).name != DIED:
        found += [
            *_repeats(seen),
            *_steps(seen),
            *steroid_todos(seen),
            *_values(seen),
            *_episodes(seen),
            *_reviews(seen),
        ]
    return tuple(sorted(found, key=_rank))


def upcoming(history: History, *, at: datetime) -> tuple[tuple[str, date], ...]:
    """Return the regular tests that lie ahead, with their days: what a patient can plan for."""
    seen = replace(history, at=at)
    today = local_day(seen, at)
    return (
        ()
        if phase(seen).name == DIED
        else tuple((due.what, due.due_on) for due in schedule(seen) if due.due_on > today)
    )


def _rank(todo: Todo) -> tuple[bool, date, int, str]:
    """Return what to-dos are sorted by."""
    return not todo.overdue, todo.due_on or date.max, KINDS.index(todo.kind), todo.subject


def _repeats(history: History) -> Iterator[Todo]:
    """Yield tests, repeats and a file that are due."""
    today = local_day(history, history.at)
    for due in (*awaited(history), next_file(history)):
        todo = due.todo(today) if due is not None else None
        if todo is not None:
            yield todo


def _steps(history: History) -> Iterator[Todo]:
    """Yield the step in force where nobody recorded what is taken since it began: until then it is taken as planned."""
    today = local_day(history, history.at)
    step = step_on(history, today)
    if step is None or confirmed(history, step):
        return
    late = (today - step.start).days
    state = state_of_step(late, done=False)
    words = (
        f"Confirm step {step.number} of {step.of}, {late_words(late)}: {step.words} since {on(step.start)} as planned"
    )
    yield Todo("confirm_step", str(step.id), words, step.start, overdue=state == "overdue")


def _values(history: History) -> Iterator[Todo]:
    """Yield the analytes of which results wait to be verified: typed by the patient, or outside the plausible range."""
    now = history.at.timestamp()
    for code in sorted(history.series):
        series = history.get(code)
        waiting = np.flatnonzero(series.unconfirmed & series.usable & (series.times <= now)).tolist()
        if waiting:
            first, newest = (
                local_day(history, moment(float(series.times[place]))) for place in (waiting[0], waiting[-1])
            )
            yield Todo("verify_value", code, _verify(series, waiting, newest), first, overdue=False)


def _verify(series: Series, waiting: list[int], newest: date) -> str:
    """Return what is to be verified, in words."""
    analyte = catalogue().get(series.code)
    name, unit = (analyte.name, analyte.unit) if analyte else (series.code, "")
    if len(waiting) > 1:
        return f"Verify {len(waiting)} results of {name}, the newest of {on(newest)}"
    return f"Verify {name} {number(float(series.values[waiting[0]]))}{NBSP}{unit}".rstrip() + f" of {on(newest)}"


def _episodes(history: History) -> Iterator[Todo]:
    """Yield the proposed exacerbations that no physician has confirmed or rejected."""
    for one in proposals(history):
        sources = len(best_of(one.signs))
        words = f"Decide: exacerbation proposed from {on(one.start)}, {one.points} points of {sources} sources"
        yield Todo("episode", one.start.isoformat(), words, None, overdue=False)


def _reviews(history: History) -> Iterator[Todo]:
    """Yield what a person is to look at again, and what was never done of the first work-up."""
    due = lung_function_after_fibrosis(history)
    volumes = due.todo(local_day(history, history.at)) if due is not None else None
    found = (volumes, film_conflict(history), stage_to_confirm(history), never_done(history))
    yield from (todo for todo in found if todo is not None)


def _held(rows: int) -> Iterator[Todo]:
    """Yield the rows of files that wait for a person."""
    if rows > 0:
        words = "1 row of a file is held" if rows == 1 else f"{rows} rows of files are held"
        yield Todo("held_rows", "", f"Decide: {words}", None, overdue=False)
