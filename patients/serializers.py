"""What the API says of patients and uploads, and what it takes."""

from typing import Any

from rest_framework import serializers

from patients.models import Patient, PatientIdentifier, Upload
from patients.readings import RowState


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

    class Meta:
        model = Patient
        fields = (
            "id", "name", "identifiers", "birth_date", "sex", "time_zone", "team", "active", "diagnosis_date", "course",
            "death_date", "revision", "changed_at",
        )  # fmt: skip
        read_only_fields = fields


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """A file on its way, without its rows."""

    class Meta:
        model = Upload
        fields = (
            "id", "patient", "state", "reason", "format", "received_at", "finished_at", "rows", "accepted", "duplicates", "held",
            "rejected", "skipped",
        )  # fmt: skip
        read_only_fields = fields


class NewUploadSerializer(serializers.Serializer[Any]):
    """A file sent in for one patient: by our id, or by an identifier that names only one of the sender's patients."""

    file = serializers.FileField(allow_empty_file=False, max_length=255)
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
