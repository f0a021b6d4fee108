"""manage.py intake: what it prints and how it ends. Exit status 0 all well, 1 held or rejected, 2 could not be done."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from patients.management.commands import intake as command
from patients.models import Observation, Patient, Upload
from tests import factories
from tests.patients.files import TWO, for_patients, hemoglobin, table

pytestmark = pytest.mark.django_db
COUNTS = ("rows", "accepted", "duplicates", "held", "rejected", "skipped")
FILE_KEYS = {"format", *COUNTS, "results", "issues"}
RESULT_KEYS = {
    "row", "patient", "code", "value", "unit", "canonical_value", "canonical_unit", "effective_at", "status",
}  # fmt: skip
ISSUE_KEYS = {"row", "column", "code", "severity", "message", "original"}


@pytest.fixture
def patient() -> Patient:
    return factories.patient(name="Anna Example", identifier="MRN-1", time_zone="Europe/Berlin")


@pytest.fixture
def worker(patient: Patient, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the patient is there."""
    with as_role("iph_worker"):
        yield


def run(*arguments: object) -> tuple[int, str]:
    """Run the command; return exit status and what it printed."""
    out, status = StringIO(), 0
    try:
        call_command("intake", *map(str, arguments), stdout=out)
    except SystemExit as end:
        status = int(str(end.code))
    return status, out.getvalue()


def told(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Run the command for a program to read."""
    status, printed = run(*arguments, "--json")
    document = json.loads(printed)
    assert document["ok"] is (status == 0)
    return status, document


def one(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Run the command for one file, for a program to read."""
    status, document = told(*arguments)
    (file,) = document["files"]
    return status, file


def put(folder: Path, content: bytes, name: str = "labs.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_is_taken_in_for_a_patient(worker: None, patient: Patient, tmp_path: Path) -> None:
    status, file = one(put(tmp_path, table()), "--patient", "MRN-1")
    assert (status, [file[name] for name in COUNTS]) == (0, [2, 2, 0, 0, 0, 0])
    assert file["format"] == "csv"
    assert [result["patient"] for result in file["results"]] == [str(patient.pk)] * 2


def test_the_json_is_that_of_the_specification(patient: Patient, tmp_path: Path) -> None:
    rows = [TWO[0], ("2026-03-03", "Unheard of", "1", "g/L")]
    status, document = told(put(tmp_path, table(rows)), "--patient", patient.pk)
    (file,) = document["files"]
    assert (status, set(document)) == (1, {"files", "ok"})
    assert set(file) >= FILE_KEYS
    assert all(set(result) >= RESULT_KEYS for result in file["results"])
    assert file["issues"]
    assert all(set(issue) == ISSUE_KEYS for issue in file["issues"])
    assert file["results"][0] == {
        "row": "2", "patient": str(patient.pk), "code": "HGB", "value": 12.1, "unit": "g/dL", "comparator": "",
        "canonical_value": 121.0, "canonical_unit": "g/L", "effective_at": "2026-03-02", "status": "final", "state": "accepted",
    }  # fmt: skip


def test_the_same_file_again_changes_nothing_and_is_all_duplicates(
    worker: None, patient: Patient, tmp_path: Path
) -> None:
    path = put(tmp_path, table([*TWO, ("2026-03-05", "Hemoglobin", "12.1", "")]))
    first, file = one(path, "--patient", "MRN-1")
    again, same = one(path, "--patient", "MRN-1")
    assert (first, again) == (1, 1)
    assert ([file[name] for name in COUNTS], [same[name] for name in COUNTS]) == (
        [3, 2, 0, 1, 0, 0],
        [3, 0, 2, 1, 0, 0],
    )
    assert (same["upload"], same["issues"]) == (file["upload"], file["issues"])


def test_nothing_new_is_recorded_by_the_second_run(patient: Patient, tmp_path: Path) -> None:
    path = put(tmp_path, table())
    for _ in range(3):
        assert run(path, "--patient", "MRN-1")[0] == 0
    patient.refresh_from_db()
    assert (Observation.objects.count(), Upload.objects.count(), patient.revision) == (2, 1, 1)


def test_a_file_that_came_over_the_web_is_known_to_the_command(patient: Patient, tmp_path: Path) -> None:
    from patients import intake, uploading

    upload = uploading.receive(
        content=table(), name="x.csv", patient_id=patient.pk, by=None, at=factories.LONG_AGO, wake=False
    )
    intake.sweep()
    _, file = one(put(tmp_path, table()), "--patient", "MRN-1")
    assert (file["upload"], file["duplicates"]) == (str(upload.pk), 2)


def test_without_a_patient_the_rows_name_them(worker: None, patient: Patient, tmp_path: Path) -> None:
    path = put(tmp_path, for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-8", day="2026-03-04")))
    status, file = one(path)
    assert (status, file["accepted"], file["held"]) == (1, 1, 1)
    assert [issue["code"] for issue in file["issues"]] == ["unknown_patient"]
    assert one(path)[1]["duplicates"] == 1


def test_a_file_of_several_teams_needs_to_be_told_which(patient: Patient, tmp_path: Path) -> None:
    other = factories.patient(identifier="MRN-2")
    path = put(tmp_path, for_patients(hemoglobin("MRN-1"), hemoglobin("MRN-2")))
    status, file = one(path)
    assert (status, file["rows"], [issue["code"] for issue in file["issues"]]) == (2, 0, ["no_team"])
    assert not Upload.objects.exists()
    status, file = one(path, "--team", other.team.name)
    assert (status, file["accepted"], file["held"]) == (1, 1, 1)
    assert Observation.objects.get().patient == other


def test_the_team_of_everybody_named_is_the_files(patient: Patient, tmp_path: Path) -> None:
    factories.team()
    assert one(put(tmp_path, for_patients(hemoglobin("MRN-1"))))[0] == 0
    assert Upload.objects.get().team == patient.team
    status, file = one(put(tmp_path, for_patients(hemoglobin("MRN-8"))))
    assert (status, file["issues"][0]["code"]) == (2, "no_team")


@pytest.mark.parametrize("by", ["name", "pk"])
def test_a_team_is_named_by_name_or_number(patient: Patient, tmp_path: Path, by: str) -> None:
    path = put(tmp_path, for_patients(hemoglobin("MRN-1")))
    assert one(path, "--team", getattr(patient.team, by))[0] == 0


@pytest.mark.parametrize(
    "arguments", [("--patient", "nobody"), ("--patient", ""), ("--team", "nowhere"), ("--team", "999999")]
)
def test_a_name_of_nobody_is_an_error_before_anything_is_done(
    patient: Patient, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    with pytest.raises(CommandError) as caught:
        run(put(tmp_path, table()), *arguments)
    assert caught.value.returncode == 2
    assert not Upload.objects.exists()


def test_a_patient_of_another_team_is_nobody(patient: Patient, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="names no patient"):
        run(put(tmp_path, table()), "--patient", "MRN-1", "--team", factories.team().pk)


def test_one_bad_file_stops_no_other(worker: None, patient: Patient, tmp_path: Path) -> None:
    pdf = b"%PDF-1.7\x00" + bytes(range(256)) * 20
    paths = [
        tmp_path / "missing.csv",
        put(tmp_path, pdf, "a.pdf"),
        put(tmp_path, b"", "b.csv"),
        put(tmp_path, table()),
        tmp_path,
    ]
    status, document = told(*paths, "--patient", "MRN-1")
    assert status == 2
    assert [file["file"] for file in document["files"]] == [str(path) for path in paths]
    assert [file["accepted"] for file in document["files"]] == [0, 0, 0, 2, 0]
    found = [[issue["code"] for issue in file["issues"]] for file in document["files"]]
    assert found == [["no_file"], ["unknown_format"], ["empty_file"], [], ["no_file"]]


def test_a_file_above_the_limit_is_refused(patient: Patient, tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_BYTES = 20
    status, file = one(put(tmp_path, table()), "--patient", "MRN-1")
    assert (status, file["issues"][0]["code"]) == (2, "too_large")


@pytest.mark.parametrize("dry", [True, False])
def test_a_wanted_format_is_asked_for(patient: Patient, tmp_path: Path, dry: bool) -> None:
    path, more = put(tmp_path, table()), ["--dry-run"] if dry else ["--patient", "MRN-1"]
    assert one(path, "--format", "csv", *more)[0] == 0
    status, file = one(put(tmp_path, table([TWO[1]])), "--format", "semaphore", *more)
    assert (status, file["format"], file["issues"][0]["code"]) == (2, "", "unknown_format")


def test_a_dry_run_needs_no_patient_and_writes_nothing(worker: None, patient: Patient, tmp_path: Path) -> None:
    status, file = one(put(tmp_path, table([*TWO, TWO[1]])), "--dry-run")
    assert (status, [file[name] for name in COUNTS]) == (0, [3, 2, 1, 0, 0, 0])
    assert set(file) >= FILE_KEYS
    assert "upload" not in file
    assert not Upload.objects.exists()


@pytest.mark.parametrize(("content", "status"), [(table(), 0), (table([("", "Hb", "1", "g/L")]), 1), (b"", 2)])
def test_a_dry_run_ends_as_taking_in_would(patient: Patient, tmp_path: Path, content: bytes, status: int) -> None:
    path = put(tmp_path, content)
    assert one(path, "--patient", "MRN-1", "--dry-run")[0] == status
    assert one(path, "--patient", "MRN-1")[0] == status


def test_for_a_person_it_prints_a_line_a_file_and_an_issue(patient: Patient, tmp_path: Path) -> None:
    path = put(tmp_path, table([TWO[0], ("2026-03-05", "Unheard of", "1", "g/L")]))
    status, printed = run(path, tmp_path / "missing.csv", "--patient", "MRN-1")
    lines = printed.splitlines()
    assert (status, lines[0]) == (2, f"{path}: csv, 2 rows: 1 accepted, 0 duplicates, 1 held, 0 rejected, 0 skipped")
    assert lines[1].startswith("  warning unknown_name at 3 Result: ")
    assert "missing.csv: not read, 0 rows" in lines[2]
    assert lines[3].startswith("  error no_file: This file cannot be opened")
    assert "Anna" not in printed


def test_a_line_that_could_not_be_read_is_not_well(patient: Patient, tmp_path: Path) -> None:
    status, file = one(put(tmp_path, table() + b'2026-03-09,"Hemo"globin,12,g/dL\n'), "--patient", "MRN-1")
    assert (status, file["accepted"]) == (1, 2)


@pytest.mark.parametrize(
    ("differs", "status"),
    [
        ({}, 0),
        ({"state": "done", "accepted": 3, "duplicates": 2, "skipped": 1}, 0),
        ({"issues": [{"severity": "warning"}, {"severity": "information"}]}, 0),
        ({"issues": [{"severity": "error"}]}, 1),
        ({"state": "held", "held": 1}, 1),
        ({"rejected": 1}, 1),
        ({"state": "failed", "held": 1}, 2),
    ],
)
def test_how_a_file_ends_decides_the_exit_status(differs: dict[str, Any], status: int) -> None:
    assert command.status_of({"held": 0, "rejected": 0, "issues": [], **differs}) == status


def test_a_failed_reading_is_told_and_tried_later(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("patients.recording.record", broken)
    status, file = one(put(tmp_path, table()), "--patient", "MRN-1")
    assert (status, file["issues"][0]["code"]) == (2, "not_finished")
    assert Upload.objects.get().state == "received"


def test_a_file_that_another_process_reads_is_waited_for(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from patients import claiming_uploads, intake, uploading

    given: dict[str, Any] = {
        "name": "a.csv",
        "patient_id": patient.pk,
        "by": None,
        "at": factories.LONG_AGO,
        "wake": False,
    }
    uploading.receive(content=table(), **given)
    other = claiming_uploads.claim()
    assert other is not None
    monkeypatch.setattr("patients.management.commands.intake.time.sleep", lambda _: intake._attempt(other))
    assert one(put(tmp_path, table()), "--patient", "MRN-1")[1]["accepted"] == 2


def test_waiting_for_another_process_ends(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from patients import claiming_uploads, uploading

    uploading.receive(content=table(), name="a.csv", patient_id=patient.pk, by=None, at=factories.LONG_AGO, wake=False)
    claiming_uploads.claim()
    monkeypatch.setattr(command, "WAIT_SECONDS", 0.3)
    assert one(put(tmp_path, table()), "--patient", "MRN-1")[1]["issues"][0]["code"] == "not_finished"
