"""One invented patient of the demo: who it is, how the disease runs, and what is special. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from monitor.demo_course import Course
from monitor.demo_treatments import Taper

ZONE: Final = ZoneInfo("Europe/Berlin")
NAMESPACE: Final = UUID("6b1f6c52-8a0c-4d5e-9c0a-3f1f2d8f7a10")


def identifier_of(number: int) -> str:
    """Return what files name a patient by."""
    return f"DEMO-{number}"


def id_of(identifier: str) -> UUID:
    """Return our id, the same in every demo."""
    return uuid5(NAMESPACE, identifier)


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """One patient; all days count back from now.

    `last` are the days of the last blood counts; `coughed` of blood coughed up, with the amount; `pregnant` the first and the
    last day of a pregnancy (None: it goes on); `said` is what a physician stated: the day, the kind of event and its findings.
    `elsewhere`: the second team follows the patient.
    """

    number: int
    name: str
    sex: Literal["male", "female"]
    age_years: int
    height_cm: float
    course: Course
    followed_days: int
    last: tuple[int, ...] = (12,)
    lung: float = 0.9
    stage: int = 1
    tapers: tuple[Taper, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()
    saturation: float = 97.0
    coughed: tuple[tuple[int, str], ...] = ()
    said: tuple[tuple[int, str, tuple[tuple[str, Any], ...]], ...] = ()
    pregnant: tuple[int, int | None] | None = None
    died: int | None = None
    elsewhere: bool = False

    @property
    def identifier(self) -> str:
        """What files name the patient by."""
        return identifier_of(self.number)

    @property
    def id(self) -> UUID:
        """Our id, the same in every demo."""
        return id_of(self.identifier)

    def birth_date(self, at: datetime) -> date:
        """Return when the patient was born."""
        today = at.astimezone(ZONE).date()
        month, day = 1 + self.number % 12, 1 + 2 * self.number % 28
        return date(today.year - self.age_years - ((month, day) > (today.month, today.day)), month, day)

    def grown_up(self, at: datetime, years: int = 18) -> date:
        """Return the birthday from which nobody else decides for the patient."""
        born = self.birth_date(at)
        return born.replace(year=born.year + years)


def morning(at: datetime, days_ago: int, minutes: int = 0) -> datetime:
    """Return half past seven of a day in the clinic, a little earlier than `at` where that is still to come."""
    day = at.astimezone(ZONE).date() - timedelta(days=days_ago)
    wanted = datetime.combine(day, time(7, 30), ZONE).astimezone(UTC) + timedelta(minutes=minutes)
    return min(wanted, at.replace(second=0, microsecond=0) - timedelta(minutes=90))


def known(effective_at: datetime, at: datetime, hours: float) -> datetime:
    """Return when something of that time became known: some hours later, but not after `at`."""
    return min((effective_at + timedelta(hours=hours)).replace(second=0, microsecond=0), at)
