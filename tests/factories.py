"""Rows for tests, written with the owner's connection: a team, its people, a patient, results, events, alerts, files.

Each function makes one thing and returns it. What is not named gets a plain value of its own, so that two never collide.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Heartbeat, Mute, Transition, WatchState
from alerts.rules.findings import to_json
from alerts.rules.rule import Finding, Severity
from patients.history import History, PatientFacts, Series
from patients.models import (
    AccessToken,
    CaregiverLink,
    CareTeam,
    Event,
    Membership,
    Observation,
    Patient,
    PatientIdentifier,
    PatientIdentity,
    PatientRevision,
    TeamAccess,
    Treatment,
    Upload,
    UploadRow,
    User,
)
from tests.alerts import scenes

NUMBERS = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "correct horse battery"
PARTS = ("sweep", "mail")


def team(name: str = "", **fields: Any) -> CareTeam:
    """Found a team."""
    return CareTeam.objects.create(name=name or f"team {next(NUMBERS)}", **fields)


def account(email: str = "", *, password: str | None = None, **fields: Any) -> User:
    """Make an account; without a password it can only be logged in by the test client."""
    return User.objects.create_user(email or f"person{next(NUMBERS)}@example.org", password, **fields)


def member(of: CareTeam, role: str = "physician", *, ends_at: datetime | None = None, **fields: Any) -> User:
    """Make an account with a place in a team."""
    user = account(**fields)
    Membership.objects.create(user=user, team=of, role=role, starts_at=LONG_AGO, ends_at=ends_at)
    return user


def patient(of: CareTeam | None = None, name: str = "", *, identifier: str = "", **fields: Any) -> Patient:
    """Register a patient with a name and, where one is given, an identifier."""
    usual = {"changed_at": LONG_AGO, "birth_date": date(2015, 5, 17), "sex": "female", "time_zone": "UTC"}
    made = Patient.objects.create(team=of or team(), **{**usual, **fields})
    PatientIdentity.objects.create(patient=made, name=name or f"Patient {next(NUMBERS)}")
    if identifier:
        PatientIdentifier.objects.create(patient=made, value=identifier)
    return made


def caregiver(of: Patient, *, ends_at: datetime | None = None) -> User:
    """Make an account that cares for a patient."""
    user = account()
    CaregiverLink.objects.create(patient=of, user=user, starts_at=LONG_AGO, ends_at=ends_at)
    return user


def guest(of: Patient, visiting: CareTeam, *, ends_at: datetime | None = None) -> TeamAccess:
    """Open a patient to another team."""
    return TeamAccess.objects.create(patient=of, team=visiting, starts_at=LONG_AGO, ends_at=ends_at)


def revision(of: Patient, *, at: datetime | None = None) -> int:
    """Let one more transaction have changed what is known of a patient; return its number."""
    of.revision, of.changed_at = of.revision + 1, at or timezone.now()
    of.save(update_fields=["revision", "changed_at"])
    PatientRevision.objects.create(patient=of, n=of.revision, at=of.changed_at)
    return of.revision


def result(
    of: Patient, value: float, *, days_ago: float = 0, code: str = "HGB", unit: str = "g/L", **fields: Any
) -> Observation:
    """Record one result as a revision of its own; `days_ago` counts from now, or name `effective_at`."""
    usual = {"effective_at": timezone.now() - timedelta(days=days_ago), "precision": "minute"}
    return Observation.objects.create(
        patient=of, code=code, value=value, unit=unit, recorded_revision=revision(of), **{**usual, **fields}
    )


def results(of: Patient, values: Sequence[float], *, every_days: float = 7) -> list[Observation]:
    """Record hemoglobin results that end an hour ago, oldest first."""
    last = len(values) - 1
    return [
        result(of, value, days_ago=(last - place) * every_days + 1 / 24, performer=f"laboratory {place}")
        for place, value in enumerate(values)
    ]


def event(of: Patient, kind: str, *, days_ago: float = 0, **findings: Any) -> Event:
    """Record one event."""
    moment = timezone.now() - timedelta(days=days_ago)
    return Event.objects.create(
        patient=of, kind=kind, effective_at=moment, findings=findings, recorded_revision=revision(of)
    )


def treatment(of: Patient, *, days_ago: int = 0, **fields: Any) -> Treatment:
    """Record 30 mg of prednisolone taken from a day on, unless told otherwise."""
    usual: dict[str, Any] = {"drug": "prednisolone", "dose": 30.0, "unit": "mg", "route": "oral", "intent": "taken"}
    first = (timezone.now() - timedelta(days=days_ago)).date()
    return Treatment.objects.create(
        patient=of, recorded_revision=revision(of), **{**usual, "started_on": first, **fields}
    )


def finding(**fields: Any) -> Finding:
    """Return what a rule found; a moderate fall of hemoglobin unless told otherwise."""
    return scenes.finding(**fields)


def alert(
    of: Patient, severity: Severity = Severity.MODERATE, *, hours_open: float = 1, state: str = "raised", **fields: Any
) -> Alert:
    """Raise an alert `hours_open` ago, with its first transition; `found` holds fields of its finding."""
    at = timezone.now() - timedelta(hours=hours_open)
    rule = fields.pop("rule", f"rule_{next(NUMBERS)}")
    found = finding(rule=rule, severity=severity, **fields.pop("found", {}))
    closed = at if state in ("resolved", "recovered") else None
    usual = {"rule_version": 1, "ruleset": "test", "revision": 1, "evaluated_at": at, "changed_at": at}
    made = Alert.objects.create(
        patient=of, rule=rule, severity=int(severity), state=state, finding=to_json(found), raised_at=at, closed_at=closed,
        **{**usual, **fields},
    )  # fmt: skip
    Transition.objects.create(alert=made, patient=of, at=at, verb="raised", after="raised")
    return made


def mute(of: Patient, rule: str = scenes.FALL, severity: Severity = Severity.MODERATE, **fields: Any) -> Mute:
    """Mute a rule for a patient for a week, from an hour ago on."""
    at = timezone.now() - timedelta(hours=1)
    usual = {"at": at, "until": at + timedelta(days=7), "reason": "known, and treated"}
    return Mute.objects.create(patient=of, rule=rule, severity=int(severity), **{**usual, **fields})


def judged(of: Patient, *, at: datetime | None = None, cannot_judge: Sequence[Mapping[str, str]] = ()) -> WatchState:
    """Let the watch have judged a patient as it stands."""
    fields = {
        "evaluated_revision": of.revision,
        "evaluated_at": at or timezone.now(),
        "cannot_judge": list(cannot_judge),
    }
    return WatchState.objects.update_or_create(patient=of, defaults=fields)[0]


def alive(*, at: datetime | None = None) -> None:
    """Let every part of the watch have shown life."""
    for name in PARTS:
        Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at or timezone.now()})


def upload(of: Patient | None = None, *, rows: Sequence[Mapping[str, Any]] = (), **fields: Any) -> Upload:
    """Let a file have been taken in; `rows` are how each of them ended, and the counts follow from them."""
    name = fields.setdefault("file_name", f"file{next(NUMBERS)}.csv")
    plural = {
        "accepted": "accepted",
        "duplicate": "duplicates",
        "held": "held",
        "rejected": "rejected",
        "skipped": "skipped",
    }
    states = [row["state"] for row in rows]
    usual = {
        "received_at": timezone.now(),
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "size": 10,
        "rows": len(rows),
    }
    usual |= {plural[state]: states.count(state) for state in set(states)}
    made = Upload.objects.create(patient=of, **{**usual, **fields})
    for position, row in enumerate(rows):
        UploadRow.objects.create(upload=made, position=position, patient=of, **{"row": str(position + 2), **row})
    return made


def token(of: User, text: str, *, expires_at: datetime | None = None, **fields: Any) -> AccessToken:
    """Give an account a token for programs."""
    return AccessToken.objects.create(
        user=of, digest=AccessToken.digest_of(text), label="test", created_at=LONG_AGO, expires_at=expires_at, **fields
    )


def series(code: str, values: Sequence[float], *, end: datetime, every_days: float = 7, **fields: Any) -> Series:
    """Return results of one analyte that end at a moment, oldest first; all usable unless told otherwise."""
    n = len(values)
    usual: dict[str, Any] = {
        "ids": np.arange(1, n + 1),
        "times": np.array([(end - timedelta(days=every_days * back)).timestamp() for back in range(n - 1, -1, -1)]),
        "values": np.array(values, dtype=np.float64),
        "usable": np.ones(n, dtype=np.bool_),
        "unconfirmed": np.zeros(n, dtype=np.bool_),
        "recorded_revision": np.ones(n, dtype=np.int64),
    }
    return Series(code=code, **{**usual, **fields})


def history(*known: Series, at: datetime, zone: str = "UTC", **fields: Any) -> History:
    """Return a history that holds these series; `person` holds what is known of the patient."""
    usual: dict[str, Any] = {"sex": "female", "birth_date": date(2015, 5, 17), "time_zone": zone}
    person = PatientFacts(id=UUID(int=1), **{**usual, **fields.pop("person", {})})
    return History(patient=person, revision=1, at=at, series={one.code: one for one in known}, **fields)


def browser(user: User | None = None, **fields: Any) -> Client:
    """Open a browser, logged in as a person."""
    client = Client(**fields)
    if user is not None:
        client.force_login(user)
    return client
