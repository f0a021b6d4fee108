"""The patient's name in a table: of columns, of the preamble, and what only looks like one."""

import pytest

from patients.parsers.headings import role_of
from patients.parsers.messages import item_line, read_line
from patients.parsers.raw import RawResult
from patients.parsers.tables import read_table
from patients.readings import Issue


def read(text: str) -> list[RawResult]:
    """Return the results of a table of cells divided by `|`."""
    rows = [(str(number), line.split("|")) for number, line in enumerate(text.splitlines(), start=1)]
    return [item for item in read_table(rows) if isinstance(item, RawResult)]


def persons(text: str) -> list[str]:
    """Return the name that each result of a table has."""
    return [raw.person for raw in read(text)]


@pytest.mark.parametrize(
    "heading",
    [
        "name", "NAME", "patient_name", "Patient Name", "PatientName", "Name des Patienten", "Patientenname", "surname",
        "Last_Name", "Family name", "Full name", "Nachname", "Familienname", "Name, Vorname", "Nom", "Nom de famille",
        "nom du patient", "ФИО", "Фамилия", "Имя",
    ],
)  # fmt: skip
def test_a_heading_says_where_the_name_stands(heading: str) -> None:
    assert role_of(heading) == "person"
    assert persons(f"{heading}|Date|Test|Result|Unit\nJane Doe|2023-01-09|Hb|98|g/L") == ["Jane Doe"]
    assert persons(f"{heading}|Date|Hb\n Jane Doe |2023-01-09|98") == ["Jane Doe"]


@pytest.mark.parametrize("heading", ["Test name", "Parameter", "Наименование", "Nom de l'analyse"])
def test_the_name_of_a_test_is_nobodys(heading: str) -> None:
    assert persons(f"Date|{heading}|Result|Unit\n2023-01-09|Hb|98|g/L") == [""]


def test_parts_of_a_name_come_together_in_the_files_order() -> None:
    text = (
        "Surname|Date|First name|Test|Result\nDoe|2023-01-09|Jane|Hb|98\nSommer|2023-01-10||Hb|99\n|2023-01-11||Hb|97"
    )
    assert persons(text) == ["Doe Jane", "Sommer", ""]


def test_each_row_has_a_name_of_its_own() -> None:
    assert persons("Name|Test|Result\nJane Doe|Hb|98\nAnna Sommer|Hb|99") == ["Jane Doe", "Anna Sommer"]


def test_the_preamble_names_everybody_whom_no_row_names() -> None:
    preamble = "Example Laboratory\nPatient: Doe, Jane\n\n"
    assert persons(preamble + "Date|Test|Result\n2023-01-09|Hb|98\n2023-01-10|Hb|99") == ["Doe, Jane"] * 2
    assert persons(preamble + "Name|Test|Result\nAnna Sommer|Hb|98\n|Hb|99") == ["Anna Sommer", "Doe, Jane"]
    assert persons(preamble + "Test|09.01.2023|10.01.2023\nHb|98|99") == ["Doe, Jane"] * 2


def test_a_name_beside_codes_may_be_the_tests() -> None:
    tests = "Code|Name|Value|Unit\n718-7|Hemoglobin|98|g/L\n2276-4|Serum what|30|ug/L"
    assert persons(tests) == ["", ""]
    people = "Code|Name|Value|Unit\n718-7|Jane Doe|98|g/L\n2276-4|Jane Doe|30|ug/L"
    assert persons(people) == ["Jane Doe"] * 2


def test_a_short_row_has_no_name_and_stays_a_row() -> None:
    assert persons("Date|Test|Result|Name\n2023-01-09|Hb|98|Jane Doe\n2023-01-10|Hb|99") == ["Jane Doe", ""]


def test_a_column_of_names_is_not_told_as_unknown_and_the_original_stays() -> None:
    rows = [("1", ["Name", "Date", "Hb"]), ("2", ["Jane Doe", "2023-01-09", "98"])]
    (found,) = read_table(rows)
    assert not isinstance(found, Issue)
    assert (found.original, found.patient) == ("Jane Doe;2023-01-09;98", "")


def test_the_name_passes_from_the_child_to_its_parent() -> None:
    raw = RawResult(row="2", person="Jane Doe")
    assert b'"person":"Jane Doe"' in item_line(raw)
    assert read_line(item_line(raw)) == raw
    assert b"person" not in item_line(RawResult(row="2"))
