"""A plan as a calendar elsewhere: the secret address by which a calendar program fetches it, kept as its digest alone."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class CalendarLink(models.Model):
    """A secret address of one patient's plan. It shows no more than the person who made it may still read; revoked, nothing."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="calendarlink_one_open", fields=["patient", "user"], condition=Q(revoked_at=None)
            ),
            models.CheckConstraint(
                name="calendarlink_revoked_after",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        """Return the number of the link, no secret."""
        return f"calendar {self.pk}"

    @staticmethod
    def digest_of(token: str) -> str:
        """Return what is stored of a secret."""
        return hashlib.sha256(token.encode()).hexdigest()
