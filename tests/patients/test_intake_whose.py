"""Whose a row is: nothing enters the series of somebody whom the row does not mean, and no message names anybody."""

from datetime import date
from typing import Any

import pytest

from patients import intake, uploading
from patients.models import CareTeam, Observation, Patient, PatientIdentifier, PatientRevision, Upload
from patients.naming import Unnamed
from patients.parsers.raw import RawResult, information
from patients.readings import Issue, RowState
from patients.understanding import MESSAGES, names, understand
from patients.validation import Frame
from tests import factories
from tests.patients.files import NOW, for_patients, hemoglobin, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> CareTeam:
    return factories.team()


@pytest.fixture
def anna(team: CareTeam) -> Patient:
    return factories.patient(team, "Anna Example", identifier="MRN-1", birth_date=date(2015, 5, 17), sex="female")


@pytest.fixture
def berta(team: CareTeam) -> Patient:
    return factories.patient(team, "Berta Example", identifier="MRN-2", time_zone="America/New_York")


def take(content: bytes, *, patient: Patient | None = None, team: CareTeam | None = None) -> Upload:
    """Receive a file, read it, and return what became of it."""
    whose: dict[str, Any] = {"patient_id": patient.pk if patient else None, "team_id": team.pk if team else None}
    upload = uploading.receive(content=content, name="labs.csv", by=None, at=NOW, wake=False, **whose)
    assert intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    return upload


def ended(upload: Upload) -> list[tuple[str, list[str]]]:
    """Return how each row ended and the codes of its issues."""
    rows = upload.row_results.order_by("position")
    return [(row.state, [issue["code"] for issue in row.issues]) for row in rows]


def test_a_patients_file_may_name_them_or_nobody(anna: Patient) -> None:
    upload = take(for_patients(hemoglobin("MRN-1"), hemoglobin("", day="2026-03-03")), patient=anna)
    assert ended(upload) == [("accepted", []), ("accepted", [])]
    assert {one.patient_id for one in Observation.objects.all()} == {anna.pk}


def test_a_row_that_names_somebody_else_is_held(anna: Patient, berta: Patient) -> None:
    upload = take(for_patients(hemoglobin("MRN-2"), hemoglobin("MRN-1", day="2026-03-03")), patient=anna)
    assert ended(upload) == [("held", ["other_patient"]), ("accepted", [])]
    assert (upload.state, Observation.objects.count()) == ("held", 1)
    row = upload.row_results.get(position=0)
    assert (row.patient_id, row.fact_id) == (None, None)


def test_the_message_names_nobody(anna: Patient, berta: Patient) -> None:
    upload = take(for_patients(hemoglobin("MRN-2"), hemoglobin("Berta Example")), patient=anna)
    messages = {issue["message"] for row in upload.row_results.all() for issue in row.issues}
    assert messages == {MESSAGES[Unnamed.OTHER]}


def test_an_empty_row_of_somebody_else_stays_skipped_and_a_bad_one_rejected(anna: Patient, berta: Patient) -> None:
    upload = take(for_patients(hemoglobin("MRN-2", ""), hemoglobin("MRN-2", day="2026-13-45")), patient=anna)
    assert [state for state, _ in ended(upload)] == ["skipped", "rejected"]


@pytest.mark.parametrize(
    ("heading", "cell"), [("Birth date", "2014-05-17"), ("Sex", "male"), ("Birth date", "2015-05-18")]
)
def test_a_row_with_another_birth_date_or_sex_is_held(anna: Patient, heading: str, cell: str) -> None:
    content = table([("2026-03-02", "Hemoglobin", "12.1", "g/dL", cell)], f"Date,Test,Result,Unit,{heading}")
    assert ended(take(content, patient=anna)) == [("held", ["other_person"])]
    assert not Observation.objects.exists()


def test_a_teams_file_goes_to_whom_its_rows_name(team: CareTeam, anna: Patient, berta: Patient) -> None:
    upload = take(
        for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-2", "9.8"), hemoglobin(str(anna.pk), "11", "2026-03-04")),
        team=team,
    )
    assert (upload.state, upload.accepted) == ("done", 3)
    found = {(one.patient_id, one.value) for one in Observation.objects.all()}
    assert found == {(anna.pk, 121.0), (berta.pk, 98.0), (anna.pk, 110.0)}
    assert {(one.patient_id, one.n) for one in PatientRevision.objects.all()} == {(anna.pk, 1), (berta.pk, 1)}


def test_each_row_has_the_day_of_its_patient(team: CareTeam, anna: Patient, berta: Patient) -> None:
    take(for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-2")), team=team)
    hours = {one.patient_id: one.effective_at.hour for one in Observation.objects.all()}
    assert hours == {anna.pk: 0, berta.pk: 5}


def test_each_row_is_checked_against_its_own_patient(team: CareTeam, anna: Patient, berta: Patient) -> None:
    Patient.objects.filter(pk=berta.pk).update(birth_date=date(2026, 3, 10))
    upload = take(for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-2")), team=team)
    assert ended(upload) == [("accepted", []), ("held", ["before_birth"])]


def test_rows_that_lead_to_nobody_are_held(team: CareTeam, anna: Patient, berta: Patient) -> None:
    PatientIdentifier.objects.create(patient=berta, issuer="another hospital", value="MRN-1")
    upload = take(for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-9"), hemoglobin("")), team=team)
    assert ended(upload) == [("held", ["ambiguous_patient"]), ("held", ["unknown_patient"]), ("held", ["no_patient"])]
    assert not Observation.objects.exists()
    reported = uploading.report(upload)["results"]
    assert [one["patient"] for one in reported] == ["MRN-1", "MRN-9", ""]


def test_another_teams_patient_is_nobody_here(team: CareTeam, anna: Patient) -> None:
    factories.patient(factories.team(), "Carla Example", identifier="MRN-3")
    assert ended(take(for_patients(hemoglobin("MRN-3")), team=team)) == [("held", ["unknown_patient"])]


def test_a_teams_file_read_anew_finds_who_was_registered_since(team: CareTeam, anna: Patient) -> None:
    content = for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-7"))
    assert ended(take(content, team=team)) == [("accepted", []), ("held", ["unknown_patient"])]
    factories.patient(team, identifier="MRN-7")
    assert ended(take(content, team=team)) == [("duplicate", []), ("accepted", [])]


@pytest.mark.parametrize("patients", [1, 12])
def test_questions_do_not_grow_with_patients(team: CareTeam, patients: int, django_assert_max_num_queries) -> None:
    for number in range(patients):
        factories.patient(team, identifier=f"P{number}")
    content = for_patients(*(hemoglobin(f"P{number}") for number in range(patients)))
    upload = uploading.receive(
        content=content, name="a.csv", patient_id=None, team_id=team.pk, by=None, at=NOW, wake=False
    )
    with django_assert_max_num_queries(45):
        intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    assert upload.accepted == patients


FRAME = Frame(now=NOW)


def raw(row: str, patient: str = "") -> RawResult:
    """Return a hemoglobin as written."""
    return RawResult(row=row, patient=patient, name="Hemoglobin", value="12.1", unit="g/dL", effective_at="2026-03-02")


def test_rows_keep_the_files_order_whoever_they_are_of(anna: Patient, berta: Patient) -> None:
    items: list[RawResult | Issue] = [
        raw("2", "a"),
        information("3", "", "text_line", "Words."),
        raw("4", "b"),
        raw("5", "a"),
        raw("6", "x"),
    ]
    owners: dict[str, Any] = {"a": anna.pk, "b": berta.pk, "x": Unnamed.UNKNOWN}
    frames = {anna.pk: FRAME, berta.pk: Frame(now=NOW, time_zone="America/New_York")}
    found = understand("csv", items, owners=owners, frames=frames, unknown=FRAME)
    assert [row.reading.row for row in found.rows] == ["2", "4", "5", "6"]
    assert [row.patient_id for row in found.rows] == [anna.pk, berta.pk, anna.pk, None]
    assert [row.time_zone for row in found.rows] == ["UTC", "America/New_York", "UTC", "UTC"]
    assert found.rows[3].reading.state is RowState.HELD
    assert [issue.code for issue in found.issues] == ["text_line"]
    assert names(items) == {"a", "b", "x"}


def test_every_reason_has_words_for_a_person() -> None:
    assert set(MESSAGES) == set(Unnamed)
    assert all(message.endswith(".") for message in MESSAGES.values())
