"""Who saw whom: the database shows it to whom it concerns, takes it in the looker's own name alone, and forgets nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, connection, transaction

from patients.context import ALL, maintaining
from patients.models import Membership, Patient, Seen, User
from tests import factories

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
AsWeb = Callable[[User], AbstractContextManager[None]]
AsWorker = Callable[[object], AbstractContextManager[None]]
AsRole = Callable[[str], AbstractContextManager[None]]

pytestmark = pytest.mark.django_db


class House:
    """A patient with a log-in, a caregiver, a team and a guest team, all of whom looked; and a stranger, who did not."""

    def __init__(self) -> None:
        self.ill = factories.patient(user=factories.account())
        visiting = factories.team()
        factories.guest(self.ill, visiting)
        assert self.ill.user is not None
        self.people = {
            "patient": self.ill.user,
            "caregiver": factories.caregiver(self.ill),
            "nurse": factories.member(self.ill.team, "nurse"),
            "coordinator": factories.member(self.ill.team, "coordinator"),
            "guest": factories.member(visiting),
        }
        for user in self.people.values():
            Seen.objects.create(patient=self.ill, user=user, what="page", at=NOON)
        self.people["stranger"] = factories.member(factories.team())
        self.people["admin"] = factories.account(is_staff=True, is_superuser=True)


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize(
    ("role", "count"),
    [("patient", 5), ("nurse", 5), ("coordinator", 5), ("guest", 5), ("caregiver", 1), ("stranger", 0), ("admin", 0)],
)
def test_it_is_shown_to_whom_it_concerns(house: House, as_web: AsWeb, role: str, count: int) -> None:
    with as_web(house.people[role]):
        assert Seen.objects.count() == count


def test_a_look_stays_the_lookers_own_when_the_membership_is_over(house: House, as_web: AsWeb) -> None:
    Membership.objects.filter(user=house.people["nurse"]).update(ends_at=NOON - timedelta(days=400))
    with as_web(house.people["nurse"]):
        assert [one.user_id for one in Seen.objects.all()] == [house.people["nurse"].pk]


def test_without_a_context_nobody_sees_any(house: House, as_role: AsRole) -> None:
    for role in ("iph_web", "iph_worker"):
        with as_role(role):
            assert not Seen.objects.exists()


def test_a_worker_reads_those_of_the_patients_it_names(house: House, as_worker: AsWorker) -> None:
    other = factories.patient()
    Seen.objects.create(patient=other, user=house.people["nurse"], what="page", at=NOON)
    for named, count in (([other.pk], 1), ([house.ill.pk], 5), ([], 0), (ALL, 6)):
        with as_worker(named):
            assert Seen.objects.count() == count


@pytest.mark.parametrize("role", ["patient", "caregiver", "nurse", "coordinator", "guest"])
def test_a_look_is_written_by_who_may_see_the_patient(house: House, as_web: AsWeb, role: str) -> None:
    with as_web(house.people[role]):
        Seen.objects.bulk_create([look(house.ill, house.people[role])])
    assert Seen.objects.filter(what="fact").count() == 1


@pytest.mark.parametrize(("who", "named"), [("nurse", "coordinator"), ("stranger", "stranger"), ("admin", "admin")])
def test_a_look_is_written_in_ones_own_name_of_a_patient_in_sight(
    house: House, as_web: AsWeb, who: str, named: str
) -> None:
    with pytest.raises(Error, match="row-level security"), as_web(house.people[who]):
        Seen.objects.bulk_create([look(house.ill, house.people[named])])


def look(ill: Patient, user: User) -> Seen:
    """Return a look that is not kept yet."""
    return Seen(patient=ill, user=user, what="fact", at=NOON)


def test_a_worker_writes_none(house: House, as_worker: AsWorker) -> None:
    with pytest.raises(Error, match="permission denied"), as_worker(ALL):
        Seen.objects.bulk_create([look(house.ill, house.people["nurse"])])


STATEMENTS = ("UPDATE patients_seen SET at = now()", "DELETE FROM patients_seen", "TRUNCATE patients_seen")


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("role", ["iph_web", "iph_worker", "iph_operator"])
def test_no_log_in_changes_or_deletes_one(house: House, as_role: AsRole, role: str, statement: str) -> None:
    with pytest.raises(Error, match="permission denied"), as_role(role), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", STATEMENTS[:2])
def test_not_even_their_owner_changes_or_deletes_one(house: House, statement: str) -> None:
    with (
        pytest.raises(Error, match="never changed"),
        maintaining(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Seen.objects.count() == 5


def test_the_operator_reads_all_for_doctor_and_backup(house: House, as_role: AsRole) -> None:
    with as_role("iph_operator"):
        assert Seen.objects.count() == 5
