"""How a table is laid out: one result a line, one date a line, or one date a column; found by its headings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from patients.parsers.dates import date_parts
from patients.parsers.headings import NamedColumn, analyte_column, language_of, names_other_test, role_of, roles_of
from patients.units import candidates

Row = tuple[str, list[str]]
"""The place of a row as reported (a line number, `sheet!row`) and its cells."""

HEADING_WITHIN = 60
"""Headings stand within this many rows that are not blank; before them is a preamble."""
COLUMNS = 2000
"""A wider row is no table of results."""


class Kind(StrEnum):
    """The three layouts."""

    LONG = "one result a line"
    WIDE = "one date a line, an analyte a column"
    TRANSPOSED = "one analyte a line, a date a column"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are. `analytes` of a wide table and `dates` of a transposed one are columns; `preamble` by role."""

    kind: Kind
    place: str
    headings: tuple[str, ...]
    roles: dict[str, int]
    analytes: tuple[tuple[int, NamedColumn], ...] = ()
    dates: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    language: str = ""
    preamble: dict[str, str] = field(default_factory=dict)
    has_unit_row: bool = False

    def label_column(self) -> int:
        """Return the column with the names of a transposed table."""
        return self.roles.get("name", self.roles.get("code", 0))


def is_blank_row(cells: Sequence[str]) -> bool:
    """Say whether a row holds nothing but spaces."""
    return not any(cell.strip() for cell in cells)


def find_layout(rows: Iterable[Row]) -> Layout | None:
    """Return the layout by the first row that can be a heading row, None where there is none."""
    preamble: dict[str, str] = {}
    filled = ((place, cells) for place, cells in rows if not is_blank_row(cells))
    window = list(islice(filled, HEADING_WITHIN))
    for index, (place, cells) in enumerate(window):
        if len(cells) > COLUMNS:
            return None
        found = _layout(place, [cell.strip() for cell in cells], preamble)
        if found:
            return _with_neighbors(found, [cells for _, cells in window[index + 1 :]])
        found_here = _labeled(cells)
        name = f"{preamble.get('person', '')} {found_here.pop('person', '')}".strip()
        preamble |= {role: text for role, text in found_here.items() if role not in preamble}
        preamble |= {"person": name} if name else {}
    return None


def _layout(place: str, headings: list[str], preamble: dict[str, str]) -> Layout | None:
    roles = roles_of(headings)
    valued, named = "value" in roles or "standard_value" in roles, "name" in roles or "code" in roles
    if valued and named:
        return Layout(Kind.LONG, place, tuple(headings), roles, preamble=preamble)
    dates = tuple(index for index, heading in enumerate(headings) if date_parts(heading))
    unlabeled = not headings[0]
    if roles.get("effective_at") == 0 and len(dates) > 1 and all(map(date_parts, filter(None, headings[1:]))):
        unlabeled, roles = True, {}  # "Date" above the names speaks of the other headings
    if dates and (named or (len(dates) > 1 and unlabeled)) and dates[0] > 0:
        return Layout(Kind.TRANSPOSED, place, tuple(headings), roles, dates=dates, preamble=preamble)
    if valued:
        return None
    taken = set(roles.values())
    analytes = tuple(
        (index, column)
        for index, heading in enumerate(headings)
        if index not in taken and not role_of(heading) and (column := _measured(heading))
    )
    if not analytes or (len(analytes) < 2 and not {"effective_at", "patient"} & set(roles)):
        return None
    if all(_looks_like_data(headings[index]) for index, _ in analytes):
        return None
    known = taken | {index for index, _ in analytes}
    unknown = tuple(
        index
        for index, heading in enumerate(headings)
        if index not in known and heading and role_of(heading) not in {"ignored", "person"}
    )
    return Layout(Kind.WIDE, place, tuple(headings), roles, analytes, unknown=unknown, preamble=preamble)


def _measured(heading: str) -> NamedColumn | None:
    return analyte_column(heading) or (NamedColumn(heading, "") if heading and names_other_test(heading) else None)


def _looks_like_data(heading: str) -> bool:
    return heading[:1].isdigit() and date_parts(heading) is not None


def _with_neighbors(layout: Layout, following: list[list[str]]) -> Layout:
    """Return the layout with what only the rows below tell: the language of names, a row of units."""
    label = layout.roles.get("name", layout.roles.get("code", 0))
    names = [cells[label].strip() for cells in following if label < len(cells)]
    names += [column.name for _, column in layout.analytes]
    bare = [part for name in names if (part := name.partition("(")[0].strip())]
    language = language_of([*layout.headings, *dict.fromkeys(bare)])
    units = bool(layout.analytes and following) and _is_unit_row(layout, following[0])
    analytes = layout.analytes
    if units:
        analytes = tuple(
            (index, NamedColumn(column.name, column.unit or following[0][index].strip("()[] ")))
            for index, column in analytes
        )
    return Layout(
        layout.kind,
        layout.place,
        layout.headings,
        layout.roles,
        analytes,
        layout.dates,
        layout.unknown,
        language,
        layout.preamble,
        units,
    )


def _is_unit_row(layout: Layout, cells: list[str]) -> bool:
    if len(cells) <= max(index for index, _ in layout.analytes):
        return False
    texts = [cells[index].strip("()[] ") for index, _ in layout.analytes]
    return any(texts) and all(not text or (candidates(text) and not text.isdigit()) for text in texts)


_LABELS = ("patient", "person", "birth_date", "sex", "effective_at", "performer", "specimen")


def _labeled(cells: Sequence[str]) -> dict[str, str]:
    """Return what a row of a preamble says of the whole file: "MRN:" followed by a number, "Date: 2023-01-09".

    A patient without a number is a person's name; its parts may stand apart.
    """
    found: dict[str, str] = {}
    for index, cell in enumerate(cells):
        label, colon, rest = cell.partition(":")
        role = role_of(label)
        value = rest.strip() or (cells[index + 1].strip() if index + 1 < len(cells) else "")
        if role in _LABELS and value and (colon or len(cells) <= 4):
            if role == "patient" and not any(letter.isdigit() for letter in value):
                role = "person"
            if role == "person":
                value = f"{found.pop(role, '')} {value}".strip()
            found.setdefault(role, value)
    return found
