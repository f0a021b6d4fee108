"""When a team's people are on duty or away, and who changed the team."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import LessThanOrEqual

LONGEST: Final = timedelta(days=730)
"""The longest duty and absence: who is away for longer has no place any more, and a later year was mistyped."""
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""No span ends later: Python reads no time after the year 9999, and a row that it cannot read stops a whole team."""


class Duty(models.Model):
    """A span in which a member stands on a level of the chain, whatever their usual place in it. Level 1 is called first."""

    team = models.ForeignKey("patients.CareTeam", on_delete=models.CASCADE, related_name="duties", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duties")
    level = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="duty_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="duty_no_longer", condition=LessThanOrEqual(F("ends_at") - F("starts_at"), LONGEST)
            ),
            models.CheckConstraint(name="duty_ends_in_time", condition=Q(ends_at__lt=LAST)),
            models.CheckConstraint(name="duty_level", condition=Q(level__gte=1, level__lte=9)),
        ]
        indexes = [models.Index(name="duty_of_team", fields=["team", "ends_at"])]

    def __str__(self) -> str:
        """Return account and team."""
        return f"user {self.user_id} in team {self.team_id}"


class Absence(models.Model):
    """A span in which a person is not told of anything; whoever stands in, if somebody does, is told in their place."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="absence_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="absence_no_longer", condition=LessThanOrEqual(F("ends_at") - F("starts_at"), LONGEST)
            ),
            models.CheckConstraint(name="absence_ends_in_time", condition=Q(ends_at__lt=LAST)),
            models.CheckConstraint(name="absence_of_somebody_else", condition=~Q(stand_in=F("user"))),
        ]
        indexes = [models.Index(name="absence_until", fields=["ends_at"])]

    def __str__(self) -> str:
        """Return the account."""
        return f"user {self.user_id}"


class TeamChange(models.Model):
    """One change of a team's hours, people, duties or absences: who, when, what. Append-only."""

    team = models.ForeignKey("patients.CareTeam", on_delete=models.PROTECT, related_name="changes", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    what = models.CharField(max_length=24)
    detail = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(name="teamchange_order", fields=["team", "-id"])]

    def __str__(self) -> str:
        """Return what was changed."""
        return f"{self.what} of team {self.team_id}"
