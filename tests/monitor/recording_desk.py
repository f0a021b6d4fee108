"""A patient with people around them, and what they send to the pages of recording."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from patients.models import CareTeam, Event, Observation, Patient, PatientRevision, Treatment, User
from tests.factories import account, browser, caregiver, member, patient, team

ZONE = "Europe/Vienna"


@dataclass(frozen=True, slots=True)
class Desk:
    """One patient, and everybody who may come."""

    ill: Patient
    people: dict[str, User]

    def visitor(self, role: str = "nurse") -> Client:
        """Open a browser as somebody."""
        return browser(self.people[role])

    def path(self, rest: str = "") -> str:
        """Return an address below the patient's."""
        return f"/patients/{self.ill.pk}/{rest}"

    def get(self, rest: str, role: str = "nurse") -> Any:
        """Open a page."""
        return self.visitor(role).get(self.path(rest))

    def post(self, rest: str, sent: dict[str, Any], role: str = "nurse") -> Any:
        """Send a form."""
        return self.visitor(role).post(self.path(rest), sent)


ROLES = ("patient", "caregiver", "nurse", "physician", "coordinator", "stranger", "admin")


def desk(*, emergency_text: str = "") -> Desk:
    """Return a desk."""
    north: CareTeam = team("north", time_zone=ZONE, emergency_text=emergency_text)
    own = account()
    ill = patient(north, "Mara Veit", time_zone=ZONE, user=own)
    people = {
        "patient": own,
        "caregiver": caregiver(ill),
        **{role: member(north, role) for role in ("nurse", "physician", "coordinator")},
        "stranger": member(team("south")),
        "admin": account(is_staff=True, is_superuser=True),
    }
    return Desk(ill, people)


def today() -> date:
    """Return the patient's today."""
    return timezone.now().astimezone(ZoneInfo(ZONE)).date()


def yesterday() -> str:
    """Return the day before, as a browser sends it."""
    return (today() - timedelta(days=1)).isoformat()


def counts() -> tuple[int, int, int, int]:
    """Return how many facts of each kind there are, and how many revisions."""
    return (
        Observation.objects.count(),
        Event.objects.count(),
        Treatment.objects.count(),
        PatientRevision.objects.count(),
    )


def words(response: Any) -> str:
    """Return a page as text."""
    return str(response.content.decode())


def said(visitor: Client) -> str:
    """Return what the next page says of what was done."""
    return words(visitor.get("/patients/"))


NOTHING = (0, 0, 0, 0)
