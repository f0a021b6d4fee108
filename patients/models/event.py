"""What happened: sputum, films, hemoptysis, transfusions, procedures, and a physician's word on an exacerbation."""

from django.db import models
from django.db.models import F, Q


class Event(models.Model):
    """A fact of one kind of `patients/data/event_kinds.json`, with that kind's findings.

    `origin` is the id of the first row of a chain of corrections, None for that row itself: what is said of the event, an alert
    say, stays with it while it is corrected.
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=24)
    effective_at = models.DateTimeField()
    precision = models.CharField(max_length=6, default="day")
    findings = models.JSONField(default=dict)
    origin = models.BigIntegerField(null=True, blank=True)
    upload = models.ForeignKey(
        "patients.Upload", on_delete=models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False
    )
    recorded_revision = models.PositiveIntegerField()
    retracted_revision = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="event_kind", condition=~Q(kind="")),
            models.CheckConstraint(name="event_precision", condition=Q(precision__in=["day", "minute"])),
            models.CheckConstraint(
                name="event_retracted_later",
                condition=Q(retracted_revision=None) | Q(retracted_revision__gt=F("recorded_revision")),
            ),
            models.CheckConstraint(name="event_origin", condition=Q(origin=None) | Q(origin__lt=F("id"))),
        ]
        indexes = [models.Index(name="event_of_patient", fields=["patient", "effective_at", "kind"])]

    def __str__(self) -> str:
        """Return kind and id, no finding."""
        return f"{self.kind} {self.pk}"
