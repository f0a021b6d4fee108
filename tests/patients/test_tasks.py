"""The tasks by their names: they read what waits, and a message that is lost or comes twice changes nothing."""

from uuid import uuid4

import pytest
from pytest_django import DjangoDbBlocker

from monitor.celery import app
from patients import intake, tasks, uploading
from patients.models import Patient, Upload
from tests import factories
from tests.patients.files import NOW, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return factories.patient()


def waiting(patient: Patient, day: int = 2) -> Upload:
    """Let a file wait."""
    content = table([(f"2026-03-{day:02}", "Hemoglobin", "12.1", "g/dL")])
    return uploading.receive(content=content, name="a.csv", patient_id=patient.pk, by=None, at=NOW, wake=False)


def states() -> list[str]:
    """Return the states of all uploads."""
    return sorted(Upload.objects.values_list("state", flat=True))


def test_the_tasks_are_known_by_the_names_that_others_use() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert tasks.sweep_uploads.name in scheduled
    assert {tasks.sweep_uploads.name, uploading.READ} <= set(app.tasks)


def test_a_message_reads_its_files_and_no_other(patient: Patient) -> None:
    named = [waiting(patient, day) for day in (2, 3)]
    waiting(patient, 4)
    tasks.read_uploads([str(one.pk) for one in named])
    assert states() == ["done", "done", "received"]


def test_a_message_that_comes_twice_or_names_nothing_changes_nothing(patient: Patient) -> None:
    upload = waiting(patient)
    for ids in ([str(upload.pk)], [str(upload.pk)], [str(uuid4())], []):
        tasks.read_uploads(ids)
    upload.refresh_from_db()
    assert (upload.state, upload.attempts) == ("done", 1)


def test_a_sweep_finds_what_no_message_told_of(patient: Patient) -> None:
    for day in (2, 3, 4):
        waiting(patient, day)
    tasks.sweep_uploads()
    assert states() == ["done"] * 3


def test_no_file_is_begun_late_in_a_task(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (2, 3):
        waiting(patient, day)
    clock = iter([0.0, 1.0, tasks.SECONDS + 1.0])
    monkeypatch.setattr("patients.tasks.time.monotonic", lambda: next(clock))
    tasks.read_uploads([str(one) for one in Upload.objects.order_by("pk").values_list("pk", flat=True)])
    assert states() == ["done", "received"]


def test_a_sweep_is_given_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []
    monkeypatch.setattr(intake, "sweep", lambda *, seconds=None: given.append(seconds))
    tasks.sweep_uploads()
    assert given == [tasks.SECONDS]


def test_a_task_ends_before_it_is_stopped() -> None:
    from patients.sandbox import LIMITS

    assert tasks.SECONDS + LIMITS.wall_seconds < app.conf.task_soft_time_limit


def test_what_is_no_id_is_a_defect_and_touches_nothing(django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.block(), pytest.raises(ValueError, match="badly formed"):
        tasks.read_uploads(["1; drop"])
