"""The due rows of the watch, what it gave up, its life, and what is wrong with the service itself."""

from django.db import models
from django.db.models import F, Q


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
            models.Index(name="watchstate_failed", fields=["failed_at"], condition=Q(failed_at__isnull=False)),
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


class Heartbeat(models.Model):
    """When a part of the service last showed life."""

    name = models.CharField(max_length=24, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Incident(models.Model):
    """Something of the service itself is not as it must be: found by the web, which needs no worker to say so. Of no patient."""

    kind = models.CharField(max_length=24)
    began_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="incident_one_open", fields=["kind"], condition=Q(ended_at=None)),
            models.CheckConstraint(
                name="incident_ends_after_start", condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at"))
            ),
        ]

    def __str__(self) -> str:
        """Return what it is."""
        return self.kind
