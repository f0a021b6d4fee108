"""Numbers of the watches that a team chose, for all its patients or for one: added to, never changed or deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SettingChange(models.Model):
    """A number was chosen, or given up: `value` None is the team's number again, or the default. `id` is the version.

    The newest of a name holds; a patient's goes before the team's. Which names there are, and within which bounds, the watches say.
    """

    team = models.ForeignKey(
        "patients.CareTeam", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(max_length=60)
    value = models.FloatField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="settingchange_one_scope",
                condition=Q(team__isnull=False, patient=None) | Q(team=None, patient__isnull=False),
            ),
            models.CheckConstraint(name="settingchange_reason", condition=~Q(reason="")),
        ]
        indexes = [
            models.Index(name="settingchange_team", fields=["team", "name", "-id"], condition=Q(patient=None)),
            models.Index(name="settingchange_patient", fields=["patient", "name", "-id"], condition=Q(team=None)),
        ]

    def __str__(self) -> str:
        """Return the name and the version, no number."""
        return f"{self.name} {self.pk}"
