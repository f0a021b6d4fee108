"""Units: UCUM codes and their exact ratios, and the many ways in which laboratories write them."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.units import WRITTEN_LENGTH, candidates, folded, normalize, parse_ucum, ratio

MASSES = ("kg/L", "g/L", "g/dL", "mg/dL", "mg/L", "ug/dL", "ug/L", "ng/mL", "ng/dL", "ng/L", "pg/mL", "g/mL", "fg/uL")
AMOUNTS = ("mol/L", "mmol/L", "umol/L", "nmol/L", "pmol/L", "fmol/mL", "nmol/mL", "umol/dL")
COUNTS = ("10*12/L", "10*9/L", "10*6/L", "10*6/uL", "10*3/uL", "10*3/mm3", "/uL", "/nL", "/pL", "/mm3", "/mL", "/L")
SHARES = ("%", "[ppth]", "[1]", "L/L", "g/g", "10*-2", "{ratio}", "mmol/mol")
PRESSURES = ("mm[Hg]", "cm[Hg]", "kPa", "Pa", "mbar", "bar")
VOLUMES = ("L", "l", "dL", "mL", "uL", "m3", "cm3", "mm3", "fL", "um3")
FLOWS = ("L/s", "L/min", "mL/min", "mL/s", "L/h")
ENZYMES = ("U/L", "kU/L", "mU/mL", "ukat/L", "nkat/L", "kat/L", "umol/min/L")
KINDS = (MASSES, AMOUNTS, COUNTS, SHARES, PRESSURES, VOLUMES, FLOWS, ENZYMES)


@pytest.mark.parametrize(
    ("unit", "other", "expected"),
    [
        ("g/dL", "g/L", Fraction(10)),
        ("mg/dL", "mg/L", Fraction(10)),
        ("mg/dL", "g/L", Fraction(1, 100)),
        ("ug/dL", "ug/L", Fraction(10)),
        ("ng/mL", "ug/L", Fraction(1)),
        ("pg/mL", "ng/L", Fraction(1)),
        ("10*6/uL", "10*12/L", Fraction(1)),
        ("10*3/uL", "10*9/L", Fraction(1)),
        ("/nL", "10*9/L", Fraction(1)),
        ("/pL", "10*12/L", Fraction(1)),
        ("/uL", "10*9/L", Fraction(1, 1000)),
        ("/mm3", "/uL", Fraction(1)),
        ("%", "[1]", Fraction(1, 100)),
        ("%", "L/L", Fraction(1, 100)),
        ("[ppth]", "%", Fraction(1, 10)),
        ("um3", "fL", Fraction(1)),
        ("ukat/L", "U/L", Fraction(60)),
        ("L/min", "L/s", Fraction(1, 60)),
        ("kPa", "mbar", Fraction(10)),
        ("mm[Hg]", "Pa", Fraction("133.322387415")),  # BIPM, SI brochure: conventional millimeter of mercury
        ("[in_i]", "cm", Fraction("2.54")),
        ("[lb_av]", "kg", Fraction("0.45359237")),
        ("d", "h", Fraction(24)),
        ("mmol/min/kPa", "mol/s/Pa", Fraction(1, 60_000_000)),
        ("s.m-1", "s/m", Fraction(1)),
        ("s/mm/g", "s.m-1.g-1", Fraction(1000)),
        ("g{hgb}/L", "g/L", Fraction(1)),
        ("m2.m-2", "%", Fraction(100)),
    ],
)
def test_one_unit_in_another_is_exact(unit: str, other: str, expected: Fraction) -> None:
    assert ratio(unit, other) == expected
    assert ratio(other, unit) == 1 / expected


@pytest.mark.parametrize(
    ("unit", "other"),
    [
        ("g/L", "mmol/L"),
        ("mL/min/mm[Hg]", "mmol/min/kPa"),
        ("Cel", "[degF]"),
        ("U/L", "[iU]/L"),
        ("[arb'U]/mL", "U/mL"),
        ("/[HPF]", "/uL"),
        ("kg", "kg/m2"),
        ("g/L", "g"),
        ("g/L", "nonsense"),
        ("nonsense", "g/L"),
        ("", "g/L"),
        ("", ""),
        ("[pH]", "nmol/L"),
        ("meq/L", "mmol/L"),
    ],
)
def test_units_of_different_things_have_no_ratio(unit: str, other: str) -> None:
    assert ratio(unit, other) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0])
def test_there_and_back_is_one_and_by_way_of_a_third_is_the_same(kind: tuple[str, ...]) -> None:
    for one, two, three in permutations(kind, 3):
        direct, first, second = ratio(one, three), ratio(one, two), ratio(two, three)
        assert direct is not None
        assert first is not None
        assert second is not None
        assert first * second == direct
        assert direct * (ratio(three, one) or 0) == 1


def test_kinds_do_not_mix() -> None:
    firsts = [kind[0] for kind in KINDS]
    assert all(ratio(one, two) is None for one, two in permutations(firsts, 2))


PREFIXES = {"k": 3, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}


@given(st.sampled_from(sorted(PREFIXES)), st.sampled_from(["g", "mol", "L", "m", "U", "kat", "Pa", "eq", "[iU]", "s"]))
def test_a_prefix_is_a_power_of_ten(prefix: str, unit: str) -> None:
    assert ratio(prefix + unit, unit) == Fraction(10) ** PREFIXES[prefix]


@given(st.integers(-20, 20), st.integers(-20, 20))
def test_powers_of_ten_add_up(one: int, two: int) -> None:
    assert ratio(f"10*{one}.10*{two}", "[1]") == Fraction(10) ** (one + two)
    assert ratio(f"10*{one}/10^{two}", "1") == Fraction(10) ** (one - two)


@given(st.integers(1, 6), st.integers(1, 6))
def test_an_exponent_repeats_its_unit_only(numerator: int, denominator: int) -> None:
    same = parse_ucum(".".join(["cm"] * numerator) + "/s" * denominator)
    assert parse_ucum(f"cm{numerator}/s{denominator}") == same
    assert parse_ucum(f"cm{numerator}.s-{denominator}") == same


@pytest.mark.parametrize("prefix", ["M", "G", "T", "h", "da", "y", "K"])
def test_prefixes_no_laboratory_means_are_not_read(prefix: str) -> None:
    assert parse_ucum(f"{prefix}g/dL") is None  # "MG/DL" is milligrams in capitals, never megagrams


@pytest.mark.parametrize("code", ["kCel", "m%", "kmin", "m[pH]", "d[in_i]"])
def test_units_that_are_not_metric_take_no_prefix(code: str) -> None:
    assert parse_ucum(code) is None


@pytest.mark.parametrize("code", ["10*٩/L", "10*9/L²", "m٢", "１", "µg/L", "10*٩"])
def test_only_ascii_digits_and_letters_make_a_code(code: str) -> None:
    assert parse_ucum(code) is None


def test_a_code_longer_than_a_unit_is_none() -> None:
    assert parse_ucum("g" + "/L" * (WRITTEN_LENGTH // 2)) is None
    assert candidates("g/L" + " " * WRITTEN_LENGTH) == ()


@given(st.text(max_size=WRITTEN_LENGTH + 5))
def test_any_text_is_read_or_refused_and_never_raises(text: str) -> None:
    parse_ucum(text)
    folded(text)
    assert all(parse_ucum(code) is not None for code in candidates(text))


@given(st.text(alphabet="gLlmudnk/.10*^9 %[]{}()-µμ²³⁹×hpfU", max_size=14))
def test_texts_made_of_parts_of_units_never_raise_and_give_valid_codes(text: str) -> None:
    assert all(parse_ucum(code) is not None for code in candidates(text))
    assert normalize(text) == next(iter(candidates(text)), "")


@given(st.sampled_from([code for kind in KINDS for code in kind]))
def test_a_code_means_itself(code: str) -> None:
    first = normalize(code)
    assert ratio(first, code) == 1
