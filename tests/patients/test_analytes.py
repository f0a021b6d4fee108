"""The catalogue: every one of its 87 analytes, and the arithmetic of conversions and ranges."""

import re
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analyte_names import by_loinc, is_loinc
from patients.analytes import ADULT_AGE_YEARS, Analyte, Conversion, analyte, catalogue, lines
from patients.units import parse_ucum, ratio

EVERY = pytest.mark.parametrize("one", catalogue().values(), ids=lambda one: one.code)
NUMERIC = pytest.mark.parametrize(
    "one", [one for one in catalogue().values() if one.value_type == "number"], ids=lambda one: one.code
)
PAIRS = [(one, conversion) for one in catalogue().values() for conversion in one.other_units]
EVERY_PAIR = pytest.mark.parametrize(
    ("one", "conversion"), PAIRS, ids=[f"{one.code} {conversion.unit}" for one, conversion in PAIRS]
)


def test_the_catalogue_has_87_analytes_in_the_order_of_the_file() -> None:
    assert len(catalogue()) == 87
    assert list(catalogue()) == [line["code"] for line in lines("analytes.csv")]
    assert analyte("HGB").name == "Hemoglobin"


def test_an_unknown_code_is_an_error_and_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(KeyError):
        analyte("HEMOGLOBIN")
    with pytest.raises(TypeError):
        catalogue()["X"] = analyte("HGB")  # type: ignore[index]


@EVERY
def test_every_code_name_and_category_is_given(one: Analyte) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{1,19}", one.code)
    assert one.name
    assert one.category
    assert catalogue()[one.code] is one


@EVERY
def test_every_loinc_has_a_valid_check_digit_and_leads_back(one: Analyte) -> None:
    for loinc in filter(None, (one.loinc, *one.other_loincs)):
        assert is_loinc(loinc), loinc
        assert by_loinc(loinc) is one


def test_no_loinc_stands_for_two_analytes() -> None:
    every = [loinc for one in catalogue().values() for loinc in (one.loinc, *one.other_loincs) if loinc]
    assert len(every) == len(set(every))


@EVERY
def test_a_number_has_a_unit_and_a_word_has_its_list(one: Analyte) -> None:
    if one.value_type == "number":
        assert parse_ucum(one.unit) is not None
        assert one.allowed == ()
    else:
        assert one.unit == ""
        assert len(one.allowed) == len(set(one.allowed)) >= 3
        assert (one.reject_low, one.reject_high, one.warn_low, one.warn_high) == (None, None, None, None)


@NUMERIC
def test_every_limit_is_in_order_and_soft_lies_within_hard(one: Analyte) -> None:
    limits = [one.reject_low, one.warn_low, one.warn_high, one.reject_high]
    given_limits = [limit for limit in limits if limit is not None]
    assert given_limits == sorted(given_limits)
    assert one.reject_low is not None
    assert one.reject_high is not None
    assert one.reject_low < one.reject_high


@NUMERIC
def test_every_range_is_in_order_and_lies_within_the_hard_limits(one: Analyte) -> None:
    assert one.reject_low is not None
    assert one.reject_high is not None
    for span in one.ranges:
        low = one.reject_low if span.low is None else span.low
        high = one.reject_high if span.high is None else span.high
        assert one.reject_low <= low < high <= one.reject_high
        assert span.age_below is None or span.age_from < span.age_below


@EVERY
def test_children_s_ranges_follow_each_other_without_overlap(one: Analyte) -> None:
    ages = sorted((span.age_from, span.age_below) for span in one.ranges if not span.sex)
    for (_, below), (following, _) in pairwise(ages):
        assert below == following


@EVERY
def test_every_printed_span_is_read_and_only_prose_is_not(one: Analyte) -> None:
    line = next(line for line in lines("analytes.csv") if line["code"] == one.code)
    texts = [line["ref_male"], line["ref_female"], *line["ref_child"].split(";")]
    spans = [text for text in texts if re.search(r"\d-\d|<\d", text) and not text.startswith("GLI")]
    assert len(one.ranges) == len(spans)


@EVERY_PAIR
def test_every_other_unit_converts_and_inverts(one: Analyte, conversion: Conversion) -> None:
    for value in (Decimal("0.5"), Decimal(1), Decimal("37.5"), Decimal(250)):
        there = conversion.apply(value)
        assert abs(conversion.inverse(there) - Fraction(value)) <= Fraction(1, 10**20)
    found = one.conversion_of(conversion.unit)
    assert found is not None
    assert found.apply(Decimal(7)) == conversion.apply(Decimal(7))


@EVERY_PAIR
def test_a_listed_factor_agrees_with_the_units_own_ratio(one: Analyte, conversion: Conversion) -> None:
    own = ratio(conversion.unit, one.unit)
    if own is not None:
        assert conversion.factor == own
        assert conversion.offset == 0


@NUMERIC
def test_the_canonical_unit_is_itself(one: Analyte) -> None:
    own = one.conversion(one.unit)
    assert own is not None
    assert own.apply(Decimal("12.34")) == Fraction("12.34")


@pytest.mark.parametrize(
    ("code", "unit", "value", "expected"),
    [
        ("HGB", "g/dL", "9.8", "98"),
        ("HGB", "mg/dL", "9800", "98"),
        ("HGB", "mmol/L", "1", "16.1145"),  # monomer, 16 114.5 g/mol
        ("HGB", "umol/L", "1000", "16.1145"),
        ("HCT", "%", "38.5", "0.385"),
        ("RDW", "[1]", "0.145", "14.5"),
        ("RETIC", "[ppth]", "15", "1.5"),
        ("RETIC_ABS", "10*6/uL", "0.052", "52"),
        ("PLT", "/nL", "250", "250"),
        ("WBC", "/uL", "5400", "5.4"),
        ("T_CD3", "10*9/L", "1.2", "1200"),
        ("CREA", "mmol/L", "0.08", "80"),
        ("TEMP", "[degF]", "98.6", "37"),
        ("TEMP", "[degF]", "32", "0"),
        ("HEIGHT", "[in_i]", "50", "127"),
        ("HEIGHT", "m", "1.27", "127"),
        ("WEIGHT", "[lb_av]", "100", "45.359237"),
        ("PEF", "L/min", "360", "6"),
        ("NTPROBNP", "pg/mL", "125", "125"),
        ("MCV", "um3", "88", "88"),
        ("FEV1FVC", "%", "72", "0.72"),
    ],
)
def test_values_convert_exactly(code: str, unit: str, value: str, expected: str) -> None:
    conversion = analyte(code).conversion(unit)
    assert conversion is not None
    assert conversion.apply(Decimal(value)) == Fraction(expected)


def test_iron_converts_by_the_molar_mass_of_iron() -> None:
    conversion = analyte("FE").conversion("ug/dL")
    assert conversion is not None
    assert conversion.factor == Fraction(10) / Fraction("55.845")  # IUPAC standard atomic weight
    assert analyte("FE").conversion("ug/L") == Conversion("ug/L", Fraction(1) / Fraction("55.845"))


def test_ph_is_the_negative_logarithm_of_the_hydrogen_concentration() -> None:
    conversion = analyte("PH_A").conversion("nmol/L")
    assert conversion is not None
    assert float(conversion.apply(Decimal(40))) == pytest.approx(7.39794, abs=1e-5)  # -log10(40e-9)
    assert conversion.apply(Decimal(100)) == 7
    assert conversion.inverse(Decimal(7)) == 100


@pytest.mark.parametrize("value", [Decimal(0), Decimal(-1), Fraction(-1, 2)])
def test_no_ph_of_no_hydrogen(value: Decimal | Fraction) -> None:
    conversion = analyte("PH_A").conversion("nmol/L")
    assert conversion is not None
    with pytest.raises(ValueError, match="above zero"):
        conversion.apply(value)


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("HGB", "%"),
        ("HGB", "10*9/L"),
        ("WBC", "%"),
        ("ANISO", "g/L"),
        ("ANTI_GBM", "U/mL"),
        ("PH_A", "mol/L"),
        ("TEMP", "K"),
        ("U_RBC", "/uL"),
        ("TTG_IGA", "g/L"),
        ("HGB", ""),
    ],
)
def test_a_unit_that_measures_something_else_is_none(code: str, unit: str) -> None:
    assert analyte(code).conversion(unit) is None
    assert analyte(code).conversion(unit) is None  # as remembered, too


@pytest.mark.parametrize(
    ("code", "written", "value", "expected"),
    [
        ("WBC", "G/L", "5.4", "5.4"),
        ("WBC", "g/l", "5.4", "5.4"),
        ("HGB", "G/L", "98", "98"),
        ("HGB", "g/l", "98", "98"),
        ("HGB", "г/л", "98", "98"),
        ("PLT", "Г/Л", "250", "250"),
        ("FERRITIN", "µg/l", "32", "32"),
        ("FERRITIN", "μg/l", "32", "32"),
        ("DLCO", "ml/min/mmHg", "10", "3.348"),
        ("KCO", "mmol/min/kPa/L", "1.5", "1.5"),
        ("ALT", "µkat/l", "0.5", "30"),
        ("RR", "1/min", "18", "18"),
        ("BMI", "kg/m²", "17.5", "17.5"),
    ],
)
def test_the_analyte_decides_what_a_written_unit_means(code: str, written: str, value: str, expected: str) -> None:
    conversion = analyte(code).conversion_of(written)
    assert conversion is not None
    assert conversion.apply(Decimal(value)) == Fraction(expected)


@given(st.decimals(min_value=0, max_value=100_000, places=3, allow_nan=False), st.sampled_from(PAIRS))
def test_a_larger_value_stays_larger_in_every_unit(value: Decimal, pair: tuple[Analyte, Conversion]) -> None:
    conversion = pair[1]
    step = conversion.apply(value + 1) - conversion.apply(value) if value or not conversion.logarithmic else None
    assert step is None or (step > 0) is not conversion.logarithmic


def test_an_index_needs_no_unit_and_a_concentration_does() -> None:
    assert {one.code for one in catalogue().values() if one.unitless} == {"COLOR_INDEX", "GOLDE", "PH_A"}


@pytest.mark.parametrize(
    ("code", "sex", "age", "low", "high"),
    [
        ("HGB", "male", 40.0, 130, 175),
        ("HGB", "female", None, 120, 155),
        ("HGB", "female", 15.0, 120, 155),
        ("HGB", "female", 14.99, 120, 155),
        ("HGB", "male", 1.0, 105, 135),
        ("HGB", "", 4.99, 110, 137),
        ("HGB", "", 5.0, 115, 150),
        ("FERRITIN", "", 4.0, 12, 150),
        ("FERRITIN", "", 5.0, 15, 150),
        ("ESR", "female", 30.0, 0, 20),
        ("U_PROT", "", 3.0, None, 0.15),
    ],
)
def test_a_person_has_the_range_of_sex_or_age(
    code: str, sex: str, age: float | None, low: float | None, high: float
) -> None:
    span = analyte(code).reference_range(sex=sex, age_years=age)
    assert span is not None
    assert (span.low, span.high) == (low, high)


@pytest.mark.parametrize(
    ("code", "sex", "age"),
    [
        ("HGB", "", 40.0),
        ("HGB", "", None),
        ("HGB", "male", 0.2),
        ("HCT", "male", 13.0),
        ("IGG", "male", 5.0),
        ("FVC", "male", 40.0),
    ],
)
def test_where_no_range_is_known_there_is_none(code: str, sex: str, age: float | None) -> None:
    assert analyte(code).reference_range(sex=sex, age_years=age) is None


@given(st.floats(0, 120, allow_nan=False), st.sampled_from(["male", "female"]))
def test_from_the_adult_age_on_the_sex_decides(age: float, sex: str) -> None:
    span = analyte("HGB").reference_range(sex=sex, age_years=age)
    assert span is None or (span.sex == sex) is (age >= ADULT_AGE_YEARS)
