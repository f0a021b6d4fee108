"""The API of patients and their timeline. Each view asks the matrix; row-level security stands behind it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from patients import adding, columnar, etags, recording
from patients.access import MATRIX, Asker
from patients.asked import Asked, with_tag
from patients.describing import documented, page_of
from patients.fact_inputs import MomentField
from patients.fact_shapes import TimelineSerializer
from patients.idempotency import once
from patients.models import CareTeam, Patient
from patients.reach import patients_for
from patients.refusals import Conflict
from patients.serializers import NewPatientSerializer, PatientQuery, PatientSerializer
from patients.timeline import revision_at

WHOLE: Final = ("observation", "event", "treatment")
"""What a timeline shows: who reads it must be allowed to read each."""


class TimelineQuery(serializers.Serializer[Any]):
    """As known when."""

    known_at = MomentField(
        required=False, help_text="A day (to its end, where the patient lives) or an instant; now unless given."
    )


class Patients(Asked):
    """The patients that a member of a team follows."""

    serializer_class = PatientSerializer
    queryset = Patient.objects.none()
    query_class = PatientQuery

    @documented({200: page_of(PatientSerializer, "Patient")}, query=PatientQuery, refusals=[404])
    def get(self, request: Request) -> Response:
        """List the patients of your teams."""
        if not self.asker.may("patient", "list"):
            raise PermissionDenied
        found = self.narrowed(patients_for(self.asker, "patient", "list"))
        return self.listed(found.select_related("identity", "team").prefetch_related("identifiers"))

    def narrowed(self, found: QuerySet[Patient]) -> QuerySet[Patient]:
        """Return the patients asked for."""
        columns = {"identifier": "identifiers__value", "course": "course", "team": "team_id", "sex": "sex"}
        found = found.filter(**{column: self.query[name] for name, column in columns.items() if name in self.query})
        if "active" in self.query:
            found = found.filter(active=self.query["active"] == "true")
        if "changed_since" in self.query:
            found = found.filter(changed_at__gte=self.query["changed_since"])
        return found.distinct() if "identifier" in self.query else found

    @documented(
        {201: OpenApiResponse(PatientSerializer, description="Followed from now on.")},
        request=NewPatientSerializer,
        refusals=[409],
        tagged=True,
        writes=True,
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Begin to follow a patient, in a team of yours."""
        teams = teams_for(self.asker)
        if not teams:
            raise PermissionDenied
        given = NewPatientSerializer(data=request.data, context={"today": self.at.date()})
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        team = _team(fields.pop("team", None), teams)
        identifiers = [(one["issuer"], one["value"]) for one in fields.pop("identifiers", ())]
        fields.setdefault("time_zone", team.time_zone)
        try:
            made = recording.create_patient(
                team_id=team.pk, by=self.asker.user, at=self.at, identifiers=identifiers, **fields
            )
        except recording.IdentifierTakenError as error:
            raise Conflict("One of these identifiers belongs to a patient already.") from error
        response = _shown(Patient.objects.select_related("identity", "team").get(pk=made.pk), HTTPStatus.CREATED)
        response["Location"] = reverse("api-patient", args=[made.pk])
        return response


class OnePatient(Asked):
    """One patient."""

    serializer_class = PatientSerializer
    queryset = Patient.objects.none()

    @documented({200: PatientSerializer}, refusals=[404], tagged=True)
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Return one patient."""
        found = patients_for(self.asker, "patient", "read").select_related("identity", "team")
        response = _shown(generics.get_object_or_404(found, pk=patient_id), HTTPStatus.OK)
        self.saw(patient_id)
        return self.unchanged(response["ETag"]) or response


class Timeline(Asked):
    """Everything known of one patient."""

    serializer_class = TimelineSerializer
    queryset = Patient.objects.none()
    query_class = TimelineQuery

    @documented({200: TimelineSerializer}, query=TimelineQuery, refusals=[404], tagged=True)
    def get(self, request: Request, patient_id: UUID) -> HttpResponseBase:
        """Return the whole record in columns, as known now or on a day: one list a property, oldest first."""
        patient = generics.get_object_or_404(self.asker.patients(), pk=patient_id)
        for resource in WHOLE:
            self.allowed(patient, resource, "read")
        self.saw(patient.pk)
        revision = self.revision(patient)
        tag = etags.of_revision(revision)
        if (same := self.unchanged(tag)) is not None:
            return same
        told = columnar.timeline(patient.pk, revision=revision)
        return with_tag(HttpResponse(told, content_type="application/json"), tag)

    def revision(self, patient: Patient) -> int:
        """Return the revision asked for."""
        text: str | None = self.query.get("known_at")
        if text is None:
            return patient.revision
        return revision_at(patient.pk, adding.period(text, "known_at", patient, end=True))


def teams_for(who: Asker) -> list[int]:
    """Return the teams in which a person may begin to follow a patient."""
    if who.bound is not None:
        return []
    allowed = MATRIX[("patient", "create")]
    return [team for team, actor in who.team_roles.items() if actor in allowed]


def _team(wanted: int | None, teams: list[int]) -> CareTeam:
    """Return the team asked for, or the only one; else a ValidationError."""
    if wanted is None and len(teams) > 1:
        raise ValidationError({"team": ["You are in several teams: name one."]})
    chosen = teams[0] if wanted is None else wanted
    if chosen not in teams:
        raise ValidationError({"team": ["This is no team in which you may begin to follow a patient."]})
    return CareTeam.objects.get(pk=chosen)


def _shown(patient: Patient, status: HTTPStatus) -> Response:
    """Return a patient with the tag of revision and everything else that is told."""
    data: Mapping[str, Any] = PatientSerializer(patient).data
    return Response(data, status, headers={"ETag": etags.of_revision(patient.revision, JSONRenderer().render(data))})
