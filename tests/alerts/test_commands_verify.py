"""manage.py verify: the bundle or files, one document, three exit statuses; nothing is printed of what could not be computed."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from alerts.management.commands.verify import Command
from alerts.reference_cases import BUNDLED, NEEDED
from manage import role_of
from tests.alerts.commands import document, run
from tests.documents import text

CASE = {"id": "mine-1", "dose_mg": 400, "every_days": 2, "total_mg": 8000, "doses": 20, "last_dose_day": 38}
ROWS = BUNDLED[1].read_text(encoding="utf-8").splitlines()


def file(folder: Path, *cases: dict[str, Any], section: str = "cyclophosphamide", name: str = "mine.json") -> str:
    """Write a file of one section and return its name."""
    path = folder / name
    path.write_text(json.dumps({"sections": {section: {"tolerance": 0, "cases": list(cases)}}}))
    return str(path)


def test_all_that_comes_with_the_code_agrees() -> None:
    status, found = document("verify")
    assert (status, found["ok"]) == (0, True)
    assert len(found["sections"]) == 25
    assert sum(one["cases"] for one in found["sections"]) == sum(one["agreed"] for one in found["sections"]) == 563
    assert all(one["largest_difference"] <= one["tolerance"] for one in found["sections"])
    assert {tuple(one) for one in found["sections"]} == {("name", "cases", "agreed", "largest_difference", "tolerance")}


def test_a_person_reads_a_table_and_the_sum() -> None:
    status, said = run("verify")
    told = said.splitlines()
    assert (status, told[-1]) == (0, "563 of 563 cases in 25 sections agree")
    assert len(told) == 27
    assert told[1].split()[:3] == ["rcv", "14", "14"]


def test_the_page_of_the_documents_is_printed() -> None:
    assert run("verify", "--markdown") == (0, text("docs/verification.md"))


def test_a_file_of_one_s_own_is_computed_alone(tmp_path: Path) -> None:
    assert document("verify", file(tmp_path, CASE)) == (
        0,
        {
            "sections": [
                {"name": "cyclophosphamide", "cases": 1, "agreed": 1, "largest_difference": 0.0, "tolerance": 0.0}
            ],
            "ok": True,
        },
    )


def test_several_files_of_both_forms_come_one_after_the_other(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("\n".join(ROWS[:3]) + "\n")
    status, found = document("verify", file(tmp_path, CASE), str(rows))
    assert (status, [one["name"] for one in found["sections"]]) == (0, ["cyclophosphamide", "gli"])
    assert found["sections"][1]["cases"] == 2


def test_a_difference_is_1_and_named(tmp_path: Path) -> None:
    name = file(tmp_path, CASE, {**CASE, "id": "mine-2", "last_dose_day": 40})
    status, said = run("verify", name)
    assert status == 1
    assert "  mine-2: last_dose_day is 38, expected 40\n1 of 2 cases in 1 sections agree\n" in said
    status, found = document("verify", name)
    assert (status, found["ok"], found["sections"][0]["agreed"]) == (1, False, 1)
    assert found["sections"][0]["largest_difference"] == pytest.approx(2 / 40)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "neither JSON nor a table"),
        ("{", "this is no JSON"),
        ('{"sections": {"cyclophosphamide": {"tolerance": 0, "cases": [{"id": "a", "dose_mg": NaN}]}}}', "NaN is not"),
        ('{"sections": {"nonsense": {"tolerance": 0, "cases": [{"id": "a"}]}}}', "There is no section nonsense"),
        ('{"sections": {"cyclophosphamide": {"tolerance": 0, "cases": [{"id": "a"}]}}}', "a: total_mg is missing."),
        ("\n".join([ROWS[0], ROWS[1].replace("3.5,99.5", "nan,99.5")]), "G001: age_years is not a finite number."),
        ("\n".join([ROWS[0], ROWS[1].replace("3.5,99.5", "1.5,99.5")]), "is for ages of 3 to 95 years."),
    ],
)
def test_what_cannot_be_computed_is_2_with_its_reason(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "mine"
    path.write_text(content)
    status, said = run("verify", str(path))
    assert status == 2
    assert reason in said


def test_a_bad_case_behind_good_ones_prints_nothing_of_them(tmp_path: Path) -> None:
    status, said = run("verify", file(tmp_path, CASE, {**CASE, "id": "mine-2", "dose_mg": None}), "--json")
    assert (status, said) == (2, "mine-2: dose_mg is missing.")


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_2(tmp_path: Path, name: str) -> None:
    status, said = run("verify", str(tmp_path / name))
    assert status == 2
    assert " cannot be read: " in said


def test_it_needs_no_database() -> None:
    """No fixture of this test opens one: asking would fail."""
    assert run("verify", "--json")[0] == 0


def test_it_needs_no_more_than_the_worker_s_log_in() -> None:
    assert role_of(["verify"]) == "worker"
    assert not Command.requires_system_checks


def test_a_program_and_a_page_are_not_asked_for_at_once() -> None:
    status, said = run("verify", "--json", "--markdown")
    assert status == 1
    assert "argument --markdown: not allowed with argument --json" in said


def test_a_table_with_windows_lines_and_only_the_needed_columns_is_read(tmp_path: Path) -> None:
    head, first = (row.split(",") for row in ROWS[:2])
    kept = [head.index(column) for column in (*NEEDED, "z")]
    path = tmp_path / "mine.csv"
    path.write_text("\r\n".join(",".join(cells[place] for place in kept) for cells in (head, first)), newline="")
    status, found = document("verify", str(path))
    assert (status, found["sections"][0]["cases"], found["sections"][0]["tolerance"]) == (0, 1, 0.001)


def test_numbers_of_another_program_that_does_not_interpolate_are_found_out(tmp_path: Path) -> None:
    """What a table read by the floor of the age says is up to 0.032 z off in children (clinical specification, B8)."""
    rows = list(csv.DictReader(ROWS))
    off = [{**row, "z": row["floor_table_z"], "floor_table_z": ""} for row in rows if row["floor_table_z"]]
    path = tmp_path / "floor.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, off[0])
        writer.writeheader()
        writer.writerows(off)
    status, found = document("verify", str(path))
    (one,) = found["sections"]
    assert status == 1
    assert 0 < one["agreed"] < one["cases"] == len(off)
    assert 0.02 < one["largest_difference"] <= 0.032
