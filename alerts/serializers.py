"""What the API says of alerts, and what it takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.changes import ResolveReason, Verb
from alerts.handling import REASON_LENGTH, assignees
from alerts.models import Alert, Transition
from alerts.parts import story_ids
from alerts.rules.rule import Severity
from alerts.trails import people_of


class AlertListSerializer(serializers.ListSerializer[Any]):
    """Alerts, of which it is asked once to which stories they belong."""

    def to_representation(self, data: Any) -> list[Any]:
        """Read the stories of all of them first."""
        rows = list(data)
        cast("dict[str, Any]", self.context)["stories"] = story_ids(rows)
        return super().to_representation(rows)


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert with the finding it rests on: sentence, arithmetic, limit, evidence, what would clear it."""

    severity = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField(help_text="Who took it on.")
    finding = serializers.DictField(read_only=True)
    ground_lost_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="Since when it would not fire, as a row it rests on was corrected or retracted.",
    )
    story = serializers.SerializerMethodField(
        help_text="The id of the first alert of the story it is part of, its own where it stands alone; null once it is over."
    )

    class Meta:
        model = Alert
        list_serializer_class = AlertListSerializer
        fields: tuple[str, ...] = (
            "id", "patient", "rule", "rule_version", "subject", "severity", "level", "state", "latching", "finding", "revision",
            "raised_at", "changed_at", "evaluated_at", "closed_at", "owner", "snoozed_until", "ground_lost_at", "story",
        )  # fmt: skip
        read_only_fields = fields

    def get_severity(self, alert: Alert) -> str:
        """Return high, moderate or low."""
        return Severity(alert.severity).word

    def get_owner(self, alert: Alert) -> str | None:
        """Return the name of who has it, never the address."""
        return None if alert.owner is None else str(alert.owner)

    def get_story(self, alert: Alert) -> UUID | None:
        """Return the story; read for this alert alone where it was not for many."""
        known = self.context.get("stories")
        return (story_ids([alert]) if known is None else known).get(alert.pk)


class TransitionSerializer(serializers.ModelSerializer[Transition]):
    """One step of an alert: who, when, why, before and after."""

    verb = serializers.ChoiceField(choices=[one.value for one in Verb], read_only=True)
    by = serializers.SerializerMethodField(help_text="Who did it, null for the watch.")
    note = serializers.SerializerMethodField(help_text="What was written beside a chosen reason.")
    until = serializers.SerializerMethodField(help_text="When a snooze ends or ended.")
    to = serializers.SerializerMethodField(help_text="To whom it was assigned.")
    useful = serializers.SerializerMethodField(help_text="Whether it was found useful.")

    class Meta:
        model = Transition
        fields = ("at", "verb", "by", "before", "after", "reason", "note", "until", "to", "useful")
        read_only_fields = fields

    def get_by(self, step: Transition) -> str | None:
        """Return a name, never the address."""
        return None if step.by is None else str(step.by)

    def get_note(self, step: Transition) -> str:
        """Return the words beside a reason."""
        return str(step.detail.get("note", ""))

    def get_until(self, step: Transition) -> datetime | None:
        """Return the end of a snooze."""
        return step.detail.get("until") or None

    def get_to(self, step: Transition) -> str | None:
        """Return a name, never the address."""
        people: Mapping[int, object] = self.context["people"]
        found = people.get(step.detail.get("to", 0))
        return None if found is None else str(found)

    def get_useful(self, step: Transition) -> bool | None:
        """Return what was thought of it."""
        useful: bool | None = step.detail.get("useful")
        return useful


class PersonSerializer(serializers.Serializer[Any]):
    """A colleague."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class AlertWithTrailSerializer(AlertSerializer):
    """An alert with every step of its life, the oldest first, and to whom it can be assigned."""

    transitions = serializers.SerializerMethodField()
    assignable = serializers.SerializerMethodField()

    class Meta(AlertSerializer.Meta):
        fields: tuple[str, ...] = (*AlertSerializer.Meta.fields, "transitions", "assignable")
        read_only_fields = fields

    @extend_schema_field(TransitionSerializer(many=True))
    def get_transitions(self, alert: Alert) -> list[dict[str, Any]]:
        """Return the trail."""
        steps = list(alert.transitions.select_related("by").order_by("id"))
        return list(TransitionSerializer(steps, many=True, context={"people": people_of(steps)}).data)

    @extend_schema_field(PersonSerializer(many=True))
    def get_assignable(self, alert: Alert) -> list[dict[str, Any]]:
        """Return members of the patient's team who may act on it."""
        return [{"id": one.pk, "name": str(one)} for one in assignees(alert.patient, at=self.context["at"])]


class ChangeSerializer(serializers.Serializer[Any]):
    """What changes an alert may name the alert as it was read: 409 where it has changed since."""

    changed_at = serializers.DateTimeField(
        required=False, help_text="The alert's `changed_at` as it was read; nothing is done where it differs by now."
    )


class AcknowledgeSerializer(ChangeSerializer):
    """A word on taking an alert on; may be empty."""

    reason = serializers.CharField(max_length=REASON_LENGTH, required=False, allow_blank=True, default="")


class SnoozeSerializer(ChangeSerializer):
    """Until when an alert is put off, and why."""

    until = serializers.DateTimeField(help_text="At most 14 days ahead; 24 hours for a high alert.")
    reason = serializers.CharField(max_length=REASON_LENGTH)


class AssignSerializer(ChangeSerializer):
    """To whom an alert is handed; a word may be said to it."""

    to = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="An `id` of the alert's `assignable`.")
    reason = serializers.CharField(max_length=REASON_LENGTH, required=False, allow_blank=True, default="")


class CommentSerializer(serializers.Serializer[Any]):
    """What is said about an alert."""

    text = serializers.CharField(max_length=REASON_LENGTH)


class FeedbackSerializer(serializers.Serializer[Any]):
    """Whether an alert was useful; a no needs a reason."""

    useful = serializers.BooleanField()
    because = serializers.CharField(max_length=REASON_LENGTH, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask why it was not useful."""
        if not attrs["useful"] and not attrs["because"]:
            raise serializers.ValidationError({"because": ["Say why it was not useful."]})
        return attrs


class ResolveSerializer(ChangeSerializer):
    """Why an alert is closed."""

    reason = serializers.ChoiceField(choices=[one.value for one in ResolveReason])
    note = serializers.CharField(max_length=REASON_LENGTH, required=False, allow_blank=True, default="")
