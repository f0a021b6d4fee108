"""Laboratory results, vital signs and lung function: one row a result, in the canonical unit, beside what was written."""

from django.db import models
from django.db.models import F, Q

STATUSES = ("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown")
"""FHIR R4 ObservationStatus (hl7.org/fhir/R4/valueset-observation-status.html)."""


class Observation(models.Model):
    """A fact: never deleted, updated once to set `retracted_revision`.

    The natural key of the current rows is also the index that every read uses; no other index (docs/decisions/0003).
    `effective_at` of day precision is the start of the patient's local day.
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    code = models.CharField(max_length=32)
    effective_at = models.DateTimeField()
    precision = models.CharField(max_length=6, default="day")
    specimen = models.CharField(max_length=80, default="", blank=True)
    performer = models.CharField(max_length=120, default="", blank=True)
    value = models.FloatField(null=True, blank=True)
    value_text = models.CharField(max_length=200, default="", blank=True)
    unit = models.CharField(max_length=24, default="", blank=True)
    comparator = models.CharField(max_length=2, default="", blank=True)
    status = models.CharField(max_length=16, default="final")
    data_absent_reason = models.CharField(max_length=24, default="", blank=True)
    unconfirmed = models.BooleanField(default=False)
    reference_low = models.FloatField(null=True, blank=True)
    reference_high = models.FloatField(null=True, blank=True)
    interpretation = models.CharField(max_length=16, default="", blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    original_value = models.CharField(max_length=200, default="", blank=True)
    original_unit = models.CharField(max_length=40, default="", blank=True)
    upload = models.ForeignKey(
        "patients.Upload", on_delete=models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False
    )
    recorded_revision = models.PositiveIntegerField()
    retracted_revision = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="observation_key",
                fields=["patient", "code", "effective_at", "specimen", "performer"],
                condition=Q(retracted_revision=None),
                include=["id", "value", "unit", "status", "comparator", "unconfirmed", "recorded_revision"],
            ),
            models.CheckConstraint(
                name="observation_says_something",
                condition=Q(value__isnull=False) | ~Q(value_text="") | ~Q(data_absent_reason=""),
            ),
            models.CheckConstraint(name="observation_precision", condition=Q(precision__in=["day", "minute"])),
            models.CheckConstraint(name="observation_status", condition=Q(status__in=STATUSES)),
            models.CheckConstraint(
                name="observation_comparator", condition=Q(comparator__in=["", "<", "<=", ">", ">="])
            ),
            models.CheckConstraint(name="observation_code", condition=~Q(code="")),
            models.CheckConstraint(
                name="observation_retracted_later",
                condition=Q(retracted_revision=None) | Q(retracted_revision__gt=F("recorded_revision")),
            ),
        ]
        indexes = [
            models.Index(
                name="observation_retracted", fields=["patient", "code"], condition=Q(retracted_revision__isnull=False)
            )
        ]

    def __str__(self) -> str:
        """Return code and id, no value."""
        return f"{self.code} {self.pk}"
