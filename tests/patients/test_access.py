"""The matrix, asked as pages ask it: what a person is towards a patient decides what they may do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from patients.access import MATRIX, Actor, Asker, adding, asker, changing
from patients.event_kinds import kinds
from patients.models import CaregiverLink, CareTeam, Membership, Patient, TeamAccess, User

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BEFORE = NOW - timedelta(days=400)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> CareTeam:
    return CareTeam.objects.create(name="north")


@pytest.fixture
def patient(team: CareTeam) -> Patient:
    return Patient.objects.create(team=team, changed_at=NOW)


def person(name: str) -> User:
    """Return a new account."""
    return User.objects.create_user(f"{name}@example.org", "x" * 12)


def member(team: CareTeam, role: str, *, ends_at: datetime | None = None) -> User:
    """Return a new member of the team."""
    user = person(role)
    Membership.objects.create(user=user, team=team, role=role, starts_at=BEFORE, ends_at=ends_at)
    return user


def asking(user: User) -> Asker:
    """Return the user as someone who asks now."""
    found = asker(user, at=NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("role", "resource", "action", "allowed"),
    [
        ("nurse", "observation", "read", True),
        ("nurse", "alert", "acknowledge", True),
        ("nurse", "alert", "close", False),
        ("physician", "alert", "close", True),
        ("physician", "treatment", "change", True),
        ("nurse", "treatment", "change", False),
        ("coordinator", "observation", "read", False),
        ("coordinator", "patient", "edit", True),
        ("coordinator", "upload", "create", True),
    ],
)
def test_a_member_may_what_the_role_may(
    team: CareTeam, patient: Patient, role: str, resource: str, action: str, allowed: bool
) -> None:
    assert asking(member(team, role)).may(resource, action, patient) is allowed


def test_a_patient_reads_and_uploads_but_does_not_judge(patient: Patient) -> None:
    user = person("self")
    Patient.objects.filter(pk=patient.pk).update(user=user)
    patient.refresh_from_db()
    one = asking(user)
    assert one.may("observation", "read", patient)
    assert one.may("upload", "create", patient)
    assert not one.may("observation", "add", patient)
    assert not one.may("alert", "read", patient)


def test_a_caregiver_acts_while_the_link_holds(patient: Patient) -> None:
    user = person("parent")
    link = CaregiverLink.objects.create(patient=patient, user=user, starts_at=BEFORE)
    assert asking(user).may("diary", "add", patient)
    link.ends_at = NOW - timedelta(seconds=1)
    link.save()
    assert not asking(user).may("diary", "add", patient)
    assert list(asking(user).patients()) == []


def test_a_member_of_another_team_may_nothing(patient: Patient) -> None:
    stranger = member(CareTeam.objects.create(name="south"), "physician")
    assert not any(asking(stranger).may(resource, action, patient) for resource, action in MATRIX)
    assert list(asking(stranger).patients()) == []


def test_a_guest_team_may_within_its_dates(patient: Patient) -> None:
    other = CareTeam.objects.create(name="south")
    guest = member(other, "physician")
    access = TeamAccess.objects.create(patient=patient, team=other, starts_at=BEFORE, ends_at=NOW + timedelta(days=1))
    assert asking(guest).may("observation", "read", patient)
    assert list(asking(guest).patients()) == [patient]
    access.ends_at = NOW - timedelta(days=1)
    access.save()
    assert not asking(guest).may("observation", "read", patient)


def test_a_past_membership_gives_nothing(team: CareTeam, patient: Patient) -> None:
    former = member(team, "physician", ends_at=NOW - timedelta(days=1))
    assert not asking(former).may("patient", "read", patient)


def test_an_administrator_reads_nothing_clinical(patient: Patient) -> None:
    admin = User.objects.create_superuser("admin@example.org", "x" * 12)
    one = asking(admin)
    assert one.may("team", "change")
    assert not one.may("patient", "read", patient)
    assert not any(
        Actor.ADMIN in actors
        for (resource, _), actors in MATRIX.items()
        if resource not in {"team", "account", "service"}
    )


def test_a_disabled_account_may_nothing(team: CareTeam, patient: Patient) -> None:
    user = member(team, "physician")
    one = asking(user)
    user.is_active = False
    user.save()
    assert asker(user, at=NOW) is None
    assert not one.may("patient", "read", patient)
    assert list(one.patients()) == []


def test_nobody_who_is_not_logged_in_asks() -> None:
    assert asker(AnonymousUser(), at=NOW) is None


def test_an_unknown_action_is_a_bug_not_a_no(team: CareTeam, patient: Patient) -> None:
    with pytest.raises(KeyError):
        asking(member(team, "nurse")).may("observation", "destroy", patient)


def test_towards_no_patient_one_is_what_one_is_anywhere(team: CareTeam, patient: Patient) -> None:
    assert asking(member(team, "coordinator")).may("patient", "create")
    assert not asking(person("nobody")).may("patient", "list")
    user = person("parent")
    CaregiverLink.objects.create(patient=patient, user=user, starts_at=BEFORE)
    assert asking(user).actors(None) == {Actor.CAREGIVER}


def test_asking_costs_two_queries(team: CareTeam, django_assert_num_queries) -> None:
    user = member(team, "nurse")
    with django_assert_num_queries(2):
        asking(user)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_event_has_its_rows_in_the_matrix(kind: str) -> None:
    assert adding(kind) in MATRIX
    assert changing("event", kind) in MATRIX


@pytest.mark.parametrize(
    ("kind", "add", "change"),
    [
        ("hemoptysis", {"patient", "caregiver", "nurse", "physician"}, {"nurse", "physician"}),
        ("symptom", {"patient", "caregiver", "nurse", "physician"}, {"nurse", "physician"}),
        ("sputum", {"nurse", "physician"}, {"nurse", "physician"}),
        ("exacerbation", {"physician"}, {"physician"}),
        ("remission", {"physician"}, {"physician"}),
        ("diagnosis", {"physician"}, {"physician"}),
    ],
)
def test_who_records_and_corrects_an_event(kind: str, add: set[str], change: set[str]) -> None:
    assert MATRIX[adding(kind)] == add
    assert MATRIX[changing("event", kind)] == change


@pytest.mark.parametrize(
    ("fact_kind", "what", "who"),
    [
        ("observation", "HGB", {"nurse", "physician"}),
        ("treatment", "planned", {"physician"}),
        ("treatment", "taken", {"nurse", "physician"}),
    ],
)
def test_who_corrects_a_result_or_a_dose(fact_kind: str, what: str, who: set[str]) -> None:
    assert MATRIX[changing(fact_kind, what)] == who
