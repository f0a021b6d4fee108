"""Many at once, and readers killed at the worst moment: one upload, every fact once, nothing half done."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from patients import intake, uploading
from patients.claiming_uploads import ATTEMPTS, LEASE, claim
from patients.models import DataKey, Observation, Patient, PatientRevision, Upload, UploadOriginal, UploadRow
from tests import factories
from tests.patients.files import NOW, table

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def patient(transactional_db: None) -> Patient:
    return factories.patient(identifier="MRN-1")


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Run work in so many threads that start together, each as the worker on a connection of its own."""
    barrier = threading.Barrier(count)

    def one(number: int) -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE iph_worker")
            barrier.wait(timeout=30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return [future.result(timeout=60) for future in [pool.submit(one, number) for number in range(count)]]


def receive(patient: Patient, content: bytes = table()) -> Upload:
    """Receive a file without waking anybody."""
    return uploading.receive(content=content, name="labs.csv", patient_id=patient.pk, by=None, at=NOW, wake=False)


def test_one_file_sent_twenty_times_at_once_is_one_upload(patient: Patient) -> None:
    found = at_once(20, lambda _: receive(patient).pk)
    assert len(set(found)) == 1
    assert [model.objects.count() for model in (Upload, UploadOriginal, DataKey)] == [1, 1, 1]
    assert uploading.original(Upload.objects.get()) == table()


def test_a_teams_file_sent_twenty_times_at_once_is_one_upload(patient: Patient) -> None:
    given: dict[str, Any] = {"name": "labs.csv", "patient_id": None, "team_id": patient.team_id, "by": None, "at": NOW}
    found = at_once(20, lambda _: uploading.receive(content=table(), wake=False, **given).pk)
    assert len(set(found)) == 1
    assert [model.objects.count() for model in (Upload, UploadOriginal, DataKey)] == [1, 1, 1]


def test_different_files_sent_at_once_share_the_patients_key(patient: Patient) -> None:
    found = at_once(10, lambda number: receive(patient, f"file {number}".encode()).pk)
    assert len(set(found)) == 10
    assert DataKey.objects.count() == 1
    assert {uploading.original(one) for one in Upload.objects.all()} == {f"file {n}".encode() for n in range(10)}


def test_many_who_read_one_file_read_it_once(patient: Patient) -> None:
    upload = receive(patient)
    tried = at_once(8, lambda _: intake.read_upload(upload.pk, at=NOW))
    assert sorted(map(bool, tried)) == [False] * 7 + [True]
    assert (Observation.objects.count(), UploadRow.objects.count(), PatientRevision.objects.count()) == (2, 2, 1)


def test_sweepers_share_the_work_and_do_all_of_it(patient: Patient) -> None:
    for day in range(1, 9):
        receive(patient, table([(f"2026-03-0{day}", "Hemoglobin", "12.1", "g/dL")]))
    tried = at_once(4, lambda _: intake.sweep(at=NOW))
    assert sum(int(str(one)) for one in tried) == 8
    assert set(Upload.objects.values_list("state", "attempts")) == {("done", 1)}
    assert sorted(PatientRevision.objects.values_list("n", flat=True)) == list(range(1, 9))


def test_a_file_sent_while_it_is_read_is_read_once(patient: Patient) -> None:
    def side(number: int) -> object:
        return receive(patient).pk if number else intake.sweep(at=NOW)

    receive(patient)
    at_once(6, side)
    assert (Upload.objects.get().state, Observation.objects.count()) == ("done", 2)


READER = """
import sys, time, uuid, django
django.setup()
from patients import intake, keeping, sandbox
def hang(*_, **__):
    print("here", flush=True)
    time.sleep(60)
setattr(*{"parse": (sandbox, "parse"), "rows": (keeping, "keep")}[sys.argv[1]], hang)
intake.read_upload(uuid.UUID(sys.argv[2]))
"""


@contextmanager
def reader(step: str, upload: Upload) -> Iterator["subprocess.Popen[str]"]:
    """Start a reader with the worker's log-in that hangs at a step, and wait until it does; it is killed in the end."""
    name = connection.settings_dict["NAME"]
    url = re.sub(r"@/[^?]+", f"@/{name}", os.environ["DATABASE_WORKER_URL"])
    environ = {**os.environ, "IPH_DATABASE_ROLE": "worker", "DATABASE_WORKER_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", READER, step, str(upload.pk)]
    with subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("step", ["parse", "rows"])
def test_a_reader_killed_at_any_step_loses_nothing(patient: Patient, step: str) -> None:
    upload = receive(patient)
    with reader(step, upload) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    upload.refresh_from_db()
    assert (upload.state, upload.attempts) == ("reading", 1)
    assert (Observation.objects.count(), UploadRow.objects.count()) == (0, 0)
    assert upload.lease_until is not None
    assert intake.sweep(at=upload.lease_until - timedelta(seconds=1)) == 0
    assert intake.sweep(at=upload.lease_until) == 1
    upload.refresh_from_db()
    assert (upload.state, upload.attempts, upload.accepted) == ("done", 2, 2)
    assert (Observation.objects.count(), UploadRow.objects.count(), PatientRevision.objects.count()) == (2, 2, 1)


def test_a_reader_that_wakes_after_its_lease_writes_nothing(patient: Patient) -> None:
    upload = receive(patient)
    slow = claim(only=upload.pk, at=NOW)
    assert slow is not None
    assert intake.sweep(at=NOW + LEASE) == 1
    intake._read(slow)
    assert (Observation.objects.count(), UploadRow.objects.count()) == (2, 2)


def test_a_file_that_kills_every_reader_is_failed_and_the_next_is_read(patient: Patient) -> None:
    poison, at = receive(patient), NOW
    for _ in range(ATTEMPTS):
        assert claim(at=at) is not None
        at += LEASE
    other = receive(patient, table([("2026-03-09", "Hemoglobin", "12.1", "g/dL")]))
    assert intake.sweep(at=at) == 1
    poison.refresh_from_db()
    other.refresh_from_db()
    assert (poison.state, poison.accepted, other.state) == ("failed", 0, "done")
    assert {one.upload_id for one in Observation.objects.all()} == {other.pk}
