"""Alerts and their life, the due rows of the watch, and the outbox. State is data; every change is a row."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


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


class WatchState(models.Model):
    """What of a patient has been judged, and when it must be judged again. A missing row is due.

    `attempts` counts tries on `attempted_revision` and `attempted_ruleset`: new facts or new rules start the count again.
    `heard_at` is the newest usable hemoglobin; unless a newer one comes, the patient counts as silent from `silent_from` on,
    and has a test overdue from `overdue_from` on. Lists read these instead of histories.
    """

    patient = models.OneToOneField(
        "patients.Patient", on_delete=models.PROTECT, primary_key=True, related_name="watch_state"
    )
    evaluated_revision = models.IntegerField(default=-1)
    evaluated_ruleset = models.CharField(max_length=64, blank=True, default="")
    evaluated_settings = models.PositiveIntegerField(default=0)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    recheck_at = models.DateTimeField(null=True, blank=True)
    cannot_judge = models.JSONField(default=list, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    silent_from = models.DateTimeField(null=True, blank=True)
    overdue_from = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_revision = models.IntegerField(default=-1)
    attempted_ruleset = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(name="watchstate_recheck", fields=["recheck_at"]),
            models.Index(F("heard_at").asc(nulls_first=True), "patient", name="watchstate_heard"),
            models.Index(name="watchstate_silent", fields=["silent_from", "patient"]),
            models.Index(name="watchstate_overdue", fields=["overdue_from"]),
        ]

    def __str__(self) -> str:
        """Return the patient's id."""
        return str(self.patient_id)


class RuleFailure(models.Model):
    """A rule that raised for one patient: retried with backoff, capped, shown. It stops nobody else."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="rule_failures")
    rule = models.CharField(max_length=40)
    error_type = models.CharField(max_length=80)
    attempts = models.PositiveSmallIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="rulefailure_once", fields=["patient", "rule"])]

    def __str__(self) -> str:
        """Return rule and patient."""
        return f"{self.rule} of {self.patient_id}"


class Notification(models.Model):
    """A row of the outbox, written in the transaction that made it necessary. Holds no address, name, value or diagnosis.

    One row an alert and recipient; rows told by one mail (several findings at once, a digest) name the one that carries them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    team = models.ForeignKey("patients.CareTeam", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, blank=True, related_name="notifications")
    channel = models.CharField(max_length=8, default="email")
    kind = models.CharField(max_length=12)
    reason = models.CharField(max_length=24)
    dedup_key = models.CharField(max_length=160, unique=True)
    detail = models.JSONField(default=dict, blank=True)
    carried_by = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="carries")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_reason = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notification_kind", condition=Q(kind__in=["alert", "digest", "weekly", "operator"])
            ),
            models.CheckConstraint(name="notification_ends_once", condition=Q(sent_at=None) | Q(failed_at=None)),
            models.CheckConstraint(name="notification_due_after_created", condition=Q(due_at__gte=F("created_at"))),
        ]
        indexes = [
            models.Index(
                name="notification_due", fields=["due_at"], condition=Q(sent_at=None, failed_at=None, dropped_at=None)
            )
        ]

    def __str__(self) -> str:
        """Return the id."""
        return str(self.id)


class Delivery(models.Model):
    """One attempt to send one notification: claimed before, marked after."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    attempt = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, default="started")
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    marked_repeat = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="delivery_once", fields=["notification", "attempt"]),
            models.CheckConstraint(
                name="delivery_outcome",
                condition=Q(outcome__in=["started", "accepted", "deferred", "refused", "unclear"]),
            ),
        ]

    def __str__(self) -> str:
        """Return notification and attempt."""
        return f"{self.notification_id} attempt {self.attempt}"


class Heartbeat(models.Model):
    """When a part of the service last showed life."""

    name = models.CharField(max_length=24, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the name."""
        return self.name
