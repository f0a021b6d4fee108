"""Who speaks for results: a file from home is judged at once and marked, one of a team that follows the patient is not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from patients import intake, uploading, vouching
from patients.models import Membership, Observation, Patient, Upload, User
from patients.reporting import report
from tests import factories
from tests.patients.files import LONG, NOW, finding, for_patients, hemoglobin, reading, rows, table

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=400)


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1", user=factories.account())


def take(content: bytes, patient: Patient | None, by: User | None, *, team_id: int | None = None) -> Upload:
    """Receive a file, read it, and return what became of it."""
    patient_id = patient.pk if patient else None
    upload = uploading.receive(
        content=content, name="labs.csv", patient_id=patient_id, by=by, at=NOW, wake=False, team_id=team_id
    )
    assert intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    return upload


def marks() -> list[bool]:
    """Return of each result whether it is marked."""
    return list(Observation.objects.order_by("pk").values_list("unconfirmed", flat=True))


@pytest.mark.parametrize("sender", ["patient", "caregiver", "stranger"])
def test_a_file_from_home_is_recorded_and_marked(anna: Patient, sender: str) -> None:
    senders = {"patient": lambda: anna.user, "caregiver": lambda: factories.caregiver(anna)}
    upload = take(table(), anna, senders.get(sender, factories.account)())
    assert (upload.state, upload.accepted, marks()) == ("done", 2, [True, True])
    assert [row.reading["unconfirmed"] for row in upload.row_results.all()] == [True, True]


@pytest.mark.parametrize("role", ["nurse", "physician", "coordinator"])
def test_a_file_of_the_team_is_not(anna: Patient, role: str) -> None:
    take(table(), anna, factories.member(anna.team, role))
    assert marks() == [False, False]


def test_a_guest_team_follows_the_patient_while_it_is_one(anna: Patient) -> None:
    visiting, former = factories.team(), factories.team()
    factories.guest(anna, visiting)
    factories.guest(anna, former, ends_at=NOW - timedelta(days=1))
    assert vouching.vouched_for([anna.pk], by=factories.member(visiting), at=NOW) == {anna.pk}
    assert not vouching.vouched_for([anna.pk], by=factories.member(former), at=NOW)


def test_a_member_of_another_team_speaks_for_nobody_here(anna: Patient) -> None:
    assert not vouching.vouched_for([anna.pk], by=factories.member(factories.team()), at=NOW)


def test_it_counts_who_was_a_member_when_the_file_came(anna: Patient) -> None:
    nurse = factories.member(anna.team, "nurse", ends_at=NOW + timedelta(hours=1))
    assert vouching.vouched_for([anna.pk], by=nurse, at=NOW) == {anna.pk}
    assert not vouching.vouched_for([anna.pk], by=nurse, at=LATER)
    Membership.objects.filter(user=nurse).update(starts_at=NOW + timedelta(minutes=1), ends_at=None)
    assert not vouching.vouched_for([anna.pk], by=nurse, at=NOW)


def test_a_member_who_is_also_the_patient_speaks_as_a_member(anna: Patient) -> None:
    anna.user = factories.member(anna.team)
    anna.save()
    take(table(), anna, anna.user)
    assert marks() == [False, False]


def test_the_operator_speaks_for_all(anna: Patient) -> None:
    take(table(), anna, None)
    assert marks() == [False, False]
    assert vouching.vouched_for([anna.pk], by=None, at=NOW) == {anna.pk}


def test_nobody_is_asked_about_when_nobody_is_meant(django_assert_num_queries: Callable) -> None:
    nurse = factories.member(factories.team())
    with django_assert_num_queries(0):
        assert vouching.marked(rows(reading()), by=None, at=NOW) == rows(reading())
        assert not vouching.vouched_for([], by=nurse, at=NOW)


def test_each_row_of_a_teams_file_is_for_its_own_patient(anna: Patient) -> None:
    berta = factories.patient(anna.team, identifier="MRN-2")
    nurse = factories.member(anna.team, "nurse")
    take(for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-2")), None, nurse, team_id=anna.team_id)
    assert marks() == [False, False]
    elsewhere = factories.patient()
    found = vouching.vouched_for([anna.pk, berta.pk, elsewhere.pk], by=nurse, at=NOW)
    assert found == {anna.pk, berta.pk}


def test_a_finding_of_an_event_has_no_mark(anna: Patient) -> None:
    told = [reading(), finding("color", "rusty")]
    marked = vouching.marked(rows(*told, patient=anna), by=anna.user, at=NOW)
    assert [row.reading.unconfirmed for row in marked] == [True, False]
    assert marked[1].reading == told[1]


def test_a_large_file_costs_no_more_questions(anna: Patient, django_assert_max_num_queries: Callable) -> None:
    many = rows(*[reading() for _ in range(500)], patient=anna)
    with django_assert_max_num_queries(2):
        assert all(row.reading.unconfirmed for row in vouching.marked(many, by=anna.user, at=NOW))


def test_a_marked_value_is_no_usual_one_and_the_same_of_the_team_is_known(anna: Patient) -> None:
    take(table(), anna, anna.user)
    again = take(table() + b"\n", anna, factories.member(anna.team))
    assert (again.duplicates, marks()) == (2, [True, True])
    assert report("csv", again.row_results.all(), [])["duplicates"] == 2


def test_the_workers_log_in_is_enough(anna: Patient, as_role: Callable[[str], AbstractContextManager[None]]) -> None:
    nurse, home = factories.member(anna.team, "nurse"), anna.user
    with as_role("iph_worker"):
        first = take(table(), anna, home)
        second = take(table([("2026-03-09", "Hemoglobin", "11", "g/dL")], LONG), anna, nurse)
    told = [row.reading.get("unconfirmed") for one in (first, second) for row in one.row_results.order_by("position")]
    assert told == [True, True, False]
