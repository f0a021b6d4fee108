"""Limits, mixed-up units and proposals: the reference cases of the clinical specification, and every analyte's own limits."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from patients.analytes import Analyte, Conversion, analyte, catalogue
from patients.plausibility import HARMFUL_WHEN_LOW, Plausibility, converted, mixed_up_unit, plausibility, proposed_unit

NUMERIC = [one for one in catalogue().values() if one.value_type == "number"]

# Clinical specification, reference cases of 2026-11-23, section unit_mixup: analyte, history, value, proposed unit.
MIXED_UP = [
    ("unit_mixup-01", "HGB", (128, 130, 126), "12.4", "g/dL"),
    ("unit_mixup-04", "HGB", (62, 64), "6.1", "g/dL"),
    ("unit_mixup-07", "FE", (14, 12, 16), "3", ""),
    ("unit_mixup-09", "CREA", (60, 58, 62), "130", ""),
    ("unit_mixup-10", "BILI_T", (12, 14), "0.8", "mg/dL"),
    ("unit_mixup-13", "PAO2", (88, 92), "40", ""),
    ("unit_mixup-14", "HCT", (0.39, 0.4), "38", "%"),
    ("unit_mixup-16", "FERRITIN", (40, 45), "400", ""),
]


def stated(one: Analyte, unit: str = "") -> Conversion:
    """Return the conversion from a unit of the analyte, its canonical one unless said."""
    found = one.conversion(unit or one.unit)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("code", "recent", "value", "unit"), [case[1:] for case in MIXED_UP], ids=[case[0] for case in MIXED_UP]
)
def test_every_reference_case_of_a_mixed_up_unit_agrees(
    code: str, recent: tuple[float, ...], value: str, unit: str
) -> None:
    one = analyte(code)
    assert mixed_up_unit(one, Fraction(value), stated(one), recent) == unit


@pytest.mark.parametrize(
    ("code", "recent", "value", "unit", "meant"),
    [
        ("HGB", (128.0, 130.0), "126", "g/dL", "g/L"),  # 1260 g/L as stated
        ("HGB", (128.0, 130.0), "7.8", "g/dL", ""),  # a true fall, in mmol/L 125.7, but not more than half away
        ("HGB", (128.0, 130.0), "7.8", "g/L", "mmol/L"),  # 78 in g/dL is too far, 125.7 in mmol/L is not
        ("TEMP", (36.8,), "98.4", "Cel", "[degF]"),
        ("SPO2", (96.0, 97.0), "0.95", "%", "[1]"),
        ("PEF", (6.0, 6.2), "365", "L/s", "L/min"),
        ("HEIGHT", (121.0,), "1.22", "cm", "m"),
    ],
)
def test_the_written_number_is_tried_in_the_other_units(
    code: str, recent: tuple[float, ...], value: str, unit: str, meant: str
) -> None:
    one = analyte(code)
    assert mixed_up_unit(one, Fraction(value), stated(one, unit), recent) == meant


def test_without_a_history_nothing_is_suspected() -> None:
    assert mixed_up_unit(analyte("HGB"), Fraction("12.4"), stated(analyte("HGB")), ()) == ""


def test_only_the_last_five_values_are_the_history() -> None:
    hgb = analyte("HGB")
    old = (12.0, 12.0, 12.0, 12.0, 12.0, 12.0)
    assert mixed_up_unit(hgb, Fraction("12.4"), stated(hgb), (*old, 128, 130, 126, 127, 129)) == "g/dL"
    assert mixed_up_unit(hgb, Fraction("12.4"), stated(hgb), (128, 130, 126, *old[:5])) == ""


@pytest.mark.parametrize(
    ("recent", "value", "unit"),
    [
        ((124.0,), "62", ""),  # exactly half of the median
        ((124.0,), "12.4", "g/dL"),
        ((100.0,), "12", "g/dL"),  # 120: exactly a fifth away
        ((100.0,), "12.01", ""),
        ((100.0,), "8", "g/dL"),  # 80, and 128.9 in mmol/L
        ((100.0,), "7.99", ""),
    ],
)
def test_both_bounds_are_where_the_definition_puts_them(recent: tuple[float, ...], value: str, unit: str) -> None:
    hgb = analyte("HGB")
    assert mixed_up_unit(hgb, Fraction(value), stated(hgb), recent) == unit


def test_a_history_of_zeros_suspects_nothing() -> None:
    crp = analyte("CRP")
    assert mixed_up_unit(crp, Fraction("0.5"), stated(crp), (0.0, 0.0)) == ""


@settings(deadline=None)
@given(
    st.sampled_from([one for one in NUMERIC if one.other_units]), st.floats(1, 1000), st.floats(0.81, 1.19), st.data()
)
def test_a_value_that_fits_in_another_unit_and_not_in_its_own_is_found(
    one: Analyte, usual: float, share: float, data: st.DataObject
) -> None:
    other = data.draw(st.sampled_from(one.other_units))
    assume(not other.logarithmic)
    written = other.inverse(Fraction(usual * share))
    assume(abs(written - Fraction(usual)) > Fraction(usual) / 2)
    unit = mixed_up_unit(one, written, stated(one), (usual,))
    assert unit
    assert unit != one.unit
    meant = converted(stated(one, unit), written)
    assert meant is not None
    assert math.isclose(meant, usual, rel_tol=0.2000001) or meant < usual * 1.2000001


@pytest.mark.parametrize("one", NUMERIC, ids=lambda one: one.code)
def test_a_value_on_a_limit_is_within_it(one: Analyte) -> None:
    assert one.reject_low is not None
    assert one.reject_high is not None
    for limit, beyond in ((one.reject_low, -math.inf), (one.reject_high, math.inf)):
        assert plausibility(one, limit) is not Plausibility.IMPOSSIBLE
        assert plausibility(one, math.nextafter(limit, beyond)) is Plausibility.IMPOSSIBLE


@pytest.mark.parametrize("one", NUMERIC, ids=lambda one: one.code)
def test_beyond_a_soft_limit_is_unusual_and_says_on_which_side(one: Analyte) -> None:
    if one.warn_low is not None and one.warn_low > (one.reject_low or 0):
        assert plausibility(one, one.warn_low) is Plausibility.PLAUSIBLE
        assert plausibility(one, math.nextafter(one.warn_low, -math.inf)) is Plausibility.UNUSUALLY_LOW
    if one.warn_high is not None and one.warn_high < (one.reject_high or math.inf):
        assert plausibility(one, one.warn_high) is Plausibility.PLAUSIBLE
        assert plausibility(one, math.nextafter(one.warn_high, math.inf)) is Plausibility.UNUSUALLY_HIGH


@pytest.mark.parametrize(
    ("code", "value", "where"),
    [
        ("HGB", 9.9, Plausibility.IMPOSSIBLE),
        ("HGB", 26, Plausibility.UNUSUALLY_LOW),  # published: hemoglobin 26 g/L was true
        ("HGB", 40, Plausibility.PLAUSIBLE),
        ("HGB", 201, Plausibility.UNUSUALLY_HIGH),
        ("SPO2", 84, Plausibility.UNUSUALLY_LOW),
        ("SPO2", 100.5, Plausibility.IMPOSSIBLE),
        ("ESR", 150, Plausibility.UNUSUALLY_HIGH),
        ("FVC", 0.2, Plausibility.PLAUSIBLE),  # its soft limits are z-scores, which the lung function rules hold
    ],
)
def test_values_lie_where_the_catalogue_says(code: str, value: float, where: Plausibility) -> None:
    assert plausibility(analyte(code), value) is where


def test_only_hemoglobin_and_saturation_are_judged_before_a_person_looked() -> None:
    assert {"HGB", "SPO2"} == HARMFUL_WHEN_LOW
    assert all(analyte(code).warn_low is not None for code in HARMFUL_WHEN_LOW)


# The notes of patients/data/analytes.csv on bare numbers.
@pytest.mark.parametrize(
    ("code", "bare", "unit"),
    [
        ("HGB", "26", ""), ("HGB", "29.9", ""), ("HGB", "30", "g/L"), ("HGB", "128", "g/L"), ("HGB", "261", ""),
        ("FE", "14", ""), ("PAO2", "9.8", "kPa"), ("PAO2", "82", "mm[Hg]"), ("PEF", "6.1", "L/s"), ("PEF", "370", "L/min"),
        ("TEMP", "36.9", "Cel"), ("TEMP", "98.4", "[degF]"), ("FERRITIN", "30", ""), ("SPO2", "97", ""),
    ],
)  # fmt: skip
def test_a_unit_is_proposed_only_where_the_catalogue_allows_it(code: str, bare: str, unit: str) -> None:
    assert proposed_unit(analyte(code), Fraction(bare)) == unit


def test_a_ph_of_no_protons_at_all_is_no_quantity() -> None:
    ph = analyte("PH_A")
    assert converted(stated(ph, "nmol/L"), Fraction(0)) is None
    assert converted(stated(ph, "nmol/L"), Fraction(-1)) is None
    forty = converted(stated(ph, "nmol/L"), Fraction(40))
    assert forty is not None
    assert math.isclose(forty, 7.39794, rel_tol=1e-6)  # -log10(40e-9)
