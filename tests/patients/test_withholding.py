"""Who may see a file but no results is told counts, states, places and codes of issues: by role, in report and rows alike."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from patients import intake, uploading, withholding
from patients.access import asker
from patients.models import Membership, Patient, Upload, User
from tests import factories
from tests.patients.files import NOW, for_patients, hemoglobin

pytestmark = pytest.mark.django_db
UPLOADS = "/api/v1/uploads/"
READERS, SENDERS = ["patient", "caregiver", "nurse", "physician"], ["coordinator"]
SECRETS = ("98", "9.8", "HGB", "emoglobin", "g/dL", "g/L", "2026-03-0")
CONTENT = for_patients(
    hemoglobin("MRN-1", "9.8"), hemoglobin("MRN-1", "98 98"), hemoglobin("MRN-1", "0.98", "2026-03-03"), hemoglobin("MRN-1", "")
)  # fmt: skip


@pytest.fixture
def anna() -> Patient:
    return factories.patient(name="Anna Sommer", identifier="MRN-1", user=factories.account())


@pytest.fixture
def upload(anna: Patient) -> Upload:
    return read(CONTENT, patient_id=anna.pk)


def read(content: bytes, **whose: Any) -> Upload:
    """Take a file in and read it."""
    upload = uploading.receive(content=content, name="labs.csv", by=None, at=NOW, wake=False, **whose)
    intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    return upload


def person(anna: Patient, role: str) -> User:
    """Return somebody who is this to the patient."""
    if role == "patient":
        assert anna.user is not None
        return anna.user
    return factories.caregiver(anna) if role == "caregiver" else factories.member(anna.team, role)


def told(user: User, address: str) -> tuple[dict[str, Any], str]:
    """Return an answer, and its text without what names the file, the patient or a row."""
    client = Client()
    client.force_login(user)
    answer = client.get(UPLOADS + address)
    assert answer.status_code == 200
    body = answer.json()
    listed = body["results"]
    shown = [{name: text for name, text in one.items() if name not in {"patient", "fact_id"}} for one in listed]
    return body, json.dumps({"listed": shown, "issues": body.get("issues")})


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("rows", ["", "rows/"])
def test_who_may_read_results_reads_them_here(anna: Patient, upload: Upload, role: str, rows: str) -> None:
    body, text = told(person(anna, role), f"{upload.pk}/{rows}")
    assert len(body["results"]) == 4
    assert "HGB" in text
    assert "9.8" in text


@pytest.mark.parametrize("role", SENDERS)
@pytest.mark.parametrize("rows", ["", "rows/"])
def test_who_may_not_is_told_nothing_of_them(anna: Patient, upload: Upload, role: str, rows: str) -> None:
    body, text = told(person(anna, role), f"{upload.pk}/{rows}")
    assert len(body["results"]) == 4
    assert [secret for secret in SECRETS if secret in text] == []


def test_counts_states_places_and_codes_stay(anna: Patient, upload: Upload) -> None:
    full, _ = told(person(anna, "nurse"), f"{upload.pk}/")
    shut, _ = told(person(anna, "coordinator"), f"{upload.pk}/")
    assert shut.keys() == full.keys()
    kept = ("id", "state", "format", "rows", "accepted", "duplicates", "held", "rejected", "skipped")
    assert {name: shut[name] for name in kept} == {name: full[name] for name in kept}
    assert [(one["row"], one["state"], one["patient"]) for one in shut["results"]] == [
        (one["row"], one["state"], one["patient"]) for one in full["results"]
    ]
    assert [(one["row"], one["code"], one["severity"]) for one in shut["issues"]] == [
        (one["row"], one["code"], one["severity"]) for one in full["issues"]
    ]
    assert len(shut["issues"]) >= 2
    assert {(one["message"], one["original"], one["column"]) for one in shut["issues"]} == {(withholding.SHUT, "", "")}


def test_rows_have_one_shape_for_all(anna: Patient, upload: Upload) -> None:
    full, _ = told(person(anna, "physician"), f"{upload.pk}/rows/?state=held")
    shut, _ = told(person(anna, "coordinator"), f"{upload.pk}/rows/?state=held")
    assert len(shut["results"]) == upload.held > 0
    for one, other in zip(shut["results"], full["results"], strict=True):
        assert one.keys() == other.keys()
        assert (one["position"], one["row"], one["state"]) == (other["position"], other["row"], other["state"])
        assert [issue["code"] for issue in one["issues"]] == [issue["code"] for issue in other["issues"]]
        assert (one["reading"], one["original"], one["column"], one["fact_kind"], one["fact_id"]) == (
            {},
            "",
            "",
            "",
            None,
        )


def test_a_row_without_issues_has_an_empty_list(anna: Patient, upload: Upload) -> None:
    shut, _ = told(person(anna, "coordinator"), f"{upload.pk}/rows/?state=accepted")
    assert [one["issues"] for one in shut["results"]] == [[]]


@pytest.mark.parametrize(("role", "reads"), [("nurse", True), ("physician", True), ("coordinator", False)])
def test_of_a_teams_file_the_role_in_that_team_counts(anna: Patient, role: str, reads: bool) -> None:
    upload = read(CONTENT, patient_id=None, team_id=anna.team_id)
    user = factories.member(anna.team, role)
    Membership.objects.create(
        user=user, team=factories.team(), role="coordinator" if reads else "physician", starts_at=factories.LONG_AGO
    )
    for address in (f"{upload.pk}/", f"{upload.pk}/rows/"):
        _, text = told(user, address)
        assert ("HGB" in text) is reads


def test_a_machines_token_reads_no_results(anna: Patient, upload: Upload) -> None:
    who = asker(person(anna, "nurse"), at=NOW, bound=anna.pk)
    assert who is not None
    assert not withholding.may_read(who, upload)
    assert not withholding.may_read(who, read(CONTENT, patient_id=None, team_id=anna.team_id))


def test_the_webs_log_in_is_enough(
    anna: Patient, upload: Upload, as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    user = person(anna, "coordinator")
    with as_role("iph_web"):
        body, _ = told(user, f"{upload.pk}/rows/")
    assert len(body["results"]) == 4


@pytest.mark.parametrize("rows", ["", "rows/"])
def test_it_costs_the_same_however_many(anna: Patient, rows: str) -> None:
    user = person(anna, "coordinator")

    def cost(count: int) -> int:
        made = factories.upload(anna, rows=[{"state": "held", "issues": []}] * count)
        with CaptureQueriesContext(connection) as asked:
            body, _ = told(user, f"{made.pk}/{rows}")
        assert len(body["results"]) == count
        return len(asked)

    assert cost(40) == cost(1)
