"""Corrects what is recorded: takes facts back and records others in their place, in one transaction and one revision.

With `patients.recording` this is all that writes facts. Nothing is overwritten: what was taken back stays, with the revision.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from patients.facts import Fact, FactKind, NewEvent, NewObservation, NewTreatment, Outcome
from patients.models import Event, Treatment, User
from patients.readings import RowState
from patients.recording import MODELS, TABLES, FactNotFoundError, announce, columns_of, said
from patients.revisions import Revisions
from patients.staging import Source, new_ids, retract_rows

KINDS: Final[dict[type[Fact], FactKind]] = {
    NewObservation: "observation",
    NewEvent: "event",
    NewTreatment: "treatment",
}
SAME_OF: Final = {"observation": "code", "event": "kind", "treatment": "intent"}
"""What a correction may not change: else it is another fact, to be recorded by itself."""
OBSERVED: Final = (
    "effective_at", "precision", "specimen", "performer", "value", "value_text", "unit", "comparator", "data_absent_reason",
    "unconfirmed",
)  # fmt: skip


def correct(fact_id: int, fact: Fact, *, by: User | None, at: datetime, why: str) -> Outcome:
    """Record `fact` in place of a current one of its kind and patient, which is taken back; return how it ended.

    DUPLICATE where it says what is recorded already, HELD (`contradicts`) where another result has its key: then nothing was
    written. An event stays the event that it was (`origin`). FactNotFoundError where there is no such current fact of the patient;
    ValueError where the correction would make another test, another kind of event, or a plan of what was taken.
    """
    kind = KINDS[type(fact)]
    with transaction.atomic():
        revisions = Revisions([fact.patient_id])
        old = MODELS[kind].objects.filter(pk=fact_id, patient_id=fact.patient_id, retracted_revision=None).first()
        if old is None:
            raise FactNotFoundError(f"{kind} {fact_id}")
        if getattr(old, SAME_OF[kind]) != getattr(fact, SAME_OF[kind]):
            raise ValueError(f"a correction keeps its {SAME_OF[kind]}")
        refused = _refused(kind, old, fact)
        if refused is not None:
            return refused
        if isinstance(fact, NewEvent):
            fact = replace(fact, origin=old.origin or old.pk)
        (made,) = _exchange(revisions, {kind: [fact_id]}, [fact], by=by, at=at, why=why)
        return Outcome(RowState.ACCEPTED, kind, made, corrected=True)


def replace_treatments(
    patient_id: UUID,
    taken_back: Sequence[int],
    recorded: Sequence[NewTreatment],
    *,
    by: User | None,
    at: datetime,
    why: str,
) -> list[int]:
    """Take treatments of a patient back and record others instead, a plan for a plan; return the ids of the new ones.

    FactNotFoundError where one of them is not current any more: then nothing was written.
    """
    if any(fact.patient_id != patient_id for fact in recorded):
        raise ValueError("a plan is of one patient")
    with transaction.atomic():
        revisions = Revisions([patient_id])
        mine = Treatment.objects.filter(pk__in=taken_back, patient_id=patient_id, retracted_revision=None)
        if mine.count() != len(set(taken_back)):
            raise FactNotFoundError(f"{len(taken_back)} treatments")
        return _exchange(revisions, {"treatment": taken_back}, recorded, by=by, at=at, why=why)


def _refused(kind: FactKind, old: Any, fact: Fact) -> Outcome | None:
    """Return why a correction is not written: it says what is recorded, or another result stands there."""
    if isinstance(fact, NewObservation):
        if all(getattr(old, name) == getattr(fact, name) for name in OBSERVED):
            return Outcome(RowState.DUPLICATE, kind, old.pk)
        there = Source([fact]).known().get(fact.key)
        if there is not None and there.id != old.pk:
            return Outcome(RowState.HELD, kind, there.id, "contradicts")
        return None
    return Outcome(RowState.DUPLICATE, kind, old.pk) if said(old) == said(fact) else None


def _exchange(
    revisions: Revisions,
    taken_back: dict[FactKind, Sequence[int]],
    recorded: Sequence[Fact],
    *,
    by: User | None,
    at: datetime,
    why: str,
) -> list[int]:
    """Retract and insert under one revision of the locked patient; return the ids of what was inserted."""
    (patient_id,) = revisions.patients
    revisions.need(patient_id, at)
    changed = revisions.write(by=by, at=at, why=why)
    number = revisions.number(patient_id, at)
    for kind, ids in taken_back.items():
        retract_rows(TABLES[kind], dict.fromkeys(ids, number))
    made = [_insert(replace(fact, recorded_at=None, retracted_at=None), revisions, at) for fact in recorded]
    announce(changed)
    return made


def _insert(fact: Fact, revisions: Revisions, at: datetime) -> int:
    """Insert one fact; return its id."""
    if isinstance(fact, NewObservation):
        (made,) = new_ids(TABLES["observation"], 1)
        Source([fact]).insert([(0, made, revisions.number(fact.patient_id, at), None)], upload_id=None)
        return made
    model: type[Event | Treatment] = Event if isinstance(fact, NewEvent) else Treatment
    return int(model.objects.create(**columns_of(fact, revisions, at)).pk)
