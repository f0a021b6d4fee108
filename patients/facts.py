"""What there is to record: facts before they have a revision. Pure.

`recorded_at` and `retracted_at` are set only where a history is brought in from elsewhere with its own dates; else a fact is
recorded now. An instant of day precision is the start of the patient's local day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from patients.readings import Precision, RowState

FactKind = Literal["observation", "event", "treatment"]


@dataclass(frozen=True, slots=True)
class NewObservation:
    """A result in the catalogue's canonical unit, beside what was written. Columns as in `patients.models.Observation`."""

    patient_id: UUID
    code: str
    effective_at: datetime
    precision: Precision = "day"
    specimen: str = ""
    performer: str = ""
    value: float | None = None
    value_text: str = ""
    unit: str = ""
    comparator: str = ""
    status: str = "final"
    data_absent_reason: str = ""
    unconfirmed: bool = False
    reference_low: float | None = None
    reference_high: float | None = None
    interpretation: str = ""
    issued_at: datetime | None = None
    original_value: str = ""
    original_unit: str = ""
    recorded_at: datetime | None = None
    retracted_at: datetime | None = None

    @property
    def key(self) -> tuple[UUID, str, datetime, str, str]:
        """Return the natural key: of the current rows, one has it."""
        return self.patient_id, self.code, self.effective_at, self.specimen, self.performer

    @property
    def says(self) -> tuple[float | None, str, str, str]:
        """Return what the result says, whatever its status: value, text, comparator, or why there is none."""
        return self.value, self.value_text, self.comparator, self.data_absent_reason


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event of a kind of `patients.event_kinds`, with that kind's findings. Only a correction has an `origin`."""

    patient_id: UUID
    kind: str
    effective_at: datetime
    precision: Precision = "day"
    findings: Mapping[str, Any] = field(default_factory=dict)
    recorded_at: datetime | None = None
    retracted_at: datetime | None = None
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class NewTreatment:
    """A dose by interval, planned or taken: `dose` in `unit` by `route` every `every_days` days; no end means open."""

    patient_id: UUID
    drug: str
    started_on: date
    intent: Literal["planned", "taken"]
    dose: float | None = None
    unit: str = ""
    route: str = ""
    every_days: float = 1.0
    ended_on: date | None = None
    plan: str = ""
    recorded_at: datetime | None = None
    retracted_at: datetime | None = None


Fact = NewObservation | NewEvent | NewTreatment


@dataclass(slots=True)
class Outcome:
    """How recording a fact ended: ACCEPTED, DUPLICATE or HELD.

    `fact_id` is the new row, or the current one that the fact repeats or contradicts, None where that is a row of the same
    batch. `issue_code` says why it is held: `contradicts` (another value is known for this test and time) or `near_duplicate`
    (the same value close by under another key).
    """

    state: RowState
    fact_kind: FactKind
    fact_id: int | None = None
    issue_code: str = ""
    corrected: bool = False
