"""Facts as the API tells them: a JSON text that PostgreSQL writes, and beside it the serializer that describes it to OpenAPI."""

from typing import Any, Final

from django.db.models import Case, DateTimeField, F, Func, TextField, Value, When
from django.db.models.expressions import Combinable
from rest_framework import serializers

from patients.event_kinds import kinds
from patients.models import Event, Observation, Treatment, UploadRow
from patients.models.observation import STATUSES
from patients.readings import RowState

WHEN_WORDS: Final = "A date where the precision is a day (as it was where the patient lives), else an instant in UTC."
DAY: Final = Func(
    Func(F("patient__time_zone"), F("effective_at"), function="timezone", output_field=DateTimeField()),
    Value("YYYY-MM-DD"),
    function="to_char",
    output_field=TextField(),
)
INSTANT: Final = Func(F("effective_at"), template="to_json(%(expressions)s)#>>'{}'", output_field=TextField())
SHOWN: Final = Case(When(precision="day", then=DAY), default=INSTANT)


class JsonText(Func):
    """One row as the text of a JSON object, its keys in the order given."""

    function = "json_build_object"
    template = "%(function)s(%(expressions)s)::text"

    def __init__(self, *columns: str, **parts: Combinable) -> None:
        named = {name: F(name) for name in columns} | parts
        words = [one for name, part in named.items() for one in (Value(name, output_field=TextField()), part)]
        super().__init__(*words, output_field=TextField())


ROW_STATES: Final = [state.value for state in RowState]
OF_EVERY: Final = ("recorded_revision", "retracted_revision")
OBSERVATION: Final = JsonText(
    "id", "code", "precision", "value", "value_text", "unit", "comparator", "status", "data_absent_reason", "unconfirmed",
    "reference_low", "reference_high", "interpretation", "specimen", "performer", "issued_at", "original_value", "original_unit",
    *OF_EVERY, patient=F("patient_id"), effective_at=SHOWN, upload=F("upload_id"),
)  # fmt: skip
EVENT: Final = JsonText(
    "id", "kind", "precision", "findings", *OF_EVERY, patient=F("patient_id"), effective_at=SHOWN, upload=F("upload_id")
)
TREATMENT: Final = JsonText(
    "id", "drug", "dose", "unit", "route", "every_days", "started_on", "ended_on", "intent", "plan",
    *OF_EVERY, patient=F("patient_id"), upload=F("upload_id"),
)  # fmt: skip
ROW: Final = JsonText(
    "position",
    "row",
    "column",
    "state",
    "reading",
    "issues",
    "original",
    "fact_kind",
    "fact_id",
    patient=F("patient_id"),
)


class ObservationSerializer(serializers.ModelSerializer[Observation]):
    """A result: as kept in the catalogue's unit, and as it was written."""

    effective_at = serializers.CharField(help_text=WHEN_WORDS)
    precision = serializers.ChoiceField(["day", "minute"])
    status = serializers.ChoiceField(STATUSES)
    patient = serializers.UUIDField()
    upload = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Observation
        fields = (
            "id", "patient", "code", "effective_at", "precision", "value", "value_text", "unit", "comparator", "status",
            "data_absent_reason", "unconfirmed", "reference_low", "reference_high", "interpretation", "specimen", "performer",
            "issued_at", "original_value", "original_unit", "upload", "recorded_revision", "retracted_revision",
        )  # fmt: skip
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer[Event]):
    """What happened: findings as the kind has them."""

    effective_at = serializers.CharField(help_text=WHEN_WORDS)
    kind = serializers.ChoiceField(sorted(kinds()))
    precision = serializers.ChoiceField(["day", "minute"])
    findings = serializers.DictField()
    patient = serializers.UUIDField()
    upload = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Event
        fields = (
            "id", "patient", "kind", "effective_at", "precision", "findings", "upload", "recorded_revision",
            "retracted_revision",
        )  # fmt: skip
        read_only_fields = fields


class TreatmentSerializer(serializers.ModelSerializer[Treatment]):
    """A dose by interval, planned or taken: `dose` in `unit` every `every_days` days; no end means open."""

    intent = serializers.ChoiceField(["planned", "taken"])
    patient = serializers.UUIDField()
    upload = serializers.UUIDField(allow_null=True)

    class Meta:
        model = Treatment
        fields = (
            "id", "patient", "drug", "dose", "unit", "route", "every_days", "started_on", "ended_on", "intent", "plan", "upload",
            "recorded_revision", "retracted_revision",
        )  # fmt: skip
        read_only_fields = fields


class RowSerializer(serializers.ModelSerializer[UploadRow]):
    """How one row of a file ended: what was read, every issue, the original, and the fact that it became or meets."""

    state = serializers.ChoiceField(ROW_STATES)
    patient = serializers.UUIDField(allow_null=True)
    reading = serializers.DictField(help_text="What was understood.")
    issues = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = UploadRow
        fields = (
            "position", "row", "column", "state", "patient", "reading", "issues", "original", "fact_kind", "fact_id",
        )  # fmt: skip
        read_only_fields = fields


class ColumnsSerializer(serializers.Serializer[Any]):
    """The results of one analyte, oldest first: all lists have one length. A list of which nothing is to be said is null."""

    code = serializers.CharField()
    unit = serializers.CharField()
    id = serializers.ListField(child=serializers.IntegerField())
    effective_at = serializers.ListField(child=serializers.DateTimeField())
    value = serializers.ListField(child=serializers.FloatField())
    status = serializers.ListField(child=serializers.CharField())
    comparator = serializers.ListField(child=serializers.CharField(), allow_null=True)
    unconfirmed = serializers.ListField(child=serializers.BooleanField(), allow_null=True)
    recorded_revision = serializers.ListField(child=serializers.IntegerField())


class TextsSerializer(serializers.Serializer[Any]):
    """The results of one analyte that say no number."""

    code = serializers.CharField()
    id = serializers.ListField(child=serializers.IntegerField())
    effective_at = serializers.ListField(child=serializers.DateTimeField())
    value_text = serializers.ListField(child=serializers.CharField())
    data_absent_reason = serializers.ListField(child=serializers.CharField())
    status = serializers.ListField(child=serializers.CharField())
    recorded_revision = serializers.ListField(child=serializers.IntegerField())


class TimelineEventSerializer(serializers.ModelSerializer[Event]):
    """An event on the timeline: its day begins when it begins where the patient lives."""

    findings = serializers.DictField()

    class Meta:
        model = Event
        fields = ("id", "kind", "effective_at", "precision", "findings", "recorded_revision")
        read_only_fields = fields


class TimelineTreatmentSerializer(serializers.ModelSerializer[Treatment]):
    """A treatment on the timeline."""

    class Meta:
        model = Treatment
        fields = (
            "id", "drug", "dose", "unit", "route", "every_days", "started_on", "ended_on", "intent", "plan", "recorded_revision",
        )  # fmt: skip
        read_only_fields = fields


class TimelineSerializer(serializers.Serializer[Any]):
    """Everything known of a patient at a revision. Documents `patients.columnar.timeline`."""

    patient = serializers.UUIDField()
    revision = serializers.IntegerField()
    time_zone = serializers.CharField(help_text="A result of a day stands at the begin of that day here.")
    usable = serializers.ListField(child=serializers.CharField(), help_text="The statuses that a watch uses.")
    observations = ColumnsSerializer(many=True)
    texts = TextsSerializer(many=True)
    events = TimelineEventSerializer(many=True)
    treatments = TimelineTreatmentSerializer(many=True)
