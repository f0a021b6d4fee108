"""Who can log in to the demo, and who sees whom by a dated link."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from monitor.demo_accounts import (
    ACCOUNTS,
    OWN,
    SECOND_TEAM,
    TEAM,
    WARDS,
    ZONE_NAME,
    link,
    new_password,
    new_token,
    staff,
)
from monitor.demo_cohort import COHORT
from monitor.demo_patient import DemoPatient
from patients.models import Absence, AccessToken, CaregiverLink, CareTeam, Duty, Membership, Patient, TeamAccess, User

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def number(wanted: int) -> DemoPatient:
    """Return a patient of the cohort."""
    return next(one for one in COHORT if one.number == wanted)


def linked(wanted: int) -> Patient:
    """Register a patient and make its links."""
    one, people = number(wanted), staff(AT)
    patient = Patient.objects.create(id=one.id, team=people.team_of(one), changed_at=AT)
    link(one, patient, people, AT)
    return patient


def test_each_has_an_address_and_a_role_of_its_own() -> None:
    assert len({one.email for one in ACCOUNTS}) == len({one.role for one in ACCOUNTS}) == len(ACCOUNTS) == 10
    assert all(one.email.endswith("@demo.example") for one in ACCOUNTS)
    assert [one.role for one in ACCOUNTS[:6]] == ["nurse", "physician", "coordinator", "patient", "caregiver", "admin"]


def test_everybody_is_told_what_there_is_to_see() -> None:
    assert all(one.sees.endswith(".") and len(one.sees) > 10 for one in ACCOUNTS)


def test_patients_and_caregivers_have_no_place_in_a_team() -> None:
    without = {one.address for one in ACCOUNTS if one.place is None}
    assert without == {"patient", "patient2", "caregiver", "caregiver2", "admin"}
    assert set(OWN.values()) | set(WARDS.values()) <= without


@pytest.mark.django_db
def test_two_teams_have_their_own_people_and_chain() -> None:
    people = staff(AT)
    assert {team.name for team in CareTeam.objects.all()} == {TEAM, SECOND_TEAM}
    for team, roles in ((people.first, ["nurse", "physician"]), (people.second, ["nurse", "physician"])):
        chain = Membership.objects.filter(team=team, on_call_order__gt=0).order_by("on_call_order")
        assert list(chain.values_list("role", flat=True)) == roles
        assert "not watched around the clock" in team.emergency_text
    assert people.of("nurse", number(1)) == people.users["nurse"]
    assert people.of("nurse", number(53)) == people.users["nurse2"]
    assert people.team_of(number(53)) == people.second


@pytest.mark.django_db
def test_made_twice_everybody_is_there_once() -> None:
    first, second = staff(AT), staff(AT + timedelta(days=1))
    assert first.users == second.users
    assert (User.objects.count(), CareTeam.objects.count(), Membership.objects.count()) == (10, 2, 5)


@pytest.mark.django_db
def test_only_the_administrator_is_one() -> None:
    people = staff(AT)
    assert [address for address, user in people.users.items() if user.is_staff or user.is_superuser] == ["admin"]


@pytest.mark.django_db
def test_a_password_is_long_and_never_the_same() -> None:
    user = staff(AT).users["nurse"]
    first, second = new_password(user), new_password(user)
    assert first != second
    assert len(second) >= 12
    user.refresh_from_db()
    assert user.check_password(second)
    assert not user.check_password(first)


@pytest.mark.django_db
def test_a_new_token_ends_the_one_before() -> None:
    user = staff(AT).users["physician"]
    AccessToken.objects.create(user=user, digest=AccessToken.digest_of("mine"), label="mine", created_at=AT)
    first, second = new_token(user, AT), new_token(user, AT)
    kept = set(AccessToken.objects.values_list("digest", flat=True))
    assert kept == {AccessToken.digest_of("mine"), AccessToken.digest_of(second)}
    assert AccessToken.digest_of(first) not in kept


@pytest.mark.django_db
@pytest.mark.parametrize("child", [2, 15])
def test_a_child_is_cared_for_until_it_is_grown_up(child: int) -> None:
    linked(child)
    found = CaregiverLink.objects.get()
    assert found.user.email == "caregiver@demo.example"
    assert found.starts_at < AT
    assert found.ends_at is not None
    assert found.ends_at.date() == number(child).grown_up(AT) > AT.date()


@pytest.mark.django_db
def test_the_link_to_one_who_is_grown_up_has_ended() -> None:
    linked(8)
    found = CaregiverLink.objects.get()
    assert found.user.email == "caregiver2@demo.example"
    assert found.ends_at is not None
    assert found.starts_at < found.ends_at < AT


@pytest.mark.django_db
@pytest.mark.parametrize(("guest", "team", "open_"), [(57, TEAM, True), (12, SECOND_TEAM, True), (58, TEAM, False)])
def test_another_team_sees_some_for_a_while(guest: int, team: str, open_: bool) -> None:
    patient = linked(guest)
    found = TeamAccess.objects.get(patient=patient)
    assert found.team.name == team != patient.team.name
    assert (found.ends_at is None or found.ends_at > AT) is open_
    assert found.starts_at < AT


@pytest.mark.django_db
def test_nobody_else_is_open_to_anybody() -> None:
    linked(1)
    assert not CaregiverLink.objects.exists()
    assert not TeamAccess.objects.exists()


@pytest.mark.django_db
def test_at_any_time_the_links_that_should_hold_do() -> None:
    one, people, now = number(8), staff(AT), timezone.now()
    patient = Patient.objects.create(id=one.id, team=people.first, changed_at=now)
    link(one, patient, people, now)
    assert CaregiverLink.objects.filter(ends_at__lt=now).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("days", range(7))
def test_the_first_team_has_weekend_duties_ahead_and_an_absence_with_a_stand_in(days: int) -> None:
    at = AT + timedelta(days=days)
    people = staff(at)
    staff(at + timedelta(days=1))
    berlin = ZoneInfo(ZONE_NAME)
    spans = [
        (one.starts_at.astimezone(berlin), one.ends_at.astimezone(berlin)) for one in Duty.objects.order_by("starts_at")
    ]
    assert [(begins.weekday(), begins.hour, ends.weekday(), ends.hour) for begins, ends in spans] == [(5, 8, 0, 8)] * 4
    assert timedelta(0) < spans[0][0] - at <= timedelta(days=7)
    away = Absence.objects.get()
    assert (away.user, away.stand_in) == (people.users["physician"], people.users["nurse"])
    assert away.starts_at > spans[-1][1]
