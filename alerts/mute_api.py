"""The API of mutes: one rule of one patient says nothing until a moment. Physicians of the responsible team write."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import muting
from alerts.handling import REASON_LENGTH
from alerts.models import Mute
from alerts.muting import LONGEST_DAYS, MUTABLE, MuteConflictError
from alerts.rules.rule import Severity
from patients.asked import Asked
from patients.bodies import JsonBody
from patients.describing import documented, page_of
from patients.idempotency import once
from patients.models import Patient
from patients.reach import patients_for
from patients.refusals import Conflict

SEVERITIES = [one.word for one in MUTABLE]


class MuteSerializer(serializers.ModelSerializer[Mute]):
    """A rule that says nothing about a patient until a time; `severity` is the most that is put off."""

    severity = serializers.SerializerMethodField()
    by = serializers.SerializerMethodField(help_text="Who muted it.")
    ended_by = serializers.SerializerMethodField(help_text="Who ended it, null for the watch.")

    class Meta:
        model = Mute
        fields = (
            "id",
            "patient",
            "rule",
            "severity",
            "at",
            "until",
            "by",
            "reason",
            "ended_at",
            "ended_by",
            "ended_why",
        )
        read_only_fields = fields

    def get_severity(self, row: Mute) -> str:
        """Return moderate or low."""
        return Severity(row.severity).word

    def get_by(self, row: Mute) -> str | None:
        """Return a name, never the address."""
        return None if row.by is None else str(row.by)

    def get_ended_by(self, row: Mute) -> str | None:
        """Return a name, never the address."""
        return None if row.ended_by is None else str(row.ended_by)


class NewMuteSerializer(serializers.Serializer[Any]):
    """Which rule is muted until when, and why."""

    rule = serializers.CharField(max_length=40, help_text="The `rule` of an alert.")
    severity = serializers.ChoiceField(SEVERITIES, default=SEVERITIES[0], help_text="The most that is put off.")
    until = serializers.DateTimeField(help_text=f"At most {LONGEST_DAYS} days ahead.")
    reason = serializers.CharField(max_length=REASON_LENGTH)

    def validate_rule(self, rule: str) -> str:
        """Refuse a rule that there is not."""
        if rule not in muting.titles():
            raise serializers.ValidationError("There is no such rule.")
        return rule


class Mutes(Asked):
    """What is muted for one patient."""

    serializer_class = MuteSerializer
    queryset = Mute.objects.none()
    parser_classes = [JsonBody, FormParser, MultiPartParser]
    ordering = ("until", "id")

    @documented({200: page_of(MuteSerializer, "Mute")}, refusals=[404])
    def get(self, request: Request, patient_id: UUID) -> Response:
        """List what is muted now, the one that ends first before the others."""
        patient = self._patient(patient_id)
        self.saw(patient.pk)
        return self.listed(muting.current(patient, at=self.at).select_related("ended_by"))

    @documented({201: MuteSerializer}, request=NewMuteSerializer, refusals=[404, 409], writes=True)
    @once
    def post(self, request: Request, patient_id: UUID) -> HttpResponseBase:
        """Mute a rule: what it finds by then is put off until then; what is worse ends the mute, and is told at once."""
        patient = self._patient(patient_id)
        if not muting.may(self.asker, patient):
            raise PermissionDenied
        given = NewMuteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        severity = Severity[said["severity"].upper()]
        try:
            row = muting.mute(
                patient, said["rule"], by=self.asker.user, at=self.at, until=said["until"], reason=said["reason"],
                severity=severity,
            )  # fmt: skip
        except MuteConflictError as error:
            raise Conflict(str(error)) from error
        except ValueError as error:
            raise ValidationError({"until": [f"Name a time that is ahead, by {LONGEST_DAYS} days at most."]}) from error
        return Response(MuteSerializer(row).data, HTTPStatus.CREATED)

    def _patient(self, patient_id: UUID) -> Patient:
        """Return a patient whose alerts the person may read; else a 404."""
        found = patients_for(self.asker, "alert", "read").filter(pk=patient_id).first()
        if found is None:
            raise Http404
        return found


class EndMute(Asked):
    """Ending a mute."""

    serializer_class = MuteSerializer
    queryset = Mute.objects.none()
    http_method_names = ["post", "options"]
    parser_classes = [JsonBody, FormParser, MultiPartParser]

    @documented({200: MuteSerializer}, request=None, refusals=[404, 409], writes=True)
    @once
    def post(self, request: Request, patient_id: UUID, mute_id: int) -> HttpResponseBase:
        """End a mute: what it put off returns within a minute, and is told."""
        readable = patients_for(self.asker, "alert", "read")
        row = (
            Mute.objects.filter(patient__in=readable, patient_id=patient_id, pk=mute_id)
            .select_related("patient")
            .first()
        )
        if row is None:
            raise Http404
        if not muting.may(self.asker, row.patient):
            raise PermissionDenied
        try:
            ended = muting.end(row.pk, by=self.asker.user, at=self.at)
        except MuteConflictError as error:
            raise Conflict(str(error)) from error
        return Response(MuteSerializer(ended).data)
