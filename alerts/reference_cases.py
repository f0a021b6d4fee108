"""Reference cases: numbers computed elsewhere that this code must compute, too; those in data/, or of a file in their form. Pure.

JSON holds sections by name, each with a tolerance and cases: {"sections": {"rcv": {"tolerance": 1e-6, "cases": [{"id": …}]}}}.
Lung function comes as CSV, a row a case, with `tolerance_z`. Tolerances are relative, absolute where zero is expected.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

_DATA: Final = Path(__file__).parent / "data"
BUNDLED: Final = (_DATA / "reference_cases.json", _DATA / "gli_cases.csv")
LUNG: Final = "gli"
"""The section that a file of lung function makes."""
WORDS: Final = ("id", "equation", "group", "sex", "measure", "unit", "grid", "checks")
"""Columns of such a file that hold no number; all others do."""
NEEDED: Final = ("id", "equation", "group", "sex", "age_years", "height_cm", "measure", "unit", "value", "tolerance_z")
REMARKS: Final = frozenset({"id", "note", "source", "z_name", "grid", "checks", "floor_table_z"})
"""Keys of a case that say something about it and are not computed: `floor_table_z` is what a table without interpolation gives."""


MOST: Final = 100
"""Numbers in a list: more would take minutes to count all their orders."""


class CaseError(ValueError):
    """A file, section or case that cannot be verified; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case by its keys. It knows which of them were `read` to compute from, and its `inner` parts: the rest is expected."""

    id: str
    values: Mapping[str, object]
    read: set[str] = field(default_factory=set, compare=False)
    inner: list["Case"] = field(default_factory=list, compare=False)

    def has(self, key: str) -> bool:
        """Whether a key is given and not null."""
        self.read.add(key)
        return self.values.get(key) is not None

    def number(self, key: str) -> float:
        """Return a number; CaseError for anything else."""
        found = self._given(key)
        if isinstance(found, bool) or not isinstance(found, int | float):
            self._fail(key, "is not a number")
        return finite(found, f"{self.id}: {key}")

    def number_or(self, key: str, usual: float) -> float:
        """Return a number, the usual one where none is given."""
        return self.number(key) if self.has(key) else usual

    def whole(self, key: str, *, least: int = 0, most: int = 100_000) -> int:
        """Return a whole number within limits: beyond these it was mistyped."""
        found = self.number(key)
        if found != int(found) or not least <= found <= most:
            self._fail(key, f"is not a whole number from {least} to {most}")
        return int(found)

    def text(self, key: str) -> str:
        """Return a word."""
        found = self._given(key)
        return found if isinstance(found, str) else self._fail(key, "is not a word")

    def flag(self, key: str) -> bool:
        """Return true or false."""
        found = self._given(key)
        return found if isinstance(found, bool) else self._fail(key, "is neither true nor false")

    def numbers(self, key: str, *, least: int = 1) -> list[float]:
        """Return a list of so many numbers at least."""
        items = self._items(key, least)
        if len(items) > MOST:
            self._fail(key, f"holds more than {MOST} numbers")
        inner = Case(f"{self.id}: {key}", {str(place): item for place, item in enumerate(items)})
        return [inner.number(place) for place in inner.values]

    def parts(self, key: str) -> list["Case"]:
        """Return a list of objects as cases of their own."""
        found = [self._part(key, f"{key} {place}", item) for place, item in enumerate(self._items(key, 1))]
        self.inner.extend(found)
        return found

    def part(self, key: str) -> "Case":
        """Return an object as a case of its own."""
        found = self._part(key, key, self._given(key))
        self.inner.append(found)
        return found

    def unread(self) -> Iterator[str]:
        """Yield the keys that nothing was computed from and that are no remarks."""
        yield from (key for key in self.values if key not in self.read | REMARKS)

    def _given(self, key: str) -> object:
        """Return what a key holds."""
        self.read.add(key)
        found = self.values.get(key)
        return self._fail(key, "is missing") if found is None else found

    def _items(self, key: str, least: int) -> Sequence[object]:
        """Return a list."""
        found = self._given(key)
        if not isinstance(found, list) or len(found) < least:
            self._fail(key, f"is not a list of {least} or more")
        return found

    def _part(self, key: str, named: str, found: object) -> "Case":
        """Return one object as a case."""
        return Case(f"{self.id}: {named}", found) if isinstance(found, dict) else self._fail(key, "is not an object")

    def _fail(self, key: str, reason: str) -> NoReturn:
        """Refuse a key."""
        raise CaseError(f"{self.id}: {key} {reason}.")


@dataclass(frozen=True, slots=True)
class Section:
    """Cases of one kind with how exactly they are to agree; `definition` says what is computed."""

    name: str
    cases: tuple[Case, ...]
    tolerance: float
    definition: str = ""


def bundled() -> list[Section]:
    """Return the sections that come with the code."""
    return [section for path in BUNDLED for section in parse(path.name, path.read_bytes())]


def parse(name: str, content: bytes) -> list[Section]:
    """Return the sections of a file, JSON or CSV by its content; CaseError, naming the file, for one of neither form."""
    try:
        text = content.decode("utf-8-sig")
        return _of_json(text) if text.lstrip().startswith(("{", "[")) else [_of_csv(text)]
    except UnicodeDecodeError as error:
        raise CaseError(f"{name}: this is no text in UTF-8.") from error
    except CaseError as error:
        raise CaseError(f"{name}: {error}") from error


def finite(value: float, what: str) -> float:
    """Return a number that is one: neither NaN nor beyond all limits."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise CaseError(f"{what} is not a finite number.")
    return number


def _of_json(text: str) -> list[Section]:
    """Return the sections of a JSON file."""
    try:
        document = json.loads(text, parse_constant=_no_number)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CaseError(f"this is no JSON ({error}).") from error
    sections = document.get("sections") if isinstance(document, dict) else None
    if not isinstance(sections, dict) or not sections:
        raise CaseError("it holds no sections.")
    return [_section(name, body) for name, body in sections.items()]


def _no_number(written: str) -> NoReturn:
    """Refuse what JSON does not know."""
    raise CaseError(f"{written} is not a finite number.")


def _section(name: str, body: Any) -> Section:
    """Return one section of a JSON file."""
    whole = Case(name, body) if isinstance(body, dict) else None
    if whole is None:
        raise CaseError(f"{name} is not an object.")
    tolerance = whole.number("tolerance")
    if tolerance < 0:
        raise CaseError(f"{name}: tolerance is below zero.")
    cases = tuple(Case(part.text("id"), part.values) for part in whole.parts("cases"))
    return Section(name, cases, tolerance, str(body.get("description", "")))


def _of_csv(text: str) -> Section:
    """Return the section of a CSV file of lung function."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
        if missing:
            raise CaseError(f"it is neither JSON nor a table with the columns {', '.join(missing)}.")
        cases = tuple(_row(number, row) for number, row in enumerate(rows, start=2))
    except csv.Error as error:
        raise CaseError(f"after line {rows.line_num}: {error}.") from error
    if not cases:
        raise CaseError("it holds no rows.")
    return Section(LUNG, cases, max(case.number("tolerance_z") for case in cases), DEFINITION)


def _row(number: int, row: Mapping[str | None, Any]) -> Case:
    """Return a row as a case; empty cells are not given."""
    if None in row or None in row.values():
        raise CaseError(f"row {number}: not as many cells as headings.")
    cells = {str(column): str(text) for column, text in row.items() if text}
    named = cells.get("id") or f"row {number}"
    return Case(named, {column: _cell(named, column, text) for column, text in cells.items()})


def _cell(named: str, column: str, text: str) -> float | str:
    """Return a cell as what its column holds."""
    if column in WORDS:
        return text
    try:
        return finite(float(text), f"{named}: {column}")
    except ValueError as error:
        raise CaseError(f"{named}: {column} is not a finite number.") from error


DEFINITION: Final = (
    "Median, limits of normal (z = ∓1.645) and z-score of lung function by sex, age and height: z=((x/M)^L-1)/(L*S), "
    "value=M*(1+L*S*z)^(1/L), splines interpolated linearly between quarters of a year. Differences are in z-scores: of a value, "
    "divided by M*S. Each row states its own tolerance."
)
