"""A preview tells what taking a file in would tell, and writes nothing at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.apps import apps

from patients import intake, uploading
from patients.models import Patient
from patients.previewing import preview
from patients.sandbox import Unreadable
from tests import factories
from tests.patients.files import NOW, TWO, for_patients, hemoglobin, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return factories.patient(identifier="MRN-1", time_zone="Europe/Berlin")


def rows_of_everything() -> dict[str, int]:
    """Return how many rows each table of the record holds."""
    return {model.__name__: model._default_manager.count() for model in apps.get_app_config("patients").get_models()}


def look(content: bytes, **fields: Any) -> dict[str, Any]:
    """Preview a file."""
    return preview(content, "labs.csv", at=NOW, **fields)


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    """Return rows, accepted, duplicates and held."""
    return found["rows"], found["accepted"], found["duplicates"], found["held"]


@pytest.mark.parametrize("named", [True, False])
def test_a_preview_writes_nothing(patient: Patient, named: bool, django_capture_on_commit_callbacks: Callable) -> None:
    before = rows_of_everything()
    with django_capture_on_commit_callbacks() as hints:
        found = look(
            for_patients(hemoglobin("MRN-1"), hemoglobin("X", day="2026-03-03")),
            **({"patient_id": patient.pk} if named else {}),
        )
    assert found["rows"] == 2
    assert rows_of_everything() == before
    assert hints == []
    patient.refresh_from_db()
    assert patient.revision == 0


def test_a_preview_for_a_patient_is_what_taking_in_then_tells(patient: Patient) -> None:
    content = for_patients(
        hemoglobin("MRN-1"), hemoglobin("MRN-1"), hemoglobin("MRN-2"), hemoglobin("", ""), hemoglobin("", "x")
    )
    told = look(content, patient_id=patient.pk)
    upload = uploading.receive(content=content, name="labs.csv", patient_id=patient.pk, by=None, at=NOW, wake=False)
    intake.read_upload(upload.pk, at=NOW)
    upload.refresh_from_db()
    assert told == {"state": upload.state, **uploading.report(upload)}
    assert told["state"] == "held"


def test_without_a_patient_rows_are_told_as_for_somebody_new(patient: Patient) -> None:
    found = look(table([*TWO, TWO[0], ("2026-03-04", "Hemoglobin", "", "g/dL")]))
    assert counts(found) == (4, 2, 1, 0)
    assert (found["skipped"], found["state"], found["issues"]) == (1, "done", [])
    assert {one["patient"] for one in found["results"]} == {""}


def test_names_of_nobody_are_accepted_and_told_as_written(patient: Patient) -> None:
    found = look(for_patients(hemoglobin("X-1"), hemoglobin("X-2"), hemoglobin("X-1")))
    assert counts(found) == (3, 2, 1, 0)
    assert [one["patient"] for one in found["results"]] == ["X-1", "X-2", "X-1"]


def test_whom_the_rows_name_is_known_where_they_are(patient: Patient) -> None:
    factories.result(patient, 120.0, effective_at=factories.LONG_AGO)
    content = for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-1", "1.21"))
    found = look(content)
    assert found["results"][0]["patient"] == str(patient.pk)
    assert (found["accepted"], found["held"] + found["rejected"]) == (1, 1)


def test_what_is_held_for_another_reason_is_held_all_the_same() -> None:
    found = look(table([("2026-03-02", "Hemoglobin", "12.1", ""), ("2026-03-02", "Unheard of", "1", "g/L")]))
    assert found["held"] == 2
    assert {issue["code"] for issue in found["issues"]}.isdisjoint({"no_patient", "unknown_patient"})


def test_another_teams_patient_is_somebody_new(patient: Patient) -> None:
    found = look(for_patients(hemoglobin("MRN-1")), team_id=factories.team().pk)
    assert (found["accepted"], found["results"][0]["patient"]) == (1, "MRN-1")


def test_a_file_of_nothing_is_told_as_failed() -> None:
    found = look(b"\n")
    assert (found["state"], found["rows"], [one["code"] for one in found["issues"]]) == ("failed", 0, ["empty_file"])


def test_a_file_that_cannot_be_read_says_so() -> None:
    with pytest.raises(Unreadable) as caught:
        preview(b"%PDF-1.7\x00" + bytes(range(256)) * 20, "labs.pdf", at=NOW)
    assert caught.value.code == "unknown_format"


def test_a_preview_needs_no_more_than_the_workers_log_in(
    patient: Patient, as_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    content = for_patients(hemoglobin("MRN-1"), hemoglobin("X-1"))
    with as_role("iph_worker"):
        assert counts(look(content)) == (2, 2, 0, 0)
        assert counts(look(content, patient_id=patient.pk)) == (2, 1, 0, 1)


@pytest.mark.parametrize("names", [1, 20])
def test_questions_do_not_grow_with_names(names: int, django_assert_max_num_queries: Callable) -> None:
    content = for_patients(*(hemoglobin(f"X-{number}") for number in range(names)))
    with django_assert_max_num_queries(30):
        assert look(content)["accepted"] == names
