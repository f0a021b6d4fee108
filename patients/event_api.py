"""The API of events: `events/`. Each kind has findings of its own."""

from typing import Final

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from patients import adding
from patients.access import adding as row_of
from patients.describing import documented, page_of
from patients.event_kinds import kinds
from patients.fact_api import FactList, OneFact, Retract
from patients.fact_inputs import EventChangeSerializer, FactQuery, NewEventSerializer, WhySerializer, event_schema
from patients.fact_shapes import EventSerializer
from patients.idempotency import once
from patients.models import Event

NEW: Final = {"application/json": event_schema()}


class EventQuery(FactQuery):
    """Of which kind."""

    kind = serializers.ChoiceField(sorted(kinds()), required=False)


class Events(FactList):
    """Events."""

    kind = "event"
    queryset = Event.objects.none()
    query_class = EventQuery
    filters = ("kind",)

    @documented({200: page_of(EventSerializer, "Event")}, query=EventQuery, refusals=[404], tagged=True)
    def get(self, request: Request) -> HttpResponseBase:
        """List the events of one patient, the newest first, by kind and period."""
        return self.page()

    @documented(
        {
            201: OpenApiResponse(EventSerializer, description="Recorded."),
            200: OpenApiResponse(EventSerializer, description="Known already: this one says the same."),
        },
        request=NEW,
        refusals=[404],
        tagged=True,
        writes=True,
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Record an event of a kind, with that kind's findings."""
        given = NewEventSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = given.validated_data
        patient = self.patient_for(sent["patient"], *row_of(sent["kind"]))
        return self.recorded(adding.event_from(sent, patient=patient, at=self.at))


class OneEvent(OneFact):
    """An event."""

    kind = "event"
    queryset = Event.objects.none()

    @documented({200: EventSerializer}, refusals=[404], tagged=True)
    def get(self, request: Request, event_id: int) -> HttpResponseBase:
        """Return one event; `retracted_revision` is set where it was corrected or taken back."""
        return self.shown(event_id)


class CorrectEvent(OneFact):
    """Correcting an event."""

    kind = "event"
    queryset = Event.objects.none()

    @documented(
        {200: EventSerializer},
        request=EventChangeSerializer,
        refusals=[404, 409],
        tagged=True,
        writes=True,
        matches=True,
    )
    @once
    def post(self, request: Request, event_id: int) -> HttpResponseBase:
        """Record what is right in place of an event, for a stated reason. Findings given take the place of all that stood there."""
        return self.correct(event_id, adding.corrected_event, EventChangeSerializer)


class RetractEvent(Retract):
    """Taking an event back."""

    kind = "event"
    queryset = Event.objects.none()

    @documented(
        {200: EventSerializer}, request=WhySerializer, refusals=[404, 409], tagged=True, writes=True, matches=True
    )
    @once
    def post(self, request: Request, event_id: int) -> HttpResponseBase:
        """Take an event back, for a stated reason: it stays readable, and counts no more."""
        return self.retract(event_id)
