"""The API of alerts. Who may not read an alert is told that there is none."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import lifecycle
from alerts.models import Alert
from alerts.serializers import AcknowledgeSerializer, AlertSerializer, ResolveSerializer
from patients import naming
from patients.access import Asker
from patients.asked import Asked
from patients.bodies import JsonBody
from patients.describing import documented, page_of
from patients.idempotency import once
from patients.naming import NotNamedError, Unnamed
from patients.paging import PageQuery
from patients.reach import patients_for
from patients.refusals import Conflict

STATUSES: dict[str, Callable[[QuerySet[Alert]], QuerySet[Alert]]] = {
    "open": lambda found: found.filter(state__in=Alert.OPEN_STATES),
    "closed": lambda found: found.exclude(state__in=Alert.OPEN_STATES),
    "all": lambda found: found,
}


class AlertQuery(PageQuery):
    """Which alerts."""

    status = serializers.ChoiceField(
        list(STATUSES), default="all", error_messages={"invalid_choice": f"Ask for one of {', '.join(STATUSES)}."}
    )
    patient = serializers.CharField(
        required=False, allow_blank=True, help_text="Our id or an identifier of the patient."
    )


class Alerts(Asked):
    """Alerts, the newest first."""

    serializer_class = AlertSerializer
    queryset = Alert.objects.none()
    query_class = AlertQuery
    ordering = ("-raised_at", "-id")

    @documented({200: page_of(AlertSerializer, "Alert")}, query=AlertQuery, refusals=[404])
    def get(self, request: Request) -> Response:
        """List alerts by status and patient."""
        patient = self.query.get("patient", "")
        found = STATUSES[self.query["status"]](alerts_for(self.asker))
        return self.listed(of_patient(found, patient, self.asker) if patient else found)


class OneAlert(Asked):
    """One alert."""

    serializer_class = AlertSerializer
    queryset = Alert.objects.none()

    @documented({200: AlertSerializer}, refusals=[404])
    def get(self, request: Request, alert_id: UUID) -> Response:
        """Return one alert."""
        return Response(self.get_serializer(self.found(alert_id)).data)

    def found(self, alert_id: UUID) -> Alert:
        """Return an alert the person may read; else a 404."""
        return generics.get_object_or_404(alerts_for(self.asker), pk=alert_id)

    def acted(self, alert_id: UUID, action: str, change: Callable[[], object]) -> Response:
        """Carry out a change if the person may; answer with the alert as it is then, or 409 where someone was first."""
        if not self.asker.may("alert", action, self.found(alert_id).patient):
            raise PermissionDenied
        try:
            change()
        except lifecycle.ConflictError as error:
            raise Conflict("This alert was changed by someone else a moment ago. Read it again.") from error
        return Response(AlertSerializer(self.found(alert_id)).data)


class Acknowledge(OneAlert):
    """Taking an alert on."""

    http_method_names = ["post", "options"]
    parser_classes = [JsonBody, FormParser, MultiPartParser]

    @documented({200: AlertSerializer}, request=AcknowledgeSerializer, refusals=[404, 409], writes=True)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Acknowledge: the alert stays open, with an owner, and nobody further is called."""
        reason = _given(AcknowledgeSerializer(data=request.data))["reason"]
        user, at = self.asker.user, self.at
        return self.acted(
            alert_id, "acknowledge", lambda: lifecycle.acknowledge(alert_id, by=user, at=at, reason=reason)
        )


class Resolve(OneAlert):
    """Closing an alert."""

    http_method_names = ["post", "options"]
    parser_classes = [JsonBody, FormParser, MultiPartParser]

    @documented({200: AlertSerializer}, request=ResolveSerializer, refusals=[404, 409], writes=True)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Resolve, for a stated reason."""
        given = _given(ResolveSerializer(data=request.data))
        reason, user, at = lifecycle.ResolveReason(given["reason"]), self.asker.user, self.at
        return self.acted(
            alert_id, "close", lambda: lifecycle.resolve(alert_id, by=user, at=at, reason=reason, note=given["note"])
        )


def alerts_for(who: Asker) -> QuerySet[Alert]:
    """Return the alerts a person may read."""
    return Alert.objects.filter(patient__in=patients_for(who, "alert", "read")).select_related("owner", "patient")


def of_patient(found: QuerySet[Alert], name: str, who: Asker) -> QuerySet[Alert]:
    """Narrow alerts to one patient, named by our id or by an identifier; none where it names nobody whose alerts one may read.

    An identifier of several of them is an error: alerts of two people must not be read as one's.
    """
    try:
        return found.filter(patient_id=naming.patient(name, among=patients_for(who, "alert", "read")))
    except NotNamedError as error:
        if error.why is Unnamed.AMBIGUOUS:
            raise ValidationError({"patient": ["Several patients have this identifier: give our id."]}) from error
        return found.none()


def _given(serializer: Any) -> dict[str, Any]:
    """Return what was sent, checked."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
