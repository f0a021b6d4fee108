"""What patients change of their own record: consent to e-mail, and the access of those who care for them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from patients.consenting import consent_to_email, consents_to_email, end_link, links_of
from patients.models import CaregiverLink, Patient, User
from tests.factories import LONG_AGO, account, caregiver, member, patient, team

AsWeb = Callable[[User], AbstractContextManager[None]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> User:
    return account(first_name="Anna")


@pytest.fixture
def anna(own: User) -> Patient:
    return patient(user=own)


def link(of: Patient, **fields: Any) -> CaregiverLink:
    """Return a caregiver's link."""
    return CaregiverLink.objects.get(patient=of, user=caregiver(of, **fields))


def test_nobody_consents_unasked(anna: Patient) -> None:
    assert not consents_to_email(anna)


@pytest.mark.parametrize(
    "odd", [{"email": True}, {"email": {"given": "yes"}}, {"email": None}, [], {"sms": {"given": True}}]
)
def test_what_is_not_a_clear_yes_is_none(odd: Any) -> None:
    assert not consents_to_email(Patient(consents=odd))


def test_consent_is_kept_with_who_and_when_and_can_be_taken_back(anna: Patient, own: User) -> None:
    at = timezone.now()
    consent_to_email(anna.pk, given=True, by=own, at=at)
    anna.refresh_from_db()
    assert anna.consents == {"email": {"given": True, "at": at.isoformat(), "by": own.pk}}
    assert consents_to_email(anna)
    consent_to_email(anna.pk, given=False, by=own, at=at + timedelta(hours=1))
    anna.refresh_from_db()
    assert not consents_to_email(anna)


def test_said_twice_the_first_time_stays(anna: Patient, own: User) -> None:
    at = timezone.now()
    consent_to_email(anna.pk, given=True, by=own, at=at)
    consent_to_email(anna.pk, given=True, by=caregiver(anna), at=at + timedelta(days=9))
    anna.refresh_from_db()
    assert (anna.consents["email"]["at"], anna.consents["email"]["by"]) == (at.isoformat(), own.pk)


def test_other_consents_stay(anna: Patient, own: User) -> None:
    Patient.objects.filter(pk=anna.pk).update(consents={"research": {"given": True}})
    consent_to_email(anna.pk, given=True, by=own, at=timezone.now())
    anna.refresh_from_db()
    assert set(anna.consents) == {"research", "email"}


def test_links_that_hold_are_listed_the_oldest_first(anna: Patient) -> None:
    now = timezone.now()
    first, second = link(anna), link(anna, ends_at=now + timedelta(days=1))
    link(anna, ends_at=now - timedelta(days=1))
    CaregiverLink.objects.create(patient=anna, user=account(), starts_at=now + timedelta(days=1))
    link(patient())
    assert list(links_of(anna, at=now)) == [first, second]


def test_a_link_ends_now_and_only_once(anna: Patient) -> None:
    now, one = timezone.now(), link(anna)
    assert end_link(anna, one.pk, at=now)
    one.refresh_from_db()
    assert one.ends_at == now
    assert not end_link(anna, one.pk, at=now + timedelta(minutes=1))


def test_another_patients_link_stays(anna: Patient) -> None:
    other = link(patient())
    assert not end_link(anna, other.pk, at=timezone.now())
    other.refresh_from_db()
    assert other.ends_at is None


def test_a_link_that_begins_this_instant_has_no_length_and_stays(anna: Patient) -> None:
    now = timezone.now()
    fresh = CaregiverLink.objects.create(patient=anna, user=account(), starts_at=now)
    assert not end_link(anna, fresh.pk, at=now)
    assert end_link(anna, fresh.pk, at=now + timedelta(seconds=1))


def test_the_database_lets_a_patient_do_both(anna: Patient, own: User, as_web: AsWeb) -> None:
    one = link(anna)
    with as_web(own):
        consent_to_email(anna.pk, given=True, by=own, at=timezone.now())
        assert [str(found.user) for found in links_of(anna, at=timezone.now())] == [str(one.user)]
        assert end_link(anna, one.pk, at=timezone.now())


def test_the_database_lets_no_caregiver_end_a_link(anna: Patient, as_web: AsWeb) -> None:
    one = link(anna)
    with as_web(one.user):
        assert not end_link(anna, one.pk, at=timezone.now())
    one.refresh_from_db()
    assert one.ends_at is None


def test_the_database_lets_no_stranger_consent(anna: Patient, as_web: AsWeb) -> None:
    stranger = member(team())
    with as_web(stranger), pytest.raises((Patient.DoesNotExist, DatabaseError)):
        consent_to_email(anna.pk, given=True, by=stranger, at=LONG_AGO)
