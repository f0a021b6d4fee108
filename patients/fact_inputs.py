"""What the API takes of facts: which fields, of which shape. What they mean is for validation and the catalogue to say."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from patients.event_kinds import TEXT_LENGTH, Field, Kind, kinds
from patients.paging import PageQuery

CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT: Final = (
    r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    rf"(T{CLOCK}(:[0-5][0-9](\.[0-9]{{1,6}})?)?(Z|[+-]{CLOCK})?)?$"
)
MOMENT_WORDS: Final = "A date, or a date-time; without an offset it is that of where the patient lives."
LENGTH: Final = 200
LARGEST: Final = 1e9


@extend_schema_field({"type": "string", "pattern": MOMENT, "description": MOMENT_WORDS})
class MomentField(serializers.RegexField):
    """A date or a date-time as a text: the patient's zone makes an instant of it."""

    def __init__(self, **more: Any) -> None:
        words: dict[str, Any] = {"invalid": "Write a date as 2026-03-01, or a time as 2026-03-01T08:30+01:00."}
        super().__init__(MOMENT, error_messages=words, **more)


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "maxLength": LENGTH}]})
class WrittenField(serializers.Field[str, Any, Any, Any]):
    """A number, or a value in words, made the text that a file would hold."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text."""
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            raise ValidationError("A number or a text is needed.")
        text = data if isinstance(data, str) else format(Decimal(repr(data)), "f")
        if len(text) > LENGTH:
            raise ValidationError(f"At most {LENGTH} characters.")
        return text


class Strict(serializers.Serializer[Any]):
    """Fields of a body, and no other: one with a slip of the pen in its name is not lost silently."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the fields, checked."""
        if isinstance(data, Mapping):
            unknown = sorted(str(name)[:80] for name in set(data) - set(self.fields))
            if unknown:
                raise ValidationError({name: ["There is no such field."] for name in unknown})
        found: dict[str, Any] = super().to_internal_value(data)
        return found


class ResultSerializer(Strict):
    """What a result says. `code` is ours or a LOINC, `name` as a laboratory writes it; one of them is needed."""

    value = WrittenField(required=False, help_text="A number, or the words of a finding.")
    unit = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="As the laboratory writes it."
    )
    comparator = serializers.ChoiceField(["", "<", "<=", ">", ">="], required=False)
    effective_at = MomentField(help_text="When the sample was taken.")
    specimen = serializers.CharField(required=False, allow_blank=True, max_length=80)
    performer = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="The laboratory.")
    reference_low = WrittenField(required=False)
    reference_high = WrittenField(required=False)
    interpretation = serializers.CharField(required=False, allow_blank=True, max_length=16, help_text="The flag.")
    data_absent_reason = serializers.CharField(required=False, allow_blank=True, max_length=24)


class NewResultSerializer(ResultSerializer):
    """A result of a patient."""

    patient = serializers.CharField(max_length=120, help_text="Our id, or an identifier that only one of yours has.")
    code = serializers.CharField(required=False, allow_blank=True, max_length=80)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    status = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="As FHIR; final unless given."
    )
    issued_at = MomentField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a result of no test."""
        if not attrs.get("code", "").strip() and not attrs.get("name", "").strip():
            raise ValidationError({"code": ["Give a code or a name."]})
        return attrs


class WhySerializer(Strict):
    """The reason for a change: it is kept with the revision."""

    why = serializers.CharField(max_length=200)


class ResultChangeSerializer(ResultSerializer, WhySerializer):
    """What is right of a result; what is not given stays. A value is given with its unit."""

    effective_at = MomentField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        return _changing(attrs)


class NewEventSerializer(Strict):
    """An event of a kind, with that kind's findings."""

    patient = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(sorted(kinds()))
    effective_at = MomentField()
    findings = serializers.DictField(required=False, default=dict)


class EventChangeSerializer(WhySerializer):
    """What is right of an event: findings take the place of all that stood there."""

    effective_at = MomentField(required=False)
    findings = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        return _changing(attrs)


class DoseSerializer(Strict):
    """What a treatment says: `dose` in `unit` by `route` every `every_days` days."""

    drug = serializers.CharField(max_length=60)
    dose = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=LARGEST)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=24)
    route = serializers.CharField(required=False, allow_blank=True, max_length=24)
    every_days = serializers.FloatField(required=False, min_value=0.01, max_value=366)
    started_on = serializers.DateField()
    ended_on = serializers.DateField(required=False, allow_null=True)
    plan = serializers.CharField(required=False, allow_blank=True, max_length=60)


class NewTreatmentSerializer(DoseSerializer):
    """A treatment, planned or taken."""

    patient = serializers.CharField(max_length=120)
    intent = serializers.ChoiceField(["planned", "taken"])


class TreatmentChangeSerializer(DoseSerializer, WhySerializer):
    """What is right of a treatment; what is not given stays."""

    drug = serializers.CharField(required=False, max_length=60)
    started_on = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        return _changing(attrs)


class FactQuery(PageQuery):
    """Whose facts, and of which time."""

    patient = serializers.CharField(max_length=120, help_text="Our id, or an identifier that only one of yours has.")
    since = MomentField(required=False, help_text="The first day or instant.")
    until = MomentField(required=False, help_text="The last day or instant.")
    retracted = serializers.ChoiceField(
        ["false", "true"], default="false", help_text="Whether to list what was taken back, too."
    )


def _changing(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a change, which is one."""
    if not attrs.keys() - {"why"}:
        raise ValidationError("Say what is right: nothing but a reason was given.")
    return attrs


def event_schema() -> dict[str, Any]:
    """Return the JSON schema of a new event: one alternative a kind, made of the catalogue's fields."""
    return {"oneOf": [_kind_schema(kind) for kind in kinds().values()]}


def _kind_schema(kind: Kind) -> dict[str, Any]:
    """Return the schema of one kind."""
    findings = {
        "type": "object",
        "properties": {name: _field_schema(field) for name, field in kind.fields.items()},
        "additionalProperties": False,
    } | ({"required": list(kind.required)} if kind.required else {})
    return {
        "type": "object",
        "title": kind.name,
        "properties": {
            "patient": {"type": "string", "minLength": 1, "maxLength": 120},
            "kind": {"type": "string", "enum": [kind.name]},
            "effective_at": {"type": "string", "pattern": MOMENT},
            "findings": findings,
        },
        "required": ["patient", "kind", "effective_at", *(["findings"] if kind.required else [])],
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> dict[str, Any]:
    """Return the schema of one finding."""
    states = {"type": "string", "enum": list(field.allowed)}
    whole = all(isinstance(one, int) for one in field.allowed)
    shapes: dict[str, dict[str, Any]] = {
        "number": {"type": "number", "minimum": 0, "maximum": 1e6, "exclusiveMaximum": True},
        "boolean": {"type": "boolean"},
        "text": {"type": "string", "maxLength": TEXT_LENGTH},
        "date": {"type": "string", "format": "date"},
        "choice": {"type": "integer", "enum": list(field.allowed)} if whole else states,
        "map": {"type": "object", "properties": dict.fromkeys(field.keys, states), "additionalProperties": False},
    }
    return shapes[field.type]
