"""What one result of a file is read as: the shapes that cross from parsing through validation to recording."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

Precision = Literal["day", "minute"]


class RowState(StrEnum):
    """How a row ends. Every row of every file ends in exactly one of these."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    HELD = "held"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class IssueSeverity(StrEnum):
    """FHIR OperationOutcome's words; `error` keeps the row out, `warning` holds or marks it."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Issue:
    """What is odd about one row, with the original so that a person can repair it.

    `row` is a line number, `sheet!row` or JSON pointer ("" for the whole file); `column` the heading as written.
    """

    row: str
    column: str
    code: str
    severity: IssueSeverity
    message: str
    original: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One result as understood: ready to be recorded when `state` is ACCEPTED, kept beside its issues otherwise.

    `value` is in `unit`, the catalogue's canonical UCUM unit of `code`; None where the analyte is ordinal or text
    (`value_text`) or absent (`data_absent_reason`). `patient` is the identifier as the file names it, "" where it
    names none. `event_kind` and `event_field` are set where the analyte is recorded as the finding of an event.
    """

    row: str
    column: str
    state: RowState
    patient: str = ""
    code: str = ""
    value: float | None = None
    value_text: str = ""
    unit: str = ""
    comparator: str = ""
    original_value: str = ""
    original_unit: str = ""
    effective_at: datetime | None = None
    precision: Precision = "day"
    issued_at: datetime | None = None
    status: str = "final"
    specimen: str = ""
    performer: str = ""
    reference_low: float | None = None
    reference_high: float | None = None
    interpretation: str = ""
    data_absent_reason: str = ""
    unconfirmed: bool = False
    event_kind: str = ""
    event_field: str = ""
    event_value: str | float | bool | None = None
    original: str = ""
    issues: tuple[Issue, ...] = field(default=())
