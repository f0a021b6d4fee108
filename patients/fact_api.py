"""What the API does with facts of any kind: lists of one patient in pages, one fact, a correction, a retraction."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from patients import adding, correcting, etags, recording
from patients.access import OWN_FOR, changing
from patients.asked import Asked, with_tag
from patients.fact_inputs import FactQuery, WhySerializer
from patients.fact_shapes import EVENT, OBSERVATION, TREATMENT
from patients.facts import Fact, FactKind, Outcome
from patients.models import Patient, PatientRevision
from patients.reach import patients_for
from patients.readings import RowState
from patients.refusals import Conflict, Contradicted

SHAPES: Final[Mapping[FactKind, Combinable]] = {"observation": OBSERVATION, "event": EVENT, "treatment": TREATMENT}
WHAT: Final[Mapping[FactKind, str]] = {"observation": "code", "event": "kind", "treatment": "intent"}
"""The column that says who may correct a fact."""
OVER: Final = "This was corrected or taken back already. Read it again."


class OfKind(Asked):
    """Facts of one kind."""

    kind: ClassVar[FactKind]

    def facts(self) -> QuerySet[Any]:
        """Return all facts of the kind."""
        found: QuerySet[Any] = recording.MODELS[self.kind].objects.all()
        return found

    def answer(self, kind: FactKind, fact_id: int, patient_id: UUID, *, status: int) -> Response:
        """Return a fact as it is now, with where it is, at its patient's revision."""
        found = recording.MODELS[kind].objects.annotate(told=SHAPES[kind]).values_list("told", "patient__revision")
        told, revision = found.get(pk=fact_id, patient_id=patient_id)
        place = reverse(f"api-{kind}", args=[fact_id])
        return Response(orjson.loads(told), status, headers={"Location": place, "ETag": etags.of_revision(revision)})


class FactList(OfKind):
    """Facts of one patient, the newest first."""

    query_class = FactQuery
    ordering = ("-effective_at", "-id")
    filters: ClassVar[tuple[str, ...]] = ()

    def page(self) -> HttpResponseBase:
        """Return one page of what the query asks for."""
        patient = self.patient_for(self.query["patient"], self.kind, "read")
        self.saw(patient.pk)
        tag = etags.of_revision(patient.revision)
        if (same := self.unchanged(tag)) is not None:
            return same
        found = self.facts().filter(patient=patient).filter(self.within(patient))
        found = found.filter(**{name: self.query[name] for name in self.filters if name in self.query})
        if self.query["retracted"] == "false":
            found = found.filter(retracted_revision=None)
        return with_tag(self.told(found, SHAPES[self.kind]), tag)

    def within(self, patient: Patient) -> Q:
        """Return the condition of the period asked for."""
        inside = Q()
        if since := self.query.get("since"):
            inside &= Q(effective_at__gte=adding.period(since, "since", patient, end=False))
        if until := self.query.get("until"):
            inside &= Q(effective_at__lte=adding.period(until, "until", patient, end=True))
        return inside

    def recorded(self, fact: Fact) -> Response:
        """Record one fact that was asked for and may be; answer with it, or with the one that says the same."""
        (outcome,) = recording.record([fact], by=self.asker.user, at=self.at, why=adding.WHY)
        status = HTTPStatus.CREATED if outcome.state is RowState.ACCEPTED else HTTPStatus.OK
        return self.answer(self.kind, outcome.fact_id or 0, fact.patient_id, status=status)


class OneFact(OfKind):
    """One fact, current or taken back."""

    def found(self, fact_id: int) -> Any:
        """Return a fact the person may read, with its patient; else a 404."""
        mine = self.facts().filter(patient__in=patients_for(self.asker, self.kind, "read"))
        return generics.get_object_or_404(mine.select_related("patient"), pk=fact_id)

    def shown(self, fact_id: int) -> HttpResponseBase:
        """Return the fact."""
        fact = self.found(fact_id)
        self.saw(fact.patient_id)
        tag = etags.of_revision(fact.patient.revision)
        if (same := self.unchanged(tag)) is not None:
            return same
        told = self.facts().filter(pk=fact_id).values_list(SHAPES[self.kind], flat=True).get()
        return with_tag(HttpResponse(told, content_type="application/json"), tag)

    def changeable(self, fact_id: int) -> Any:
        """Return a current fact the person may correct, its patient held until the request ends."""
        fact = self.found(fact_id)
        if not self.asker.may(*changing(self.kind, getattr(fact, WHAT[self.kind])), fact.patient) and not self.own(
            fact
        ):
            raise PermissionDenied
        self.held(fact.patient_id)
        if fact.retracted_revision is not None:
            raise Conflict(OVER)
        return fact

    def own(self, fact: Any) -> bool:
        """Return whether a fact is the patient's own entry of the last day: in the diary, or a dose taken."""
        if self.kind == "observation" or getattr(fact, "intent", "taken") == "planned":
            return False
        mine = PatientRevision.objects.filter(patient=fact.patient, n=fact.recorded_revision, by=self.asker.user)
        return self.asker.may("entry", "correct", fact.patient) and mine.filter(at__gt=self.at - OWN_FOR).exists()

    def correct(self, fact_id: int, replaced: Callable[..., Fact], taken: type[WhySerializer]) -> Response:
        """Record what is right in place of a fact; `replaced` makes it of the old one and of the change as `taken`."""
        old = self.changeable(fact_id)
        given = taken(data=self.request.data)
        given.is_valid(raise_exception=True)
        change = {name: value for name, value in given.validated_data.items() if name != "why"}
        fact = replaced(old, change, patient=old.patient, at=self.at)
        try:
            outcome = correcting.correct(fact_id, fact, by=self.asker.user, at=self.at, why=given.validated_data["why"])
        except recording.FactNotFoundError as error:
            raise Conflict(OVER) from error
        return self.answer(self.kind, _settled(outcome, fact_id), old.patient_id, status=200)


class Retract(OneFact):
    """Taking a fact back."""

    def retract(self, fact_id: int) -> Response:
        """Take it back: it stays, with the revision."""
        fact = self.changeable(fact_id)
        given = WhySerializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        try:
            recording.retract(self.kind, fact_id, by=self.asker.user, at=self.at, why=given.validated_data["why"])
        except recording.FactNotFoundError as error:
            raise Conflict(OVER) from error
        return self.answer(self.kind, fact_id, fact.patient_id, status=200)


def _settled(outcome: Outcome, fact_id: int) -> int:
    """Return the fact that stands now; Contradicted where another stands where the correction would."""
    if outcome.state is RowState.HELD:
        issue = {"code": outcome.issue_code, "fact": outcome.fact_id}
        raise Contradicted("Another value is known for this test at that time.", [issue])
    return outcome.fact_id or fact_id
