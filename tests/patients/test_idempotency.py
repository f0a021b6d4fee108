"""Idempotency keys: the same request again is done once and answered the same; anything else under its key is refused."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error
from django.utils import timezone

from patients import idempotency, tasks
from patients.models import IdempotencyKey, Observation, Patient, PatientRevision, Upload, User
from tests import factories
from tests.patients.files import table
from tests.patients.programs import V1, Program, problem

pytestmark = pytest.mark.django_db
KEY = "7f3a-one"
AsWeb = Callable[[User], AbstractContextManager[None]]
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def nurse(anna: Patient) -> Program:
    return Program(factories.member(anna.team, "nurse"))


def result(value: float = 98.0, **more: Any) -> dict[str, Any]:
    """Return a hemoglobin of the patient."""
    usual = {"patient": "MRN-1", "code": "HGB", "unit": "g/L", "effective_at": "2026-03-02T08:00+01:00"}
    return {**usual, "value": value, **more}


def test_the_same_again_is_done_once_and_answered_the_same(nurse: Program) -> None:
    first = nurse.post("observations/", result(), idempotency_key=KEY)
    again = nurse.post("observations/", result(), idempotency_key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert all(again[name] == first[name] for name in ("Location", "ETag", "Content-Type"))
    assert (first.get(idempotency.REPLAYED), again[idempotency.REPLAYED]) == (None, "true")
    assert (Observation.objects.count(), PatientRevision.objects.count()) == (1, 1)


def test_without_a_key_the_same_again_is_known(nurse: Program) -> None:
    assert [nurse.post("observations/", result()).status_code for _ in range(2)] == [201, 200]
    assert not IdempotencyKey.objects.exists()


def test_the_order_of_fields_makes_no_other_request(nurse: Program) -> None:
    turned = dict(reversed(result().items()))
    first = nurse.post("observations/", result(), idempotency_key=KEY)
    assert nurse.post("observations/", turned, idempotency_key=KEY).json() == first.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("observations/", result(99.0)),
        ("observations/", [result()]),
        ("observations/", {**result(), "performer": "elsewhere"}),
        ("observations/?x=1", result()),
        ("events/", result()),
    ],
)
def test_something_else_under_the_key_is_refused(nurse: Program, path: str, body: Any) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    assert "another request" in problem(nurse.post(path, body, idempotency_key=KEY), 422)["detail"]
    assert Observation.objects.count() == 1


def test_another_token_of_the_same_person_gets_nothing_of_the_first(nurse: Program) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    problem(Program(nurse.user).post("observations/", result(), idempotency_key=KEY), 422)


def test_another_person_may_use_the_same_key(anna: Patient, nurse: Program) -> None:
    other = Program(factories.member(anna.team))
    assert nurse.post("observations/", result(), idempotency_key=KEY).status_code == 201
    assert other.post("observations/", result(97.0, performer="b"), idempotency_key=KEY).status_code == 201


def test_a_refusal_leaves_no_key(nurse: Program) -> None:
    problem(nurse.post("observations/", result(unit="parsec"), idempotency_key=KEY), 422)
    assert not IdempotencyKey.objects.exists()
    assert nurse.post("observations/", result(), idempotency_key=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_a_key_that_cannot_be_kept_is_named(nurse: Program, key: str) -> None:
    said = problem(nurse.post("observations/", result(), idempotency_key=key), 400)
    assert set(said["errors"]) == {"Idempotency-Key"}
    assert not Observation.objects.exists()


def test_a_key_is_forgotten_after_a_day(nurse: Program) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - idempotency.KEPT)
    assert nurse.post("observations/", result(), idempotency_key=KEY).status_code == 200  # known, not replayed
    assert IdempotencyKey.objects.count() == 1


def test_the_sweep_forgets_what_nobody_asks_for_again(nurse: Program, anna: Patient) -> None:
    for number in range(3):
        nurse.post("observations/", result(effective_at=f"2026-03-0{number + 1}"), idempotency_key=f"key {number}")
    old = IdempotencyKey.objects.order_by("key")[:2]
    IdempotencyKey.objects.filter(pk__in=old).update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    tasks.sweep_uploads()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["key 2"]


def test_a_file_is_known_by_its_content(nurse: Program) -> None:
    def send(content: bytes) -> Any:
        fields = {"file": SimpleUploadedFile("labs.csv", content), "patient": "MRN-1"}
        return nurse.client.post(f"{V1}uploads/", fields, headers={"Idempotency-Key": KEY})

    first = send(table())
    assert (first.status_code, send(table()).json()) == (202, first.json())
    problem(send(table([("2026-03-02", "Hemoglobin", "12.9", "g/dL")])), 422)
    assert Upload.objects.count() == 1


def test_a_correction_is_made_once(nurse: Program, anna: Patient) -> None:
    row = factories.result(anna, 98.0, days_ago=2)
    body = {"value": 89, "unit": "g/L", "why": "digits turned"}
    answers = [nurse.post(f"observations/{row.pk}/correct/", body, idempotency_key=KEY) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    problem(nurse.post(f"observations/{row.pk}/correct/", body), 409)


def test_a_row_under_way_is_a_conflict(nurse: Program) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    IdempotencyKey.objects.update(status=None)
    assert "under way" in problem(nurse.post("observations/", result(), idempotency_key=KEY), 409)["detail"]


def test_answers_stand_behind_a_wall(nurse: Program, anna: Patient, as_web: AsWeb, as_role: AsRole) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    with as_web(nurse.user):
        assert IdempotencyKey.objects.count() == 1
    with as_web(factories.member(anna.team)):
        assert not IdempotencyKey.objects.exists()
    with as_role("iph_web"):
        assert not IdempotencyKey.objects.exists()


def test_nobody_writes_a_key_of_another(nurse: Program, anna: Patient, as_web: AsWeb) -> None:
    other = factories.member(anna.team)
    with pytest.raises(Error, match="row-level security"), as_web(nurse.user):
        IdempotencyKey.objects.create(user=other, key=KEY, request="0" * 64, created_at=timezone.now())


def test_the_worker_forgets_and_writes_nothing(nurse: Program, as_role: AsRole) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    with as_role("iph_worker"):
        assert idempotency.forget(at=timezone.now()) == 0
        assert idempotency.forget(at=timezone.now() + timedelta(days=2)) == 1


def test_the_webs_log_in_is_enough(nurse: Program, anna: Patient, as_role: AsRole) -> None:
    with as_role("iph_web"):
        first = nurse.post("observations/", result(), idempotency_key=KEY)
        assert (first.status_code, nurse.post("observations/", result(), idempotency_key=KEY).json()) == (
            201,
            first.json(),
        )


def test_a_rows_name_is_not_its_key(nurse: Program) -> None:
    nurse.post("observations/", result(), idempotency_key=KEY)
    assert KEY not in str(IdempotencyKey.objects.get())
