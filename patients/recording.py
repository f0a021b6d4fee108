"""The only writer of the record. Each verb is one transaction: it locks the patients it touches in id order, takes the next
revision of each, and writes. Facts are inserted, and updated once, to say which revision retracted them.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from patients.facts import Fact, FactKind, NewEvent, NewObservation, NewTreatment, Outcome
from patients.models import Event, Observation, Patient, PatientIdentifier, PatientIdentity, Treatment, User
from patients.readings import RowState
from patients.reconciling import Decision, decide
from patients.revisions import Revisions
from patients.signals import recorded
from patients.staging import Source, new_ids, retract_rows

MODELS: Final[Mapping[str, Any]] = {
    "observation": Observation,
    "event": Event,
    "treatment": Treatment,
}
TABLES: Final = {"observation": "patients_observation", "event": "patients_event", "treatment": "patients_treatment"}
CONTACTS: Final = ("email", "telephone", "address")


class FactNotFoundError(LookupError):
    """There is no such fact, or it was retracted already."""


class IdentifierTakenError(ValueError):
    """Another patient has this identifier."""


def record(
    facts: Sequence[Fact],
    *,
    by: User | None,
    at: datetime,
    why: str,
    upload_id: UUID | None = None,
    read_for: Collection[UUID] = (),
) -> list[Outcome]:
    """Record facts of any number of patients; return one outcome a fact, in the same order.

    A patient for whom something was accepted has a new revision, and so has one `read_for` whom the file was, for that it came is
    known from then on; after commit `recorded` is sent. Raises Patient.DoesNotExist
    for a patient who is not there or not in sight. Call within `acting_as` or `working_on`.
    """
    with transaction.atomic():
        revisions = Revisions({*(fact.patient_id for fact in facts), *read_for})
        for patient in read_for:
            revisions.need(patient, at, upload_id=upload_id)
        results = _Observations([(i, fact) for i, fact in enumerate(facts) if isinstance(fact, NewObservation)], at)
        events = _Repeatable([(i, fact) for i, fact in enumerate(facts) if isinstance(fact, NewEvent)], at)
        doses = _Repeatable([(i, fact) for i, fact in enumerate(facts) if isinstance(fact, NewTreatment)], at)
        for part in (results, events, doses):
            part.ask_for(revisions)
        changed = revisions.write(by=by, at=at, why=why)
        found: dict[int, Outcome] = {}
        for part in (results, events, doses):
            found |= part.write(revisions, upload_id)
        announce(changed)
    return [found[index] for index in range(len(facts))]


def foresee(facts: Sequence[Fact], *, at: datetime) -> list[Outcome]:
    """Return how recording facts would end, and write nothing: whoever may read a patient may ask. What would be new has no id."""
    results = _Observations([(i, fact) for i, fact in enumerate(facts) if isinstance(fact, NewObservation)], at)
    found = dict(zip(results.places, results.decision.outcomes, strict=True))
    for kind in (NewEvent, NewTreatment):
        placed = [(place, fact) for place, fact in enumerate(facts) if isinstance(fact, kind)]
        found |= _Repeatable(placed, at).foreseen()
    return [found[index] for index in range(len(facts))]


def retract(fact_kind: FactKind, fact_id: int, *, by: User | None, at: datetime, why: str) -> None:
    """Take back a fact: it stays, with the revision that retracted it. FactNotFoundError where it is not current."""
    model = MODELS[fact_kind]
    with transaction.atomic():
        current = model.objects.filter(pk=fact_id, retracted_revision=None)
        patient_id = current.values_list("patient_id", flat=True).first()
        if patient_id is None:
            raise FactNotFoundError(f"{fact_kind} {fact_id}")
        revisions = Revisions([patient_id])
        revisions.need(patient_id, at)
        changed = revisions.write(by=by, at=at, why=why)
        if retract_rows(TABLES[fact_kind], {fact_id: revisions.number(patient_id, at)}) != 1:
            raise FactNotFoundError(f"{fact_kind} {fact_id}")
        announce(changed)


def create_patient(
    *,
    team_id: int,
    by: User | None,
    at: datetime,
    name: str = "",
    identifiers: Iterable[tuple[str, str]] = (),
    **fields: Any,
) -> Patient:
    """Begin to follow a patient; `fields` are columns of Patient and contacts. IdentifierTakenError where one names somebody else.

    `by` is who does so: the database's log-in must be allowed to, this verb does not ask.
    """
    contacts = {name_: fields.pop(name_) for name_ in CONTACTS if name_ in fields}
    try:
        with transaction.atomic():
            patient = Patient.objects.create(team_id=team_id, changed_at=at, **fields)
            if name or contacts:
                PatientIdentity.objects.create(patient=patient, name=name, **contacts)
            PatientIdentifier.objects.bulk_create(
                PatientIdentifier(patient=patient, issuer=issuer, value=value) for issuer, value in identifiers
            )
            announce([patient.pk])
    except IntegrityError as error:
        if "identifier_once" in str(error):
            raise IdentifierTakenError from error
        raise
    return patient


def announce(patients: Iterable[UUID]) -> None:
    """Send the signal after commit; whoever listens cannot undo what is committed."""
    found = tuple(patients)
    if found:
        transaction.on_commit(partial(recorded.send_robust, sender=None, patient_ids=found), robust=True)


class _Observations:
    """The results of one call: decided, then written."""

    def __init__(self, placed: Sequence[tuple[int, NewObservation]], at: datetime) -> None:
        self.places = [place for place, _ in placed]
        self.facts = [fact for _, fact in placed]
        self.at = at
        self.decision = Decision([])
        if not self.facts:
            return
        self.source = Source(self.facts)
        near = self.source.close_by() if any(fact.recorded_at is None for fact in self.facts) else ()
        past = self.source.past() if any(fact.retracted_at is not None for fact in self.facts) else ()
        self.decision = decide(self.facts, self.source.known(), near=near, past=past)

    def _moment(self, index: int) -> tuple[UUID, datetime, int]:
        """Return whose and which revision records the result at a place."""
        fact = self.facts[index]
        return fact.patient_id, fact.recorded_at or self.at, self.decision.accepted[index].step

    def ask_for(self, revisions: Revisions) -> None:
        """Ask for the revisions that record and retract."""
        for index in self.decision.accepted:
            revisions.need(*self._moment(index))
            fact = self.facts[index]
            if fact.retracted_at is not None:
                revisions.need(fact.patient_id, fact.retracted_at)

    def write(self, revisions: Revisions, upload_id: UUID | None) -> dict[int, Outcome]:
        """Retract what was corrected, insert what was accepted; return the outcomes by place."""
        decision = self.decision
        if decision.accepted:
            ended = {row: revisions.number(*self._moment(index)) for row, index in decision.retracted.items()}
            retract_rows(TABLES["observation"], ended)
            ids = new_ids(TABLES["observation"], len(decision.accepted))
            rows = [
                (index, number, revisions.number(*self._moment(index)), self._ended(index, revisions))
                for number, index in zip(ids, decision.accepted, strict=True)
            ]
            self.source.insert(rows, upload_id=upload_id)
            for index, number, _, _ in rows:
                decision.outcomes[index].fact_id = number
        return dict(zip(self.places, decision.outcomes, strict=True))

    def _ended(self, index: int, revisions: Revisions) -> int | None:
        """Return the revision that retracts an accepted result, None for one that stays."""
        fact, accepted = self.facts[index], self.decision.accepted[index]
        if accepted.ended_by is not None:
            return revisions.number(*self._moment(accepted.ended_by))
        return None if fact.retracted_at is None else revisions.number(fact.patient_id, fact.retracted_at)


class _Repeatable:
    """Events or treatments of one call. Several may stand on one day, so only one that says exactly the same is a duplicate."""

    def __init__(self, placed: Sequence[tuple[int, NewEvent | NewTreatment]], at: datetime) -> None:
        self.placed, self.at = placed, at
        self.repeats: dict[int, int | None] = {}
        if not placed:
            return
        self.kind: FactKind = "event" if isinstance(placed[0][1], NewEvent) else "treatment"
        self.model = MODELS[self.kind]
        mine = self.model.objects.filter(patient_id__in={fact.patient_id for _, fact in placed})
        seen: dict[str, int | None] = {_words(row): row.pk for row in mine.order_by("pk")}
        for place, fact in placed:
            words = _words(fact)
            if words in seen:
                self.repeats[place] = seen[words]
            else:
                seen[words] = None

    def _fresh(self) -> list[tuple[int, NewEvent | NewTreatment]]:
        return [(place, fact) for place, fact in self.placed if place not in self.repeats]

    def ask_for(self, revisions: Revisions) -> None:
        """Ask for the revisions that record and retract."""
        for _, fact in self._fresh():
            revisions.need(fact.patient_id, fact.recorded_at or self.at)
            if fact.retracted_at is not None:
                revisions.need(fact.patient_id, fact.retracted_at)

    def foreseen(self) -> dict[int, Outcome]:
        """Return the outcomes by place, with no row yet for what is new."""
        known = {place: Outcome(RowState.DUPLICATE, self.kind, row) for place, row in self.repeats.items()}
        return known | {place: Outcome(RowState.ACCEPTED, self.kind) for place, _ in self._fresh()}

    def write(self, revisions: Revisions, upload_id: UUID | None) -> dict[int, Outcome]:
        """Insert what is new; return the outcomes by place."""
        found = self.foreseen()
        fresh = self._fresh()
        rows = [self.model(**columns_of(fact, revisions, self.at), upload_id=upload_id) for _, fact in fresh]
        if rows:
            self.model.objects.bulk_create(rows, batch_size=1000)
        for (place, _), row in zip(fresh, rows, strict=True):
            found[place].fact_id = row.pk
        return found


SAID: Final = {
    "event": ("patient_id", "kind", "effective_at", "precision", "findings"),
    "treatment": (
        "patient_id", "drug", "dose", "unit", "route", "every_days", "started_on", "ended_on", "intent", "plan",
    ),
}  # fmt: skip


def said(fact: object) -> dict[str, Any]:
    """Return what an event or a treatment says, new or stored."""
    names = SAID["event" if isinstance(fact, Event | NewEvent) else "treatment"]
    return {name: getattr(fact, name) for name in names}


def _words(fact: object) -> str:
    """Return what an event or a treatment says as one text to compare, and whether that is over."""
    over = getattr(fact, "retracted_at", None) is not None or getattr(fact, "retracted_revision", None) is not None
    return json.dumps([over, {**said(fact)}], sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    """Return a value that JSON does not know as a text."""
    if isinstance(value, Mapping):
        return dict(value)
    return value.timestamp() if isinstance(value, datetime) else str(value)


def columns_of(fact: NewEvent | NewTreatment, revisions: Revisions, at: datetime) -> dict[str, Any]:
    """Return the columns of a row to insert."""
    columns = said(fact)
    if isinstance(fact, NewEvent):
        columns |= {"findings": dict(fact.findings), "origin": fact.origin}
    ended = None if fact.retracted_at is None else revisions.number(fact.patient_id, fact.retracted_at)
    recorded_revision = revisions.number(fact.patient_id, fact.recorded_at or at)
    return {**columns, "recorded_revision": recorded_revision, "retracted_revision": ended}
