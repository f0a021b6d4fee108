"""One fact with where it came from: who recorded it, what it replaced, what took its place. Read by pages, written by nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from patients.facts import FactKind
from patients.models import Event, Observation, PatientRevision, Treatment
from patients.recording import MODELS

Row = Observation | Event | Treatment
ABOUT: Final = {"observation": "code", "event": "kind", "treatment": "drug"}


@dataclass(frozen=True, slots=True)
class Change:
    """A revision that recorded or retracted: when, by whom, why."""

    at: datetime
    by: str
    by_id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Link:
    """A fact as it stands in its chain; `recorded` is None only for rows from before revisions were kept."""

    kind: FactKind
    row: Row
    recorded: Change | None
    retracted: Change | None
    before: tuple[Row, ...] = ()
    after: tuple[Row, ...] = ()

    @property
    def current(self) -> bool:
        """Whether it holds."""
        return self.row.retracted_revision is None

    @property
    def what(self) -> str:
        """Return what the matrix asks about: an event's kind, a treatment's intent, a result's code."""
        row = self.row
        return row.kind if isinstance(row, Event) else row.intent if isinstance(row, Treatment) else row.code


def read(kind: FactKind, fact_id: int, *, patient_id: UUID) -> Link | None:
    """Return a fact of a patient with its neighbors in the chain, by three queries; None where the patient has no such fact."""
    model = MODELS[kind]
    row: Row | None = model.objects.filter(pk=fact_id, patient_id=patient_id).first()
    if row is None:
        return None
    numbers = [row.recorded_revision, *filter(None, [row.retracted_revision])]
    made = PatientRevision.objects.filter(patient_id=patient_id, n__in=numbers).select_related("by")
    changes = {one.n: Change(one.at, str(one.by) if one.by else "", one.by_id, one.why) for one in made}
    before, after = _neighbors(kind, row)
    retracted = changes.get(row.retracted_revision) if row.retracted_revision else None
    return Link(kind, row, changes.get(row.recorded_revision), retracted, before, after)


def _neighbors(kind: FactKind, row: Row) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return what a row replaced and what replaced it: retracted and recorded by one revision, and about the same."""
    meets = Q(retracted_revision=row.recorded_revision)
    if row.retracted_revision is not None:
        meets |= Q(recorded_revision=row.retracted_revision)
    about = {ABOUT[kind]: getattr(row, ABOUT[kind])}
    found = MODELS[kind].objects.filter(meets, patient_id=row.patient_id, **about).order_by("pk")
    before = tuple(one for one in found if one.retracted_revision == row.recorded_revision)
    after = tuple(one for one in found if one.recorded_revision == row.retracted_revision)
    return before, after


def latest(kind: FactKind, *, patient_id: UUID) -> QuerySet[Any]:
    """Return the current facts of a kind, the one that was recorded last first."""
    current: QuerySet[Any] = MODELS[kind].objects.filter(patient_id=patient_id, retracted_revision=None)
    return current.order_by("-recorded_revision", "-pk")
