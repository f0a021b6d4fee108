"""Doses, planned and taken, by interval. A day with no row is unknown, never zero."""

from django.db import models
from django.db.models import F, Q


class Treatment(models.Model):
    """A fact: `dose` in `unit` by `route` every `every_days` days from `started_on` to `ended_on` (None = open)."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    drug = models.CharField(max_length=60)
    dose = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=24, default="", blank=True)
    route = models.CharField(max_length=24, default="", blank=True)
    every_days = models.FloatField(default=1.0)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    intent = models.CharField(max_length=8)
    plan = models.CharField(max_length=60, default="", blank=True)
    upload = models.ForeignKey(
        "patients.Upload", on_delete=models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False
    )
    recorded_revision = models.PositiveIntegerField()
    retracted_revision = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="treatment_intent", condition=Q(intent__in=["planned", "taken"])),
            models.CheckConstraint(name="treatment_drug", condition=~Q(drug="")),
            models.CheckConstraint(
                name="treatment_order", condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on"))
            ),
            models.CheckConstraint(name="treatment_every", condition=Q(every_days__gt=0)),
            models.CheckConstraint(name="treatment_dose", condition=Q(dose=None) | Q(dose__gte=0)),
            models.CheckConstraint(
                name="treatment_retracted_later",
                condition=Q(retracted_revision=None) | Q(retracted_revision__gt=F("recorded_revision")),
            ),
        ]
        indexes = [models.Index(name="treatment_of_patient", fields=["patient", "started_on"])]

    def __str__(self) -> str:
        """Return intent and id, no drug."""
        return f"{self.intent} {self.pk}"
