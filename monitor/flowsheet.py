"""The flowsheet: results by analyte and date, newest first, with flags and arrows. Pure: no Django, no I/O, no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts import trends
from alerts.rules.rule import Severity
from patients.analytes import Analyte, catalogue
from patients.history import PatientFacts

SECTIONS: Final[Mapping[str, str]] = {
    "hematology": "Blood count", "iron": "Iron", "inflammation": "Inflammation", "biochemistry": "Biochemistry",
    "immunology": "Immunology", "urine": "Urine", "sputum": "Sputum", "bal": "Lavage", "marrow": "Marrow",
    "gases": "Oxygen and gases", "lung function": "Lung function", "vitals": "Vital signs", "cardiac": "Heart",
    "anthropometry": "Height and weight", "symptom": "Symptoms",
}  # fmt: skip
OTHER: Final = "Other"
LOW, HIGH = "L", "H"
GIVEN: Final[Mapping[str, str]] = {"L": LOW, "LL": LOW, "<": LOW, "H": HIGH, "HH": HIGH, ">": HIGH}
"""What a laboratory's own word says of a result whose range nobody knows (HL7 table 0078)."""
DOWN, UP = "↓", "↑"


@dataclass(frozen=True, slots=True)
class Range:
    """A reference range; an open end is None."""

    low: float | None = None
    high: float | None = None

    def flag(self, value: float, comparator: str = "") -> str:
        """Return "L" or "H" where a value is outside for sure, else "": "less than 5" is low where 5 is not above the limit."""
        below = self.low is not None and (value < self.low or (comparator == "<" and value == self.low))
        above = self.high is not None and (value > self.high or (comparator == ">" and value == self.high))
        if below and comparator not in (">", ">="):
            return LOW
        return HIGH if above and comparator not in ("<", "<=") else ""

    @property
    def words(self) -> str:
        """Say the range: "115 to 155", "from 16", "up to 5"."""
        if self.low is None:
            return "" if self.high is None else f"up to {self.high:g}"
        return f"from {self.low:g}" if self.high is None else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class HeldAt:
    """Where a row waits for a person: its file, and its place in it."""

    upload_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class Result:
    """One result as recorded, in the canonical unit; `text` where it is no number. `range` is the one that it carries.

    `held` is the row of a file that waits for a person: it is no result yet, and nothing is compared with it.
    """

    id: int
    code: str
    at: datetime
    value: float | None
    text: str = ""
    comparator: str = ""
    range: Range = Range()
    interpretation: str = ""
    usable: bool = True
    unconfirmed: bool = False
    corrected: bool = False
    computed: bool = False
    severity: Severity | None = None
    held: HeldAt | None = None

    @property
    def recorded(self) -> bool:
        """Whether it is a fact with a page of its own."""
        return self.held is None and not self.computed


@dataclass(frozen=True, slots=True)
class Cell:
    """A result in the sheet: its flag against the range, and its arrow against the result before."""

    result: Result
    flag: str = ""
    arrow: str = ""

    @property
    def marked(self) -> bool:
        """Whether anything stands beside the value."""
        one = self.result
        return bool(self.flag or self.arrow or one.severity or one.unconfirmed or not one.usable)

    @property
    def looks(self) -> str:
        """Return the classes of the style sheet that the cell takes."""
        one = self.result
        grade = "v-c" if one.severity else {LOW: "v-l", HIGH: "v-h"}.get(self.flag, "")
        ways = (
            "v-held" if one.held else "",
            "v-inferred" if one.computed else "",
            "v-fixed" if one.corrected else "",
            "" if one.usable else "v-none",
        )
        return " ".join(name for name in (grade, *ways) if name)

    @property
    def words(self) -> str:
        """Say what flag and arrow mean, for who does not see them."""
        said = (
            {LOW: "low", HIGH: "high"}.get(self.flag, ""),
            {DOWN: "lower than before", UP: "higher than before"}.get(self.arrow, ""),
        )
        return ", ".join(word for word in said if word)


@dataclass(frozen=True, slots=True)
class Column:
    """A day; `time` is set where a day needs more than one column, because a test was repeated in it."""

    day: date
    time: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An analyte with a cell a column, None where it was not measured."""

    code: str
    name: str
    unit: str
    range: Range
    cells: tuple[Cell | None, ...]

    @property
    def abnormal(self) -> bool:
        """Whether any of its cells is flagged."""
        return any(cell is not None and cell.flag for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Section:
    """Analytes that belong together."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole sheet, newest column first; `days` says how many days there are, of which as many as asked for are shown."""

    columns: tuple[Column, ...] = ()
    sections: tuple[Section, ...] = ()
    days: int = 0
    shown: int = 0


def flowsheet(results: Iterable[Result], facts: PatientFacts, *, today: date, days: int | None = None) -> Sheet:
    """Return the sheet of a patient's results. `days` limits it to so many of the newest days with results; None is all.

    Arrows compare with the result before even where that is not shown.
    """
    zone = ZoneInfo(facts.time_zone or "UTC")
    ordered = sorted(results, key=lambda one: (one.at, one.id))
    cells = _cells(ordered, facts, zone)
    by_day = [(day, list(those)) for day, those in groupby(reversed(ordered), key=lambda one: _day(one, zone))]
    shown = by_day if days is None else by_day[:days]
    columns: list[Column] = []
    places: dict[int, int] = {}
    for day, those in shown:
        for time, column in _split(those, zone):
            places |= {id(one): len(columns) for one in column}
            columns.append(Column(day, time))
    rows: dict[str, list[Cell | None]] = defaultdict(lambda: [None] * len(columns))
    for one in ordered:
        if id(one) in places:
            rows[one.code][places[id(one)]] = cells[id(one)]
    return Sheet(tuple(columns), _sections(rows, facts, today), days=len(by_day), shown=len(shown))


def _day(one: Result, zone: ZoneInfo) -> date:
    """Return the day of a result on the patient's clock."""
    return one.at.astimezone(zone).date()


def _split(those: Sequence[Result], zone: ZoneInfo) -> list[tuple[str, list[Result]]]:
    """Return the columns of a day, newest first: one, or one a time where a test was repeated, so that no result hides another."""
    if len({one.code for one in those}) == len(those):
        return [("", list(those))]
    found: list[tuple[str, list[Result]]] = []
    for moment, group in groupby(those, key=lambda one: one.at):
        columns: list[list[Result]] = []
        counts: dict[str, int] = defaultdict(int)
        for one in group:
            place = counts[one.code]
            counts[one.code] += 1
            if place == len(columns):
                columns.append([])
            columns[place].append(one)
        found += [(f"{moment.astimezone(zone):%H:%M}", column) for column in columns]
    return found


def _cells(ordered: Sequence[Result], facts: PatientFacts, zone: ZoneInfo) -> dict[int, Cell]:
    """Return the cell of every result."""
    found: dict[int, Cell] = {}
    before: dict[str, Result] = {}
    for one in ordered:
        found[id(one)] = Cell(one, flag_of(one, facts, _day(one, zone)), arrow(one, before.get(one.code)))
        if one.value is not None:
            before[one.code] = one
    return found


def flag_of(one: Result, facts: PatientFacts, day: date) -> str:
    """Return "L" or "H" against the range that the result carries, else the general one, else as the laboratory flagged it."""
    if one.value is None:
        return ""
    range_ = one.range if one.range != Range() else general_range(one.code, facts, day)
    return GIVEN.get(one.interpretation, "") if range_ == Range() else range_.flag(one.value, one.comparator)


def general_range(code: str, facts: PatientFacts, day: date) -> Range:
    """Return the catalogue's range for the person's sex and age on a day; an open one where there is none."""
    known = catalogue().get(code)
    found = known.reference_range(sex=facts.sex, age_years=facts.age_years(day)) if known else None
    return Range(found.low, found.high) if found else Range()


def arrow(one: Result, before: Result | None) -> str:
    """Return how a result differs from the one before: by more than chance explains where the analyte's variation is known
    (95 %, two results), else at all; "" for no difference, or where either is a bound or no number.
    """
    if before is None or one.value is None or before.value is None or one.comparator or before.comparator:
        return ""
    down, up = _reach(catalogue().get(one.code))
    if one.value < before.value * down:
        return DOWN
    return UP if one.value > before.value * up else ""


def _reach(known: Analyte | None) -> tuple[float, float]:
    """Return the ratios within which two results differ by chance; 1 and 1 where the analyte's variation is unknown."""
    if known is None or known.cvi is None or known.cva is None:
        return 1.0, 1.0
    sigma = trends.log_sigma(known.cva / 100, known.cvi / 100)
    return trends.reference_change_value(trends.Z95, trends.TWO_RESULTS, sigma)


def _sections(rows: Mapping[str, list[Cell | None]], facts: PatientFacts, today: date) -> tuple[Section, ...]:
    """Return the rows in the catalogue's order, under its categories; what it does not know comes last."""
    known = [analyte for code, analyte in catalogue().items() if code in rows]
    found = [
        Section(
            SECTIONS.get(category, category.capitalize()),
            tuple(_row(one.code, one.name, one.unit, rows, facts, today) for one in those),
        )
        for category, those in groupby(sorted(known, key=_order), key=lambda one: one.category)
    ]
    strange = tuple(_row(code, code, "", rows, facts, today) for code in sorted(rows) if code not in catalogue())
    return (*found, *([Section(OTHER, strange)] if strange else []))


def _order(one: Analyte) -> int:
    """Return the place of an analyte's category."""
    titles = list(SECTIONS)
    return titles.index(one.category) if one.category in titles else len(titles)


def _row(
    code: str, name: str, unit: str, rows: Mapping[str, list[Cell | None]], facts: PatientFacts, today: date
) -> Row:
    """Return an analyte's row, with the range of its newest recorded result, or the general one of today."""
    cells = tuple(rows[code])
    there = [cell for cell in cells if cell is not None]
    newest = next((cell for cell in there if cell.result.held is None), there[0])
    range_ = newest.result.range if newest.result.range != Range() else general_range(code, facts, today)
    return Row(code, name, unit, range_, cells)
