"""What falls due: an item with its day, when it counts as overdue, and the words for both. Pure."""

from dataclasses import dataclass
from datetime import date

from alerts.rules.grace import OVERDUE as OVERDUE
from alerts.rules.grace import grace_of as grace_of
from alerts.rules.wording import NBSP


@dataclass(frozen=True, slots=True)
class Todo:
    """A due item: its `kind`, the `subject` (a constant or a row's id, the same while it stays due), and what to do in words.

    `due_on` is a day of the patient's calendar, None for what has no day; `overdue` once it is late by more than is usual.
    """

    kind: str
    subject: str
    words: str
    due_on: date | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be done on a day, be it ahead or past: `what`, and `why` in words; overdue `grace` days after that."""

    kind: str
    subject: str
    what: str
    why: str
    due_on: date
    grace: int

    def todo(self, today: date) -> Todo | None:
        """Return the to-do that this is on a day, None while it lies ahead."""
        late = (today - self.due_on).days
        if late < 0:
            return None
        words = f"{self.what} {late_words(late)}: {self.why}"
        return Todo(self.kind, self.subject, words, self.due_on, overdue=late >= self.grace)


def late_words(late: int) -> str:
    """Return how late something is: due today; 1 day late; 31 days late."""
    return "due today" if late == 0 else f"{late}{NBSP}day{'' if late == 1 else 's'} late"


def on(day: date) -> str:
    """Return a date in words: 3 Mar 2026."""
    return f"{day.day}{NBSP}{day:%b}{NBSP}{day.year}"


def days(count: float) -> str:
    """Return a number of days in words."""
    return "day" if count == 1 else f"{count:g}{NBSP}days"


def reached(born: date, years: int) -> date:
    """Return the day on which somebody is so many years old; born on 29 February, on 1 March of other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
