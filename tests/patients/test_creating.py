"""A patient begins to be followed: identity apart, identifiers that name one person, and everybody woken."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.db import Error, transaction

from patients.models import CareTeam, Membership, Patient, PatientIdentifier, PatientIdentity, User
from patients.recording import IdentifierTakenError, create_patient
from tests.patients.records import DAY, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db: None) -> CareTeam:
    return CareTeam.objects.create(name="north")


def made(team: CareTeam, **fields: Any) -> Patient:
    """Create a patient."""
    return create_patient(team_id=team.pk, by=None, at=NOON, **fields)


def test_a_patient_has_identity_identifiers_and_no_revision_yet(team: CareTeam) -> None:
    patient = made(
        team, name="Ada Example", email="ada@example.org", telephone="1", address="street", sex="female",
        birth_date=date(2014, 5, 6), identifiers=[("", "A-1"), ("hospital", "77")],
    )  # fmt: skip
    patient.refresh_from_db()
    assert (patient.revision, patient.changed_at, patient.sex, patient.active) == (0, NOON, "female", True)
    identity = PatientIdentity.objects.get(patient=patient)
    assert (identity.name, identity.email, identity.telephone, identity.address) == (
        "Ada Example", "ada@example.org", "1", "street",
    )  # fmt: skip
    assert set(patient.identifiers.values_list("issuer", "value")) == {("", "A-1"), ("hospital", "77")}


def test_a_patient_without_a_name_has_no_identity_row(team: CareTeam) -> None:
    assert not PatientIdentity.objects.filter(patient=made(team)).exists()


def test_an_identifier_that_is_taken_is_refused_and_nothing_is_written(team: CareTeam) -> None:
    made(team, identifiers=[("lab", "A-1")])
    with pytest.raises(IdentifierTakenError):
        made(team, name="Second", identifiers=[("lab", "A-2"), ("lab", "A-1")])
    assert (Patient.objects.count(), PatientIdentifier.objects.count()) == (1, 1)
    made(team, identifiers=[("other lab", "A-1")])


def test_another_refusal_of_the_database_is_not_called_a_taken_identifier(team: CareTeam) -> None:
    with pytest.raises(Error) as refused, transaction.atomic():
        made(team, sex="other")
    assert "patient_sex" in str(refused.value)


def test_a_coordinator_registers_in_the_own_team_only(
    team: CareTeam, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    user = User.objects.create_user("coordinator@example.org")
    Membership.objects.create(user=user, team=team, role="coordinator", starts_at=NOON - 900 * DAY)
    elsewhere = CareTeam.objects.create(name="south")
    with as_web(user):
        patient = made(team, name="Ada", identifiers=[("", "A-1")])
        assert Patient.objects.get() == patient
        with pytest.raises(Error), transaction.atomic():
            made(elsewhere, name="Ben")


def test_a_new_patient_wakes_whoever_listens(
    team: CareTeam, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        made(team)
    assert len(callbacks) == 1
