"""Duties, absences and what was changed of a team: who sees them and who changes them, asked of PostgreSQL alone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error
from django.utils import timezone

from patients import teams
from patients.models import Absence, CareTeam, Duty, Membership, TeamChange, User
from tests.factories import account, member, team

pytestmark = pytest.mark.django_db
AsWeb = Callable[[User], AbstractContextManager[None]]
NOW = timezone.now()
SPAN = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=12)}


class House:
    """Two teams with a coordinator, a nurse and a physician each; of the first one duty, one absence, one change."""

    def __init__(self) -> None:
        self.north, self.south = team("north"), team("south")
        self.of = {one.name: {role: member(one, role) for role in ROLES} for one in (self.north, self.south)}
        nurse = self.of["north"]["nurse"]
        self.duty = Duty.objects.create(team=self.north, user=nurse, **SPAN)
        self.absence = Absence.objects.create(user=nurse, **SPAN)
        self.change = TeamChange.objects.create(team=self.north, by=nurse, at=NOW, what="duty")


ROLES = ("coordinator", "nurse", "physician")


@pytest.fixture
def house() -> House:
    return House()


def seen() -> tuple[int, int, int]:
    """Return how many duties, absences and changes are seen."""
    return Duty.objects.count(), Absence.objects.count(), TeamChange.objects.count()


@pytest.mark.parametrize("role", ROLES)
def test_members_see_their_own_teams(house: House, as_web: AsWeb, role: str) -> None:
    with as_web(house.of["north"][role]):
        assert seen() == (1, 1, 1)
    with as_web(house.of["south"][role]):
        assert seen() == (0, 0, 0)


def test_an_administrator_sees_all_and_a_stranger_nothing(house: House, as_web: AsWeb) -> None:
    with as_web(account(is_staff=True)):
        assert seen() == (1, 1, 1)
    with as_web(account(is_staff=True, is_active=False)):
        assert seen() == (0, 0, 0)
    with as_web(account()):
        assert seen() == (0, 0, 0)


def put_on_duty(user: User, there: CareTeam) -> Any:
    """Return the new row of a duty."""
    return Duty.objects.create(team=there, user=user, **SPAN)


def test_a_coordinator_arranges_duties_of_the_own_team_only(house: House, as_web: AsWeb) -> None:
    nurse, mine = house.of["north"]["nurse"], house.of["north"]["coordinator"]
    with as_web(mine):
        put_on_duty(nurse, house.north)
    with pytest.raises(Error, match="row-level security"), as_web(mine):
        put_on_duty(nurse, house.south)
    with as_web(mine):
        assert Duty.objects.filter(pk=house.duty.pk).delete()[0] == 1


@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_others_arrange_none(house: House, as_web: AsWeb, role: str) -> None:
    person = house.of["north"][role]
    with pytest.raises(Error, match="row-level security"), as_web(person):
        put_on_duty(person, house.north)
    with as_web(person):
        assert Duty.objects.all().delete()[0] == 0
        assert Duty.objects.update(level=2) == 0


def test_everybody_says_their_own_absence_and_a_coordinator_anybodys(house: House, as_web: AsWeb) -> None:
    north = house.of["north"]
    with as_web(north["physician"]):
        Absence.objects.create(user=north["physician"], **SPAN)
    with as_web(north["coordinator"]):
        Absence.objects.create(user=north["physician"], stand_in=north["nurse"], **SPAN)
    for other in (north["physician"], house.of["south"]["coordinator"]):
        with pytest.raises(Error, match="row-level security"), as_web(other):
            Absence.objects.create(user=north["nurse"], **SPAN)
    with as_web(north["physician"]):
        assert Absence.objects.filter(user=north["nurse"]).delete()[0] == 0


@pytest.mark.parametrize("since", [None, "nurse"])
def test_who_coordinated_once_arranges_no_absence(house: House, as_web: AsWeb, since: str | None) -> None:
    """Also where they are still in the team, in another role."""
    north = house.of["north"]
    Membership.objects.filter(user=north["coordinator"]).update(ends_at=NOW - timedelta(days=1))
    if since is not None:
        Membership.objects.create(user=north["coordinator"], team=house.north, role=since, starts_at=NOW)
    with pytest.raises(Error, match="row-level security"), as_web(north["coordinator"]):
        Absence.objects.create(user=north["physician"], **SPAN)
    with as_web(north["coordinator"]):
        assert Absence.objects.update(ends_at=NOW + timedelta(hours=1)) == 0


def test_an_absence_is_kept_in_a_team_that_who_says_it_does_not_see(house: House, as_web: AsWeb) -> None:
    physician, mine = house.of["north"]["physician"], house.of["north"]["coordinator"]
    join(physician, house.south)
    with as_web(mine):
        teams.say_absent(house.north, physician, **SPAN, stand_in=None, by=mine, at=NOW)
        assert not TeamChange.objects.filter(team=house.south).exists()
    assert TeamChange.objects.get(team=house.south).what == "absence"


def join(user: User, there: CareTeam) -> None:
    """Give somebody a place in one more team."""
    Membership.objects.create(user=user, team=there, role="physician", starts_at=NOW - timedelta(days=1))


def test_nothing_else_is_kept_in_a_foreign_team(house: House, as_web: AsWeb) -> None:
    """Neither by a colleague, nor of somebody who has no place there, nor anything but an absence."""
    physician, mine = house.of["north"]["physician"], house.of["north"]["coordinator"]
    join(physician, house.south)
    nurse = house.of["north"]["nurse"]
    for by, about, what in ((nurse, physician, "absence"), (mine, nurse, "absence"), (mine, physician, "duty")):
        row = TeamChange(team=house.south, by=by, at=NOW, what=what, detail={"user": about.pk})
        with pytest.raises(Error, match="row-level security"), as_web(by):
            TeamChange.objects.bulk_create([row], ignore_conflicts=True)


def test_what_was_changed_is_added_to_under_the_own_name_and_stays(house: House, as_web: AsWeb) -> None:
    mine = house.of["north"]["coordinator"]
    with as_web(mine):
        TeamChange.objects.create(team=house.north, by=mine, at=NOW, what="hours")
    for by, there in ((house.of["north"]["nurse"], house.north), (mine, house.south)):
        with pytest.raises(Error, match="row-level security"), as_web(mine):
            TeamChange.objects.create(team=there, by=by, at=NOW, what="hours")
    with pytest.raises(Error, match="permission denied"), as_web(mine):
        TeamChange.objects.update(what="nothing")
    with pytest.raises(Error, match="never changed"):
        TeamChange.objects.update(what="nothing")


def test_a_worker_reads_them_and_changes_none(
    house: House, as_worker: Callable[[str], AbstractContextManager[None]]
) -> None:
    with as_worker("*"):
        assert seen() == (1, 1, 1)
    for rows in (Duty.objects, Absence.objects):
        with pytest.raises(Error, match="permission denied"), as_worker("*"):
            rows.all().delete()
