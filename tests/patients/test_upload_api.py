"""The rows of a file by the API: how each was understood, with every issue; those that wait for a person are read, not decided."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from patients import intake
from patients.access import Actor
from patients.models import Patient, Upload
from tests import factories
from tests.patients.files import TWO, table
from tests.patients.programs import V1, Program, problem
from tests.patients.test_fact_api import person

pytestmark = pytest.mark.django_db
UNKNOWN = ("2026-03-04", "Unheard of", "1", "g/L")


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def nurse(anna: Patient) -> Program:
    return Program(factories.member(anna.team, "nurse"))


@pytest.fixture
def file(nurse: Program) -> Upload:
    """Return a file of which two rows were recorded and one waits."""
    content = SimpleUploadedFile("labs.csv", table([*TWO, UNKNOWN]))
    nurse.client.post(f"{V1}uploads/", {"file": content, "patient": "MRN-1"})
    intake.sweep()
    return Upload.objects.get()


def test_the_rows_of_a_file_come_in_its_order(nurse: Program, file: Upload) -> None:
    rows = nurse.rows(f"uploads/{file.pk}/rows/", {"page_size": 2})
    assert [(row["position"], row["state"]) for row in rows] == [(0, "accepted"), (1, "accepted"), (2, "held")]
    assert rows[0]["reading"]["canonical_value"] == 121.0
    assert nurse.get(f"observations/{rows[0]['fact_id']}/").json()["value"] == 121


def test_what_waits_for_a_person_says_why(nurse: Program, anna: Patient, file: Upload) -> None:
    (row,) = nurse.rows(f"uploads/{file.pk}/rows/", {"state": "held"})
    assert (row["patient"], row["fact_kind"], row["fact_id"]) == (str(anna.pk), "", None)
    assert row["issues"][0]["code"] == "unknown_name"
    assert "Unheard of" in row["original"]


def test_files_are_narrowed_by_state(nurse: Program, anna: Patient, file: Upload) -> None:
    done = factories.upload(anna, state="done")
    assert [row["id"] for row in nurse.rows("uploads/", {"state": "held"})] == [str(file.pk)]
    assert [row["id"] for row in nurse.rows("uploads/", {"state": "done"})] == [str(done.pk)]
    assert nurse.rows("uploads/", {"state": "failed"}) == []


@pytest.mark.parametrize(("path", "wrong"), [("uploads/", "lost"), ("uploads/{}/rows/", "waiting")])
def test_a_state_that_is_none_is_refused(nurse: Program, file: Upload, path: str, wrong: str) -> None:
    assert set(problem(nurse.get(path.format(file.pk), {"state": wrong}), 400)["errors"]) == {"state"}


@pytest.mark.parametrize("actor", list(Actor))
def test_who_reads_the_rows(anna: Patient, file: Upload, actor: Actor) -> None:
    answer = Program(person(anna, actor)).get(f"uploads/{file.pk}/rows/")
    if actor is Actor.ADMIN:
        problem(answer, 404)
    else:
        assert len(answer.json()["results"]) == 3


def test_rows_are_only_read(nurse: Program, file: Upload) -> None:
    for method in ("post", "put", "patch", "delete"):
        problem(getattr(nurse.client, method)(f"{V1}uploads/{file.pk}/rows/"), 405)


def test_rows_cost_the_same_however_many(
    nurse: Program, anna: Patient, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    counts = []
    for many in (1, 150):
        upload = factories.upload(anna, rows=[{"state": "held", "reading": {}}] * many)
        with django_assert_max_num_queries(13) as counted:
            assert len(nurse.get(f"uploads/{upload.pk}/rows/", {"page_size": 200}).json()["results"]) == many
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]
