"""Who can log in to the demo: two teams with their people, patients, caregivers; and who may see whom by a dated link."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.hours import SATURDAY
from monitor.demo_patient import DemoPatient
from patients.models import (
    Absence,
    AccessToken,
    CaregiverLink,
    CareTeam,
    Duty,
    Membership,
    Patient,
    Role,
    TeamAccess,
    User,
)

ZONE_NAME: Final = "Europe/Berlin"
TEAM: Final = "Lung bleeding clinic"
SECOND_TEAM: Final = "Children's lung service"
EMERGENCY_TEXT: Final = (
    "This service is not watched around the clock. If you cough up blood or are short of breath, call 112."
)
LABEL: Final = "demo"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in: `address` before the @, `role` as the list of log-ins says it, and what is to be seen."""

    address: str
    role: str
    first: str
    last: str
    sees: str
    place: Role | None = None
    elsewhere: bool = False
    on_call: int = 0

    @property
    def email(self) -> str:
        """The e-mail address, which is the log-in."""
        return f"{self.address}@demo.example"


ACCOUNTS: Final = (
    Account("nurse", "nurse", "Nora", "Reyes", "The worklist of the first team; acknowledges alerts.", Role.NURSE, on_call=1),
    Account("physician", "physician", "Peter", "Hansen", "The same, closes alerts and plans tapers.", Role.PHYSICIAN, on_call=2),
    Account("coordinator", "coordinator", "Carla", "Weiss", "Patients and files of the first team, no results.", Role.COORDINATOR),
    Account("patient", "patient", "Anna", "Sommer", "Her own pages, for a phone: DEMO-1, in remission."),
    Account("caregiver", "caregiver", "Julia", "Winter", "The pages of her two children: DEMO-2 and DEMO-15."),
    Account("admin", "admin", "Ada", "Minor", "Accounts and teams, nothing clinical."),
    Account("patient2", "patient in a taper", "Magdalena", "Stoicescu", "Her own pages: DEMO-44, whose dose is being reduced."),
    Account("caregiver2", "former caregiver", "Marta", "Sander", "Nothing: the link to DEMO-8 ended when he turned 18."),
    Account("nurse2", "nurse of the second team", "Ilona", "Várkonyi", "The second team's patients and one guest, DEMO-12.",
            Role.NURSE, elsewhere=True, on_call=1),
    Account("physician2", "physician of the second team", "Émile", "Fontanelle", "The same, closes alerts.",
            Role.PHYSICIAN, elsewhere=True, on_call=2),
)  # fmt: skip
OWN: Final[Mapping[str, str]] = {"DEMO-1": "patient", "DEMO-44": "patient2"}
"""Whose own account belongs to which patient."""
WARDS: Final[Mapping[str, str]] = {"DEMO-2": "caregiver", "DEMO-15": "caregiver"}
"""Which child is cared for by whom."""
FORMER_WARD: Final = "DEMO-8"
FORMER_CAREGIVER: Final = "caregiver2"
GUEST_HERE: Final = "DEMO-57"
GUEST_THERE: Final = "DEMO-12"
MOVED: Final = "DEMO-58"
"""The second team's patient open to the first, the first's open to the second, and who was the first's until lately."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody of the demo, by the word before the @, and both teams."""

    users: Mapping[str, User]
    first: CareTeam
    second: CareTeam

    def team_of(self, one: DemoPatient) -> CareTeam:
        """Return the team that follows a patient."""
        return self.second if one.elsewhere else self.first

    def of(self, role: str, one: DemoPatient) -> User:
        """Return the nurse or the physician of a patient's team."""
        return self.users[f"{role}2" if one.elsewhere else role]


def staff(at: datetime) -> Staff:
    """Make what is missing of people and teams."""
    users = {account.address: _user(account) for account in ACCOUNTS}
    fields = {"time_zone": ZONE_NAME, "emergency_text": EMERGENCY_TEXT}
    teams = [CareTeam.objects.get_or_create(name=name, defaults=fields)[0] for name in (TEAM, SECOND_TEAM)]
    for account in ACCOUNTS:
        if account.place is not None:
            place = {"role": account.place, "starts_at": at - timedelta(days=1500), "on_call_order": account.on_call}
            team = teams[account.elsewhere]
            Membership.objects.get_or_create(user=users[account.address], team=team, ends_at=None, defaults=place)
    _rota(users["physician"], users["nurse"], teams[0], at)
    return Staff(users, *teams)


def _rota(physician: User, nurse: User, team: CareTeam, at: datetime) -> None:
    """Put the physician on duty for the weekends of four weeks, and away for a week after, with the nurse in their place."""
    if Duty.objects.filter(team=team).exists():
        return
    today = at.astimezone(ZoneInfo(ZONE_NAME)).date()
    saturday = today + timedelta(days=(SATURDAY - today.weekday() - 1) % 7 + 1)
    for week in range(4):
        begins, ends = (_local(saturday + timedelta(days=7 * week + days)) for days in (0, 2))
        Duty.objects.create(team=team, user=physician, level=1, starts_at=begins, ends_at=ends)
    away = {"starts_at": _local(saturday + timedelta(days=30)), "ends_at": _local(saturday + timedelta(days=37))}
    Absence.objects.get_or_create(user=physician, defaults={"stand_in": nurse, **away})


def _local(day: date) -> datetime:
    """Return eight o'clock of a day by the clock of the demo's teams."""
    return datetime.combine(day, time(8), tzinfo=ZoneInfo(ZONE_NAME)).astimezone(UTC)


def _user(account: Account) -> User:
    """Return an account, made where it is missing."""
    known = User.objects.filter(email=account.email).first()
    admin = account.address == "admin"
    return known or User.objects.create_user(
        account.email,
        first_name=account.first,
        last_name=account.last,
        time_zone=ZONE_NAME,
        is_staff=admin,
        is_superuser=admin,
    )


def new_password(user: User) -> str:
    """Give an account a random password and return it."""
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def new_token(user: User, at: datetime) -> str:
    """Give a person one program's log-in and return it; an older one of the demo ends."""
    token = secrets.token_urlsafe(24)
    AccessToken.objects.filter(user=user, label=LABEL).delete()
    AccessToken.objects.create(user=user, digest=AccessToken.digest_of(token), label=LABEL, created_at=at)
    return token


def link(one: DemoPatient, patient: Patient, people: Staff, at: datetime) -> None:
    """Let those see a patient who do so by a dated link: a caregiver until the child is grown up, another team for a while."""
    grown_up = datetime.combine(one.grown_up(at), time(), tzinfo=UTC)
    begun = at - timedelta(days=one.followed_days)
    carer = FORMER_CAREGIVER if one.identifier == FORMER_WARD else WARDS.get(one.identifier)
    if carer is not None:
        CaregiverLink.objects.create(patient=patient, user=people.users[carer], starts_at=begun, ends_at=grown_up)
    month = timedelta(days=30)
    access = {
        GUEST_HERE: (people.first, at - month, None),
        GUEST_THERE: (people.second, at - month, at + 2 * month),
        MOVED: (people.first, at - 2 * month, at - month),
    }
    if one.identifier in access:
        team, starts_at, ends_at = access[one.identifier]
        TeamAccess.objects.create(patient=patient, team=team, starts_at=starts_at, ends_at=ends_at)
