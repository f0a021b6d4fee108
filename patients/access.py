"""Who may do what: one table, asked by pages, API, files and links alike. Row-level security stands behind it, on its own.

Row by row the matrix of docs/decisions/0004; a team member's role is their role in a team that follows the patient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from patients.models import CaregiverLink, Membership, Patient, User


class Actor(StrEnum):
    """What a person is towards a patient; the columns of the matrix."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


P, C, N, D, O, A = Actor  # noqa: E741 - one letter an actor keeps the table readable

MATRIX: Final[Mapping[tuple[str, str], frozenset[Actor]]] = {
    ("patient", "list"): frozenset({N, D, O}),
    ("patient", "read"): frozenset({P, C, N, D, O}),
    ("patient", "create"): frozenset({D, O}),
    ("patient", "edit"): frozenset({O}),
    ("observation", "read"): frozenset({P, C, N, D}),
    ("observation", "add"): frozenset({N, D}),
    ("observation", "correct"): frozenset({N, D}),
    ("event", "read"): frozenset({P, C, N, D}),
    ("event", "add"): frozenset({N, D}),
    ("event", "edit"): frozenset({N, D}),
    ("diary", "add"): frozenset({P, C, N, D}),
    ("episode", "confirm"): frozenset({D}),
    ("diagnosis", "confirm"): frozenset({D}),
    ("treatment", "read"): frozenset({P, C, N, D}),
    ("treatment", "change"): frozenset({D}),
    ("dose", "add"): frozenset({P, C, N, D}),
    ("dose", "correct"): frozenset({N, D}),
    ("dose", "undo"): frozenset({P, C}),
    ("entry", "correct"): frozenset({P}),
    ("upload", "create"): frozenset({P, C, N, D, O}),
    ("upload", "read"): frozenset({P, C, N, D, O}),
    ("upload", "confirm"): frozenset({N, D}),
    ("alert", "read"): frozenset({N, D}),
    ("alert", "acknowledge"): frozenset({N, D}),
    ("alert", "snooze"): frozenset({N, D}),
    ("alert", "mute"): frozenset({D}),
    ("alert", "assign"): frozenset({N, D}),
    ("alert", "close"): frozenset({D}),
    ("alert", "comment"): frozenset({N, D}),
    ("alert", "feedback"): frozenset({N, D}),
    ("audit", "read"): frozenset({P, N, D, O}),
    ("consent", "change"): frozenset({P, C}),
    ("link", "end"): frozenset({P}),
    ("calendar", "share"): frozenset({P, C}),
    ("settings", "read"): frozenset({N, D, O}),
    ("settings", "preview"): frozenset({N, D}),
    ("settings", "change"): frozenset({D}),
    ("rules", "review"): frozenset({N, D, O}),
    ("team", "read"): frozenset({N, D, O, A}),
    ("team", "change"): frozenset({O, A}),
    ("absence", "change"): frozenset({N, D, O}),
    ("service", "read"): frozenset({A}),
    ("account", "self"): frozenset({P, C, N, D, O, A}),
}
"""(resource, action) → who may, within their own patients. What is not named here nobody may.

`diary` are hemoptysis and symptoms, `episode` exacerbations and remissions; `entry` is what a patient wrote in the diary or
took, for a day after writing it themselves; `dose` is undone on the day it was taken, by who said that it was. `consent` is that to
e-mail, `link` a caregiver's, `calendar` the secret address of the own plan; `audit` is who saw the record.
"""

OWN_FOR: Final = timedelta(hours=24)
"""How long a patient may mend what they wrote themselves (reliability: 4b)."""

ADDING: Final[Mapping[str, tuple[str, str]]] = {
    "hemoptysis": ("diary", "add"),
    "symptom": ("diary", "add"),
    "exacerbation": ("episode", "confirm"),
    "remission": ("episode", "confirm"),
    "diagnosis": ("diagnosis", "confirm"),
}


def adding(kind: str) -> tuple[str, str]:
    """Return which row of the matrix says who may record an event of a kind."""
    return ADDING.get(kind, ("event", "add"))


def changing(fact_kind: str, what: str) -> tuple[str, str]:
    """Return which row says who may correct or retract a fact; `what` is an event's kind, or a treatment's intent."""
    if fact_kind == "event":
        row = adding(what)
        return row if row[1] == "confirm" else ("event", "edit")
    if fact_kind == "treatment":
        return ("treatment", "change") if what == "planned" else ("dose", "correct")
    return ("observation", "correct")


BOUND: Final = frozenset({("observation", "add"), ("upload", "create")})
"""What a service token may, for its one patient and only if its owner may: a laboratory's machine sends, and reads nothing."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A logged-in person with the memberships and links that hold at one instant: read once a request.

    `bound` is the one patient of a service token, by which the person asks.
    """

    user: User
    at: datetime
    team_roles: Mapping[int, Actor]
    cared_for: frozenset[object]
    bound: UUID | None = None

    def actors(self, patient: Patient | None) -> frozenset[Actor]:
        """Return what the person is towards a patient; towards none, what they are at all."""
        if patient is None:
            own = {Actor.PATIENT} if Patient.objects.filter(user_id=self.user.pk).exists() else set()
            linked = {Actor.CAREGIVER} if self.cared_for else set()
            admin = {Actor.ADMIN} if self.user.is_staff else set()
            return frozenset({*self.team_roles.values(), *own, *linked, *admin})
        found: set[Actor] = set()
        for team_id in (patient.team_id, *self._guest_teams(patient)):
            if team_id in self.team_roles:
                found.add(self.team_roles[team_id])
        if patient.pk in self.cared_for:
            found.add(Actor.CAREGIVER)
        if patient.user_id == self.user.pk:
            found.add(Actor.PATIENT)
        return frozenset(found)

    def _guest_teams(self, patient: Patient) -> list[int]:
        """Return teams with dated access, asked for only where the responsible team is not the person's."""
        if patient.team_id in self.team_roles:
            return []
        return list(patient.team_access.filter(_holds(self.at)).values_list("team_id", flat=True))

    def may(self, resource: str, action: str, patient: Patient | None = None) -> bool:
        """Return whether the person may do this to the patient. An unknown resource or action is a KeyError: a bug, not a no."""
        allowed = MATRIX[(resource, action)]
        if self.bound is not None and not self._is_bound_to(resource, action, patient):
            return False
        return bool(self.user.is_active and allowed & self.actors(patient))

    def may_in_team(self, resource: str, action: str, team_id: int) -> bool:
        """Return whether the person may do this for a whole team, as a member of it. A service token may nothing of the kind."""
        role = self.team_roles.get(team_id)
        return self.bound is None and self.user.is_active and role in MATRIX[(resource, action)]

    def _is_bound_to(self, resource: str, action: str, patient: Patient | None) -> bool:
        """Return whether a service token is for this."""
        return (resource, action) in BOUND and (patient is None or patient.pk == self.bound)

    def patients(self) -> QuerySet[Patient]:
        """Return the patients the person may read: the application's filter, in front of the database's."""
        if not self.user.is_active:
            return Patient.objects.none()
        inside = Patient.objects.all() if self.bound is None else Patient.objects.filter(pk=self.bound)
        return inside.filter(
            Q(team_id__in=list(self.team_roles))
            | Q(pk__in=Patient.objects.filter(_guests(self)).values("pk"))
            | Q(pk__in=list(self.cared_for))
            | Q(user_id=self.user.pk)
        )


def asker(user: User | AnonymousUser, *, at: datetime, bound: UUID | None = None) -> Asker | None:
    """Return who asks, with what holds at the time; None for someone who is not logged in. `bound`: by a service token."""
    if not isinstance(user, User) or not user.is_active:
        return None
    roles = Membership.objects.filter(_holds(at), user=user).values_list("team_id", "role")
    links = CaregiverLink.objects.filter(_holds(at), user=user).values_list("patient_id", flat=True)
    return Asker(user, at, {team: Actor(role) for team, role in roles}, frozenset(links), bound)


def who_may(resource: str, action: str, *, team_id: int, at: datetime) -> QuerySet[User]:
    """Return the active members of a team who may do this for its patients."""
    members = Membership.objects.filter(_holds(at), team_id=team_id, role__in=MATRIX[(resource, action)])
    return User.objects.filter(is_active=True, pk__in=members.values("user_id"))


def _holds(at: datetime) -> Q:
    """Return the condition that a dated row holds at the time."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def _guests(one: Asker) -> Q:
    """Return the condition that a patient is open to one of the person's teams as a guest."""
    at = one.at
    return Q(team_access__team_id__in=list(one.team_roles), team_access__starts_at__lte=at) & (
        Q(team_access__ends_at=None) | Q(team_access__ends_at__gt=at)
    )
