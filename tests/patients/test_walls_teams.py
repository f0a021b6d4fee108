"""Who arranges a team, asked of PostgreSQL alone: its coordinators and administrators, and nobody for themselves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection
from django.utils import timezone

from patients import teams
from patients.models import CareTeam, Membership, User
from tests.factories import LONG_AGO, account, member, team

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]
NOW = timezone.now()


@pytest.fixture
def north() -> CareTeam:
    return team("north")


def join(there: CareTeam, user: User) -> Membership:
    """Return a new place."""
    return Membership.objects.create(user=user, team=there, role="nurse", starts_at=NOW)


def refused(as_web: AsWeb, user: User, work: Callable[[], object]) -> None:
    """Assert that the database refuses."""
    with pytest.raises(Error, match="permission denied"), as_web(user):
        work()


@pytest.mark.parametrize("who", ["coordinator", "administrator"])
def test_who_arranges_gives_places_ends_them_and_sets_hours(north: CareTeam, as_web: AsWeb, who: str) -> None:
    nurse = member(north, "nurse")
    by = member(north, "coordinator") if who == "coordinator" else account(is_staff=True)
    with as_web(by):
        teams.add_member(north, account_seen(), "physician", order=1, by=by, at=NOW)
        place = Membership.objects.get(user=nurse)
        teams.set_place(place, 2, by=by, at=NOW)
        teams.end_member(place, by=by, at=NOW, reason="moved")
        teams.set_hours(north, {"digest_hour": 6}, by=by, at=NOW)
    north.refresh_from_db()
    assert (north.digest_hour, Membership.objects.get(user=nurse).ends_at) == (6, NOW)


def account_seen() -> User:
    """Return an account that was made beforehand, whoever asks."""
    return User.objects.get(email="new@example.org")


@pytest.fixture(autouse=True)
def newcomer() -> User:
    return account("new@example.org")


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_other_members_arrange_nothing(north: CareTeam, as_web: AsWeb, role: str, newcomer: User) -> None:
    person = member(north, role)
    refused(as_web, person, lambda: join(north, newcomer))
    refused(as_web, person, lambda: Membership.objects.update(on_call_order=3))
    refused(as_web, person, lambda: CareTeam.objects.update(digest_hour=3))


def test_a_coordinator_arranges_no_other_team(north: CareTeam, as_web: AsWeb, newcomer: User) -> None:
    south, by = team("south"), member(north, "coordinator")
    there = member(south, "nurse")
    refused(as_web, by, lambda: join(south, newcomer))
    refused(as_web, by, lambda: Membership.objects.filter(user=there).update(ends_at=NOW))
    refused(as_web, by, lambda: CareTeam.objects.filter(pk=south.pk).update(digest_hour=3))


@pytest.mark.parametrize("change", [{"ends_at": NOW - timedelta(days=1)}, {"starts_at": NOW + timedelta(days=1)}])
def test_a_coordinator_of_another_time_arranges_nothing(
    north: CareTeam, as_web: AsWeb, newcomer: User, change: dict[str, Any]
) -> None:
    by = member(north, "coordinator")
    Membership.objects.filter(user=by).update(**change)
    refused(as_web, by, lambda: join(north, newcomer))


def test_who_is_not_active_arranges_nothing(north: CareTeam, as_web: AsWeb, newcomer: User) -> None:
    for by in (member(north, "coordinator", is_active=False), account(is_staff=True, is_active=False)):
        refused(as_web, by, lambda: join(north, newcomer))


def test_nobody_gives_themselves_a_place(north: CareTeam, as_web: AsWeb) -> None:
    """Else an administrator, who reads nothing clinical, would be one form away from it."""
    for by in (account(is_staff=True), member(north, "coordinator")):
        refused(as_web, by, lambda by=by: join(north, by))  # type: ignore[misc] # bound at once


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patients_membership SET role = 'physician'",
        "UPDATE patients_membership SET team_id = team_id",
        "UPDATE patients_membership SET user_id = user_id",
        "UPDATE patients_membership SET starts_at = now()",
        "DELETE FROM patients_membership",
        "UPDATE patients_careteam SET name = 'mine'",
        "DELETE FROM patients_careteam",
        "INSERT INTO patients_careteam (name) VALUES ('mine')",
    ],
)
def test_a_place_stays_whose_it_is_and_nothing_is_deleted(north: CareTeam, as_web: AsWeb, statement: str) -> None:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    refused(as_web, member(north, "coordinator"), run)


def test_without_a_person_nothing_is_arranged(north: CareTeam, as_role: Any, newcomer: User) -> None:
    with pytest.raises(Error, match="permission denied"), as_role("iph_web"):
        join(north, newcomer)


@pytest.mark.parametrize("who", ["coordinator", "administrator"])
@pytest.mark.parametrize("ends_at", [None, NOW + timedelta(days=9)])
def test_nobody_lengthens_their_own_place(north: CareTeam, as_web: AsWeb, who: str, ends_at: Any) -> None:
    """A place as a physician, of somebody who arranges: over, or still held."""
    by = member(north, "coordinator") if who == "coordinator" else account(is_staff=True)
    for until in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        own = Membership.objects.create(user=by, team=team(), role="physician", starts_at=LONG_AGO, ends_at=until)
        Membership.objects.create(user=by, team=own.team, role="coordinator", starts_at=NOW)
        refused(as_web, by, lambda own=own: Membership.objects.filter(pk=own.pk).update(ends_at=ends_at))  # type: ignore[misc] # bound at once


def test_who_arranges_ends_their_own_place(north: CareTeam, as_web: AsWeb) -> None:
    by = member(north, "coordinator", ends_at=NOW + timedelta(days=9))
    with as_web(by):
        teams.end_member(Membership.objects.get(user=by), by=by, at=NOW, reason="moved")
    assert Membership.objects.get(user=by).ends_at == NOW


def test_what_has_ended_stays_so(north: CareTeam, as_web: AsWeb) -> None:
    nurse = member(north, "nurse", ends_at=NOW - timedelta(days=1))
    for change in ({"ends_at": None}, {"ends_at": NOW + timedelta(days=1)}, {"on_call_order": 3}):
        refused(
            as_web,
            member(north, "coordinator"),
            lambda change=change: Membership.objects.filter(user=nurse).update(**change),  # type: ignore[misc] # bound at once
        )
