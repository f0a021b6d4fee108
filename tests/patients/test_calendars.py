"""Secret addresses of a plan: told once, kept as digests, revoked for good, and behind a wall of their own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from patients.calendars import found, links_of, revoke, share
from patients.models import CalendarLink, Patient, User
from tests import factories

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
AsWeb = Callable[[User], AbstractContextManager[None]]
AsRole = Callable[[str], AbstractContextManager[None]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> User:
    return factories.account()


@pytest.fixture
def ill(own: User) -> Patient:
    return factories.patient(factories.team(), user=own)


def test_a_secret_is_told_once_and_kept_as_its_digest(ill: Patient, own: User) -> None:
    secret = share(ill.pk, by=own, at=NOW)
    link = CalendarLink.objects.get()
    assert len(secret) >= 43  # 256 bits
    assert (link.patient_id, link.user_id, link.created_at, link.revoked_at) == (ill.pk, own.pk, NOW, None)
    assert link.digest == CalendarLink.digest_of(secret)
    assert secret not in str(link.__dict__)
    assert str(link) == f"calendar {link.pk}"
    assert found(secret) == link


def test_a_new_one_ends_the_one_before_and_nobody_elses(ill: Patient, own: User) -> None:
    parent = factories.caregiver(ill)
    first, theirs = share(ill.pk, by=own, at=NOW), share(ill.pk, by=parent, at=NOW)
    second = share(ill.pk, by=own, at=LATER)
    assert found(first) is None
    assert found(second) is not None
    assert found(theirs) is not None
    assert [link.user_id for link in links_of(ill.pk)] == [parent.pk, own.pk]


def test_what_is_revoked_stays_so(ill: Patient, own: User) -> None:
    secret = share(ill.pk, by=own, at=NOW)
    (link,) = links_of(ill.pk)
    assert revoke(ill.pk, link.pk, at=LATER)
    assert not revoke(ill.pk, link.pk, at=LATER + timedelta(days=1))
    assert found(secret) is None
    assert CalendarLink.objects.get().revoked_at == LATER
    assert not list(links_of(ill.pk))


@pytest.mark.parametrize("text", ["", "x", "a" * 43, "'; DROP TABLE patients_calendarlink; --", "\u0000", "é" * 500])
def test_any_other_text_finds_nothing(ill: Patient, own: User, text: str) -> None:
    share(ill.pk, by=own, at=NOW)
    assert found(text) is None


def test_an_address_of_another_patient_is_not_revoked(ill: Patient, own: User) -> None:
    share(ill.pk, by=own, at=NOW)
    (link,) = links_of(ill.pk)
    assert not revoke(factories.patient(ill.team).pk, link.pk, at=LATER)


def test_the_table_holds_its_rules(ill: Patient, own: User) -> None:
    share(ill.pk, by=own, at=NOW)
    with pytest.raises(IntegrityError, match="calendarlink_one_open"), transaction.atomic():
        CalendarLink.objects.create(patient=ill, user=own, digest="a" * 64, created_at=NOW)
    with pytest.raises(IntegrityError, match="calendarlink_revoked_after"), transaction.atomic():
        CalendarLink.objects.update(revoked_at=NOW - timedelta(seconds=1))
    other, digest = factories.account(), CalendarLink.objects.get().digest
    with pytest.raises(IntegrityError, match="digest"), transaction.atomic():
        CalendarLink.objects.create(patient=ill, user=other, digest=digest, created_at=NOW)


def test_addresses_stand_behind_a_wall(ill: Patient, own: User, as_web: AsWeb, as_role: AsRole) -> None:
    parent, nurse, other = factories.caregiver(ill), factories.member(ill.team, "nurse"), factories.patient(ill.team)
    stranger = factories.caregiver(other)
    with as_web(own):
        share(ill.pk, by=own, at=NOW)
    with as_web(parent):
        share(ill.pk, by=parent, at=NOW)
    seen = {}
    for name, who in (("own", own), ("parent", parent), ("nurse", nurse), ("stranger", stranger)):
        with as_web(who):
            seen[name] = sorted(link.user_id for link in CalendarLink.objects.all())
    assert seen == {"own": sorted([own.pk, parent.pk]), "parent": [parent.pk], "nurse": [], "stranger": []}
    with as_role("iph_web"):  # before anybody is known: how an address is looked up
        assert CalendarLink.objects.count() == 2


def test_a_patient_ends_every_address_and_a_caregiver_the_own(ill: Patient, own: User, as_web: AsWeb) -> None:
    parent = factories.caregiver(ill)
    share(ill.pk, by=own, at=NOW)
    share(ill.pk, by=parent, at=NOW)
    mine, theirs = (CalendarLink.objects.get(user=user).pk for user in (own, parent))
    with as_web(parent):
        assert not revoke(ill.pk, mine, at=LATER)
    with as_web(own):
        assert revoke(ill.pk, theirs, at=LATER)
        assert revoke(ill.pk, mine, at=LATER)


def refused(as_web: AsWeb, user: User, work: Callable[[], object]) -> None:
    """Assert that the database refuses."""
    with pytest.raises(Error, match=r"permission denied|row-level security"), as_web(user):
        work()


def test_nobody_else_makes_one_by_whatever_way(ill: Patient, own: User, as_web: AsWeb) -> None:
    row: dict[str, Any] = {"digest": "a" * 64, "created_at": NOW}

    def made_by(who: User) -> Callable[[], object]:
        return lambda: CalendarLink.objects.create(patient=ill, user=who, **row)

    physician, elsewhere = factories.member(ill.team, "physician"), factories.caregiver(factories.patient(ill.team))
    former = factories.caregiver(ill, ends_at=datetime(2021, 1, 1, tzinfo=UTC))
    for who in (physician, elsewhere, former):
        refused(as_web, who, made_by(who))
    refused(as_web, own, made_by(physician))


def test_an_ended_one_is_never_opened_again_changed_or_deleted(ill: Patient, own: User, as_web: AsWeb) -> None:
    share(ill.pk, by=own, at=NOW)
    refused(as_web, own, lambda: CalendarLink.objects.update(digest="b" * 64))
    refused(as_web, own, lambda: CalendarLink.objects.all()._raw_delete("default"))
    refused(as_web, own, lambda: CalendarLink.objects.update(revoked_at=None))
    with as_web(own):
        assert CalendarLink.objects.update(revoked_at=LATER) == 1
        assert CalendarLink.objects.update(revoked_at=LATER + timedelta(days=1)) == 0


def test_the_worker_only_looks(ill: Patient, own: User, as_worker: Callable[..., AbstractContextManager[None]]) -> None:
    share(ill.pk, by=own, at=NOW)
    with as_worker([ill.pk]):
        assert CalendarLink.objects.count() == 1
    with as_worker([factories.patient(ill.team).pk]):
        assert CalendarLink.objects.count() == 0
    with pytest.raises(Error, match="permission denied"), as_worker([ill.pk]), connection.cursor() as cursor:
        cursor.execute("UPDATE patients_calendarlink SET revoked_at = now()")
