"""Courses of iron by mouth: when one began, whether it goes on, and on which share of its days it was taken. Pure.

What was recorded as taken makes a course; what was planned says on which days it should have been. No record of a day is no tablet
that is known of: only a record says that it was taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from alerts.rules.circumstances import BY_VEIN, is_iron
from patients.history import History, TreatmentRecord

BY_MUSCLE: Final = frozenset({"im", "intramuscular"})
GAP: Final = timedelta(days=14)
"""After a longer pause iron is a course of its own (working value: half of what a response takes)."""


@dataclass(frozen=True, slots=True)
class Course:
    """A course of iron by mouth, from its first day to its last one (None: it goes on), with what was taken and planned in it."""

    first: date
    last: date | None
    taken: tuple[TreatmentRecord, ...]
    planned: tuple[TreatmentRecord, ...]

    def adherence(self, until: date) -> float:
        """Return the share of the days up to one, not with it, on which it was taken: of those planned, where any were."""
        days = {self.first + timedelta(days=number) for number in range((until - self.first).days)}
        planned = _covered(self.planned, days)
        asked = planned or days
        return len(_covered(self.taken, asked)) / len(asked) if asked else 1.0


def course_on(history: History, day: date) -> Course | None:
    """Return the course of iron by mouth that a day lies in; None where no iron was being taken."""
    by_mouth = [one for one in history.treatments if is_iron(one.drug) and one.route.lower() not in BY_VEIN | BY_MUSCLE]
    given = [one for one in by_mouth if one.intent == "taken" and one.dose != 0 and one.started_on <= day]
    planned = tuple(one for one in by_mouth if one.intent == "planned")
    current: list[TreatmentRecord] = []
    end: date | None = None
    for one in sorted(given, key=lambda row: (row.started_on, row.id)):
        if current and end is not None and one.started_on - end > GAP:
            current = []
        end = one.ended_on if not current else _later(end, one.ended_on)
        current.append(one)
    if not current or (end is not None and end < day):
        return None
    return Course(current[0].started_on, end, tuple(current), planned)


def _later(one: date | None, other: date | None) -> date | None:
    """Return the later of two ends; None is open."""
    return None if one is None or other is None else max(one, other)


def _covered(rows: Iterable[TreatmentRecord], days: Iterable[date]) -> set[date]:
    """Return the days that one of the rows covers; every second day is covered by a row that says so."""
    spans = [(row.started_on, row.ended_on) for row in rows]
    return {day for day in days if any(start <= day and (end is None or day <= end) for start, end in spans)}
