"""The API of patients and uploads: who sees and sends what, told in one shape, at the same cost however much is stored."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from patients import intake
from patients.models import Patient, PatientIdentifier, Upload, User
from tests import factories
from tests.patients.files import TWO, for_patients, hemoglobin, table

pytestmark = pytest.mark.django_db
PATIENTS, UPLOADS = "/api/v1/patients/", "/api/v1/uploads/"
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def anna() -> Patient:
    return factories.patient(name="Anna Example", identifier="MRN-1")


@pytest.fixture
def nurse(anna: Patient) -> User:
    return factories.member(anna.team, "nurse")


@pytest.fixture
def berta(anna: Patient) -> Patient:
    """Return a patient of another team."""
    return factories.patient(name="Berta Canary", identifier="MRN-2")


def of(user: User) -> Client:
    """Return a browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return client


def send(user: User, patient: object, content: bytes = table(), **more: Any) -> Any:
    """Send a file."""
    fields = {"file": SimpleUploadedFile("labs.csv", content), "patient": str(patient), **more}
    return of(user).post(UPLOADS, fields)


def problem(answer: Any, status: int) -> dict[str, Any]:
    """Return a failure, told as RFC 9457 wants."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert "Canary" not in answer.content.decode()
    return body


def test_a_member_lists_the_patients_of_the_team(anna: Patient, nurse: User, berta: Patient) -> None:
    body = of(nurse).get(PATIENTS).json()
    (one,) = body["results"]
    assert (one["id"], one["name"], one["team"]) == (str(anna.pk), "Anna Example", anna.team.name)
    assert one["identifiers"] == [{"issuer": "", "value": "MRN-1"}]
    assert body["next"] is None


def test_one_patient_is_told_by_our_id(anna: Patient, nurse: User) -> None:
    body = of(nurse).get(f"{PATIENTS}{anna.pk}/").json()
    assert (body["id"], body["revision"], body["birth_date"], body["sex"]) == (str(anna.pk), 0, "2015-05-17", "female")


def test_a_patient_of_others_is_missing_just_as_one_that_is_not_there(nurse: User, berta: Patient) -> None:
    foreign = problem(of(nurse).get(f"{PATIENTS}{berta.pk}/"), 404)
    assert foreign == problem(of(nurse).get(f"{PATIENTS}{uuid4()}/"), 404)


def test_a_parent_reads_the_child_but_lists_nobody(anna: Patient) -> None:
    parent = of(factories.caregiver(anna))
    assert parent.get(f"{PATIENTS}{anna.pk}/").status_code == 200
    problem(parent.get(PATIENTS), 403)


@pytest.mark.parametrize("address", [PATIENTS, UPLOADS, f"{PATIENTS}{UUID(int=7)}/", f"{UPLOADS}{UUID(int=7)}/"])
def test_a_stranger_is_asked_to_log_in(address: str) -> None:
    problem(Client().get(address), 401)


@pytest.mark.parametrize("address", [PATIENTS, UPLOADS])
def test_only_what_is_offered_is_allowed(address: str, nurse: User) -> None:
    problem(of(nurse).delete(address), 405)


def test_a_token_logs_a_program_in(anna: Patient) -> None:
    factories.token(factories.member(anna.team), "iph-1")
    answer = Client().get(PATIENTS, headers={"Authorization": "Token iph-1"})
    assert [one["id"] for one in answer.json()["results"]] == [str(anna.pk)]
    problem(Client().get(PATIENTS, headers={"Authorization": "Token iph-2"}), 401)


def test_a_file_is_received_and_its_report_has_the_same_id(anna: Patient, nurse: User) -> None:
    answer = send(nurse, anna.pk)
    upload = Upload.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": str(upload.pk), "state": "received"})
    assert answer["Location"] == f"{UPLOADS}{upload.pk}/"
    assert (upload.patient, upload.by, upload.file_name) == (anna, nurse, "labs.csv")
    body = of(nurse).get(answer["Location"]).json()
    assert (body["id"], body["state"], body["rows"], body["results"]) == (str(upload.pk), "received", 0, [])


def test_a_report_is_one_file_of_the_command_and_its_state(anna: Patient, nurse: User) -> None:
    identity = send(nurse, "MRN-1", table([*TWO, ("2026-03-04", "Unheard of", "1", "g/L")])).json()["id"]
    intake.sweep()
    body = of(nurse).get(f"{UPLOADS}{identity}/").json()
    assert set(body) == {
        "id", "state", "format", "rows", "accepted", "duplicates", "held", "rejected", "skipped", "results", "issues",
    }  # fmt: skip
    assert (body["state"], body["rows"], body["accepted"], body["held"]) == ("held", 3, 2, 1)
    assert [one["canonical_value"] for one in body["results"]] == [121.0, 98.0, None]
    assert [one["state"] for one in body["results"]] == ["accepted", "accepted", "held"]


def test_the_same_file_again_is_the_same_upload(anna: Patient, nurse: User) -> None:
    first = send(nurse, anna.pk).json()
    intake.sweep()
    again = send(nurse, "MRN-1")
    assert (again.status_code, again.json()) == (202, {"id": first["id"], "state": "done"})
    assert Upload.objects.count() == 1


def test_a_file_for_somebody_elses_patient_is_a_404_like_any_unknown_name(nurse: User, berta: Patient) -> None:
    answers = [problem(send(nurse, name), 404) for name in (berta.pk, "MRN-2", uuid4(), "nobody", "Berta Canary")]
    assert all(answer == answers[0] for answer in answers)
    assert not Upload.objects.exists()


def test_an_identifier_of_two_of_ones_patients_names_neither(anna: Patient, nurse: User) -> None:
    second = factories.patient(anna.team)
    PatientIdentifier.objects.create(patient=second, issuer="another hospital", value="MRN-1")
    problem(send(nurse, "MRN-1"), 404)


@pytest.mark.parametrize("missing", ["file", "patient"])
def test_what_is_missing_is_named(anna: Patient, nurse: User, missing: str) -> None:
    fields = {"file": SimpleUploadedFile("labs.csv", table()), "patient": str(anna.pk)}
    del fields[missing]
    assert set(problem(of(nurse).post(UPLOADS, fields), 400)["errors"]) == {missing}


def test_an_empty_file_is_refused(anna: Patient, nurse: User) -> None:
    assert "file" in problem(send(nurse, anna.pk, b""), 400)["errors"]


def test_another_content_type_is_refused(anna: Patient, nurse: User) -> None:
    problem(of(nurse).post(UPLOADS, {"patient": str(anna.pk)}, content_type="application/json"), 415)


@pytest.mark.parametrize("limit", [10, 100])
def test_a_file_above_the_limit_is_refused_and_not_kept(
    anna: Patient, nurse: User, settings: Settings, limit: int
) -> None:
    settings.UPLOAD_BYTES = limit
    problem(send(nurse, anna.pk, b"x" * (limit + 1)), 413)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b\\labs.csv", "x" * 250 + ".csv"])
def test_a_file_name_never_becomes_a_path(anna: Patient, nurse: User, name: str) -> None:
    file = SimpleUploadedFile("labs.csv", table())
    file.name = name
    assert of(nurse).post(UPLOADS, {"file": file, "patient": str(anna.pk)}).status_code == 202
    assert not {"/", "\\"} & set(Upload.objects.get().file_name)


def test_who_may_send_may_read_what_they_sent(anna: Patient) -> None:
    for user in (factories.caregiver(anna), factories.member(anna.team, "coordinator")):
        content = table([("2026-03-02", "Hemoglobin", f"1{user.pk % 10}", "g/dL")])
        address = send(user, anna.pk, content)["Location"]
        assert of(user).get(address).status_code == 200


def test_an_upload_of_others_is_missing(anna: Patient, nurse: User, berta: Patient) -> None:
    foreign = factories.upload(berta, rows=[{"state": "held"}])
    assert problem(of(nurse).get(f"{UPLOADS}{foreign.pk}/"), 404) == problem(of(nurse).get(f"{UPLOADS}{uuid4()}/"), 404)
    assert of(nurse).get(UPLOADS).json()["results"] == []


def test_a_teams_file_is_seen_by_the_team(anna: Patient, nurse: User, berta: Patient) -> None:
    factories.upload(None, team=berta.team)
    ours = factories.upload(None, team=anna.team, state="held")
    body = of(nurse).get(UPLOADS).json()
    assert [(one["id"], one["patient"], one["state"]) for one in body["results"]] == [(str(ours.pk), None, "held")]


def test_uploads_come_newest_first_in_pages(anna: Patient, nurse: User) -> None:
    made = [factories.upload(anna) for _ in range(5)]
    client, seen, address = of(nurse), [], f"{UPLOADS}?page_size=2"
    while address:
        body = client.get(address).json()
        assert len(body["results"]) <= 2
        seen += [one["id"] for one in body["results"]]
        address = body["next"]
    assert seen == [str(one.pk) for one in reversed(made)]


@pytest.mark.parametrize("count", [1, 25])
def test_lists_cost_the_same_however_many(
    anna: Patient, nurse: User, count: int, django_assert_max_num_queries
) -> None:
    for number in range(count):
        factories.upload(factories.patient(anna.team, identifier=f"P-{number}"))
    client = of(nurse)
    for address in (PATIENTS, UPLOADS):
        with django_assert_max_num_queries(14):
            assert len(client.get(address).json()["results"]) >= count


def test_a_report_costs_the_same_however_many_rows(anna: Patient, nurse: User, django_assert_max_num_queries) -> None:
    upload = factories.upload(anna, rows=[{"state": "accepted"}] * 200)
    client = of(nurse)
    with django_assert_max_num_queries(13):
        assert client.get(f"{UPLOADS}{upload.pk}/").json()["rows"] == 200


def test_the_webs_log_in_is_enough(anna: Patient, nurse: User, berta: Patient, as_role: AsRole) -> None:
    content = for_patients(hemoglobin("MRN-1"))
    client = of(nurse)
    with as_role("iph_web"):
        answer = client.post(UPLOADS, {"file": SimpleUploadedFile("labs.csv", content), "patient": "MRN-1"})
        assert answer.status_code == 202
        assert client.get(answer["Location"]).json()["state"] == "received"
        assert len(client.get(PATIENTS).json()["results"]) == 1


def test_without_the_applications_filter_the_walls_hold(
    anna: Patient, nurse: User, berta: Patient, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = factories.upload(berta, rows=[{"state": "accepted", "original": "Canary"}])
    for module in ("patients.api", "patients.upload_api"):
        monkeypatch.setattr(f"{module}.patients_for", lambda *_: Patient.objects.all())
    monkeypatch.setattr("patients.upload_api.uploads_for", lambda _: Upload.objects.all())
    client = of(nurse)
    with as_role("iph_web"):
        assert [one["id"] for one in client.get(PATIENTS).json()["results"]] == [str(anna.pk)]
        assert client.get(UPLOADS).json()["results"] == []
        problem(client.get(f"{UPLOADS}{foreign.pk}/"), 404)
        problem(client.get(f"{PATIENTS}{berta.pk}/"), 404)
        problem(client.post(UPLOADS, {"file": SimpleUploadedFile("a.csv", b"x"), "patient": str(berta.pk)}), 404)


def test_the_description_of_the_api_holds_the_report(nurse: User) -> None:
    text = of(nurse).get("/api/schema/").content.decode()
    for word in (
        "canonical_value",
        "effective_at",
        "comparator",
        "/api/v1/uploads/{upload_id}/",
        "multipart/form-data",
    ):
        assert word in text
