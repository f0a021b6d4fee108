"""Alerts and their life, and what is muted. State is data; every change is a row."""

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import LessThanOrEqual

LONGEST_MUTE: Final = timedelta(days=90)
"""A rule that says nothing for longer is the wrong rule, or has the wrong number (working value)."""


class Alert(models.Model):
    """The life of a finding of one subject of one rule of one patient. What it rests on is kept as it was when raised."""

    OPEN_STATES = ("raised", "acknowledged", "snoozed")
    STATES = (*OPEN_STATES, "resolved", "recovered")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="alerts", db_index=False)
    rule = models.CharField(max_length=40)
    rule_version = models.PositiveIntegerField()
    ruleset = models.CharField(max_length=64)
    settings_version = models.PositiveIntegerField(default=0)
    subject = models.CharField(max_length=80, blank=True, default="")
    severity = models.PositiveSmallIntegerField()
    level = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=12, default="raised")
    latching = models.BooleanField(default=False)
    finding = models.JSONField()
    revision = models.PositiveIntegerField()
    evaluated_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    clear_seen = models.BooleanField(default=False)
    silenced_reason = models.CharField(max_length=40, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    next_call_at = models.DateTimeField(null=True, blank=True)
    """When somebody is to be told again, unless a person has it by then; None where nobody will be."""
    calls = models.PositiveSmallIntegerField(default=0, db_default=0)
    """How often somebody was told again since the news was new."""
    ground_lost_at = models.DateTimeField(null=True, blank=True)
    """Since when what was corrected or retracted makes that it would not fire now."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="alert_one_open",
                fields=["patient", "rule", "subject"],
                condition=Q(state__in=("raised", "acknowledged", "snoozed")),
            ),
            models.CheckConstraint(
                name="alert_state",
                condition=Q(state__in=("raised", "acknowledged", "snoozed", "resolved", "recovered")),
            ),
            models.CheckConstraint(name="alert_severity", condition=Q(severity__in=[1, 2, 3])),
            models.CheckConstraint(
                name="alert_closed_when_over",
                condition=Q(state__in=("resolved", "recovered"), closed_at__isnull=False)
                | (~Q(state__in=("resolved", "recovered")) & Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="alert_snoozed_until",
                condition=(Q(state="snoozed") & Q(snoozed_until__isnull=False))
                | (~Q(state="snoozed") & Q(snoozed_until=None)),
            ),
        ]
        indexes = [
            models.Index(name="alert_of_patient", fields=["patient", "rule", "subject", "-raised_at"]),
            models.Index(
                name="alert_open",
                fields=["-severity", "raised_at"],
                condition=Q(state__in=("raised", "acknowledged", "snoozed")),
            ),
            models.Index(name="alert_snoozed", fields=["snoozed_until"], condition=Q(state="snoozed")),
            models.Index(name="alert_next_call", fields=["next_call_at"], condition=Q(next_call_at__isnull=False)),
        ]

    def __str__(self) -> str:
        """Return rule and id, no finding."""
        return f"{self.rule} {self.id}"


class Transition(models.Model):
    """One change of an alert: who, when, why, before and after. Append-only."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="transitions")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=16)
    before = models.CharField(max_length=12, blank=True, default="")
    after = models.CharField(max_length=12)
    reason = models.CharField(max_length=300, blank=True, default="")
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(name="transition_order", fields=["alert", "id"])]

    def __str__(self) -> str:
        """Return verb and alert."""
        return f"{self.verb} {self.alert_id}"


class Mute(models.Model):
    """One rule says nothing about one patient until a moment: what it finds by then is put off until then. It always ends.

    `severity` is the most that is put off: what is worse ends it. High is never muted.
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="mutes")
    rule = models.CharField(max_length=40)
    severity = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.CharField(max_length=300)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    ended_why = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="mute_one_open", fields=["patient", "rule"], condition=Q(ended_at=None)),
            models.CheckConstraint(name="mute_ends", condition=Q(until__gt=F("at"))),
            models.CheckConstraint(
                name="mute_ends_in_time", condition=LessThanOrEqual(F("until") - F("at"), LONGEST_MUTE)
            ),
            models.CheckConstraint(name="mute_never_of_high", condition=Q(severity__in=[1, 2])),
            models.CheckConstraint(name="mute_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="mute_ended_why",
                condition=Q(ended_at=None, ended_why="")
                | Q(ended_at__isnull=False, ended_why__in=["over", "worse", "person"]),
            ),
        ]
        indexes = [models.Index(name="mute_until", fields=["until"], condition=Q(ended_at=None))]

    def __str__(self) -> str:
        """Return rule and patient."""
        return f"{self.rule} of {self.patient_id}"
