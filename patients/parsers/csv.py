"""Delimited text: CSV from laboratories, spreadsheets, trials (SDTM LB) and simulators (Synthea), and our own."""

import csv
from collections.abc import Iterator
from dataclasses import replace

from patients.parsers.dialect import NUL_SIGN, Dialect, decode, detect_dialect, is_text, lines_of
from patients.parsers.layout import Row
from patients.parsers.raw import RawResult, error, warning
from patients.parsers.tables import read_table
from patients.readings import Issue

CELL_LENGTH = 100_000
"""A longer cell is a quote that was never closed, or no table."""


class CsvParser:
    """The parser of last resort: any text is tried as a table."""

    name = "csv"

    def recognizes(self, head: bytes, filename: str) -> bool:
        """Say whether the bytes are text; the name does not matter."""
        return is_text(head)

    def parse(self, content: bytes) -> Iterator[RawResult | Issue]:
        """Yield the lines that cannot be read, then every other issue and result in order; nothing in a file raises."""
        text = decode(content)
        if not text.strip():
            yield error("", "", "empty_file", "The file is empty.")
            return
        dialect = detect_dialect(text)
        rows = CsvRows(text, dialect)
        for broken in rows.issues():  # a line that cannot be read is a row that ends rejected
            yield RawResult(broken.row, original=broken.original, issues=(broken,))
        for item in read_table(rows, separator=dialect.delimiter):
            yield item if isinstance(item, Issue) else _with_damage(item)


def _with_damage(raw: RawResult) -> RawResult:
    """Return a result with an issue where its row holds what could not be decoded or a NUL."""
    damage = []
    if "\ufffd" in raw.original:
        damage.append(warning(raw.row, raw.column, "undecodable", "Some letters could not be decoded.", raw.original))
    if NUL_SIGN in raw.original:
        damage.append(warning(raw.row, raw.column, "nul_byte", "The row holds a NUL byte.", raw.original))
    if not damage:
        return raw
    return replace(raw, issues=(*raw.issues, *damage))


class CsvRows:
    """The rows of a text, iterated as often as needed; a line that breaks the quoting is left out and told."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.lines = list(lines_of(text))
        self.dialect = dialect
        self.may_break = '"' in text or any(len(line) > CELL_LENGTH for line in self.lines)

    def __iter__(self) -> Iterator[Row]:
        """Yield line number and cells of every row that can be read."""
        for item in self._records():
            if not isinstance(item, Issue):
                yield item

    def issues(self) -> Iterator[Issue]:
        """Yield an issue for every line that cannot be read."""
        if self.may_break:
            for item in self._records():
                if isinstance(item, Issue):
                    yield item

    def _records(self) -> Iterator[Row | Issue]:
        lines = self.lines
        start, csv_limit = self.dialect.skipped_lines, csv.field_size_limit(CELL_LENGTH)
        try:
            while start < len(lines):
                reader = csv.reader(
                    _tail(lines, start), delimiter=self.dialect.delimiter, strict=True, skipinitialspace=True
                )
                number = start
                try:
                    for cells in reader:
                        yield str(number + 1), cells
                        number = start + reader.line_num
                except csv.Error as reason:
                    yield self._broken(number, lines[number], str(reason))
                    start = number + 1
                else:
                    return
        finally:
            csv.field_size_limit(csv_limit)

    def _broken(self, number: int, line: str, reason: str) -> Issue:
        code, message = "broken_quoting", "A quote stands where none may be."
        if len(line) > CELL_LENGTH:
            code, message = "cell_too_long", f"A cell is longer than {CELL_LENGTH:,} characters."
        elif "unexpected end" in reason or "limit" in reason:
            code, message = "unclosed_quote", "A quote is opened and never closed."
        return error(str(number + 1), "", code, message, line.rstrip("\r\n"))


def _tail(lines: list[str], start: int) -> Iterator[str]:
    for index in range(start, len(lines)):
        yield lines[index]
