"""The outbox: what is to be sent, each attempt, and what people want to have."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from alerts.models.alert import Alert


class Notification(models.Model):
    """A row of the outbox, written in the transaction that made it necessary. Holds no address, name, value or diagnosis.

    One row an alert and recipient; rows told by one mail (several findings at once, a digest) name the one that carries them.
    `patient` stands only on what patients and caregivers are told: it is asked once more when the mail is due.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    team = models.ForeignKey("patients.CareTeam", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, blank=True, related_name="notifications")
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
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
                name="notification_kind",
                condition=Q(kind__in=["alert", "digest", "weekly", "operator", "patient", "test", "quiet"]),
            ),
            models.CheckConstraint(name="notification_ends_once", condition=Q(sent_at=None) | Q(failed_at=None)),
            models.CheckConstraint(name="notification_due_after_created", condition=Q(due_at__gte=F("created_at"))),
        ]
        indexes = [
            models.Index(
                name="notification_due", fields=["due_at"], condition=Q(sent_at=None, failed_at=None, dropped_at=None)
            ),
            models.Index(name="notification_failed", fields=["failed_at"], condition=Q(failed_at__isnull=False)),
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
        indexes = [models.Index(name="delivery_ended", fields=["ended_at"])]

    def __str__(self) -> str:
        """Return notification and attempt."""
        return f"{self.notification_id} attempt {self.attempt}"


class MailChoice(models.Model):
    """Whether a person wants the digest, the weekly mail, or mails about their own plan; no row is yes. Alerts are no choice.

    `empty` asks for a digest also where there is nothing new.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choices")
    edition = models.CharField(max_length=8)
    wanted = models.BooleanField(default=True)
    empty = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="mailchoice_once", fields=["user", "edition"]),
            models.CheckConstraint(name="mailchoice_edition", condition=Q(edition__in=["digest", "weekly", "patient"])),
        ]

    def __str__(self) -> str:
        """Return edition and account."""
        return f"{self.edition} of user {self.user_id}"
