"""From the accepted rows of a file to the facts they propose: one observation a result, one event for the findings of one occasion.

Pure. Findings of one patient, kind and time belong to one event. A row whose finding contradicts another row's, or makes no valid
event, waits for a person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from patients import event_kinds
from patients.facts import Fact, NewEvent, NewObservation
from patients.parsers.raw import warning
from patients.readings import Issue, IssueSeverity, Precision, Reading, RowState
from patients.understanding import Row

COPIED: Final = (
    "code", "precision", "specimen", "performer", "value", "value_text", "unit", "comparator", "status", "data_absent_reason",
    "unconfirmed", "reference_low", "reference_high", "interpretation", "issued_at", "original_value", "original_unit",
)  # fmt: skip
CORRECTING: Final = frozenset({"amended", "corrected"})
CONTRADICTS: Final = "Another row of this file says otherwise of the same finding at the same time."

Occasion = tuple[UUID, str, datetime, Precision]
"""What findings of one event have in common: patient, kind, time and its precision."""


@dataclass(slots=True)
class Proposal:
    """A fact, the places of the rows that it was made of, and whether they say that they correct what is known."""

    fact: Fact
    places: list[int]
    corrects: bool = False


@dataclass(slots=True)
class Proposals:
    """The facts that a file proposes, and, by place, why a row waits for a person instead."""

    facts: list[Proposal] = field(default_factory=list)
    held: dict[int, tuple[Issue, ...]] = field(default_factory=dict)


def propose(rows: Sequence[Row]) -> Proposals:
    """Return the facts of the accepted rows, in the order of their first row."""
    found = Proposals()
    occasions: dict[Occasion, list[int]] = {}
    for place, row in enumerate(rows):
        reading = row.reading
        if reading.state is not RowState.ACCEPTED or row.patient_id is None or reading.effective_at is None:
            continue
        if reading.event_kind:
            occasion = (row.patient_id, reading.event_kind, reading.effective_at, reading.precision)
            occasions.setdefault(occasion, []).append(place)
        else:
            found.facts.append(Proposal(observation_of(reading, row.patient_id, reading.effective_at), [place]))
    for occasion, places in occasions.items():
        found.facts.extend(_event(occasion, places, rows, found))
    found.facts.sort(key=lambda proposal: proposal.places[0])
    return found


def observation_of(reading: Reading, patient_id: UUID, effective_at: datetime) -> NewObservation:
    """Return the observation that a reading is."""
    columns = {name: getattr(reading, name) for name in COPIED}
    return NewObservation(patient_id=patient_id, effective_at=effective_at, **columns)


def _event(occasion: Occasion, places: Sequence[int], rows: Sequence[Row], found: Proposals) -> Iterator[Proposal]:
    """Yield the event of one occasion, if its findings make a valid one; hold the rows that do not fit."""
    patient_id, kind, effective_at, precision = occasion
    findings: dict[str, object] = {}
    fitting: list[int] = []
    for place in places:
        reading = rows[place].reading
        if findings.setdefault(reading.event_field, reading.event_value) == reading.event_value:
            fitting.append(place)
        else:
            issue = warning(reading.row, reading.column, "contradicts", CONTRADICTS, reading.original)
            found.held[place] = (issue,)
    complete = event_kinds.completed(kind, findings)
    if problems := event_kinds.problems(kind, complete):
        found.held |= {place: tuple(_placed(one, rows[place].reading) for one in problems) for place in fitting}
        return
    corrects = any(rows[place].reading.status in CORRECTING for place in fitting)
    yield Proposal(NewEvent(patient_id, kind, effective_at, precision, complete), fitting, corrects)


def _placed(problem: Issue, reading: Reading) -> Issue:
    """Return what is wrong with an event as an issue of one of its rows, which a person can mend."""
    original = problem.original or reading.original
    return replace(
        problem,
        row=reading.row,
        column=reading.column or problem.column,
        severity=IssueSeverity.WARNING,
        original=original,
    )
