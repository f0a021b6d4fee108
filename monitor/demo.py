"""Makes the demo: one team with its people, and the patients of `monitor.demo_cohort`, recorded by the one writer.

What is there already stays as it is. Passwords are random and stand in one file for its owner only; where that is lost, the
accounts get new ones.
"""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from monitor import demo_cohort
from monitor.demo_cohort import COHORT, DemoPatient
from patients import recording
from patients.context import maintaining
from patients.models import AccessToken, CaregiverLink, CareTeam, Membership, Patient, PatientIdentifier, Role, User

TEAM: Final = "Lung bleeding clinic"
EMERGENCY_TEXT: Final = (
    "This service is not watched around the clock. "
    "If you cough up blood or are short of breath, call the emergency number."
)
PEOPLE: Final[Mapping[str, tuple[str, str]]] = {
    "nurse": ("Nora", "Reyes"),
    "physician": ("Peter", "Hansen"),
    "coordinator": ("Carla", "Weiss"),
    "patient": ("Anna", "Sommer"),
    "caregiver": ("Julia", "Winter"),
    "admin": ("Ada", "Minor"),
}
"""Roles and names; the address is made of the role."""
ON_CALL: Final[Mapping[str, int]] = {Role.NURSE: 1, Role.PHYSICIAN: 2, Role.COORDINATOR: 0}
OWN_PATIENT, WARD = "DEMO-1", "DEMO-2"
"""Who the patient's account is, and for whom the caregiver cares."""
FILE: Final = "demo-users.json"
LABEL: Final = "demo"
ADULT_YEARS: Final = 18


def seed(local: Path, *, at: datetime) -> bool:
    """Make what is missing; return whether anything was. Run as the owner of the database."""
    with maintaining():
        there = PatientIdentifier.objects.filter(issuer="", value=COHORT[-1].identifier).exists()
        if there and _told(local):
            return False
        users = {role: _user(role) for role in PEOPLE}
        passwords = {role: _new_password(user) for role, user in users.items()}
        token = _new_token(users["physician"], at)
        team = _team(users, at)
        if not there:
            for one in COHORT:
                _patient(one, team, users, at)
    people = [{"role": role, "email": user.email, "password": passwords[role]} for role, user in users.items()]
    _tell(local, {"users": people, "api_token": token})
    return True


def _told(local: Path) -> bool:
    """Whether the passwords are known: the file names every account that there is."""
    try:
        addresses = {one["email"] for one in json.loads((local / FILE).read_text())["users"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return addresses == set(
        User.objects.filter(email__in=[_address(role) for role in PEOPLE]).values_list("email", flat=True)
    )


def _tell(local: Path, content: Mapping[str, Any]) -> None:
    """Write who can log in, for the owner of the folder only."""
    local.mkdir(parents=True, exist_ok=True)
    draft = local / f"{FILE}.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    draft.replace(local / FILE)


def _address(role: str) -> str:
    return f"{role}@demo.example"


def _user(role: str) -> User:
    """Return the account of a role, made where it is missing."""
    first, last = PEOPLE[role]
    known = User.objects.filter(email=_address(role)).first()
    admin = role == "admin"
    return known or User.objects.create_user(
        _address(role), first_name=first, last_name=last, time_zone="Europe/Berlin", is_staff=admin, is_superuser=admin
    )


def _new_password(user: User) -> str:
    """Give an account a random password and return it."""
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def _new_token(user: User, at: datetime) -> str:
    """Give the physician one program's log-in and return it; an older one of the demo ends."""
    token = secrets.token_urlsafe(24)
    AccessToken.objects.filter(user=user, label=LABEL).delete()
    AccessToken.objects.create(user=user, digest=AccessToken.digest_of(token), label=LABEL, created_at=at)
    return token


def _team(users: Mapping[str, User], at: datetime) -> CareTeam:
    """Return the team with its members."""
    fields = {"time_zone": "Europe/Berlin", "emergency_text": EMERGENCY_TEXT}
    team, _ = CareTeam.objects.get_or_create(name=TEAM, defaults=fields)
    for role, order in ON_CALL.items():
        Membership.objects.get_or_create(
            user=users[role],
            team=team,
            ends_at=None,
            defaults={"role": role, "starts_at": at - timedelta(days=1500), "on_call_order": order},
        )
    return team


def _patient(one: DemoPatient, team: CareTeam, users: Mapping[str, User], at: datetime) -> None:
    """Register one patient and record what is known of them."""
    born = one.birth_date(at)
    patient = recording.create_patient(
        team_id=team.pk,
        by=users["coordinator"],
        at=at - timedelta(days=one.followed_days + 1),
        name=one.name,
        identifiers=[("", one.identifier)],
        id=one.id,
        sex=one.sex,
        birth_date=born,
        height_cm=one.height_cm,
        time_zone="Europe/Berlin",
        clinician=users["physician"],
        user=users["patient"] if one.identifier == OWN_PATIENT else None,
        diagnosis_date=(at - timedelta(days=one.followed_days)).date(),
        **dict(one.fields),
    )
    if one.identifier == WARD:
        _link(patient, users["caregiver"], at)
    recording.record(demo_cohort.facts(one, at), by=users["nurse"], at=at, why="demo")


def _link(patient: Patient, caregiver: User, at: datetime) -> None:
    """Let the caregiver see a child until it is grown up."""
    born = patient.birth_date or at.date()
    grown_up = datetime(born.year + ADULT_YEARS, born.month, min(born.day, 28), tzinfo=UTC)
    CaregiverLink.objects.create(patient=patient, user=caregiver, starts_at=at - timedelta(days=600), ends_at=grown_up)
