"""Choosing numbers: the patient's before the team's, by version, for whom it concerns, by whom may; nothing is overwritten."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, connections, transaction

from patients import timeline
from patients.choosing import StaleChoiceError, choose, chosen, own_choices, version_at
from patients.context import maintaining
from patients.models import CareTeam, Patient, SettingChange, User
from tests.factories import caregiver, member, patient, team
from tests.patients.records import NOON

AsWeb = Callable[[User], AbstractContextManager[None]]
LATER = NOON + timedelta(days=1)
pytestmark = pytest.mark.django_db


def pick(scope: CareTeam | Patient, value: float | None, name: str = "z99", **more: Any) -> SettingChange:
    """Choose a number."""
    return choose(scope, name, value, **{"by": None, "at": NOON, "reason": "fewer alerts", **more})


def numbers(of: Patient, version: int | None = None) -> dict[str, float]:
    """Return what a history says was chosen."""
    return dict(timeline.read(of.pk, at=LATER, settings_version=version).settings)


def test_a_patients_number_goes_before_the_teams_which_goes_before_none() -> None:
    north = team()
    ill, other, stranger = patient(north), patient(north), patient()
    pick(north, 2.5)
    pick(north, 30.0, "support_days")
    pick(ill, 3.0)
    assert numbers(ill) == {"z99": 3.0, "support_days": 30.0}
    assert numbers(other) == {"z99": 2.5, "support_days": 30.0}
    assert numbers(stranger) == {}


def test_a_choice_given_up_is_the_teams_again() -> None:
    ill = patient(north := team())
    for scope, value in ((north, 2.5), (ill, 3.0), (ill, None)):
        pick(scope, value)
    assert numbers(ill) == {"z99": 2.5}
    pick(north, None)
    assert numbers(ill) == {}


def test_the_version_says_what_was_known_then() -> None:
    ill = patient(north := team())
    first, second = pick(north, 2.5, at=NOON), pick(ill, 3.0, at=NOON + timedelta(hours=2))
    assert (numbers(ill, 0), numbers(ill, first.pk), numbers(ill, second.pk)) == ({}, {"z99": 2.5}, {"z99": 3.0})
    assert timeline.read(ill.pk, at=LATER).settings_version == second.pk
    moments = (NOON - timedelta(hours=1), NOON, NOON + timedelta(hours=1), LATER)
    assert [version_at(ill, moment) for moment in moments] == [0, first.pk, first.pk, second.pk]


def test_many_are_read_as_one_by_one() -> None:
    north, south = team(), team()
    people = [patient(north), patient(south), patient(south)]
    pick(north, 2.5)
    pick(people[2], 3.5)
    together = {one.patient.id: dict(one.settings) for one in timeline.read_many([one.pk for one in people], at=LATER)}
    assert together == {one.pk: numbers(one) for one in people}


def test_whom_nothing_was_chosen_for_costs_no_query(django_assert_num_queries: Any) -> None:
    ill, north = patient(), team()
    chosen_for = patient(north)
    pick(north, 2.5)
    with django_assert_num_queries(6):
        timeline.read(ill.pk, at=LATER)
    with django_assert_num_queries(7):
        timeline.read(chosen_for.pk, at=LATER)


def test_who_joins_a_team_takes_over_its_numbers() -> None:
    north = team()
    pick(north, 2.5)
    born_in, moved = patient(north), patient()
    assert numbers(born_in) == {"z99": 2.5}
    moved.team = north
    moved.save(update_fields=["team"])
    assert numbers(moved) == {"z99": 2.5}


def test_a_change_needs_a_reason_and_sight_of_the_last_one() -> None:
    north = team()
    with pytest.raises(ValueError, match="say why"):
        pick(north, 2.5, reason="  ")
    first = pick(north, 2.5, seen=0)
    with pytest.raises(StaleChoiceError) as caught:
        pick(north, 2.6, seen=0)
    assert caught.value.last == first
    second = pick(north, 2.6, seen=first.pk)
    assert [one.pk for one in own_choices(north).order_by("pk")] == [first.pk, second.pk]
    assert chosen(north) == {"z99": second}


def test_nothing_is_changed_or_deleted() -> None:
    change = pick(team(), 2.5)
    for spoil in ("UPDATE patients_settingchange SET value = 9", "DELETE FROM patients_settingchange"):
        with pytest.raises(Error, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(spoil)
    change.refresh_from_db()
    assert change.value == 2.5


@pytest.mark.parametrize(("role", "may"), [("physician", True), ("nurse", False), ("coordinator", False)])
def test_the_database_lets_physicians_of_the_team_choose(as_web: AsWeb, role: str, may: bool) -> None:
    north = team()
    ill, who = patient(north), member(north, role)
    for scope in (north, ill):
        with as_web(who):
            if may:
                assert pick(scope, 2.5, by=who).pk
                continue
            with pytest.raises(Error, match="row-level security"), transaction.atomic():
                pick(scope, 2.5, by=who)
    assert own_choices(ill).exists() is may


def test_a_physician_of_another_team_or_in_anothers_name_chooses_nothing(as_web: AsWeb) -> None:
    north, outside = team(), member(team())
    ill, inside = patient(north), member(north)
    for who, named in ((outside, outside), (inside, outside)):
        with as_web(who), pytest.raises(Error, match="row-level security"), transaction.atomic():
            pick(ill, 2.5, by=named)
    assert not SettingChange.objects.exists()


def test_who_reads_a_patient_reads_by_the_same_numbers(as_web: AsWeb) -> None:
    ill = patient(north := team())
    mother, guest = caregiver(ill), member(team())
    pick(north, 2.5)
    pick(ill, 3.0, "support_days")
    with as_web(mother):
        assert numbers(ill) == {"z99": 2.5, "support_days": 3.0}
    with as_web(guest):
        assert not own_choices(ill).exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_written_one_after_the_other() -> None:
    with maintaining():
        norths = [team(f"race {n}") for n in range(4)]
    versions: list[int] = []

    def run(one: CareTeam) -> None:
        try:
            with maintaining():
                versions.append(pick(one, 2.5).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in norths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(versions)) == len(norths)
