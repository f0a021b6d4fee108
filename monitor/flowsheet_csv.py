"""The flowsheet as a file for spreadsheets: a line a column of the sheet, newest first. Pure."""

import csv
import io
import re
from typing import Final

from monitor.flowsheet import Cell, Result, Row, Sheet

NUMBER: Final = re.compile(r"[<>]=? ?-?\d[\d.]*|-?\d[\d.]*(e[+-]?\d+)?")
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is read as a formula by spreadsheets, with or without blanks before it."""
BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it, spreadsheets take the file for another encoding than UTF-8."""


def sheet_csv(sheet: Sheet) -> str:
    """Return the sheet as CSV (RFC 4180): date, time, one column an analyte with its unit, and what is to be known of values."""
    rows = [row for section in sheet.sections for row in section.rows]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(text) for text in ("Date", "Time", *(_heading(row) for row in rows), "Notes")])
    for place, column in enumerate(sheet.columns):
        cells = [(row, row.cells[place]) for row in rows]
        notes = [_note(row, cell) for row, cell in cells if cell is not None]
        values = [value_of(cell.result) if cell else "" for _, cell in cells]
        line = [column.day.isoformat(), column.time, *values, "; ".join(note for note in notes if note)]
        writer.writerow([safe(text) for text in line])
    return BYTE_ORDER_MARK + out.getvalue()


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before one; numbers stay numbers."""
    risky = text.lstrip().startswith(DANGEROUS) or text.startswith(DANGEROUS)
    return f"'{text}" if risky and not NUMBER.fullmatch(text) else text


def value_of(one: Result) -> str:
    """Return a result as written in the file: every digit that is known."""
    return one.text if one.value is None else f"{one.comparator}{one.value:.9g}"


def _heading(row: Row) -> str:
    """Return an analyte's name with its unit, as UCUM writes it."""
    return f"{row.name} [{row.unit}]" if row.unit and row.unit != "1" else row.name


def _note(row: Row, cell: Cell) -> str:
    """Return what is to be known of a value beside itself."""
    one = cell.result
    said = {
        "low": cell.flag == "L", "high": cell.flag == "H", "computed": one.computed, "corrected": one.corrected,
        "preliminary": not one.usable, "unconfirmed": one.unconfirmed,
    }  # fmt: skip
    words = [word for word, holds in said.items() if holds]
    return f"{row.name}: {', '.join(words)}" if words else ""
