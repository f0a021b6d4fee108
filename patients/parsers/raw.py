"""RawResult: the one shape that every parser yields, as written, with its place in the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from patients.readings import Issue, IssueSeverity

ORIGINAL_LENGTH = 500
"""Characters of a row kept beside a result: enough to repair it, and bounded for a line of a thousand columns."""


@dataclass(frozen=True, slots=True)
class RawResult:
    """One result as the file writes it; nothing is converted but encodings and the form of dates.

    `effective_at`, `issued_at` and `birth_date` are ISO 8601 (a date, or a date-time with or without offset), or ""
    where the file gives none or the parser could not read it (then `issues` says so). `decimal_mark` is "." or ",",
    or "" where the file does not settle it. `code` and `name` are as written: a LOINC, our own code, a laboratory's.
    `reference` is a range as text; formats that keep its ends apart fill `reference_low` and `reference_high`.
    `person` is a name as written, its parts in the order of the file, and identifies nobody.
    `event_kind` and `event_field` are set by formats that carry findings of events directly. `category` is the
    section the file names (urinalysis, hematology), which tells a urine protein from a serum protein.
    An empty `value` without `data_absent_reason` is an empty cell: one skipped row.
    """

    row: str
    column: str = ""
    patient: str = ""
    person: str = ""
    birth_date: str = ""
    sex: str = ""
    code: str = ""
    name: str = ""
    value: str = ""
    unit: str = ""
    decimal_mark: str = "."
    comparator: str = ""
    effective_at: str = ""
    issued_at: str = ""
    status: str = ""
    specimen: str = ""
    category: str = ""
    performer: str = ""
    reference: str = ""
    reference_low: str = ""
    reference_high: str = ""
    interpretation: str = ""
    data_absent_reason: str = ""
    event_kind: str = ""
    event_field: str = ""
    original: str = ""
    issues: tuple[Issue, ...] = ()


class Parser(Protocol):
    """A format: told by its content first, its name second, and read without ever raising."""

    name: str

    def recognizes(self, head: bytes, filename: str) -> bool:
        """Say whether the first bytes (and, where they do not tell, the file's name) are of this format."""

    def parse(self, content: bytes) -> Iterator[RawResult | Issue]:
        """Yield every result and every issue of the file, in the file's order."""


def error(row: str, column: str, code: str, message: str, original: str = "") -> Issue:
    """Return an issue that keeps its row, or with row "" the file, out."""
    return Issue(row, column, code, IssueSeverity.ERROR, message, original[:ORIGINAL_LENGTH])


def warning(row: str, column: str, code: str, message: str, original: str = "") -> Issue:
    """Return an issue for which a person is asked."""
    return Issue(row, column, code, IssueSeverity.WARNING, message, original[:ORIGINAL_LENGTH])


def information(row: str, column: str, code: str, message: str, original: str = "") -> Issue:
    """Return an issue that only says what was seen."""
    return Issue(row, column, code, IssueSeverity.INFORMATION, message, original[:ORIGINAL_LENGTH])
