"""Numbers with units: exact conversion, and every doubt held with what it probably means."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.analytes import Analyte, analyte, catalogue
from patients.readings import RowState
from tests.patients.raws import WARNING, codes, framed, judged, message, raw, read, told

NUMERIC = [one for one in catalogue().values() if one.value_type == "number"]
USUAL = framed(recent={"HGB": (128.0, 130.0, 126.0), "CRP": (50.0, 48.0), "SPO2": (96.0,)})


@pytest.mark.parametrize(
    ("name", "value", "unit", "canonical"),
    [
        ("HGB", "13.3", "g/dL", 133.0),
        ("HGB", "133", "g/L", 133.0),
        ("HGB", "8", "mmol/L", 128.916),  # 8 × 16.1145, reference case unit_conversion-08
        ("HGB", "13300", "mg/dL", 133.0),
        ("BILI_T", "1.2", "mg/dL", 20.52474942702),  # reference case unit_conversion-39
        ("PACO2", "5.3", "kPa", 39.75326351978),  # reference case unit_conversion-70
        ("RETIC", "12", "‰", 1.2),
        ("WBC", "15400", "/uL", 15.4),
        ("TEMP", "98.6", "°F", 37.0),
        ("PH_A", "40", "nmol/L", 7.39794000867),
        ("PH_A", "7.41", "", 7.41),
        ("COLOR_INDEX", "0.82", "", 0.82),
    ],
)
def test_a_value_becomes_the_catalogues_unit(name: str, value: str, unit: str, canonical: float) -> None:
    reading = read(value, unit, name)
    assert reading.state is RowState.ACCEPTED
    assert reading.value == pytest.approx(canonical, rel=1e-11)
    assert (reading.unit, reading.original_value, reading.original_unit) == (analyte(name).unit, value, unit)
    assert not reading.issues


@pytest.mark.parametrize("percent", [35, 41, 47, 57])
def test_conversion_is_exact_where_floats_are_not(percent: int) -> None:
    assert percent * 0.01 != percent / 100
    assert read(str(percent), "%", "HCT").value == percent / 100


@pytest.mark.parametrize(
    ("value", "mark", "canonical"),
    [("13,3", ",", 133.0), ("13.3", ".", 133.0), ("1.333,5", ",", 13335.0), ("0,9", ",", 9.0)],
)
def test_the_files_decimal_mark_is_kept_to(value: str, mark: str, canonical: float) -> None:
    assert read(value, decimal_mark=mark).value == canonical


@pytest.mark.parametrize(
    ("value", "proposal"),
    [("9.8 L", "9.8"), ("112*", "112"), ("~98", "98"), ("ca. 98", "98"), ("13,3", "13.3"), ("1.234,5", "1234.5")],
)
def test_a_doubtful_number_is_held_beside_our_reading_of_it(value: str, proposal: str) -> None:
    reading = read(value, "ug/L", "Ferritin", decimal_mark=".")
    assert reading.state is RowState.HELD
    assert told(reading) == [("doubtful_number", WARNING)]
    assert f"read as {proposal}." in message(reading, "doubtful_number")
    assert reading.value == float(proposal)


@pytest.mark.parametrize(
    "value",
    [
        "1_0",
        "١٢",
        "Infinity",
        "-inf",
        "1e999",
        "0x10",
        "1.2.3",
        "12 13",
        "twelve",
        "=1+1",
        "1/2",
        "12;3",
        "9" * 50,
    ],
)
def test_what_is_no_plain_number_is_held(value: str) -> None:
    reading = read(value)
    assert (reading.state, codes(reading), reading.value) == (RowState.HELD, ["unreadable_value"], None)


def test_a_number_that_could_be_read_in_two_ways_is_not_read() -> None:
    reading = read("1,234", "10*9/L", "Platelets", decimal_mark="")
    assert (reading.state, codes(reading), reading.value) == (RowState.HELD, ["unreadable_value"], None)


@pytest.mark.parametrize(
    ("name", "value", "proposal"),
    [
        ("Hemoglobin", "128", "It may be g/L."),
        ("PAO2", "82", "It may be mm[Hg]."),
        ("PEF", "370", "It may be L/min."),
        ("PAO2", "9.8", "It may be kPa."),
        ("TEMP", "98.4", "It may be [degF]."),
    ],
)
def test_a_missing_unit_is_asked_for_and_may_be_proposed(name: str, value: str, proposal: str) -> None:
    reading = read(value, "", name)
    assert (reading.state, codes(reading), reading.value) == (RowState.HELD, ["unit_missing"], None)
    assert proposal in message(reading, "unit_missing")


@pytest.mark.parametrize(
    ("name", "value"), [("Hemoglobin", "26"), ("Hemoglobin", "7.9"), ("Iron", "14"), ("Ferritin", "30")]
)
def test_a_missing_unit_is_never_guessed(name: str, value: str) -> None:
    reading = read(value, "", name)
    assert (reading.state, reading.value) == (RowState.HELD, None)
    assert "It may be" not in message(reading, "unit_missing")
    assert "possible are" in message(reading, "unit_missing")


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("furlong", "unknown_unit"),
        ("g/dl/x", "unknown_unit"),
        ("mmHg", "unit_not_of_analyte"),
        ("%", "unit_not_of_analyte"),
    ],
)
def test_a_unit_that_cannot_be_is_held_with_those_that_can(unit: str, code: str) -> None:
    reading = read("13.3", unit)
    assert (reading.state, codes(reading), reading.value) == (RowState.HELD, [code], None)
    assert "possible are g/L, g/dL, mmol/L, g%" in message(reading, code)
    assert reading.issues[0].original == unit


@pytest.mark.parametrize(
    ("value", "unit", "canonical"), [("13.3 g/dL", "", 133.0), ("13.3 g/dl", "g/dL", 133.0), ("133g/L", "", 133.0)]
)
def test_a_unit_may_stand_behind_the_number(value: str, unit: str, canonical: float) -> None:
    reading = read(value, unit)
    assert (reading.state, reading.value) == (RowState.ACCEPTED, canonical)


def test_a_unit_behind_the_number_that_is_another_than_stated_is_held() -> None:
    reading = read("133 g/L", "g/dL")
    assert (reading.state, codes(reading), reading.value) == (RowState.HELD, ["unit_conflict"], None)


@pytest.mark.parametrize("mu", ["µ", "μ"])
def test_both_signs_for_micro_are_one(mu: str) -> None:
    assert read("17", f"{mu}g/dl", "Iron").value == pytest.approx(3.04414003, rel=1e-8)  # unit_conversion-16


@settings(deadline=None)
@given(st.sampled_from(NUMERIC), st.data())
def test_a_value_is_the_same_in_every_unit_of_its_analyte(one: Analyte, data: st.DataObject) -> None:
    written = data.draw(st.decimals(min_value="0.001", max_value="9999", places=3))
    unit = data.draw(st.sampled_from([one.unit, *(other.unit for other in one.other_units)]))
    conversion = one.conversion(unit)
    assert conversion is not None
    canonical = conversion.apply(written)
    reading = read(str(written), unit, one.code)
    assert reading.value == float(canonical)
    assert not exact_decimal(canonical) or read(exact_decimal(canonical), one.unit, one.code).value == reading.value


def exact_decimal(value: Fraction) -> str:
    """Return a number as short decimals, "" where it is none."""
    shown = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return shown if Fraction(shown) == value and len(shown) < 16 and value >= 0 else ""


@pytest.mark.parametrize(("value", "canonical"), [("2.9", 29.0), ("3.99", 39.9), ("1.0", 10.0)])
def test_a_low_hemoglobin_is_let_in_at_once_unconfirmed(value: str, canonical: float) -> None:
    reading = read(value)
    assert (reading.state, reading.value, reading.unconfirmed) == (RowState.ACCEPTED, canonical, True)
    assert told(reading) == [("outside_soft_limits", WARNING)]
    assert "unusually low" in message(reading, "outside_soft_limits")


def test_a_low_saturation_is_let_in_at_once_unconfirmed() -> None:
    reading = read("78", "%", "SPO2")
    assert (reading.state, reading.value, reading.unconfirmed) == (RowState.ACCEPTED, 78.0, True)


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [("HGB", "21", "g/dL"), ("PLT", "20", "10*9/L"), ("WBC", "90", "10*9/L"), ("FE", "0.5", "umol/L")],
)
def test_other_values_outside_the_soft_limits_wait_for_a_person(name: str, value: str, unit: str) -> None:
    reading = read(value, unit, name)
    assert (reading.state, reading.unconfirmed, told(reading)) == (
        RowState.HELD,
        False,
        [("outside_soft_limits", WARNING)],
    )
    assert reading.value is not None


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [("HGB", "0.9", "g/dL"), ("HGB", "300", "g/L"), ("HGB", "-9.8", "g/dL"), ("SPO2", "101", "%"), ("SPO2", "12", "%")],
)
def test_what_is_not_possible_is_held_and_never_used(name: str, value: str, unit: str) -> None:
    reading = read(value, unit, name)
    assert (reading.state, reading.unconfirmed, told(reading)) == (RowState.HELD, False, [("implausible", WARNING)])
    assert "is not possible" in message(reading, "implausible")


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_ph_without_protons_is_held(value: str) -> None:
    reading = read(value, "nmol/L", "PH_A")
    assert (reading.state, codes(reading), reading.value) == (RowState.HELD, ["implausible"], None)


def test_a_mixed_up_unit_is_held_with_the_unit_that_fits() -> None:
    reading = judged(raw("6.48", "mg/L", "CRP"), framed(recent={"CRP": (61.0, 65.0, 70.0)}))
    assert (reading.state, reading.unconfirmed, told(reading)) == (RowState.HELD, False, [("unit_mixup", WARNING)])
    assert "6.48 would fit in mg/dL. Please confirm" in message(reading, "unit_mixup")
    assert (reading.value, reading.unit, reading.original_unit) == (6.48, "mg/L", "mg/L")  # never converted


@pytest.mark.parametrize(
    ("value", "unit", "canonical", "fits", "more"),
    [
        ("6.48", "g/dL", 64.8, "mmol/L", []),
        ("64.6", "g/L", 64.6, "", []),
        ("6.46", "g/dL", 64.6, "mmol/L", []),
        ("12.4", "g/L", 12.4, "g/dL", [("outside_soft_limits", WARNING)]),
        ("10", "g/L", 10.0, "", [("outside_soft_limits", WARNING)]),
    ],
)
def test_a_fall_of_hemoglobin_that_another_unit_would_explain_is_used_at_once(
    value: str, unit: str, canonical: float, fits: str, more: list[tuple[str, str]]
) -> None:
    reading = judged(raw(value, unit), framed(recent={"HGB": (130.0, 131.0, 129.0)}))
    told_of_unit = [("unit_mixup", WARNING)] if fits else []
    assert (reading.state, reading.value, told(reading)) == (RowState.ACCEPTED, canonical, told_of_unit + more)
    assert reading.unconfirmed is bool(told_of_unit + more)
    if fits:
        assert f"{value} would fit in {fits}; used at once, please confirm." in message(reading, "unit_mixup")


def test_a_rise_that_another_unit_would_explain_is_held() -> None:
    reading = judged(raw("14.6", "mmol/L"), framed(recent={"HGB": (126.0, 130.0)}))
    assert (reading.state, reading.unconfirmed) == (RowState.HELD, False)
    assert "14.6 would fit in g/dL. Please confirm" in message(reading, "unit_mixup")
    low = judged(raw("3.5", "g/dL"), framed(recent={"HGB": (20.0,)}))  # below the soft limit, and yet no fall
    assert (low.state, low.unconfirmed) == (RowState.ACCEPTED, True)


@given(st.floats(min_value=1.01, max_value=25.9), st.sampled_from(["g/dL", "mmol/L"]), st.floats(60, 180))
def test_no_fall_of_hemoglobin_within_the_hard_limits_is_ever_held(number: float, unit: str, usual: float) -> None:
    reading = judged(raw(f"{number:.2f}", unit), framed(recent={"HGB": (usual,)}))
    assert reading.value is not None
    if 10 <= reading.value < usual:
        assert reading.state is RowState.ACCEPTED
        assert reading.unconfirmed is bool(reading.issues)


def test_a_fall_below_the_hard_limit_is_held_even_where_another_unit_would_explain_it() -> None:
    reading = judged(raw("8", "g/L"), framed(recent={"HGB": (130.0,)}))
    assert (reading.state, reading.unconfirmed, codes(reading)) == (RowState.HELD, False, ["unit_mixup", "implausible"])


def test_no_saturation_in_another_unit_lies_within_the_hard_limits() -> None:
    reading = judged(raw("0.95", "%", "SPO2"), framed(recent={"SPO2": (95.0, 96.0)}))
    assert (reading.state, reading.unconfirmed) == (RowState.HELD, False)
    assert "0.95 would fit in [1]" in message(reading, "unit_mixup")
    fallen = judged(raw("45", "%", "SPO2"), framed(recent={"SPO2": (95.0, 96.0)}))
    assert (fallen.state, fallen.unconfirmed, codes(fallen)) == (RowState.ACCEPTED, True, ["outside_soft_limits"])


def test_a_true_fall_is_no_mixed_up_unit() -> None:
    reading = judged(raw("5.8", "g/dL"), USUAL)
    assert (reading.state, reading.value, reading.issues) == (RowState.ACCEPTED, 58.0, ())


def test_a_mixed_up_unit_beyond_the_hard_limits_is_told_as_both() -> None:
    reading = judged(raw("126", "g/dL"), USUAL)
    assert (reading.state, codes(reading)) == (RowState.HELD, ["unit_mixup", "implausible"])
    assert "126 would fit in g/L" in message(reading, "unit_mixup")


def test_below_a_detection_limit_no_unit_is_suspected() -> None:
    assert judged(raw("5", "mg/L", "CRP"), USUAL).state is RowState.HELD  # 50 in mg/dL is what it usually is
    assert judged(raw("<5", "mg/L", "CRP"), USUAL).state is RowState.ACCEPTED


def test_the_history_of_another_analyte_does_not_count() -> None:
    assert judged(raw("12.4", "mg/L", "CRP"), framed(recent={"HGB": (128.0,)})).state is RowState.ACCEPTED
