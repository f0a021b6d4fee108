"""A table of cells read as results: what CSV and spreadsheets have in common.

Every cell that can hold a result becomes one RawResult with its row and column, an empty one too (it is skipped
later, and counted). The decimal mark and the order of day and month are decided for the whole table before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from patients.analyte_names import NameState, find_analyte
from patients.parsers.dates import DateOrder, all_at_midnight, date_parts, decide_order, read_date
from patients.parsers.headings import HEADING_LENGTH, analyte_column, role_of
from patients.parsers.layout import Kind, Layout, Row, find_layout, is_blank_row
from patients.parsers.numbers import mark_of, parse_number
from patients.parsers.raw import ORIGINAL_LENGTH, RawResult, error, information, warning
from patients.readings import Issue, IssueSeverity

CLEAR_MAJORITY = 20
"""So many times more cells with one decimal mark than with the other settle the mark of the table."""

_NUMERIC_ROLES = ("value", "standard_value", "reference", "reference_low", "reference_high")


@dataclass(frozen=True, slots=True)
class Conventions:
    """How the whole table writes numbers and dates."""

    mark: str
    order: DateOrder
    midnight: bool


def read_table(rows: Iterable[Row], *, separator: str = ";") -> Iterator[RawResult | Issue]:
    """Yield the results and issues of a table in its order; `rows` are iterated more than once."""
    layout = find_layout(rows)
    if layout is None:
        filled = next((place for place, cells in rows if not is_blank_row(cells)), "")
        if filled:
            yield error(filled, "", "no_heading", "No row of headings was found that says what is where.")
        else:
            yield error("", "", "empty_file", "The file holds no data.")
        return
    conventions = _conventions(layout, rows)
    for index in layout.unknown:
        yield information(
            layout.place, _column(layout, index), "unknown_column", "This column is not known and was not read."
        )
    if conventions.order is DateOrder.CONTRADICTORY:
        yield warning(
            layout.place, _date_heading(layout), "contradictory_dates", "Some dates begin with the day, some the month."
        )
    reader = _Reader(layout, conventions, separator, _person_columns(layout, rows))
    for place, cells in _data_rows(layout, rows):
        yield from reader.read(place, cells)


def _person_columns(layout: Layout, rows: Iterable[Row]) -> list[int]:
    """Return the columns with the patient's name; one headed "Name" beside codes and no names of tests may hold those."""
    columns = [index for index, heading in enumerate(layout.headings) if role_of(heading) == "person"]
    if layout.kind is not Kind.LONG or "name" in layout.roles:
        return columns
    tests = {
        index
        for _, cells in _data_rows(layout, rows)
        for index in columns
        if index < len(cells) and find_analyte("", cells[index].strip()).state is not NameState.UNKNOWN
    }
    return [index for index in columns if index not in tests]


def _date_heading(layout: Layout) -> str:
    index = layout.roles.get("effective_at")
    return "" if index is None else _column(layout, index)


def _column(layout: Layout, index: int) -> str:
    return layout.headings[index][:HEADING_LENGTH]


def _data_rows(layout: Layout, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows below the headings that are not blank, nor the headings or units once more."""
    below, units, first = False, layout.has_unit_row, layout.headings[0]
    for place, cells in rows:
        if not below:
            below = place == layout.place
        elif not is_blank_row(cells):
            if units:
                units = False
            elif cells[0].strip() != first or tuple(cell.strip() for cell in cells) != layout.headings:
                yield place, cells


def _conventions(layout: Layout, rows: Iterable[Row]) -> Conventions:
    """Read the whole table once for what only all cells together tell."""
    numeric = [layout.roles[role] for role in _NUMERIC_ROLES if role in layout.roles]
    numeric += [*layout.dates, *(index for index, _ in layout.analytes)]
    dated = [layout.roles[role] for role in ("effective_at", "issued_at", "birth_date") if role in layout.roles]
    votes: Counter[str] = Counter()
    dates: set[str] = {layout.headings[index] for index in layout.dates}
    dates |= {layout.preamble[role] for role in ("effective_at", "birth_date") if role in layout.preamble}
    effective: set[str] = set(dates) if layout.dates else set()
    for _, cells in _data_rows(layout, rows):
        width = len(cells)
        votes.update(_mark(cells[index]) for index in numeric if index < width)
        dates.update(cells[index] for index in dated if index < width)
        if dated and dated[0] < width and "effective_at" in layout.roles:
            effective.add(cells[dated[0]])
    mark = _decided_mark(votes, layout.language)
    order = decide_order(dates, language=layout.language, decimal_mark=mark if votes[mark] else "")
    return Conventions(mark, order, all_at_midnight(effective))


@lru_cache(maxsize=4096)
def _mark(cell: str) -> str:
    """Return the decimal mark that a cell, a number or a range, proves; "" where it does not."""
    if "-" in cell[1:] or "–" in cell[1:]:
        low, _, high = cell.replace("–", "-").partition("-")
        return mark_of(low) or mark_of(high)
    return mark_of(cell)


def _decided_mark(votes: Counter[str], language: str) -> str:
    """Return the decimal mark: the one that is proven (nearly) alone, else a point in English, else not known."""
    for mark, other in ((".", ","), (",", ".")):
        if votes[mark] and votes[mark] >= CLEAR_MAJORITY * votes[other]:
            return mark
    return "." if language == "en" and not votes[","] else ""


_FROM_PREAMBLE = ("sex", "specimen", "performer")
_ESSENTIAL = ("name", "code", "value", "unit", "effective_at")
_COPIED = (
    "sex", "code", "name", "unit", "status", "specimen", "category", "performer", "reference", "reference_low",
    "reference_high", "interpretation", "comparator",
)  # fmt: skip


class _Reader:
    """Reads rows of one table; holds what is the same for all of them."""

    def __init__(self, layout: Layout, conventions: Conventions, separator: str, persons: list[int]) -> None:
        self.layout = layout
        self.persons = persons
        self.conventions = conventions
        self.separator = separator
        self.width = max((i + 1 for i, heading in enumerate(layout.headings) if heading), default=0)
        self.copied = [(role, layout.roles[role]) for role in _COPIED if role in layout.roles]
        self.date_heading = _date_heading(layout)
        self.roles = frozenset(layout.roles) | frozenset(layout.preamble)
        self.read = {Kind.LONG: self._long, Kind.WIDE: self._wide, Kind.TRANSPOSED: self._transposed}[layout.kind]

    def _cell(self, cells: list[str], role: str) -> str:
        if role not in self.roles:
            return ""
        index = self.layout.roles.get(role)
        text = cells[index].strip() if index is not None and index < len(cells) else ""
        return text or self.layout.preamble.get(role, "")

    def _person(self, cells: list[str]) -> str:
        """Return the name of the patient, its parts in order: of the row, else of the whole file."""
        parts = (cells[index].strip() for index in self.persons if index < len(cells))
        return " ".join(filter(None, parts)) or self.layout.preamble.get("person", "")

    def _date(self, text: str, place: str, heading: str) -> tuple[str, tuple[Issue, ...]]:
        """Return a date as ISO and, where it cannot be read, why."""
        if not text:
            return "", ()
        read = read_date(text, self.conventions.order)
        if not read.problem:
            iso = read.iso.removesuffix("T00:00") if self.conventions.midnight else read.iso
            return iso, ()
        if read.problem == "impossible":
            return "", (error(place, heading, "impossible_date", "There is no such day.", text),)
        if read.problem == "ambiguous":
            message = "Day and month could be exchanged, and nothing in the file tells which is first."
            return "", (warning(place, heading, "ambiguous_date", message, text),)
        return "", (warning(place, heading, "unreadable_date", "This could not be read as a date.", text),)

    def _other_date(self, cells: list[str], role: str, place: str, issues: list[Issue]) -> str:
        """Return a date that no result stands or falls with; one that cannot be read is only told."""
        if role not in self.roles:
            return ""
        index = self.layout.roles.get(role)
        heading = "" if index is None else _column(self.layout, index)
        text, problems = self._date(self._cell(cells, role), place, heading)
        issues += [replace(problem, severity=IssueSeverity.INFORMATION) for problem in problems]
        return text

    def _common(self, place: str, cells: list[str]) -> dict[str, Any]:
        """Return what one row says of all its results: fields of RawResult."""
        issues: list[Issue] = []
        date_text, time = self._cell(cells, "effective_at"), self._cell(cells, "time")
        if time and (parts := date_parts(date_text)) and not parts.time and date_parts(f"{date_text} {time}"):
            date_text = f"{date_text} {time}"
        effective_at, problems = self._date(date_text, place, self.date_heading)
        issues += problems
        other = {role: self._other_date(cells, role, place, issues) for role in ("birth_date", "issued_at")}
        if any(cell.strip() for cell in cells[len(self.layout.headings) :]):
            issues.append(warning(place, "", "extra_cells", "The row has more cells than there are headings."))
        common = {role: cells[index].strip() for role, index in self.copied if index < len(cells)}
        for role in _FROM_PREAMBLE:
            if role in self.layout.preamble and not common.get(role):
                common[role] = self.layout.preamble[role]
        if self._cell(cells, "retracted_at"):
            common["status"] = "entered-in-error"
        return common | {
            "row": place,
            "patient": self._cell(cells, "patient"),
            "person": self._person(cells),
            "birth_date": other["birth_date"][:10],
            "effective_at": effective_at,
            "issued_at": other["issued_at"],
            "decimal_mark": self.conventions.mark,
            "original": self.separator.join(cells)[:ORIGINAL_LENGTH],
            "issues": tuple(issues),
        }

    def _long(self, place: str, cells: list[str]) -> Iterator[RawResult | Issue]:
        common = self._common(place, cells)
        common["value"] = self._cell(cells, "value")
        if not common["value"] and (standard := self._cell(cells, "standard_value")):
            common["value"], common["unit"] = standard, self._cell(cells, "standard_unit")
        if self._is_prose(cells, common):
            yield _text_line(common)
            return
        if len(cells) < self.width:
            missing = [role for role in _ESSENTIAL if self.layout.roles.get(role, -1) >= len(cells)]
            if missing:
                judge, original = error if "value" in missing else warning, common["original"]
                short = judge(place, "", "short_row", "The row has fewer cells than there are headings.", original)
                common["issues"] = (*common["issues"], short)
        index = self.layout.roles.get("value", self.layout.roles.get("standard_value", 0))
        yield RawResult(**common, column=_column(self.layout, index))

    def _is_prose(self, cells: list[str], common: dict[str, Any]) -> bool:
        """Say whether a row is a remark: no known test, no number, no date, or all of it in one cell."""
        named = find_analyte(common.get("code", ""), common.get("name", "")).state is not NameState.UNKNOWN
        if named or common["effective_at"] or parse_number(common["value"], common["decimal_mark"]) is not None:
            return False
        alone = sum(1 for cell in cells if cell.strip()) == 1
        return alone or (not common["issues"] and "effective_at" in self.layout.roles)

    def _wide(self, place: str, cells: list[str]) -> Iterator[RawResult | Issue]:
        common = self._common(place, cells)
        measured = [cells[index] for index, _ in self.layout.analytes if index < len(cells)]
        alone = sum(1 for cell in cells if cell.strip()) == 1
        if alone and not common["effective_at"] and not any(parse_number(cell, "") for cell in measured):
            yield _text_line(common)
            return
        for index, column in self.layout.analytes:
            common["column"] = _column(self.layout, index)
            common["name"], common["unit"] = column.name, column.unit
            common["value"] = cells[index].strip() if index < len(cells) else ""
            yield RawResult(**common)

    def _transposed(self, place: str, cells: list[str]) -> Iterator[RawResult | Issue]:
        label = self.layout.label_column()
        text = cells[label].strip() if label < len(cells) else ""
        common, column = self._common(place, cells), analyte_column(text)
        values = [(index, cells[index].strip() if index < len(cells) else "") for index in self.layout.dates]
        if not column and not any(value for _, value in values):
            yield _text_line(common)
            return
        common["name"] = column.name if column else text
        common["unit"] = common.get("unit") or (column.unit if column else "")
        issues = common["issues"]
        for index, value in values:
            common["column"], common["value"] = _column(self.layout, index), value
            common["effective_at"], problems = self._date(self.layout.headings[index], place, common["column"])
            common["issues"] = (*issues, *problems)
            yield RawResult(**common)


def _text_line(common: dict[str, Any]) -> Issue:
    return information(common["row"], "", "text_line", "This line holds no result.", common["original"])
