"""Whose alerts a person may read: the same by the matrix, by ids, and under row-level security."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from django.utils import timezone

from monitor.reaching import Reach, reach
from patients.access import asker
from patients.models import CareTeam, Patient, User
from patients.reach import patients_for
from tests.factories import account, alert, caregiver, guest, member, patient, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> CareTeam:
    return team("north")


def of(user: User) -> Reach:
    """Return the reach of a person."""
    who = asker(user, at=timezone.now())
    assert who is not None
    return reach(who)


def test_the_reach_is_that_of_the_matrix(
    north: CareTeam, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    south, west = team("south"), team("west")
    user = member(north, "nurse")
    user.memberships.create(team=west, role="coordinator", starts_at=user.memberships.get().starts_at)
    for of in (north, south, west):
        for visiting in (None, north, west):
            one = patient(of)
            if visiting is not None and visiting != of:
                guest(one, visiting)
    who = asker(user, at=timezone.now())
    assert who is not None
    by_matrix = set(patients_for(who, "alert", "read").values_list("pk", flat=True))
    assert len(by_matrix) == 4
    assert set(Patient.objects.filter(reach(who).patients()).values_list("pk", flat=True)) == by_matrix
    with as_web(user):
        assert set(Patient.objects.filter(reach(who).patients()).values_list("pk", flat=True)) == by_matrix


@pytest.mark.parametrize("who", ["coordinator", "caregiver", "administrator", "inactive"])
def test_who_reads_no_alerts_reaches_nobody(north: CareTeam, who: str) -> None:
    ill = patient(north)
    user = {
        "coordinator": lambda: member(north, "coordinator"),
        "caregiver": lambda: caregiver(ill),
        "administrator": lambda: account(is_staff=True),
        "inactive": lambda: member(north),
    }[who]()
    found = of(user)
    if who == "inactive":
        user.is_active = False
        found = reach(found.asker)
    assert (found.teams, found.guests) == ((), ())
    assert not Patient.objects.filter(found.patients()).exists()


def test_it_is_asked_by_rows_that_lead_to_a_patient_too(north: CareTeam) -> None:
    mine, theirs = alert(patient(north)), alert(patient(team("south")))
    model, found = type(mine), of(member(north))
    assert list(model.objects.filter(found.patients("patient__"))) == [mine]
    nobody = replace(found, only=(theirs.patient_id,))
    assert not model.objects.filter(nobody.patients("patient__")).exists()


def test_who_died_is_out_of_reach(north: CareTeam) -> None:
    patient(north, active=False)
    assert not Patient.objects.filter(of(member(north)).patients()).exists()
