"""A patient at home with a caregiver and a team, and what they press on the patient's own pages."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from patients.models import CareTeam, Patient, Treatment, User
from tests.factories import account, browser, caregiver, member, patient, team, treatment

ZONE = "Europe/Vienna"
TEXT = "Call the ward at once: +43 1 234 5678."
ROLES = ("patient", "caregiver", "former", "nurse", "physician", "coordinator", "stranger", "admin")
OWN = ("patient", "caregiver")


@dataclass(frozen=True, slots=True)
class Home:
    """One patient, and everybody who may come."""

    ill: Patient
    people: dict[str, User]

    def visitor(self, role: str = "patient") -> Client:
        """Open a browser as somebody."""
        return browser(self.people[role])

    def path(self, rest: str = "") -> str:
        """Return an address below the patient's."""
        return f"/me/{self.ill.pk}/{rest}"

    def get(self, rest: str = "", role: str = "patient") -> Any:
        """Open a page."""
        return self.visitor(role).get(self.path(rest))

    def post(self, rest: str, sent: dict[str, Any] | None = None, role: str = "patient") -> Any:
        """Send a form."""
        return self.visitor(role).post(self.path(rest), sent or {})

    def take(self, role: str = "patient") -> Any:
        """Press the button of today's dose, as the page shows it."""
        return self.post("dose/", pressed(self.get(role=role)), role)


def home(*, emergency_text: str = TEXT, **fields: Any) -> Home:
    """Return a patient at home."""
    north: CareTeam = team("north", time_zone=ZONE, emergency_text=emergency_text)
    own = account(first_name="Anna", last_name="Sommer", time_zone="Asia/Tokyo")
    ill = patient(north, "Mara Veit", **{"time_zone": ZONE, "user": own, **fields})
    people = {
        "patient": own,
        "caregiver": caregiver(ill),
        "former": caregiver(ill, ends_at=timezone.now() - timedelta(minutes=1)),
        **{role: member(north, role) for role in ("nurse", "physician", "coordinator")},
        "stranger": member(team("south")),
        "admin": account(is_staff=True, is_superuser=True),
    }
    return Home(ill, people)


def today(zone: str = ZONE) -> date:
    """Return the patient's today."""
    return timezone.now().astimezone(ZoneInfo(zone)).date()


def plan(ill: Patient, dose: float = 12.5, **fields: Any) -> Treatment:
    """Plan prednisolone for the patient from ten days ago, unless told otherwise."""
    usual = {"dose": dose, "intent": "planned", "plan": "taper", "started_on": today() - timedelta(days=10)}
    return treatment(ill, **{**usual, **fields})


def pressed(page: Any) -> dict[str, str]:
    """Return what the button of today's dose sends."""
    found = dict(re.findall(r'name="(day|said)" value="([^"]*)"', page.content.decode()))
    return {name: value.replace("&nbsp;", "\u00a0") for name, value in found.items()}


def words(response: Any) -> str:
    """Return what a page says, without its markup, spaces made plain."""
    body = re.sub(
        r"<(script|style|title)\b.*?</\1>|<symbol.*?</symbol>", " ", response.content.decode(), flags=re.DOTALL
    )
    body = re.sub(r"</?(?:a|strong|b|span)\b[^>]*>", "", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " ").replace("&nbsp;", " "))
