"""The three layouts of tables, what stands before them, and the row of units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.parsers.headings import NamedColumn
from patients.parsers.layout import COLUMNS, HEADING_WITHIN, Kind, Layout, find_layout, is_blank_row


def table(text: str) -> list[tuple[str, list[str]]]:
    """Return rows of cells divided by `|`, numbered from 1."""
    return [(str(number), line.split("|")) for number, line in enumerate(text.splitlines(), start=1)]


def layout(text: str) -> Layout:
    """Return the layout of a table that has one."""
    found = find_layout(table(text))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "Date|Test|Result|Unit\n2023-01-09|Hb|13.3|g/dL",
        "Datum|Parameter|Ergebnis|Einheit|Referenzbereich\n09.01.2023|Hämoglobin|13,3|g/dl|11,5-15,0",
        "Дата|Показатель|Результат|Ед. изм.\n09.01.2023|Гемоглобин|134|г/л",
        "USUBJID|LBTESTCD|LBORRES|LBORRESU|LBDTC\n01-701|HGB|14.3|g/dL|2013-12-26T14:45",
        "LBTESTCD|LBSTRESN|LBSTRESU|LBDTC\nHGB|8.87|mmol/L|2013-12-26",
        "DATE|PATIENT|CODE|DESCRIPTION|VALUE|UNITS\n2021-08-23|x|718-7|Hemoglobin|17.2|g/dL",
        "Parameter|Value|Reference_Range|Unit\nHemoglobin|14.2|13.5-17.5|g/dL",
    ],
)
def test_one_result_a_line(text: str) -> None:
    found = layout(text)
    assert (found.kind, found.place) == (Kind.LONG, "1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Date|Hemoglobin (g/dL)|Ferritin\n2023-01-09|13.3|30", ["Hemoglobin", "Ferritin"]),
        ("mrn|wbc_e9_L|hgb_g_dL|plt_k_uL\n1|18.2|8.7|188", ["wbc", "hgb", "plt"]),
        ("Hb|Fe\n98|9", ["Hb", "Fe"]),
        ("Datum|Hb\n09.01.2023|98", ["Hb"]),
        ("patient|HGB\nP1|98", ["HGB"]),
        ("718-7|2276-4\n98|9", ["718-7", "2276-4"]),
        ("Date|Sodium|Hb|Comment|Weather\n2023-01-09|140|98|x|rain", ["Sodium", "Hb"]),
    ],
)
def test_one_date_a_line(text: str, names: list[str]) -> None:
    found = layout(text)
    assert found.kind is Kind.WIDE
    assert [column.name for _, column in found.analytes] == names


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("Parameter|09.01.23|23.01.23\nHb (g/dL)|13,8|13,1", (1, 2)),
        ("|2023-01-09|2023-01-23\nHb|13.8|13.1", (1, 2)),
        ("Test|Unit|2023-01-09\nHb|g/dL|13.8", (2,)),
        ("Datum|09.01.2023|23.01.2023\nHb|13,8|13,1", (1, 2)),
        ("Показатель|09.01.2023|Норма|23.01.2023\nГемоглобин|134|115-150|131", (1, 3)),
        ("Analyse|9 janv. 2023|23 janv. 2023\nHémoglobine|13,8|13,1", (1, 2)),
    ],
)
def test_one_date_a_column(text: str, dates: tuple[int, ...]) -> None:
    found = layout(text)
    assert (found.kind, found.dates) == (Kind.TRANSPOSED, dates)
    assert found.label_column() == 0


def test_a_date_over_the_names_of_a_transposed_table_is_no_date_of_a_result() -> None:
    assert layout("Datum|09.01.2023|23.01.2023\nHb|13,8|13,1").roles == {}


def test_a_preamble_with_two_dates_is_no_transposed_table() -> None:
    found = layout("Datum|09.01.2023|Geburtsdatum|17.04.2015\nParameter|Ergebnis|Einheit\nHb|13,3|g/dl")
    assert (found.kind, found.place) == (Kind.LONG, "2")
    assert found.preamble["birth_date"] == "17.04.2015"


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "only prose here", "a|b|c\n1|2|3", "13.3|9.1\n12|8", "Date|Comment\n2023-01-09|x", "Result|Unit\n5|g/L",
     "Hemoglobin\n98", "|".join(["Hb"] * (COLUMNS + 1))],
)  # fmt: skip
def test_no_row_that_says_what_is_where_is_no_layout(text: str) -> None:
    assert find_layout(table(text)) is None


def test_headings_are_looked_for_only_near_the_top() -> None:
    heading = "Date|Test|Result\n2023-01-09|Hb|98"
    assert find_layout(table("note\n\n" * (HEADING_WITHIN - 1) + heading)) is not None
    assert find_layout(table("note\n\n" * HEADING_WITHIN + heading)) is None


def test_a_preamble_says_whose_the_file_is() -> None:
    found = layout(
        "Example Regional Laboratory\nPatient:|Doe, Jane|DOB:|2015-04-17\nMRN:|IPH-1006\nSex: female\n"
        "Collection date: 2023-01-09\nSpecimen: Serum\n\nTest|Result|Units\nHb|98|g/L"
    )
    assert found.place == "8"
    assert found.preamble == {
        "patient": "IPH-1006",
        "person": "Doe, Jane",
        "birth_date": "2015-04-17",
        "sex": "female",
        "effective_at": "2023-01-09",
        "specimen": "Serum",
    }


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("Patient:|Doe, Jane", "Doe, Jane"),
        ("Patient: Jane Doe", "Jane Doe"),
        ("Patient|Jane", "Jane"),
        ("Name des Patienten: Jane Doe", "Jane Doe"),
        ("Name:|Jane Doe|Labor:|", "Jane Doe"),
        ("Nachname:|Doe|Vorname:|Jane", "Doe Jane"),
        ("Surname: Doe\nFirst name: Jane", "Doe Jane"),
        ("ФИО: Доу Джейн", "Доу Джейн"),
        ("Nom : Doe\nPrénom : Jane", "Doe Jane"),
    ],
)
def test_a_name_is_no_identifier_but_a_persons_in_all_its_parts(lines: str, name: str) -> None:
    assert layout(f"{lines}\nTest|Result\nHb|98").preamble.get("person") == name
    assert "patient" not in layout(f"{lines}\nTest|Result\nHb|98").preamble


def test_a_label_with_nothing_behind_it_names_nobody() -> None:
    assert layout("Patient:\nName:|\nTest|Result\nHb|98").preamble == {}


def test_the_first_mention_in_a_preamble_counts() -> None:
    assert layout("MRN: 1001\nMRN: 1002\nTest|Result\nHb|98").preamble == {"patient": "1001"}


@pytest.mark.parametrize(
    ("units", "has"),
    [("|g/dL|µg/l", True), ("|(g/dL)|[µg/l]", True), ("|g/dL|", True), ("|13.3|30", False), ("||", False), ("|1|1", False),
     ("|g/dL", False), ("|yes|no", False)],
)  # fmt: skip
def test_a_row_of_units_below_the_headings(units: str, has: bool) -> None:
    found = layout(f"Date|Hb|Ferritin\n{units}\n2023-01-09|13.3|30")
    assert found.has_unit_row is has
    if has:
        assert found.analytes[0] == (1, NamedColumn("Hb", "g/dL"))


def test_a_unit_in_the_heading_goes_before_the_row_of_units() -> None:
    found = layout("Date|Hb (g/L)|Ferritin\n|g/dL|µg/l\n2023-01-09|133|30")
    assert [column.unit for _, column in found.analytes] == ["g/L", "µg/l"]


def test_columns_that_are_not_known_are_named_and_remarks_and_persons_are_not() -> None:
    found = layout("Patient ID|Nachname|Date|Hb|Comment|Weather|\nP1|Doe|2023-01-09|98|x|rain|")
    assert [found.headings[index] for index in found.unknown] == ["Weather"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Datum|Parameter|Ergebnis\n09.01.2023|Hämoglobin|13,3", "de"),
        ("Date|Code|Value\n09/01/2023|Hémoglobine|13,3\n09/01/2023|Plaquettes|270", "fr"),
        ("Date|Test|Value\n2023-01-09|Platelets|270", "en"),
        ("Parameter|09.01.23|23.01.23\nThrombozyten|1|2\nErythrozyten|1|2", "de"),
        ("Date|Code|Value\n2023-01-09|HGB|98", "en"),
    ],
)
def test_the_language_is_told_by_headings_and_names(text: str, language: str) -> None:
    assert layout(text).language == language


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_any_table_is_judged_and_never_raises(rows: list[list[str]]) -> None:
    numbered = [(str(number), cells) for number, cells in enumerate(rows)]
    found = find_layout(numbered)
    assert found is None or found.place in {place for place, _ in numbered}


@given(st.lists(st.sampled_from(["", " ", "\t", "\u00a0"]), max_size=5))
def test_a_row_of_spaces_is_blank(cells: list[str]) -> None:
    assert is_blank_row(cells)
    assert not is_blank_row([*cells, "0"])
