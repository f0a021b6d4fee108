"""Headings: roles in four languages, analytes with the unit in the heading, and the language they are in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analyte_names import by_name
from patients.analytes import catalogue, lines
from patients.parsers.headings import (
    HEADING_LENGTH,
    NamedColumn,
    analyte_column,
    language_of,
    names_other_test,
    role_of,
    roles_of,
)

LISTED = lines("headings.csv")
SDTM = {
    "STUDYID": "ignored", "DOMAIN": "ignored", "USUBJID": "patient", "LBSEQ": "ignored", "LBTESTCD": "code", "LBTEST": "name",
    "LBCAT": "category", "LBORRES": "value", "LBORRESU": "unit", "LBORNRLO": "reference_low", "LBORNRHI": "reference_high",
    "LBSTRESC": "standard_value", "LBSTRESN": "standard_value", "LBSTRESU": "standard_unit", "LBNRIND": "interpretation",
    "LBDTC": "effective_at", "LBDY": "ignored", "VISIT": "ignored", "LBSPEC": "specimen", "LBLOINC": "code",
}  # fmt: skip
"""CDISC SDTM Implementation Guide 3.4, domain LB."""
SYNTHEA = {
    "DATE": "effective_at", "PATIENT": "patient", "ENCOUNTER": "ignored", "CATEGORY": "category", "CODE": "code",
    "DESCRIPTION": "name", "VALUE": "value", "UNITS": "unit", "TYPE": "ignored",
}  # fmt: skip
"""Columns of Synthea's observations.csv."""
OURS = {
    "patient": "patient", "code": "code", "value": "value", "unit": "unit", "effective_at": "effective_at",
    "recorded_at": "issued_at", "status": "status", "comparator": "comparator", "specimen": "specimen",
    "performer": "performer", "retracted_at": "retracted_at",
}  # fmt: skip
"""Columns of results.csv of the cohort interchange."""


@pytest.mark.parametrize("columns", [SDTM, SYNTHEA, OURS], ids=["SDTM", "Synthea", "ours"])
def test_columns_of_known_exports_have_their_roles(columns: dict[str, str]) -> None:
    assert {heading: role_of(heading) for heading in columns} == columns


def test_every_listed_heading_has_a_role_listed_for_it() -> None:
    roles: dict[str, set[str]] = {}
    for line in LISTED:
        roles.setdefault(role_of(line["heading"]), set()).add(line["role"])
    assert {role for role, listed in roles.items() if role not in listed} == set()
    assert [line["heading"] for line in LISTED if role_of(f"  {line['heading'].upper()}: ") == ""] == []


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Datum", "effective_at"),
        ("Entnahmedatum", "effective_at"),
        ("Date de prélèvement", "effective_at"),
        ("DATE DE PRELEVEMENT", "effective_at"),
        ("Дата", "effective_at"),
        ("Collected", "effective_at"),
        ("Date/Time", "effective_at"),
        ("Befunddatum", "issued_at"),
        ("Ergebnis", "value"),
        ("Résultat", "value"),
        ("Результат", "value"),
        ("Einheit", "unit"),
        ("Ед. изм.", "unit"),
        ("Referenzbereich", "reference"),
        ("Valeurs de référence", "reference"),
        ("Норма", "reference"),
        ("Ref. Range", "reference"),
        ("Parameter", "name"),
        ("Analyse", "name"),
        ("Показатель", "name"),
        ("MRN", "patient"),
        ("Patienten-ID", "patient"),
        ("Geburtsdatum", "birth_date"),
        ("DOB", "birth_date"),
        ("Nachname", "person"),
        ("ФИО", "person"),
        ("Bewertung", "interpretation"),
        ("LOINC", "code"),
        ("Uhrzeit", "time"),
        ("Frobnication", ""),
        ("", ""),
        ("Datum" + " " * HEADING_LENGTH, ""),
    ],
)
def test_roles_of_headings(heading: str, role: str) -> None:
    assert role_of(heading) == role


def test_of_two_headings_with_one_role_the_first_is_meant() -> None:
    assert roles_of(["Date", "Test", "Result", "Date", "?"]) == {"effective_at": 0, "name": 1, "value": 2}


def test_no_heading_of_a_table_is_the_name_of_an_analyte() -> None:
    assert [line["heading"] for line in LISTED if by_name(line["heading"])] == []


@pytest.mark.parametrize(
    ("cells", "language"),
    [
        (["Datum", "Parameter", "Ergebnis", "Einheit"], "de"),
        (["Date de prélèvement", "Analyse", "Résultat", "Unité"], "fr"),
        (["Дата", "Показатель", "Результат"], "ru"),
        (["Collected", "Component", "Value", "Units"], "en"),
        (["Patient ID", "Sampling date", "LOINC", "Value"], "en"),
        (["Date", "Hämoglobin", "Thrombozyten"], "de"),
        (["Hb", "?"], ""),
        (["Hb", "MCV", "CRP"], ""),
        (["Ergebnis", "Unité"], ""),
        (["Ergebnis", "Resultat"], "de"),
        ([], ""),
    ],
)
def test_the_language_of_headings_and_names(cells: list[str], language: str) -> None:
    assert language_of(cells) == language


@pytest.mark.parametrize(
    ("heading", "name", "unit"),
    [
        ("Hemoglobin", "Hemoglobin", ""),
        ("Hemoglobin (g/dL)", "Hemoglobin", "g/dL"),
        ("Hemoglobin [g/dL]", "Hemoglobin", "g/dL"),
        ("Hb g/dl", "Hb", "g/dl"),
        ("Hb, g/l", "Hb", "g/l"),
        ("Hb; g/l", "Hb", "g/l"),
        ("Hb: g/l", "Hb", "g/l"),
        ("Ferritin, µg/l", "Ferritin", "µg/l"),
        ("Leukozyten in /nl", "Leukozyten", "/nl"),
        ("Hämatokrit (%)", "Hämatokrit", "%"),
        ("Fer (µmol/L)", "Fer", "µmol/L"),
        ("Гемоглобин, г/л", "Гемоглобин", "г/л"),
        ("Эритроциты (10^12/л)", "Эритроциты", "10^12/л"),
        ("DLCO (mL/min/mm[Hg])", "DLCO", "mL/min/mm[Hg]"),
        ("Erythrocytes (10*12/L)", "Erythrocytes", "10*12/L"),
        ("hgb_g_dL", "hgb", "g/dL"),
        ("wbc_e9_L", "wbc", "e9/L"),
        ("plt_k_uL", "plt", "k/uL"),
        ("hct_pct", "hct", "pct"),
        ("weight_kg", "weight", "kg"),
        ("Serum Iron", "Serum Iron", ""),
        ("718-7", "718-7", ""),
        (" HGB ", "HGB", ""),
        ("hgb (adults)", "hgb (adults)", ""),
        ("Hemoglobin (mmHg)", "Hemoglobin (mmHg)", ""),  # a unit that cannot be meant is not taken for one
    ],
)
def test_headings_that_name_an_analyte(heading: str, name: str, unit: str) -> None:
    assert analyte_column(heading) == NamedColumn(name, unit)


@pytest.mark.parametrize(
    "heading", ["", "  ", "Datum", "Comment", "Sodium (mmol/L)", "2951-2", "g/dL", "(g/dL)", "x" * 300, "12.01.2023"]
)
def test_headings_that_name_none(heading: str) -> None:
    assert analyte_column(heading) is None


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_analyte_is_a_heading_with_its_unit(code: str) -> None:
    one = catalogue()[code]
    assert analyte_column(code) == NamedColumn(code, "")
    if one.unit not in {"", "1"}:
        assert analyte_column(f"{one.name} ({one.unit})") == NamedColumn(one.name, one.unit)


@pytest.mark.parametrize(
    ("heading", "other"),
    [("Sodium", True), ("Natrium (mmol/l)", True), ("Na, mmol/L", True), ("Hemoglobin A1c (%)", True), ("Hemoglobin", False),
     ("Comment", False), ("", False)],
)  # fmt: skip
def test_tests_that_are_known_and_not_followed(heading: str, other: bool) -> None:
    assert names_other_test(heading) is other


@given(st.text(max_size=HEADING_LENGTH + 20))
def test_any_heading_is_judged_and_never_raises(heading: str) -> None:
    role_of(heading)
    names_other_test(heading)
    column = analyte_column(heading)
    assert column is None or column.name
    language_of([heading])
