"""What stands beside a number: comparators, the laboratory's reference range."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.readings import RowState
from tests.patients.raws import INFORMATION, WARNING, codes, read, told


@pytest.mark.parametrize(
    ("value", "cell", "comparator"),
    [
        ("<5", "", "<"), ("< 5", "", "<"), ("≤ 5", "", "<="), (">=5", "", ">="), ("> 5", "", ">"), ("5", "<", "<"),
        ("5", "≥", ">="),        ("5", "=", ""), ("5", "", ""), ("<5", "<", "<"), ("kleiner 5", "", "<"), ("менее 5", "", "<"),
    ],
)  # fmt: skip
def test_a_comparator_is_kept_from_wherever_it_stands(value: str, cell: str, comparator: str) -> None:
    reading = read(value, "mg/L", "CRP", comparator=cell)
    assert (reading.state, reading.value, reading.comparator) == (RowState.ACCEPTED, 5.0, comparator)


@pytest.mark.parametrize(
    ("value", "cell", "code"),
    [("<5", ">", "comparator_conflict"), ("5", "~", "unknown_comparator"), ("5", "ad", "unknown_comparator")],
)
def test_a_comparator_in_doubt_holds_the_row(value: str, cell: str, code: str) -> None:
    reading = read(value, "mg/L", "CRP", comparator=cell)
    assert (reading.state, told(reading)) == (RowState.HELD, [(code, WARNING)])
    assert reading.issues[0].original == cell


def test_fewer_protons_than_a_bound_are_a_higher_ph() -> None:
    reading = read("<40", "nmol/L", "PH_A")
    assert (reading.state, reading.comparator) == (RowState.ACCEPTED, ">")
    assert read("<=7.2", "", "PH_A").comparator == "<="
    assert read(">=40", "nmol/L", "PH_A").comparator == "<="


def test_a_bound_is_judged_by_the_limits_like_a_value() -> None:
    assert codes(read("<5", "g/L")) == ["implausible"]  # as in the German file with special values
    assert codes(read("> 1500", "%", "Reticulocytes")) == ["implausible"]
    assert codes(read("≤ 0.5", "10*9/L", "Platelets")) == ["implausible"]


RANGES: list[tuple[dict[str, Any], float | None, float | None]] = [
    ({"reference": "11.5-15.0"}, 115.0, 150.0),
    ({"reference": "11.5 – 15.0"}, 115.0, 150.0),
    ({"reference": "115-150 g/L"}, 115.0, 150.0),
    ({"reference": "<15"}, None, 150.0),
    ({"reference": "> 11.5"}, 115.0, None),
    ({"reference_low": "11.5", "reference_high": "15"}, 115.0, 150.0),
    ({"reference_low": "11.5"}, 115.0, None),
    ({"reference_high": "15"}, None, 150.0),
    ({"reference": "as read", "reference_low": "11.5", "reference_high": "15"}, 115.0, 150.0),
    ({}, None, None),
]


@pytest.mark.parametrize(("written", "low", "high"), RANGES)
def test_a_reference_range_is_in_the_unit_of_its_result(
    written: dict[str, Any], low: float | None, high: float | None
) -> None:
    reading = read("13.2", **written)
    assert (reading.reference_low, reading.reference_high) == (low, high)
    assert (reading.state, reading.issues) == (RowState.ACCEPTED, ())


@pytest.mark.parametrize(
    "written",
    [
        {"reference": "see comment"},
        {"reference": "15.0-11.5"},
        {"reference": "115-150 mmHg"},
        {"reference_low": "low", "reference_high": "15"},
        {"reference_low": "15", "reference_high": "11.5"},
        {"reference_low": "<11.5"},
        {"reference_high": "15 L"},
    ],
)
def test_a_range_that_cannot_be_read_is_told_and_holds_nothing(written: dict[str, Any]) -> None:
    reading = read("13.2", **written)
    assert (reading.reference_low, reading.reference_high) == (None, None)
    assert (reading.state, told(reading)) == (RowState.ACCEPTED, [("unread_reference", INFORMATION)])


def test_the_range_of_protons_turns_round_as_ph() -> None:
    reading = read("40", "nmol/L", "PH_A", reference="35-45")
    assert reading.reference_low == pytest.approx(7.346787, rel=1e-6)  # -log10(45e-9)
    assert reading.reference_high == pytest.approx(7.455932, rel=1e-6)  # -log10(35e-9)


def test_a_bare_range_of_a_bare_number_has_its_unit() -> None:
    reading = read("7.41", "", "PH_A", reference="7.35-7.45")
    assert (reading.reference_low, reading.reference_high) == (7.35, 7.45)


def test_an_absent_unit_leaves_the_range_unread() -> None:
    reading = read("13.2", "", reference="11.5-15")
    assert codes(reading) == ["unread_reference", "unit_missing"]


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=12), st.text(max_size=12))
def test_no_reference_raises_or_ends_below_its_beginning(text: str, low: str, high: str) -> None:
    reading = read("13.2", reference=text, reference_low=low, reference_high=high)
    if reading.reference_low is not None and reading.reference_high is not None:
        assert reading.reference_low <= reading.reference_high
