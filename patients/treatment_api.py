"""The API of treatments: `treatments/`. What is planned a physician changes; what was taken is told by who knows."""

from django.db.models import Q
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from patients import adding
from patients.describing import documented, page_of
from patients.fact_api import FactList, OneFact, Retract
from patients.fact_inputs import FactQuery, NewTreatmentSerializer, TreatmentChangeSerializer, WhySerializer
from patients.fact_shapes import TreatmentSerializer
from patients.idempotency import once
from patients.models import Patient, Treatment


class TreatmentQuery(FactQuery):
    """Planned or taken."""

    intent = serializers.ChoiceField(["planned", "taken"], required=False)


class Treatments(FactList):
    """Treatments, planned and taken."""

    kind = "treatment"
    queryset = Treatment.objects.none()
    query_class = TreatmentQuery
    ordering = ("-started_on", "-id")
    filters = ("intent",)

    def within(self, patient: Patient) -> Q:
        """Return the condition that a treatment touches the period asked for."""
        inside = Q()
        if since := self.query.get("since"):
            inside &= Q(ended_on=None) | Q(ended_on__gte=adding.local_day(since, "since", patient))
        if until := self.query.get("until"):
            inside &= Q(started_on__lte=adding.local_day(until, "until", patient))
        return inside

    @documented({200: page_of(TreatmentSerializer, "Treatment")}, query=TreatmentQuery, refusals=[404], tagged=True)
    def get(self, request: Request) -> HttpResponseBase:
        """List the treatments of one patient that touch a period, the newest first, planned or taken."""
        return self.page()

    @documented(
        {
            201: OpenApiResponse(TreatmentSerializer, description="Recorded."),
            200: OpenApiResponse(TreatmentSerializer, description="Known already: this one says the same."),
        },
        request=NewTreatmentSerializer,
        refusals=[404],
        tagged=True,
        writes=True,
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Record a treatment: `planned` by a physician, `taken` by the patient, a caregiver or the team."""
        given = NewTreatmentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = given.validated_data
        action = ("dose", "add") if sent["intent"] == "taken" else ("treatment", "change")
        patient = self.patient_for(sent["patient"], *action)
        return self.recorded(adding.treatment_from(sent, patient=patient, at=self.at))


class OneTreatment(OneFact):
    """A treatment."""

    kind = "treatment"
    queryset = Treatment.objects.none()

    @documented({200: TreatmentSerializer}, refusals=[404], tagged=True)
    def get(self, request: Request, treatment_id: int) -> HttpResponseBase:
        """Return one treatment; `retracted_revision` is set where it was corrected or taken back."""
        return self.shown(treatment_id)


class CorrectTreatment(OneFact):
    """Correcting a treatment."""

    kind = "treatment"
    queryset = Treatment.objects.none()

    @documented(
        {200: TreatmentSerializer},
        request=TreatmentChangeSerializer,
        refusals=[404, 409],
        tagged=True,
        writes=True,
        matches=True,
    )
    @once
    def post(self, request: Request, treatment_id: int) -> HttpResponseBase:
        """Record what is right in place of a treatment, for a stated reason. What is not given stays."""
        return self.correct(treatment_id, adding.corrected_treatment, TreatmentChangeSerializer)


class RetractTreatment(Retract):
    """Taking a treatment back."""

    kind = "treatment"
    queryset = Treatment.objects.none()

    @documented(
        {200: TreatmentSerializer}, request=WhySerializer, refusals=[404, 409], tagged=True, writes=True, matches=True
    )
    @once
    def post(self, request: Request, treatment_id: int) -> HttpResponseBase:
        """Take a treatment back, for a stated reason: it stays readable, and counts no more."""
        return self.retract(treatment_id)
