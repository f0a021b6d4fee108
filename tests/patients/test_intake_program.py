"""manage.py intake as a program of its own: the worker's log-in, one JSON document on stdout, and the exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from patients.models import Observation, Patient
from tests import factories
from tests.patients.files import for_patients, hemoglobin, table

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def patient(transactional_db: None) -> Patient:
    return factories.patient(name="Anna Example", identifier="MRN-1")


def manage(*arguments: str, database: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command on the tests' database, with the log-in that manage.py chooses for it."""
    name = database or connection.settings_dict["NAME"]
    url = re.sub(r"@/[^?]+", f"@/{name}", os.environ["DATABASE_WORKER_URL"])
    environ = {name: value for name, value in os.environ.items() if name != "IPH_DATABASE_ROLE"}
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(
        command, env={**environ, "DATABASE_WORKER_URL": url}, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_takes_in_prints_one_document_and_says_how_it_ended(patient: Patient, tmp_path: Path) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-1", "9.8", "2026-03-03")))
    first, again = (manage("intake", str(path), "--json") for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0)
    assert json.loads(first.stdout)["files"][0]["accepted"] == 2
    assert json.loads(again.stdout)["files"][0]["duplicates"] == 2
    assert Observation.objects.count() == 2
    assert "Anna" not in first.stderr + again.stderr


def test_a_dry_run_with_nobody_registered_at_all(transactional_db: None, tmp_path: Path) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(table())
    done = manage("intake", str(path), "--dry-run", "--json")
    assert (done.returncode, json.loads(done.stdout)["files"][0]["accepted"]) == (0, 2)
    assert not Patient.objects.exists()


def test_what_cannot_be_done_is_status_2_and_one_sentence(patient: Patient, tmp_path: Path) -> None:
    missing = manage("intake", str(tmp_path / "missing.csv"), "--patient", "MRN-1", "--json")
    assert (missing.returncode, json.loads(missing.stdout)["ok"]) == (2, False)
    nobody = manage("intake", str(tmp_path / "missing.csv"), "--patient", "MRN-9")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "names no patient" in nobody.stderr
    assert "Traceback" not in nobody.stderr


def test_a_database_that_does_not_answer_is_status_2_and_one_sentence(transactional_db: None, tmp_path: Path) -> None:
    path = tmp_path / "labs.csv"
    path.write_bytes(table())
    done = manage("intake", str(path), "--patient", "MRN-1", database="nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The database cannot be used (OperationalError)" in done.stderr
    assert "Traceback" not in done.stderr
