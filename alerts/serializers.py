"""What the API says of alerts, and what it takes."""

from typing import Any

from rest_framework import serializers

from alerts.lifecycle import ResolveReason
from alerts.models import Alert
from alerts.rules.rule import Severity


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert with the finding it rests on: sentence, arithmetic, limit, evidence, what would clear it."""

    severity = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField(help_text="Who took it on.")
    finding = serializers.DictField(read_only=True)

    class Meta:
        model = Alert
        fields = (
            "id", "patient", "rule", "rule_version", "subject", "severity", "level", "state", "latching", "finding", "revision",
            "raised_at", "changed_at", "evaluated_at", "closed_at", "owner",
        )  # fmt: skip
        read_only_fields = fields

    def get_severity(self, alert: Alert) -> str:
        """Return high, moderate or low."""
        return Severity(alert.severity).word

    def get_owner(self, alert: Alert) -> str | None:
        """Return the name of who has it, never the address."""
        return None if alert.owner is None else str(alert.owner)


class AcknowledgeSerializer(serializers.Serializer[Any]):
    """A word on taking an alert on; may be empty."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ResolveSerializer(serializers.Serializer[Any]):
    """Why an alert is closed."""

    reason = serializers.ChoiceField(choices=[one.value for one in ResolveReason])
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
