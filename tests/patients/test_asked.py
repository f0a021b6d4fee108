"""What every view has in common: scopes and service tokens narrow what a person may do, and nothing is asked for by mistake."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.utils import timezone

from patients.access import MATRIX, asker
from patients.models import AccessToken, Observation, Patient, PatientIdentifier, Scope, Upload, User
from patients.reach import patients_for
from tests import factories
from tests.patients.files import table
from tests.patients.programs import V1, Program, problem

pytestmark = pytest.mark.django_db
RESULT = {"patient": "MRN-1", "code": "HGB", "value": 98, "unit": "g/L", "effective_at": "2026-03-02T08:00Z"}


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def nurse(anna: Patient) -> User:
    return factories.member(anna.team, "nurse")


def send(program: Program, patient: str = "MRN-1") -> Any:
    """Send a file."""
    fields = {"file": SimpleUploadedFile("labs.csv", table()), "patient": patient}
    return program.client.post(f"{V1}uploads/", fields)


SCOPED = {
    "read": lambda program: program.get("patients/"),
    "write": lambda program: program.post("observations/", RESULT),
    "upload": send,
}


@pytest.mark.parametrize("scope", list(Scope.values))
@pytest.mark.parametrize("act", list(SCOPED))
def test_a_token_is_for_its_scopes_alone(anna: Patient, nurse: User, scope: str, act: str) -> None:
    answer = SCOPED[act](Program(nurse, scopes=[scope]))
    if scope == act:
        assert answer.status_code in (200, 201, 202)
    else:
        assert f"“{act}”" in problem(answer, 403)["detail"]
        assert not Observation.objects.exists()
        assert not Upload.objects.exists()


def test_a_token_that_is_not_narrowed_is_for_everything(anna: Patient, nurse: User) -> None:
    program = Program(nurse)
    assert set(program.token.scopes) == set(Scope.values)
    assert [SCOPED[act](program).status_code for act in SCOPED] == [200, 201, 202]


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "everything"]])
def test_a_token_has_scopes_that_exist(nurse: User, scopes: list[str]) -> None:
    with pytest.raises(IntegrityError, match="accesstoken_scopes"):
        factories.token(nurse, "iph-x", scopes=scopes)


@pytest.fixture
def machine(anna: Patient, nurse: User) -> Program:
    """Return a laboratory's machine: a service token of one patient."""
    return Program(nurse, patient=anna, scopes=["write", "upload"])


def test_a_machine_adds_results_and_sends_files(anna: Patient, machine: Program) -> None:
    assert machine.post("observations/", RESULT).status_code == 201
    assert send(machine).status_code == 202
    assert Upload.objects.get().patient == anna


def test_a_machine_reaches_no_other_patient_of_its_owner(anna: Patient, machine: Program) -> None:
    other = factories.patient(anna.team, identifier="MRN-2")
    foreign = problem(machine.post("observations/", {**RESULT, "patient": "MRN-2"}), 404)
    assert foreign == problem(machine.post("observations/", {**RESULT, "patient": str(uuid4())}), 404)
    problem(send(machine, "MRN-2"), 404)
    (row,) = machine.post("observations/", [{**RESULT, "patient": str(other.pk)}]).json()["results"]
    assert (row["state"], row["issues"][0]["code"]) == ("held", "unknown_patient")
    assert not Observation.objects.exists()


@pytest.mark.parametrize("scopes", [["read"], list(Scope.values)])
def test_a_machine_reads_nothing(anna: Patient, nurse: User, scopes: list[str]) -> None:
    (row,) = factories.results(anna, [98.0])
    file = factories.upload(anna)
    factories.upload(None, team=anna.team)
    raised = factories.alert(anna)
    program = Program(nurse, patient=anna, scopes=scopes)
    for path in (
        f"patients/{anna.pk}/",
        f"patients/{anna.pk}/timeline/",
        f"observations/{row.pk}/",
        f"uploads/{file.pk}/",
    ):
        problem(program.get(path), 404)
    problem(program.get(f"alerts/{raised.pk}/"), 404)
    for path in ("patients/", "worklist/"):
        problem(program.get(path), 403)
    for path in ("uploads/", "alerts/"):
        assert program.rows(path) == []
    problem(program.get("observations/", {"patient": "MRN-1"}), 404)


def test_a_machine_changes_nothing(anna: Patient, machine: Program) -> None:
    (row,) = factories.results(anna, [98.0])
    raised = factories.alert(anna)
    for path, body in (
        (f"observations/{row.pk}/retract/", {"why": "x"}),
        (f"observations/{row.pk}/correct/", {"why": "x", "value": 1, "unit": "g/L"}),
        (f"alerts/{raised.pk}/acknowledge/", {}),
        ("events/", {"patient": "MRN-1", "kind": "infection", "effective_at": "2026-03-02"}),
        ("treatments/", {"patient": "MRN-1", "drug": "iron", "intent": "taken", "started_on": "2026-03-02"}),
    ):
        problem(machine.post(path, body), 404)
    problem(machine.post("patients/", {"name": "Berta"}), 403)


def test_a_machine_ends_with_its_owners_place(anna: Patient) -> None:
    gone = factories.member(anna.team, "nurse", ends_at=factories.LONG_AGO.replace(year=2021))
    problem(Program(gone, patient=anna).post("observations/", RESULT), 404)


def test_a_machine_may_not_do_more_than_its_owner(anna: Patient) -> None:
    parent = factories.caregiver(anna)
    machine = Program(parent, patient=anna)
    problem(machine.post("observations/", RESULT), 404)
    assert send(machine).status_code == 202


def test_asking_for_patients_agrees_with_asking_for_one(anna: Patient, nurse: User) -> None:
    factories.patient(anna.team)
    who = asker(nurse, at=timezone.now(), bound=anna.pk)
    assert who is not None
    for row in MATRIX:
        one_by_one = {one.pk for one in Patient.objects.all() if who.may(*row, one)}
        assert set(patients_for(who, *row).values_list("pk", flat=True)) == one_by_one, row
    assert list(who.patients()) == [anna]


@pytest.mark.parametrize(
    "path", ["patients/", "uploads/", "alerts/", "worklist/", "observations/", "events/", "treatments/"]
)
def test_a_parameter_that_is_not_offered_is_refused(nurse: User, path: str) -> None:
    said = problem(
        Program(nurse).get(path, {"patinet": "MRN-1", "patient": "MRN-1"} if path[:2] != "pa" else {"q": "A"}), 400
    )
    assert said["errors"].popitem()[1] == ["There is no such parameter."]


def test_an_ambiguous_identifier_names_nobody(anna: Patient, nurse: User) -> None:
    PatientIdentifier.objects.create(patient=factories.patient(anna.team), issuer="elsewhere", value="MRN-1")
    program = Program(nurse)
    assert "patient" in problem(program.get("observations/", {"patient": "MRN-1"}), 400)["errors"]
    assert "patient" in problem(program.post("observations/", RESULT), 400)["errors"]


def test_who_sees_but_may_not_read_is_told_so(anna: Patient) -> None:
    program = Program(factories.member(anna.team, "coordinator"))
    problem(program.get("observations/", {"patient": "MRN-1"}), 403)
    problem(program.get(f"patients/{anna.pk}/timeline/"), 403)
    problem(program.post("observations/", RESULT), 403)


@pytest.mark.parametrize(
    "body", [b"{", b"[" * 50_000, b"\xff", b'{"patient": NaN}'], ids=["open", "deep", "bytes", "nan"]
)
def test_a_body_that_is_no_json_is_refused(nurse: User, body: bytes) -> None:
    answer = Program(nurse).client.post(f"{V1}observations/", body, content_type="application/json")
    assert "JSON" in problem(answer, 400)["detail"]


@pytest.mark.parametrize("body", ["x", 1, True, None, [[]], [1], {"patient": {}}, {"patient": ["MRN-1"], "value": {}}])
def test_a_body_of_another_shape_is_refused(anna: Patient, nurse: User, body: Any) -> None:
    answer = Program(nurse).post("observations/", body)
    assert answer.status_code in (200, 400)
    assert not Observation.objects.exists()


def test_another_content_type_is_refused(nurse: User) -> None:
    problem(Program(nurse).client.post(f"{V1}observations/", {"patient": "MRN-1"}), 415)


def test_only_json_is_answered(nurse: User) -> None:
    problem(Program(nurse).get("patients/", accept="text/html"), 406)


def test_tokens_stand_behind_a_wall(anna: Patient, nurse: User, as_web: Any, as_role: Any) -> None:
    factories.token(nurse, "iph-own")
    factories.token(factories.member(anna.team), "iph-other")
    with as_web(nurse):
        assert [row.digest for row in AccessToken.objects.all()] == [AccessToken.digest_of("iph-own")]
    with as_role("iph_web"):  # before anybody is known: how a token is looked up
        assert AccessToken.objects.count() == 2
