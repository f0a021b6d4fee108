"""The API of alerts. Who may not read an alert is told that there is none."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import handling
from alerts.changes import ConflictError, ResolveReason
from alerts.models import Alert
from alerts.serializers import (
    AcknowledgeSerializer,
    AlertSerializer,
    AlertWithTrailSerializer,
    AssignSerializer,
    CommentSerializer,
    FeedbackSerializer,
    ResolveSerializer,
    SnoozeSerializer,
)
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

M = TypeVar("M", bound=Callable[..., Any])
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
        wanted = STATUSES[self.query["status"]](alerts_for(self.asker))
        if patient:
            wanted = of_patient(wanted, patient, self.asker)
            self.saw(*wanted.order_by().values_list("patient_id", flat=True)[:1])
        return self.listed(wanted)


class OneAlert(Asked):
    """One alert."""

    serializer_class = AlertWithTrailSerializer
    queryset = Alert.objects.none()

    @documented({200: AlertWithTrailSerializer}, refusals=[404])
    def get(self, request: Request, alert_id: UUID) -> Response:
        """Return one alert, with every step of its life."""
        alert = found(alert_id, self.asker)
        self.saw(alert.patient_id)
        return Response(AlertWithTrailSerializer(alert, context={"at": self.at}).data)


class Act(Asked):
    """Something that is done with an alert: `action` is its row of the matrix, `takes` what it asks for."""

    serializer_class = AlertSerializer
    queryset = Alert.objects.none()
    http_method_names = ["post", "options"]
    parser_classes = [JsonBody, FormParser, MultiPartParser]
    action: ClassVar[str]
    takes: ClassVar[type[serializers.Serializer[Any]]]

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Do it; ValueError where what is given cannot be, ConflictError where someone was first."""
        raise NotImplementedError

    def done(self, request: Request, alert_id: UUID) -> Response:
        """Do it if the person may; answer with the alert as it is then, or 409 where someone was first."""
        alert = found(alert_id, self.asker)
        if not self.asker.may("alert", self.action, alert.patient):
            raise PermissionDenied
        given = self.takes(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            self.act(alert, given.validated_data)
        except ConflictError as error:
            raise Conflict("This alert has changed since, or is not in a state for this. Read it again.") from error
        return Response(AlertSerializer(found(alert_id, self.asker)).data)


def taking(takes: type[serializers.Serializer[Any]]) -> Callable[[M], M]:
    """Describe the method of an act."""
    return documented({200: AlertSerializer}, request=takes, refusals=[404, 409], writes=True)


class Acknowledge(Act):
    """Taking an alert on."""

    action, takes = "acknowledge", AcknowledgeSerializer

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Acknowledge."""
        return handling.acknowledge(
            alert.pk, by=self.asker.user, at=self.at, reason=given["reason"], seen=given.get("changed_at")
        )

    @taking(AcknowledgeSerializer)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Acknowledge: the alert stays open, with an owner, and nobody further is called."""
        return self.done(request, alert_id)


class Resolve(Act):
    """Closing an alert."""

    action, takes = "close", ResolveSerializer

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Resolve."""
        reason, note, seen = ResolveReason(given["reason"]), given["note"], given.get("changed_at")
        return handling.resolve(alert.pk, by=self.asker.user, at=self.at, reason=reason, note=note, seen=seen)

    @taking(ResolveSerializer)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Resolve, for a stated reason."""
        return self.done(request, alert_id)


class Snooze(Act):
    """Putting an alert off."""

    action, takes = "snooze", SnoozeSerializer

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Snooze."""
        until, reason, seen = given["until"], given["reason"], given.get("changed_at")
        try:
            return handling.snooze(alert.pk, by=self.asker.user, at=self.at, until=until, reason=reason, seen=seen)
        except ValueError as error:
            most = f"{handling.longest_words(alert)} at most"
            raise ValidationError({"until": [f"Name a time that is ahead, by {most}."]}) from error

    @taking(SnoozeSerializer)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Snooze until a time, for a reason; what is worse, or comes later, wakes it."""
        return self.done(request, alert_id)


class Assign(Act):
    """Handing an alert to a colleague."""

    action, takes = "assign", AssignSerializer

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Assign."""
        colleague = handling.assignees(alert.patient, at=self.at).filter(pk=given["to"]).first()
        if colleague is None:
            raise ValidationError({"to": ["Name a member of the patient's team who may act on alerts."]})
        reason, seen = given["reason"], given.get("changed_at")
        return handling.assign(alert.pk, by=self.asker.user, at=self.at, to=colleague, reason=reason, seen=seen)

    @taking(AssignSerializer)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Assign to a colleague: the alert is theirs and counts as acknowledged; a high one only once they acknowledge it."""
        return self.done(request, alert_id)


class Comment(Act):
    """Saying something about an alert."""

    action, takes = "comment", CommentSerializer

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Comment."""
        return handling.comment(alert.pk, by=self.asker.user, at=self.at, text=given["text"])

    @taking(CommentSerializer)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Comment on an alert, be it open or over; nothing else changes."""
        return self.done(request, alert_id)


class Feedback(Act):
    """Saying whether an alert was useful."""

    action, takes = "feedback", FeedbackSerializer

    def act(self, alert: Alert, given: Mapping[str, Any]) -> object:
        """Rate."""
        useful, because = given["useful"], given["because"]
        return handling.feedback(alert.pk, by=self.asker.user, at=self.at, useful=useful, because=because)

    @taking(FeedbackSerializer)
    @once
    def post(self, request: Request, alert_id: UUID) -> HttpResponseBase:
        """Say whether it was useful, and why not; counted for the review of rules."""
        return self.done(request, alert_id)


def found(alert_id: UUID, who: Asker) -> Alert:
    """Return an alert the person may read; else a 404."""
    return generics.get_object_or_404(alerts_for(who), pk=alert_id)


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
