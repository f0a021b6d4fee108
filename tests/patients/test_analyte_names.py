"""Which analyte a laboratory means: names in four languages, LOINCs with their check digit, and doubles told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analyte_names import (
    NAME_LENGTH,
    NameState,
    by_loinc,
    by_name,
    find_analyte,
    folded_name,
    is_loinc,
    names_of_language,
)
from patients.analytes import Analyte, catalogue, lines

NAMES = [line for line in lines("names.csv") if line["language"] != "loinc"]
DOUBLES = {"ht", "fer"}
"""Abbreviations that two analytes share: hematocrit and height, iron in French and ferritin."""


def codes(analytes: tuple[Analyte, ...]) -> list[str]:
    """Return the codes of analytes."""
    return [one.code for one in analytes]


@pytest.mark.parametrize("one", catalogue().values(), ids=lambda one: one.code)
def test_every_analyte_is_found_by_code_and_by_name(one: Analyte) -> None:
    assert by_name(one.code) == (one,)
    assert by_name(one.name) == (one,)
    assert by_name(one.code.lower()) == (one,)
    found = find_analyte(one.code, one.name, one.unit)
    assert (found.state, found.analytes) == (NameState.FOUND, (one,))
    if one.loinc:
        assert find_analyte(one.loinc, "").analytes == (one,)


def test_every_listed_name_leads_to_its_analyte_and_only_there() -> None:
    found = {line["name"]: (line["code"], codes(by_name(line["name"]))) for line in NAMES}
    wrong = {name: pair for name, pair in found.items() if pair[1] != [pair[0]] and name not in DOUBLES}
    assert wrong == {}
    assert all(codes(by_name(name)) in (["HCT", "HEIGHT"], ["FE", "FERRITIN"]) for name in DOUBLES)


def test_every_listed_name_is_read_in_capitals_and_with_spaces() -> None:
    lost = [line["name"] for line in NAMES if line["code"] not in codes(by_name(f"  {line['name'].upper()} "))]
    assert lost == []


def test_no_followed_name_is_also_listed_as_not_followed() -> None:
    others = {folded_name(line["name"]) for line in lines("other_tests.csv") if line["kind"] == "name"}
    assert [line["name"] for line in NAMES if folded_name(line["name"]) in others] == []


def test_what_is_not_followed_is_known_as_such() -> None:
    wrong = []
    for line in lines("other_tests.csv"):
        found = find_analyte(line["name"], "") if line["kind"] == "loinc" else find_analyte("", line["name"])
        if found.state is not NameState.NOT_FOLLOWED:
            wrong.append((line["name"], found))
    assert wrong == []


@pytest.mark.parametrize("table", ["names.csv", "other_tests.csv"])
def test_every_listed_loinc_has_its_check_digit(table: str) -> None:
    kind = "language" if table == "names.csv" else "kind"
    listed = [line["name"] for line in lines(table) if line[kind] == "loinc"]
    assert listed
    assert [loinc for loinc in listed if not is_loinc(loinc)] == []


@pytest.mark.parametrize("code", ["718-7", "4544-3", "787-2", "2951-2", "14798-3", "48642-3", "10834-0", "100000-9"])
def test_a_loinc_in_use_has_a_valid_check_digit(code: str) -> None:
    assert is_loinc(code)  # published codes: hemoglobin, hematocrit, MCV, sodium, iron, GFR, globulin; 100000-9 by hand


@given(st.integers(1, 9_999_999), st.integers(0, 9))
def test_of_ten_check_digits_one_is_right(number: int, digit: int) -> None:
    valid = [one for one in range(10) if is_loinc(f"{number}-{one}")]
    assert len(valid) == 1
    assert is_loinc(f"{number}-{digit}") is (digit == valid[0])


@given(st.integers(10, 999_999), st.data())
def test_two_neighboring_digits_exchanged_are_noticed(number: int, data: st.DataObject) -> None:
    text = str(number)
    at = data.draw(st.integers(0, len(text) - 2))
    turned = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    digit = next(one for one in range(10) if is_loinc(f"{number}-{one}"))
    harmless = {text[at], text[at + 1]} == {"0", "9"}  # the one exchange the Luhn digit does not see
    assert is_loinc(f"{turned}-{digit}") is (turned == text or harmless)


@pytest.mark.parametrize(
    "code", ["718-8", "718", "-7", "718-", "718-77", "12345678-1", "718–7", "٧١٨-٧", " 718-7", "718-7 ", "LP1-7", ""]
)
def test_what_is_no_loinc(code: str) -> None:
    assert not is_loinc(code)
    assert by_loinc(code) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Hb", "HGB"),
        ("Hämoglobin", "HGB"),
        ("HAEMOGLOBIN", "HGB"),
        ("Ha\u0308moglobin", "HGB"),  # the accent as a sign of its own, as macOS writes it
        ("Hémoglobine", "HGB"),
        ("HEMOGLOBINE", "HGB"),
        ("Гемоглобин", "HGB"),
        ("Гемоглобин (HGB)", "HGB"),
        ("Нв", "HGB"),  # Cyrillic letters that look like Latin ones
        ("Hemoglobin [Mass/volume] in Blood", "HGB"),
        ("Hemoglobin, whole blood", "HGB"),
        ("Hämoglobin i.S.", "HGB"),
        ("Leukozyten", "WBC"),
        ("Лейкоциты", "WBC"),
        ("Hématies", "RBC"),
        ("Erythrozyten", "RBC"),
        ("Plaquettes", "PLT"),
        ("Тромбоциты", "PLT"),
        ("BSG", "ESR"),
        ("СОЭ", "ESR"),
        ("VS", "ESR"),
        ("Eisen im Serum", "FE"),
        ("Iron, serum", "FE"),
        ("Fer sérique", "FE"),
        ("Железо сывороточное", "FE"),
        ("Ferritine", "FERRITIN"),
        ("CRP", "CRP"),
        ("GPT", "ALT"),
        ("АЛТ", "ALT"),
        ("SpO2", "SPO2"),
    ],
)
def test_names_of_laboratories(name: str, code: str) -> None:
    assert codes(by_name(name)) == [code]


@pytest.mark.parametrize(
    "name", ["Feritin", "Hemo", "globin", "H b", "", "   ", "()", "[]", "x" * 500, "Hemoglobin A1c"]
)
def test_nothing_is_guessed_by_likeness(name: str) -> None:
    assert by_name(name) == ()


@pytest.mark.parametrize(
    ("code", "name", "unit", "section", "state", "expected"),
    [
        ("718-7", "", "", "", NameState.FOUND, ["HGB"]),
        ("718-7", "Hämoglobin", "", "", NameState.FOUND, ["HGB"]),
        ("718-7", "Ferritin", "", "", NameState.CONFLICT, ["HGB", "FERRITIN"]),
        ("HB", "Hemoglobin", "", "", NameState.FOUND, ["HGB"]),
        ("XY12", "Hemoglobin", "", "", NameState.FOUND, ["HGB"]),
        ("XY12", "", "", "", NameState.UNKNOWN, []),
        ("", "", "", "", NameState.UNKNOWN, []),
        # a LOINC of another method: the name is known, a person decides
        ("59260-0", "Hemoglobin", "", "", NameState.UNKNOWN_CODE, ["HGB"]),
        ("59260-0", "", "", "", NameState.UNKNOWN_CODE, []),
        ("59260-0", "Something else", "", "", NameState.NOT_FOLLOWED, []),
        ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "", "", NameState.NOT_FOLLOWED, []),
        # what no rule reads
        ("2951-2", "Sodium", "mmol/L", "", NameState.NOT_FOLLOWED, []),
        ("", "Natrium", "mmol/l", "", NameState.NOT_FOLLOWED, []),
        ("NA", "", "", "", NameState.NOT_FOLLOWED, []),
        # one name, two analytes: the unit decides, or nobody
        ("", "Ht", "%", "", NameState.FOUND, ["HCT"]),
        ("", "Ht", "cm", "", NameState.FOUND, ["HEIGHT"]),
        ("", "Ht", "", "", NameState.AMBIGUOUS, ["HCT", "HEIGHT"]),
        ("", "Fer", "µmol/L", "", NameState.FOUND, ["FE"]),
        ("", "Fer", "µg/dL", "", NameState.FOUND, ["FE"]),
        ("", "Fer", "ng/mL", "", NameState.FOUND, ["FERRITIN"]),
        ("", "Fer", "µg/L", "", NameState.AMBIGUOUS, ["FE", "FERRITIN"]),
        # share or count
        ("", "Neutrophils", "%", "", NameState.FOUND, ["NEUT_SEG"]),
        ("", "Neutrophils", "10*9/L", "", NameState.FOUND, ["NEUT_ABS"]),
        ("770-8", "Neutrophils", "10*9/L", "", NameState.FOUND, ["NEUT_ABS"]),
        ("", "Reticulocytes", "‰", "", NameState.FOUND, ["RETIC"]),
        ("", "Reticulocytes", "G/L", "", NameState.FOUND, ["RETIC_ABS"]),
        ("", "Lymphocytes", "%", "", NameState.FOUND, ["LYMPH"]),
        ("", "Lymphocytes", "10*9/L", "", NameState.NOT_FOLLOWED, []),
        ("", "Lymphocytes", "", "", NameState.FOUND, ["LYMPH"]),
        # urine is another material
        ("", "Protein", "g/L", "Serum", NameState.FOUND, ["PROT_T"]),
        ("", "Protein", "g/L", "Urine", NameState.FOUND, ["U_PROT"]),
        ("PROT", "Protein", "g/L", "URINALYSIS", NameState.FOUND, ["U_PROT"]),
        ("RBC", "", "/hpf", "Urine", NameState.FOUND, ["U_RBC"]),
        ("U_RBC", "", "/hpf", "Urin", NameState.FOUND, ["U_RBC"]),
        ("", "Glucose", "mg/dL", "моча", NameState.NOT_FOLLOWED, []),
    ],
)
def test_a_code_a_name_a_unit_and_a_section_together(
    code: str, name: str, unit: str, section: str, state: NameState, expected: list[str]
) -> None:
    found = find_analyte(code, name, unit, section)
    assert found.state is state
    assert codes(found.analytes) == expected


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Hämoglobin", "HAMOGLOBIN"),
        ("Fer sérique", "fer-serique"),
        ("C-reactive protein", "C reactive  protein"),
        ("Нв", "hb"),
        ("Neutrophils%", "neutrophils%"),
    ],
)
def test_folding_takes_away_case_accents_and_signs(one: str, two: str) -> None:
    assert folded_name(one) == folded_name(two)


def test_folding_keeps_what_tells_a_share_from_a_count() -> None:
    assert len({folded_name("Neut%"), folded_name("Neut#"), folded_name("Neut")}) == 3


@given(st.text(max_size=NAME_LENGTH + 50), st.text(max_size=20), st.text(max_size=12), st.text(max_size=12))
def test_any_text_is_judged_and_never_raises(name: str, code: str, unit: str, section: str) -> None:
    found = find_analyte(code, name, unit, section)
    if found.state is NameState.FOUND:
        assert len(found.analytes) == 1
    elif found.state in {NameState.CONFLICT, NameState.AMBIGUOUS}:
        assert len(found.analytes) > 1
    elif found.state is not NameState.UNKNOWN_CODE:
        assert found.analytes == ()


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert folded_name(folded_name(name)) == folded_name(name)


def test_a_name_of_one_language_tells_it() -> None:
    languages = names_of_language()
    assert languages[folded_name("Thrombozyten")] == "de"
    assert languages[folded_name("Plaquettes")] == "fr"
    assert languages[folded_name("Лейкоциты")] == "ru"
    assert languages[folded_name("Platelets")] == "en"
    assert set(languages.values()) == {"en", "de", "fr", "ru"}
