"""What a person may read, they may not therefore write: the database refuses by itself, with no application in front."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import Error, connection

from patients.models import (
    CaregiverLink,
    CareTeam,
    Event,
    Membership,
    Observation,
    Patient,
    TeamAccess,
    Treatment,
    User,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BEFORE = NOW - timedelta(days=900)
AsWeb = Callable[[User], AbstractContextManager[None]]

pytestmark = pytest.mark.django_db


class House:
    """A team with a nurse, and a patient with a log-in, a caregiver and a result."""

    def __init__(self) -> None:
        self.team = CareTeam.objects.create(name="north")
        self.nurse, self.person, self.parent = (
            User.objects.create_user(f"{name}@example.org", "x" * 12) for name in ("nurse", "self", "parent")
        )
        Membership.objects.create(user=self.nurse, team=self.team, role="nurse", starts_at=BEFORE)
        self.patient = Patient.objects.create(team=self.team, changed_at=NOW, user=self.person)
        self.link = CaregiverLink.objects.create(patient=self.patient, user=self.parent, starts_at=BEFORE)
        self.result = self.observe()

    def observe(self, code: str = "HGB") -> Observation:
        """Insert a result."""
        return Observation.objects.create(
            patient=self.patient, code=code, effective_at=NOW, value=120, unit="g/L", recorded_revision=1
        )

    def treat(self, intent: str) -> Treatment:
        """Insert a treatment."""
        return Treatment.objects.create(
            patient=self.patient, drug="prednisolone", dose=5, unit="mg", started_on=date(2026, 11, 24), intent=intent,
            recorded_revision=1,
        )  # fmt: skip


@pytest.fixture
def house(db: None) -> House:
    return House()


def refused(as_web: AsWeb, user: User, work: Callable[[], object]) -> None:
    """Assert that the database refuses."""
    with pytest.raises(Error, match=r"permission denied|row-level security|changes nobody else|its rank"), as_web(user):
        work()


def sql(statement: str, *values: int) -> Callable[[], None]:
    """Return work that runs a statement."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, list(values))

    return run


def test_a_nurse_gives_no_team_access_and_no_membership(house: House, as_web: AsWeb) -> None:
    other = CareTeam.objects.create(name="south")
    refused(
        as_web,
        house.nurse,
        lambda: TeamAccess.objects.create(patient=house.patient, team=other, starts_at=NOW),
    )
    refused(
        as_web,
        house.nurse,
        lambda: Membership.objects.create(user=house.nurse, team=other, role="physician", starts_at=NOW),
    )
    refused(as_web, house.nurse, lambda: Membership.objects.update(role="physician"))


def test_a_patient_links_nobody_but_ends_a_link(house: House, as_web: AsWeb) -> None:
    stranger = User.objects.create_user("stranger@example.org")
    refused(
        as_web,
        house.person,
        lambda: CaregiverLink.objects.create(patient=house.patient, user=stranger, starts_at=NOW),
    )
    with as_web(house.person):
        assert CaregiverLink.objects.filter(pk=house.link.pk).update(ends_at=NOW) == 1


@pytest.mark.parametrize("who", ["parent", "nurse"])
def test_a_link_is_prolonged_by_nobody_else(house: House, as_web: AsWeb, who: str) -> None:
    with as_web(getattr(house, who)):
        assert CaregiverLink.objects.filter(pk=house.link.pk).update(ends_at=NOW + timedelta(days=9000)) == 0
    refused(as_web, house.parent, lambda: CaregiverLink.objects.update(user=house.parent))


def test_results_are_recorded_by_the_team_alone(house: House, as_web: AsWeb) -> None:
    refused(as_web, house.person, lambda: house.observe("FE"))
    refused(as_web, house.parent, lambda: house.observe("FE"))
    with as_web(house.nurse):
        assert house.observe("FE").pk


def test_results_are_taken_back_by_the_team_alone(house: House, as_web: AsWeb) -> None:
    with as_web(house.person):
        assert Observation.objects.update(retracted_revision=2) == 0
    with as_web(house.nurse):
        assert Observation.objects.update(retracted_revision=2) == 1


def test_a_guest_team_records_while_its_dates_hold(house: House, as_web: AsWeb) -> None:
    other = CareTeam.objects.create(name="south")
    guest = User.objects.create_user("guest@example.org")
    Membership.objects.create(user=guest, team=other, role="nurse", starts_at=BEFORE)
    access = TeamAccess.objects.create(patient=house.patient, team=other, starts_at=BEFORE)
    with as_web(guest):
        assert house.observe("FE").pk
    access.ends_at = NOW - timedelta(days=1)
    access.save()
    refused(as_web, guest, lambda: house.observe("TIBC"))


@pytest.mark.parametrize("who", ["person", "parent"])
def test_a_patient_tells_events_and_doses_but_plans_nothing(house: House, as_web: AsWeb, who: str) -> None:
    user = getattr(house, who)
    with as_web(user):
        assert Event.objects.create(patient=house.patient, kind="hemoptysis", effective_at=NOW, recorded_revision=1).pk
        assert house.treat("taken").pk
    refused(as_web, user, lambda: house.treat("planned"))
    with as_web(house.nurse):
        assert house.treat("planned").pk


@pytest.mark.parametrize("change", ["is_staff = true", "is_superuser = true", "email = 'x@example.org'"])
def test_an_account_does_not_raise_itself(house: House, as_web: AsWeb, change: str) -> None:
    refused(as_web, house.person, sql(f"UPDATE patients_user SET {change} WHERE id = %s", house.person.pk))  # noqa: S608 - from above


def test_an_account_changes_its_own_password_and_no_other(house: House, as_web: AsWeb) -> None:
    with as_web(house.person):
        house.person.set_password("another long word")
        house.person.save()
    refused(as_web, house.person, sql("UPDATE patients_user SET password = 'x' WHERE id = %s", house.nurse.pk))


def test_a_log_in_is_still_noted_before_anybody_acts(
    house: House, as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    with as_role("iph_web"):
        assert User.objects.filter(pk=house.person.pk).update(last_login=NOW) == 1


@pytest.mark.parametrize("table", ["patients_user", "patients_accesstoken", "patients_careteam", "patients_membership"])
def test_accounts_tokens_and_teams_are_not_deleted(house: House, as_web: AsWeb, table: str) -> None:
    refused(as_web, house.nurse, sql(f"DELETE FROM {table}"))  # noqa: S608 - one of the tables above
