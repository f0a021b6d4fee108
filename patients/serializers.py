"""What the API says of patients and uploads, and what it takes."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from patients.fact_inputs import Strict
from patients.models import Patient, PatientIdentifier, Upload
from patients.paging import PageQuery
from patients.readings import RowState
from patients.validation import FIRST_DAY


class IdentifierSerializer(serializers.ModelSerializer[PatientIdentifier]):
    """An identifier with its issuer."""

    class Meta:
        model = PatientIdentifier
        fields = ("issuer", "value")
        read_only_fields = fields


class PatientSerializer(serializers.ModelSerializer[Patient]):
    """A patient: who it is, and at which revision."""

    name = serializers.CharField(source="identity.name", default="", read_only=True)
    identifiers = IdentifierSerializer(many=True, read_only=True)
    team = serializers.CharField(source="team.name", read_only=True)
    sex = serializers.ChoiceField(["", "female", "male"], read_only=True)
    course = serializers.ChoiceField(["", "acute", "chronic"], read_only=True)

    class Meta:
        model = Patient
        fields = (
            "id", "name", "identifiers", "birth_date", "sex", "time_zone", "team", "team_id", "active", "diagnosis_date", "course",
            "death_date", "revision", "changed_at",
        )  # fmt: skip
        read_only_fields = fields


class NewIdentifierSerializer(Strict):
    """An identifier with its issuer; no issuer is the one whose files name patients by it."""

    issuer = serializers.CharField(required=False, allow_blank=True, max_length=120, default="")
    value = serializers.CharField(max_length=120)


class NewPatientSerializer(Strict):
    """Who is followed from now on. `team` is needed by who is in several; the time zone is the team's unless given."""

    name = serializers.CharField(max_length=200)
    team = serializers.IntegerField(required=False, min_value=1)
    identifiers = NewIdentifierSerializer(many=True, required=False)
    birth_date = serializers.DateField(required=False)
    sex = serializers.ChoiceField(["", "female", "male"], required=False)
    time_zone = serializers.CharField(required=False, max_length=64)
    language = serializers.CharField(required=False, max_length=8)
    diagnosis_date = serializers.DateField(required=False)
    course = serializers.ChoiceField(["", "acute", "chronic"], required=False)
    height_cm = serializers.FloatField(required=False, min_value=20, max_value=260)
    email = serializers.EmailField(required=False, max_length=254)
    telephone = serializers.CharField(required=False, max_length=40)
    address = serializers.CharField(required=False, max_length=500)

    def validate_birth_date(self, born: date) -> date:
        """Refuse a birth that is to come or longer ago than anybody lives."""
        return self._lived(born)

    def validate_diagnosis_date(self, day: date) -> date:
        """Refuse a diagnosis that is to come."""
        return self._lived(day)

    def validate_time_zone(self, name: str) -> str:
        """Refuse a zone that is none."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of the zone data, as "Europe"
            raise serializers.ValidationError("There is no such time zone; one is Europe/Berlin.") from error
        return name

    def _lived(self, day: date) -> date:
        """Return a day between 1900 and today."""
        if not FIRST_DAY <= day <= self.context["today"]:
            raise serializers.ValidationError("Give a date between 1900 and today.")
        return day


class PatientQuery(PageQuery):
    """Which patients."""

    identifier = serializers.CharField(required=False, max_length=120)
    team = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    active = serializers.ChoiceField(["true", "false"], required=False)
    sex = serializers.ChoiceField(["female", "male"], required=False)
    course = serializers.ChoiceField(["acute", "chronic"], required=False)
    changed_since = serializers.DateTimeField(required=False, help_text="Of whom more is known since.")


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """A file on its way, without its rows."""

    class Meta:
        model = Upload
        fields = (
            "id", "patient", "state", "reason", "format", "received_at", "finished_at", "rows", "accepted", "duplicates", "held",
            "rejected", "skipped",
        )  # fmt: skip
        read_only_fields = fields


@extend_schema_field(OpenApiTypes.BINARY)
class ContentField(serializers.FileField):
    """The bytes of a file: sent, never told."""


class NewUploadSerializer(serializers.Serializer[Any]):
    """A file sent in for one patient: by our id, or by an identifier that names only one of the sender's patients."""

    file = ContentField(allow_empty_file=False, max_length=255)
    patient = serializers.CharField(max_length=120)


class ReceivedSerializer(serializers.Serializer[Any]):
    """Where to look for what became of a file."""

    id = serializers.UUIDField()
    state = serializers.CharField()


class IssueSerializer(serializers.Serializer[Any]):
    """What is odd about one row."""

    row = serializers.CharField()
    column = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.CharField()
    message = serializers.CharField()
    original = serializers.CharField()


class ResultSerializer(serializers.Serializer[Any]):
    """How one row was understood: as written, in the catalogue's unit, with FHIR's `status`; and how it ended, its `state`."""

    row = serializers.CharField()
    patient = serializers.CharField()
    code = serializers.CharField()
    value = serializers.JSONField(allow_null=True, help_text="A number, or the words where it is none.")
    unit = serializers.CharField()
    comparator = serializers.CharField(help_text="<, <=, >= or > where the number is a limit of detection, else empty.")
    canonical_value = serializers.FloatField(allow_null=True)
    canonical_unit = serializers.CharField()
    effective_at = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    state = serializers.ChoiceField([state.value for state in RowState])


class ReportSerializer(serializers.Serializer[Any]):
    """What became of a file: counts that sum to `rows`, each row, each issue. Documents `patients.uploading.report`."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    format = serializers.CharField()
    rows = serializers.IntegerField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    held = serializers.IntegerField()
    rejected = serializers.IntegerField()
    skipped = serializers.IntegerField()
    results = ResultSerializer(many=True)
    issues = IssueSerializer(many=True)
