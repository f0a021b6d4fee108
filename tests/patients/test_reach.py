"""Lists obey the matrix: a patient is reached for an action exactly when the person may do it to that patient."""

from datetime import timedelta
from itertools import product

import pytest

from patients.access import MATRIX, Asker, asker
from patients.models import Patient, User
from patients.reach import patients_for
from tests import factories
from tests.patients.files import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def asking(user: User) -> Asker:
    """Return somebody as who asks now."""
    found = asker(user, at=NOW)
    assert found is not None
    return found


def town() -> tuple[list[User], list[Patient]]:
    """Return everybody there can be, and patients whom they reach in every way and in none."""
    north, south = factories.team(), factories.team()
    here, there, guest, past, future = (factories.patient(team) for team in (north, south, south, south, south))
    own = factories.account()
    Patient.objects.filter(pk=there.pk).update(user=own)
    factories.guest(guest, north)
    factories.guest(past, north, ends_at=NOW - DAY)
    factories.guest(future, north)
    future.team_access.update(starts_at=NOW + DAY)
    people = [factories.member(north, role) for role in ("nurse", "physician", "coordinator")]
    people.append(factories.member(north, "nurse", ends_at=NOW - DAY))
    people += [own, factories.caregiver(here), factories.caregiver(here, ends_at=NOW - DAY), factories.account()]
    people.append(factories.account(is_staff=True))
    return people, list(Patient.objects.order_by("pk"))


def test_a_list_is_the_matrix_for_everybody_and_every_action() -> None:
    people, patients = town()
    for user, (resource, action) in product(people, MATRIX):
        who = asking(user)
        allowed = {one.pk for one in patients if who.may(resource, action, one)}
        reached = list(patients_for(who, resource, action).values_list("pk", flat=True))
        assert set(reached) == allowed, (resource, action)
        assert len(reached) == len(set(reached))


def test_a_guest_speaks_with_the_role_of_the_guest_team_only_where_no_own_team_is_responsible() -> None:
    north, south = factories.team(), factories.team()
    both = factories.member(north, "coordinator")
    both.memberships.create(team=south, role="physician", starts_at=factories.LONG_AGO)
    patient = factories.patient(north)
    factories.guest(patient, south)
    assert not patients_for(asking(both), "observation", "read").exists()
    assert patients_for(asking(both), "patient", "edit").get() == patient


def test_two_guest_teams_make_one_patient() -> None:
    visited = factories.patient()
    first, second = factories.team(), factories.team()
    doctor = factories.member(first)
    doctor.memberships.create(team=second, role="nurse", starts_at=factories.LONG_AGO)
    for team in (first, second):
        factories.guest(visited, team)
    assert list(patients_for(asking(doctor), "patient", "read")) == [visited]


def test_a_disabled_account_reaches_nobody() -> None:
    patient = factories.patient()
    user = factories.member(patient.team)
    who = asking(user)
    user.is_active = False
    assert not patients_for(who, "patient", "read").exists()


def test_an_unknown_action_is_a_defect_not_a_no() -> None:
    with pytest.raises(KeyError):
        patients_for(asking(factories.account()), "patient", "destroy")


def test_a_list_is_one_query(django_assert_num_queries) -> None:
    patient = factories.patient()
    who = asking(factories.member(patient.team))
    with django_assert_num_queries(1):
        assert list(patients_for(who, "alert", "read")) == [patient]
