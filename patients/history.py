"""What was known of one patient at a revision, seen from an instant: the only input of every rule and every chart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

USABLE_STATUSES = frozenset({"final", "amended", "corrected"})
"""FHIR statuses a watch may use (clinical specification, B0: preliminary and entered-in-error are shown, not judged)."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numeric results of one analyte, oldest first; all arrays have one length, `times` are seconds since the epoch, UTC.

    `values` are in the catalogue's canonical unit. `recorded_revision` tells late results from timely ones.
    `usable` is False for preliminary results; `unconfirmed` marks values outside soft limits or typed by a patient.
    """

    code: str
    ids: IntArray
    times: FloatArray
    values: FloatArray
    usable: BoolArray
    unconfirmed: BoolArray
    recorded_revision: IntArray
    comparators: tuple[str, ...] = ()
    performers: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of results."""
        return len(self.times)

    def at(self, index: int) -> datetime:
        """Return the time of the result at `index` as an aware datetime in UTC."""
        return datetime.fromtimestamp(float(self.times[index]), tz=UTC)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event (sputum, film, hemoptysis, transfusion …): its kind's findings as recorded.

    `origin` is the id of the first row of its chain of corrections, its own where it was never corrected: it names the event,
    `id` the row that says what is known of it now.
    """

    id: int
    kind: str
    effective_at: datetime
    precision: str
    findings: Mapping[str, Any]
    recorded_revision: int
    origin: int = 0

    def __post_init__(self) -> None:
        """An event that was never corrected is its own origin."""
        if not self.origin:
            object.__setattr__(self, "origin", self.id)


@dataclass(frozen=True, slots=True)
class TreatmentRecord:
    """One treatment interval, planned or taken; `dose` in `unit` every `every_days` days; ended_on None = open."""

    id: int
    drug: str
    dose: float | None
    unit: str
    route: str
    every_days: float
    started_on: date
    ended_on: date | None
    intent: Literal["planned", "taken"]
    plan: str
    recorded_revision: int


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What rules may know of the person: no name, no contact."""

    id: UUID
    sex: Literal["male", "female", ""]
    birth_date: date | None
    time_zone: str
    altitude_m: float | None = None
    cigarettes_per_day: float | None = None
    smoking: Literal["never", "former", "current", "unknown", ""] = ""
    diagnosis_date: date | None = None
    course: Literal["acute", "chronic", ""] = ""
    death_date: date | None = None
    pregnancies: tuple[tuple[date, date | None], ...] = ()
    comorbidities: frozenset[str] = frozenset()
    oximeter_at_home: bool = False
    upload_every_days: int | None = None
    upload_expected_from: date | None = None
    """How often a file of laboratory results is expected, from which day on; None: none is."""

    def age_years(self, on: date) -> float | None:
        """Return the age in years of 365.25 days on the date, None where the birth date is unknown."""
        return None if self.birth_date is None else (on - self.birth_date).days / 365.25


@dataclass(frozen=True, slots=True)
class History:
    """Everything known of one patient at `revision`, effective up to `at`. Frozen; series are arrays, oldest first."""

    patient: PatientFacts
    revision: int
    at: datetime
    series: Mapping[str, Series]
    events: tuple[EventRecord, ...] = ()
    treatments: tuple[TreatmentRecord, ...] = ()
    revision_times: Mapping[int, datetime] = field(default_factory=dict)
    """When each revision that recorded something here was made: known from the revision table."""
    settings: Mapping[str, float] = field(default_factory=dict)
    """Numbers of the watches that the team chose, for all or for this patient, by name; what is not here has its default."""
    settings_version: int = 0
    """The newest change of settings that these numbers take in, 0 for none."""
    files: tuple[datetime, ...] = ()
    """When files were read for the patient, oldest first, those that brought nothing new among them."""

    def get(self, code: str) -> Series:
        """Return the series of an analyte, an empty one where none was recorded."""
        found = self.series.get(code)
        return found if found is not None else empty_series(code)

    def events_of(self, *kinds: str) -> tuple[EventRecord, ...]:
        """Return the events of these kinds, oldest first."""
        return tuple(event for event in self.events if event.kind in kinds)


def empty_series(code: str) -> Series:
    """Return a series of no results."""
    none = np.empty(0)
    whole = np.empty(0, dtype=np.int64)
    truth = np.empty(0, dtype=np.bool_)
    return Series(code, whole, none, none, truth, truth, whole)
