"""Plain words for patients: days, what is next, how the own hemoglobin stands, a team's text with its telephone numbers. Pure.

Facts only: no alert, no statistics, no advice. What to do is the team's own text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from alerts.due import Todo
from monitor.chart_frame import Band

NBSP: Final = "\u00a0"
WATCHED: Final = "Nobody watches this page around the clock."
CALL: Final = "If you cough up blood, call your team or the emergency service."
"""Where a team wrote no text of its own."""
TESTS: Final[Mapping[str, str]] = {
    "blood_count": "Blood count",
    "oxygen": "Oxygen reading at home",
    "iron": "Blood test for iron",
    "film": "X-ray of the chest",
    "spirometry": "Breathing test",
    "dlco": "Breathing test for gas exchange",
    "creatinine": "Blood and urine test for the kidneys",
    "ecg": "ECG of the heart",
    "ultrasound": "Ultrasound",
    "glucose": "Blood sugar",
    "blood_pressure": "Blood pressure",
    "growth": "Weight and height",
    "eyes": "Eye examination",
    "bones": "Bone density",
}
"""Regular tests by subject (alerts.monitoring.TESTS)."""
REPEATS: Final[Mapping[str, str]] = {
    "repeat_hemoglobin": "Blood count, once more",
    "control_film": "X-ray of the chest, once more",
    "repeat_sputum": "Sample of phlegm, once more",
    "upload": "File of your results",
}
"""Kinds of to-do that a patient can do something about; what is left out is the team's own work."""
TELEPHONE: Final = re.compile(
    r"\+?\(?\d[\d \u00a0()/.–-]{4,18}\d|(?<![\d.,/-])(?:112|144|911|999)(?![\d:/-]|[.,]\d|[ \u00a0]?(?:%|(?:ml|mg|g|l)\b))",
    re.IGNORECASE,
)
"""What looks like a telephone number, or is one of those for emergencies."""
LEAST_DIGITS: Final = 6
SHORT: Final = 160
"""Characters of a text that is shown whole on every page."""
DATED: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: words, or (`number` is not empty) a telephone number as it is dialed."""

    words: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Emergency:
    """What a team wants done when blood is coughed up: its text in pieces, and the number to call first, if it holds one."""

    pieces: tuple[Piece, ...]
    written: bool

    @property
    def short(self) -> bool:
        """Whether the whole text fits into the line that is always in sight."""
        return sum(len(piece.words) for piece in self.pieces) <= SHORT

    @property
    def says_unwatched(self) -> bool:
        """Whether it says itself that nobody watches all the time."""
        return "around the clock" in "".join(piece.words for piece in self.pieces).casefold()

    @property
    def first(self) -> Piece | None:
        """The first telephone number."""
        return next((piece for piece in self.pieces if piece.number), None)


@dataclass(frozen=True, slots=True)
class Next:
    """Something that is to come: what, on which day, and whether that is past."""

    words: str
    on: date
    late: bool


def emergency(text: str) -> Emergency:
    """Return a team's text with its telephone numbers found; words of ours where it wrote none."""
    return Emergency(tuple(_pieces(text.strip() or CALL)), written=bool(text.strip()))


def _pieces(text: str) -> Iterator[Piece]:
    """Yield words and numbers in their order."""
    end = 0
    for found in TELEPHONE.finditer(text):
        number = re.sub(r"[^\d+]", "", found[0].replace("(0)", ""))
        if DATED.fullmatch(found[0].strip()) or 3 < len(number) < LEAST_DIGITS:
            continue
        if found.start() > end:
            yield Piece(text[end : found.start()])
        yield Piece(found[0], number)
        end = found.end()
    if end < len(text):
        yield Piece(text[end:])


def day_words(day: date, today: date) -> str:
    """Return a day as people say it: today, tomorrow, Saturday 28 November; with the year where it is another."""
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
    if named:
        return named
    year = "" if day.year == today.year else f"{NBSP}{day.year}"
    return f"{day:%A} {day.day}{NBSP}{day:%B}{year}"


def date_words(day: date) -> str:
    """Return a date: 28 November 2026."""
    return f"{day.day}{NBSP}{day:%B}{NBSP}{day.year}"


def next_of(todo: Todo) -> Next | None:
    """Return a to-do in words for a patient; None for one that is the team's, or has no day."""
    words = TESTS.get(todo.subject) if todo.kind == "test" else REPEATS.get(todo.kind)
    return None if words is None or todo.due_on is None else Next(words, todo.due_on, late=todo.overdue)


def greeting(hour: int) -> str:
    """Return how one greets at an hour of the day."""
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


def usual(value: float, band: Band | None) -> str:
    """Return how a hemoglobin stands beside what is usual for the person; empty where that is not known."""
    if band is None:
        return ""
    if value < band.lower:
        return "lower than usual for you"
    return "higher than usual for you" if value > band.upper else "as usual for you"


def flare_words(days: int) -> str:
    """Return for how long there was no flare."""
    return f"Without a flare for {days}{NBSP}day{'' if days == 1 else 's'}."
