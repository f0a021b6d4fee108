"""The files of a cohort folder: UTF-8 tables (RFC 4180) with a heading row, read line by line with every cell checked. Pure.

What the columns mean is in `patients.cohort_rows`; here a cell is a text, a number, a day, an instant or a choice.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from patients.instants import read_instant
from patients.readings import Issue, IssueSeverity, Precision

ORIGINAL_LENGTH: Final = 500
"""Characters of a line kept beside its issue."""
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 1, 1)
NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """One file: the columns that it always has, and those that it has where a row needs them."""

    file: str
    always: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is known."""
        return self.always + self.optional


PATIENTS: Final = Table("patients.csv", ("patient", "sex", "birth_date", "height_cm", "time_zone"))
RESULTS: Final = Table(
    "results.csv",
    ("patient", "code", "value", "unit", "effective_at", "recorded_at", "status"),
    ("comparator", "specimen", "performer", "retracted_at"),
)
EVENTS: Final = Table("events.csv", ("patient", "kind", "effective_at", "recorded_at", "findings"), ("retracted_at",))
TREATMENTS: Final = Table(
    "treatments.csv",
    ("patient", "drug", "dose", "unit", "route", "started_on", "ended_on", "intent"),
    ("every_days", "recorded_at", "plan", "retracted_at"),
)
TABLES: Final = (PATIENTS, RESULTS, EVENTS, TREATMENTS)


class UnreadableTableError(ValueError):
    """A file that is no such table, so that nothing of the folder can be trusted; `issue` says where and why."""

    def __init__(self, issue: Issue, file: str = "") -> None:
        super().__init__(issue.message)
        self.issue, self.file = issue, file


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number in the file, and its cells as written. A column that the file lacks is blank."""

    row: str
    places: Mapping[str, int]
    values: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        """Return a cell."""
        place = self.places.get(column)
        return "" if place is None else self.values[place]

    @property
    def original(self) -> str:
        """The line as CSV, bounded."""
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(self.values)
        return text.getvalue()[:ORIGINAL_LENGTH]


def read(content: bytes, table: Table) -> Iterator[Line | Issue]:
    """Yield each line, or what is wrong with it, in order; blank lines are none. UnreadableTableError where it is no such table."""
    try:
        yield from _lines(_decoded(content), table)
    except UnreadableTableError as error:
        error.file = table.file
        raise


def _lines(text: str, table: Table) -> Iterator[Line | Issue]:
    """Yield the lines of a text."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    places: dict[str, int] = {}
    end = 0
    try:
        for cells in reader:
            row, end = str(end + 1), reader.line_num
            if not cells:
                continue
            if not places:
                places = _heading(cells, table)
                yield from _unknown(cells, row, table)
            elif len(cells) != len(places):
                message = f"This line has {len(cells)} cells, the heading {len(places)}."
                yield Issue(row, "", "wrong_length", IssueSeverity.ERROR, message, ",".join(cells)[:ORIGINAL_LENGTH])
            else:
                yield Line(row, places, tuple(cells))
    except csv.Error as error:
        raise _unreadable(str(end + 1), "not_csv", f"From here the file is no CSV: {error}.") from error
    if not places:
        raise _unreadable("", "no_heading", "The file is empty: it needs at least its heading row.")


def _decoded(content: bytes) -> str:
    """Return the text, without a byte order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = str(content.count(b"\n", 0, error.start) + 1)
        raise _unreadable(row, "not_utf8", "This line is not UTF-8.") from error


def _heading(cells: Sequence[str], table: Table) -> dict[str, int]:
    """Return the place of each column."""
    places = {name: place for place, name in enumerate(cells)}
    if len(places) != len(cells):
        raise _unreadable("1", "repeated_column", "The heading names a column twice.")
    missing = [name for name in table.always if name not in places]
    if missing:
        raise _unreadable("1", "missing_column", f"The heading lacks {', '.join(missing)}.")
    return places


def _unknown(cells: Sequence[str], row: str, table: Table) -> Iterator[Issue]:
    """Yield an issue for each column that nobody reads: nothing is dropped in silence."""
    for name in cells:
        if name not in table.columns:
            message = f"No column of {table.file}: it was not read."
            yield Issue(row, name[:200], "unknown_column", IssueSeverity.WARNING, message, name[:ORIGINAL_LENGTH])


def _unreadable(row: str, code: str, message: str) -> UnreadableTableError:
    return UnreadableTableError(Issue(row, "", code, IssueSeverity.ERROR, message, ""))


def write(rows: Iterable[Mapping[str, str]], table: Table, file: TextIO, *, optional: Iterable[str] = ()) -> int:
    """Write rows by column under a heading, with the optional columns that are named; return how many rows."""
    columns = [*table.always, *(name for name in table.optional if name in set(optional))]
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([row.get(name, "") for name in columns])
        count += 1
    return count


class Cells:
    """One line's cells as values; a cell that cannot be read is None, and an issue says why."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.issues: list[Issue] = []

    @property
    def failed(self) -> bool:
        """Whether an issue keeps the line out."""
        return any(issue.severity is IssueSeverity.ERROR for issue in self.issues)

    def note(self, column: str, code: str, message: str, severity: IssueSeverity = IssueSeverity.ERROR) -> None:
        """Keep an issue of one cell."""
        self.issues.append(Issue(self.line.row, column, code, severity, message, self.line.original))

    def text(self, column: str, longest: int, *, needed: bool = False) -> str:
        """Return a text that the database can hold."""
        value = self.line[column]
        if len(value) > longest:
            self.note(column, "too_long", f"At most {longest} characters.")
        elif "\0" in value:
            self.note(column, "invalid_text", "A text cannot hold the character NUL.")
        elif needed and not value.strip():
            self.note(column, "missing_value", "This cell must not be blank.")
        return value

    def choice(self, column: str, allowed: Iterable[str], *, needed: bool = True) -> str:
        """Return one of the allowed words."""
        value, words = self.line[column], tuple(allowed)
        if needed and not value:
            self.note(column, "missing_value", "This cell must not be blank.")
        elif value and value not in words:
            self.note(column, "invalid_value", f"Allowed: {', '.join(filter(None, words))}.")
        return value

    def number(self, column: str, low: float, high: float) -> float | None:
        """Return a number within limits, None where blank."""
        value = self.line[column]
        if not value:
            return None
        if not NUMBER.fullmatch(value):
            self.note(column, "invalid_number", "A number is needed, with a point for decimals.")
        elif low <= (found := float(value)) <= high:
            return found
        else:
            self.note(column, "outside_limits", f"A number from {low:g} to {high:g} is needed.")
        return None

    def day(self, column: str, *, needed: bool = False) -> date | None:
        """Return a date, None where blank."""
        value = self.line[column]
        if not value:
            if needed:
                self.note(column, "missing_value", "This cell must not be blank.")
            return None
        try:
            found = date.fromisoformat(value)
        except ValueError:
            self.note(column, "invalid_date", "A date of ISO 8601 is needed, like 2026-03-03.")
            return None
        if EARLIEST <= found < LATEST:
            return found
        self.note(column, "invalid_date", "This date is too long ago, or too far ahead.")
        return None

    def moment(self, column: str, zone: ZoneInfo, at: datetime, *, needed: bool = False) -> tuple[datetime, Precision]:
        """Return an instant up to `at` with its precision; `at` itself where the cell is blank or cannot be read.

        A date is the start of that day in `zone`; a time without offset is one in `zone`.
        """
        value = self.line[column]
        if not value:
            if needed:
                self.note(column, "missing_value", "This cell must not be blank.")
            return at, "minute"
        found = instant(value, zone)
        if found is None:
            self.note(
                column, "invalid_time", "A date or time of ISO 8601 is needed, like 2026-03-03 or 2026-03-03T08:00Z."
            )
        elif found[0] > at:
            self.note(column, "in_the_future", "This time has not come yet.")
        else:
            return found
        return at, "minute"


def instant(text: str, zone: ZoneInfo) -> tuple[datetime, Precision] | None:
    """Return what an ISO 8601 text says, in UTC; None for another text, or one of long ago or far ahead.

    A blank in the place of the T is read too, as many programs write it.
    """
    found = read_instant(text.replace(" ", "T", 1), zone)
    if found is None or not EARLIEST < found.day < LATEST:
        return None
    return found.at, found.precision
