"""Makes the demo: two teams with their people, the invented patients of `monitor.demo_cohort` and the published histories of
`monitor.demo_cases`, recorded by the one writer.

What is there already stays as it is. Passwords are random and stand in one file for its owner only; where that is lost, the
accounts get new ones.
"""

import json
import os
from collections.abc import Mapping, Set
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from monitor import demo_cases, demo_cohort, demo_stages
from monitor.demo_accounts import ACCOUNTS, OWN, ZONE_NAME, Staff, link, new_password, new_token, staff
from monitor.demo_cases import Case
from monitor.demo_cohort import COHORT
from monitor.demo_patient import ZONE, DemoPatient
from patients import recording
from patients.context import maintaining
from patients.models import Patient, PatientIdentifier, PregnancyPeriod, User

FILE: Final = "demo-users.json"
IDENTIFIERS: Final = (*(one.identifier for one in COHORT), *(case.identifier for case in demo_cases.cases()))


def seed(local: Path, *, at: datetime, empty: bool = False) -> bool:
    """Make what is missing, no patient where it is to be empty; return whether anything was. Run as the owner of the database."""
    with maintaining():
        there = set(PatientIdentifier.objects.filter(issuer="", value__in=IDENTIFIERS).values_list("value", flat=True))
        if (empty or len(there) == len(IDENTIFIERS)) and _told(local):
            return False
        people = staff(at)
        passwords = {account: new_password(people.users[account.address]) for account in ACCOUNTS}
        token = new_token(people.users["physician"], at)
        if not empty:
            _patients(there, people, at)
    users = [
        {"role": one.role, "email": one.email, "password": password, "sees": one.sees}
        for one, password in passwords.items()
    ]
    _tell(local, {"users": users, "api_token": token})
    return True


def _patients(there: Set[str], people: Staff, at: datetime) -> None:
    """Make the patients that are missing, and what they sent."""
    for one in COHORT:
        if one.identifier not in there:
            _patient(one, people, at)
    for case in demo_cases.cases():
        if case.identifier not in there:
            _published(case, people, at)
    if not there:
        demo_stages.send(people, at)


def _told(local: Path) -> bool:
    """Whether the passwords are known: the file names every account that there is."""
    try:
        addresses = {one["email"] for one in json.loads((local / FILE).read_text())["users"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    wanted = {account.email for account in ACCOUNTS}
    return addresses == wanted == set(User.objects.filter(email__in=wanted).values_list("email", flat=True))


def _tell(local: Path, content: Mapping[str, Any]) -> None:
    """Write who can log in, for the owner of the folder only."""
    local.mkdir(parents=True, exist_ok=True)
    draft = local / f"{FILE}.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    draft.replace(local / FILE)


def _patient(one: DemoPatient, people: Staff, at: datetime) -> None:
    """Register one invented patient and record what is known."""
    own = OWN.get(one.identifier)
    patient = recording.create_patient(
        team_id=people.team_of(one).pk,
        by=people.users["coordinator"],
        at=at - timedelta(days=one.followed_days + 1),
        name=one.name,
        identifiers=[("", one.identifier)],
        id=one.id,
        sex=one.sex,
        birth_date=one.birth_date(at),
        height_cm=one.height_cm,
        time_zone=ZONE_NAME,
        clinician=people.of("physician", one),
        user=people.users[own] if own else None,
        diagnosis_date=(at - timedelta(days=one.followed_days)).date(),
        **dict(one.fields),
    )
    link(one, patient, people, at)
    if one.pregnant is not None:
        first, last = one.pregnant
        ended_on = None if last is None else _day(at, last)
        PregnancyPeriod.objects.create(patient=patient, started_on=_day(at, first), ended_on=ended_on)
    demo_stages.record(one, demo_cohort.facts(one, at), people, at)
    if one.number == demo_stages.TAKEN_BACK:
        demo_stages.take_back(one, people, at)
    if one.number in demo_stages.EXPECTED:
        demo_stages.expect(one, people, at)
    if one.died is not None:
        Patient.objects.filter(pk=patient.pk).update(death_date=_day(at, one.died), active=False)


def _day(at: datetime, days_ago: int) -> date:
    """Return a day of the clinic before now."""
    return at.astimezone(ZONE).date() - timedelta(days=days_ago)


def _published(case: Case, people: Staff, at: datetime) -> None:
    """Register one published history under the name of the case, with its source, and record its facts."""
    facts = demo_cases.facts(case, at)
    begun = min(fact.recorded_at or at for fact in facts)
    recording.create_patient(
        team_id=people.first.pk,
        by=people.users["coordinator"],
        at=begun,
        name=case.name,
        identifiers=[("", case.identifier)],
        id=case.id,
        birth_date=case.birth_date(at),
        time_zone=ZONE_NAME,
        clinician=people.users["physician"],
        source=case.words(at),
        **case.fields,
    )
    recording.record(facts, by=people.users["nurse"], at=at, why="published")
