"""Who looked at whose record: written whenever one is opened, by whom, changed and deleted by nobody."""

from datetime import UTC

from django.conf import settings
from django.db import models
from django.db.models.functions import TruncHour


class What(models.TextChoices):
    """What of a record was opened."""

    PAGE = "page"
    OWN = "own"
    FACT = "fact"
    HISTORY = "history"
    FLOWSHEET = "flowsheet"
    FILE = "file"
    API = "api"


class Seen(models.Model):
    """A person opened something of a patient's record; `at` is the first time in its hour, that of the clock in UTC."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("patient", "user", "what", TruncHour("at", tzinfo=UTC), name="seen_once_an_hour"),
            models.CheckConstraint(name="seen_what", condition=models.Q(what__in=What.values)),
        ]
        indexes = [models.Index(name="seen_latest", fields=["patient", "-at", "-id"])]

    def __str__(self) -> str:
        """Return what was opened, by whom and of whom, as numbers."""
        return f"{self.what} of {self.patient_id} by {self.user_id}"
