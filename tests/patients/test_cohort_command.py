"""manage.py cohort: who follows the patients, what is printed, and how it exits."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

import manage
from patients.models import CareTeam, Patient
from tests.patients.cohort_folders import SMALL, changed, folder, texts

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return exit status and what it printed."""
    out = io.StringIO()
    try:
        call_command("cohort", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def document(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command with --json; return exit status and the document."""
    out = io.StringIO()
    status = 0
    try:
        call_command("cohort", *arguments, "--json", stdout=out)
    except SystemExit as ended:
        status = int(str(ended.code))
    except CommandError as error:
        status = error.returncode
    return status, json.loads(out.getvalue())


def test_an_import_says_how_every_file_ended(tmp_path: Path) -> None:
    status, printed = run("import", str(folder(tmp_path)))
    assert status == 0
    assert printed.splitlines() == [
        "patients.csv: 2 rows: 2 accepted, 0 duplicates, 0 held, 0 rejected, 0 skipped",
        "results.csv: 5 rows: 5 accepted, 0 duplicates, 0 held, 0 rejected, 0 skipped",
        "events.csv: 2 rows: 2 accepted, 0 duplicates, 0 held, 0 rejected, 0 skipped",
        "treatments.csv: 2 rows: 2 accepted, 0 duplicates, 0 held, 0 rejected, 0 skipped",
        "patients: 2 created, 0 updated, 0 unchanged, 0 refused",
    ]


def test_a_service_without_a_team_gets_one(tmp_path: Path) -> None:
    run("import", str(folder(tmp_path)))
    assert [team.name for team in CareTeam.objects.all()] == ["Cohort"]
    assert run("import", str(folder(tmp_path)))[0] == 0
    assert Patient.objects.count() == 2


def test_the_only_team_follows_the_patients(tmp_path: Path) -> None:
    team = CareTeam.objects.create(name="north")
    run("import", str(folder(tmp_path)))
    assert {patient.team for patient in Patient.objects.all()} == {team}


def test_of_several_teams_one_must_be_named(tmp_path: Path) -> None:
    CareTeam.objects.create(name="north")
    south = CareTeam.objects.create(name="south")
    status, said = run("import", str(folder(tmp_path)))
    assert (status, Patient.objects.count()) == (2, 0)
    assert "--team" in said
    assert run("import", str(folder(tmp_path)), "--team", "south")[0] == 0
    assert {patient.team for patient in Patient.objects.all()} == {south}


def test_a_team_is_named_by_name_or_number(tmp_path: Path) -> None:
    team = CareTeam.objects.create(name="north")
    assert run("import", str(folder(tmp_path)), "--team", str(team.pk))[0] == 0
    for unknown in ("west", "0", "9" * 40):
        assert run("import", str(folder(tmp_path)), "--team", unknown) == (2, f"There is no team {unknown}.")


def test_something_left_out_is_status_one_and_an_issue(tmp_path: Path) -> None:
    status, found = document("import", str(folder(tmp_path, changed("C-2,FVC,3.1,L", "C-2,FVC,much,L"))))
    assert status == 1
    assert found["ok"] is False
    (issue,) = found["issues"]
    assert issue.pop("message")
    assert issue == {
        "file": "results.csv",
        "row": "6",
        "column": "value",
        "code": "invalid_number",
        "severity": "error",
        "original": "C-2,FVC,much,L,2026-03-02,2026-03-02T18:00:00+00:00,final,,,",
    }


def test_an_issue_is_printed_with_its_place(tmp_path: Path) -> None:
    _, printed = run("import", str(folder(tmp_path, changed("C-2,FVC,3.1,L", "C-2,FVC,much,L"))))
    assert printed.startswith("results.csv, line 6, value: error: A number is needed")


def test_the_five_counts_sum_to_the_rows(tmp_path: Path) -> None:
    files = changed("C-2,FVC,3.1,L", "C-2,FVC,much,L")
    files["results.csv"] += (
        "C-9,HGB,120,g/L,2026-01-12,,final,,,\r\n" + "C-1,HGB,12.8,g/dL,2026-01-12,,final,,,City laboratory\r\n"
    )
    _, found = document("import", str(folder(tmp_path, files)))
    for one in found["files"]:
        parts = ("accepted", "duplicates", "held", "rejected", "skipped")
        assert sum(one[name] for name in parts) == one["rows"], one
    assert next(one for one in found["files"] if one["file"] == "results.csv")["rows"] == 7


def test_a_folder_that_is_none_is_status_two(tmp_path: Path) -> None:
    status, said = run("import", str(tmp_path / "nowhere"))
    assert status == 2
    assert said.endswith("nowhere is no cohort: it has no patients.csv.")


def test_an_unreadable_file_is_status_two_and_still_a_document(tmp_path: Path) -> None:
    status, found = document("import", str(folder(tmp_path, {**SMALL, "results.csv": "patient,code\r\n"})))
    assert (status, found["ok"]) == (2, False)
    assert [(one["file"], one["row"], one["code"]) for one in found["issues"]] == [
        ("results.csv", "1", "missing_column")
    ]
    assert not Patient.objects.exists()


def test_a_missing_folder_is_a_document_too(tmp_path: Path) -> None:
    assert document("import", str(tmp_path / "nowhere")) == (
        2,
        {
            "patients": {"created": 0, "updated": 0, "unchanged": 0, "refused": 0},
            "files": [
                {"file": name, "rows": 0, "accepted": 0, "duplicates": 0, "held": 0, "rejected": 0, "skipped": 0}
                for name in SMALL
            ],
            "issues": [],
            "ok": False,
        },
    )


def test_an_export_writes_what_an_import_took_in(tmp_path: Path) -> None:
    run("import", str(folder(tmp_path / "in")))
    status, found = document("export", str(tmp_path / "out"))
    assert (status, found["ok"]) == (0, True)
    assert found["files"][1] == {"file": "results.csv", "rows": 5}
    assert texts(tmp_path / "out")["events.csv"] == SMALL["events.csv"]


def test_an_export_says_how_many_rows_it_wrote(tmp_path: Path) -> None:
    run("import", str(folder(tmp_path / "in")))
    status, printed = run("export", str(tmp_path / "out"))
    assert status == 0
    assert "2 rows in patients.csv, 5 rows in results.csv, 2 rows in events.csv, 2 rows in treatments.csv" in printed


def test_an_export_of_a_team_that_is_not_there_is_status_two(tmp_path: Path) -> None:
    assert run("export", str(tmp_path), "--team", "west") == (2, "There is no team west.")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    status, said = run("export", str(tmp_path / "file"))
    assert status == 2
    assert said.endswith("file cannot be written: File exists.")


@pytest.mark.parametrize(("direction", "role"), [("import", "worker"), ("export", "operator")])
def test_only_an_export_reads_past_row_level_security(direction: str, role: str) -> None:
    assert manage.role_of(["cohort", direction, "somewhere"]) == role


def test_another_direction_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("cohort", "sideways", "somewhere")
