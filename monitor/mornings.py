"""The mornings until which an alert may be put off: a snooze ends when the responsible team begins to work, and somebody looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts import handling, hours
from patients.models import CareTeam, Patient, User

DAYS: Final[Mapping[int, str]] = {0: "Today", 1: "Tomorrow", 3: "In 3 days", 7: "In 7 days"}
"""What is offered at once, where a snooze may end then."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the forms of a patient's alerts may choose from: the team's mornings from now on, and colleagues."""

    at: datetime
    team: CareTeam
    colleagues: Sequence[User] = ()

    def morning(self, day: date, within: timedelta = handling.LONGEST_SNOOZE) -> datetime | None:
        """Return when the team begins to work on a day of its calendar, if a snooze may end then; else None.

        A zone may leave a day out, as Pacific/Apia did 30 December 2011.
        """
        if not self.after(0) <= day <= self.after(within.days + 1):
            return None
        found = hours.instant(day, self.team.working_from, self.team.time_zone)
        return found if found and self.at < found <= self.at + within else None

    def mornings(self, within: timedelta) -> tuple[date, ...]:
        """Return the days on whose mornings a snooze may end, in order."""
        days = (self.after(count) for count in range(within.days + 2))
        return tuple(day for day in days if self.morning(day, within))

    def after(self, days: int) -> date:
        """Return the day so many days from today, where the team is."""
        return self.at.astimezone(ZoneInfo(self.team.time_zone)).date() + timedelta(days=days)


def offer(patient: Patient, *, at: datetime) -> Offer:
    """Return what may be chosen for a patient's alerts: a query for the colleagues."""
    return Offer(at, patient.team, tuple(handling.assignees(patient, at=at)))
