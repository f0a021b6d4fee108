"""Units as laboratories write them, in four countries and in several decades of typography."""

import csv
from pathlib import Path

import pytest

from patients.analytes import lines
from patients.units import candidates, folded, normalize, parse_ucum, ratio

CODES = Path(__file__).parent.parent / "data" / "units" / "ucum_codes.csv"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        # the same gram per deciliter
        ("g/dL", "g/dL"),
        ("g/dl", "g/dL"),
        ("G/DL", "g/dL"),
        ("gm/dl", "g/dL"),
        ("g%", "g/dL"),
        ("г/дл", "g/dL"),
        ("g/100 ml", "g/dL"),
        (" g / dL ", "g/dL"),
        ('"g/dL"', "g/dL"),
        # the micro sign (U+00B5), the Greek mu (U+03BC), and what stands for them
        ("\u00b5g/L", "ug/L"),
        ("\u03bcg/L", "ug/L"),
        ("mcg/L", "ug/L"),
        ("мкг/л", "ug/L"),
        ("\u00b5mol/l", "umol/L"),
        ("\u03bcmol/l", "umol/L"),
        ("мкмоль/л", "umol/L"),
        ("/\u00b5l", "/uL"),
        ("/\u03bcl", "/uL"),
        ("UG/DL", "ug/dL"),
        # powers of ten
        ("10*9/L", "10*9/L"),
        ("10^9/L", "10*9/L"),
        ("10⁹/L", "10*9/L"),
        ("×10⁹/L", "10*9/L"),
        ("x 10^9/l", "10*9/L"),
        ("X10E9/L", "10*9/L"),
        ("x10(9)/L", "10*9/L"),
        ("10x9/L", "10*9/L"),
        ("10**9/l", "10*9/L"),
        ("·10⁹/l", "10*9/L"),
        ("10^9 cells/L", "10*9/L"),
        ("10 9/L", "10*9/L"),
        ("10^9/л", "10*9/L"),
        ("*10^12/л", "10*12/L"),
        ("10¹²/L", "10*12/L"),
        ("10e12/l", "10*12/L"),
        ("10³/µL", "10*3/uL"),
        ("10^6/mm^3", "10*6/mm3"),
        ("103/µl", "10*3/uL"),
        # words and letters for powers of ten
        ("K/uL", "10*3/uL"),
        ("M/uL", "10*6/uL"),
        ("thou/mm3", "10*3/mm3"),
        ("million/µL", "10*6/uL"),
        ("Tsd./µl", "10*3/uL"),
        ("Mio/µl", "10*6/uL"),
        ("Mrd/l", "10*9/L"),
        ("Gpt/l", "10*9/L"),
        ("Tpt/l", "10*12/L"),
        ("T/L", "10*12/L"),
        ("тыс/мкл", "10*3/uL"),
        ("тыс./мкл", "10*3/uL"),
        ("млн/мкл", "10*6/uL"),
        ("lakhs/cumm", "10*5/mm3"),
        # cells by volume
        ("/nl", "/nL"),
        ("/pl", "/pL"),
        ("cells/µL", "/uL"),
        ("Zellen/µl", "/uL"),
        ("cells/mm³", "/mm3"),
        ("/cumm", "/mm3"),
        ("кл/мкл", "/uL"),
        # shares
        ("pct", "%"),
        ("Vol.-%", "%"),
        ("Vol.%", "%"),
        ("‰", "[ppth]"),
        ("L/L", "L/L"),
        ("l/l", "L/L"),
        ("процент", "%"),
        # enzymes
        ("U/l", "U/L"),
        ("u/L", "U/L"),
        ("IU/L", "U/L"),
        ("UI/L", "U/L"),
        ("E/l", "U/L"),
        ("Ед/л", "U/L"),
        ("МЕ/л", "U/L"),
        ("µkat/l", "ukat/L"),
        # sedimentation, pressure, lung function
        ("mm/hr", "mm/h"),
        ("mm/1h", "mm/h"),
        ("MM/HR", "mm/h"),
        ("мм/ч", "mm/h"),
        ("mmHg", "mm[Hg]"),
        ("mm Hg", "mm[Hg]"),
        ("Torr", "mm[Hg]"),
        ("мм рт. ст.", "mm[Hg]"),
        ("KPA", "kPa"),
        ("l/min", "L/min"),
        ("L/sec", "L/s"),
        ("ml/min/mmHg", "mL/min/mm[Hg]"),
        ("mL/mmHg/min", "mL/min/mm[Hg]"),
        ("mmol/(min·kPa)", "mmol/min/kPa"),
        ("mmol/kPa/min", "mmol/kPa/min"),
        # body and microscope
        ("°C", "Cel"),
        ("℃", "Cel"),
        ("° C", "Cel"),
        ("°F", "[degF]"),
        ("kg/m²", "kg/m2"),
        ("кг/м²", "kg/m2"),
        ("in", "[in_i]"),
        ("lbs", "[lb_av]"),
        ("/HPF", "/[HPF]"),
        ("/GF", "/[HPF]"),
        ("в п/зр", "/[HPF]"),
        ("mmol/l (Hb/4)", "mmol/L"),
        ("mmol/L(Fe)", "mmol/L"),
    ],
)
def test_a_written_unit_means_a_code(written: str, code: str) -> None:
    assert normalize(written) == code


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("G/L", ("10*9/L", "g/L")),
        ("g/L", ("g/L", "10*9/L")),
        ("г/л", ("g/L", "10*9/L")),
        ("1", ("1", "[1]")),
    ],
)
def test_a_letter_used_twice_leaves_the_choice_to_the_analyte(written: str, codes: tuple[str, ...]) -> None:
    assert candidates(written) == codes


@pytest.mark.parametrize("written", ["g·L⁻¹", "g·L−1", "g.L^-1", "g∕L", "g⁄L", "g÷L", "ｇ/Ｌ"])
def test_typographic_signs_are_what_they_look_like(written: str) -> None:
    assert ratio(normalize(written), "g/L") == 1


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "-",
        "NO UNITS",
        "titer",
        "AE",
        "uIU/mL",
        "mg/24h",
        "g/L*",
        "kopek/л",
        "рублей/л",
        "нечто",
        "??",
        "g/",
        "/",
    ],
)
def test_what_is_no_known_unit_is_none(written: str) -> None:
    assert candidates(written) == ()
    assert normalize(written) == ""


def test_a_word_of_two_alphabets_is_not_guessed() -> None:
    assert normalize("mг/л") == "mg/L"
    assert candidates("mж/л") == ()


@pytest.mark.parametrize(
    ("one", "two"),
    [("µg / dL", "μG/dl"), ("10⁹/L", "10^9/l"), ("×10^9", "x10^9"), ('"%"', "%"), ("m²", "m^2")],
)
def test_folding_takes_away_what_does_not_matter(one: str, two: str) -> None:
    assert folded(one) == folded(two)


@pytest.mark.parametrize("line", lines("units.csv"), ids=lambda line: line["written"])
def test_every_written_form_of_the_table_is_read_as_its_code(line: dict[str, str]) -> None:
    assert parse_ucum(line["ucum"]) is not None
    assert line["ucum"] in candidates(line["written"])
    assert line["ucum"] in candidates(f" {line['written']} ")


def test_every_form_of_the_table_keeps_its_meaning_in_capitals() -> None:
    lost = [line["written"] for line in lines("units.csv") if line["ucum"] not in candidates(line["written"].upper())]
    assert lost == []


with CODES.open(encoding="utf-8", newline="") as file:
    LISTED = list(csv.DictReader(file))


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: f"{listed['code']} {listed['valid']}")
def test_codes_are_valid_as_the_ucum_grammar_says(listed: dict[str, str]) -> None:
    assert (parse_ucum(listed["code"]) is not None) is (listed["valid"] == "yes")


def test_the_list_of_codes_holds_both_kinds() -> None:
    assert sum(listed["valid"] == "yes" for listed in LISTED) > 60
    assert sum(listed["valid"] == "no" for listed in LISTED) > 20
