"""What a recorded dose amounts to: prednisone equivalents, names, units, rhythms and words."""

import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.amounts import (
    FACTORS,
    STEROIDS,
    amount_words,
    average,
    doses_on,
    drug_name,
    milligrams,
    number,
    prednisone_equivalent,
    total_on,
)
from patients.history import TreatmentRecord
from tests.alerts.vectors import cases, named, section
from tests.patients.doses import on, row

NB = "\u00a0"


def doses_of_days(one: TreatmentRecord, days: int) -> list[float]:
    """Return how many doses fall on each of the first days."""
    return [doses_on(one, one.started_on + timedelta(days=day)) for day in range(days)]


@pytest.mark.parametrize("case", cases("prednisone_equivalent"), ids=named)
def test_equivalents_are_those_of_the_vector(case: dict[str, Any]) -> None:
    found = prednisone_equivalent(case["drug"], case["dose_mg"])
    assert found == pytest.approx(case["prednisone_equivalent_mg"], rel=section("prednisone_equivalent")["tolerance"])


def test_factors_are_those_of_the_table() -> None:
    assert dict(FACTORS) == pytest.approx(section("prednisone_equivalent")["factors_mg_per_mg"], rel=1e-6)
    assert frozenset(FACTORS) == STEROIDS


@pytest.mark.parametrize(
    "drug", ["azathioprine", "cyclophosphamide", "ferrous sulfate", "budesonide", "", "   ", "5 mg"]
)
def test_what_is_no_systemic_glucocorticoid_has_no_equivalent(drug: str) -> None:
    assert prednisone_equivalent(drug, 10) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Prednisolone", "prednisolone"),
        (" PREDNISONE ", "prednisone"),
        ("Prednisolon", "prednisolone"),
        ("Prednisolon 5 mg Tabletten", "prednisolone"),
        ("5 mg prednisone", "prednisone"),
        ("methylprednisolone sodium succinate", "methylprednisolone"),
        ("Methylprednisolon", "methylprednisolone"),
        ("méthylprednisolone", "methylprednisolone"),
        ("Dexaméthasone", "dexamethasone"),
        ("hydrocortisone", "hydrocortisone"),
        ("Cortison", "cortisone"),
        ("betamethasone/calcipotriol", "betamethasone"),
        ("Azathioprine 50", "azathioprine 50"),
        ("deflazacort", "deflazacort"),
    ],
)
def test_a_written_name_means_a_drug(written: str, name: str) -> None:
    assert drug_name(written) == name


def test_one_steroids_name_within_anothers_is_not_that_drug() -> None:
    assert prednisone_equivalent("methylprednisolone", 8) == 10
    assert prednisone_equivalent("hydrocortisone", 8) == 2


@given(st.text(max_size=60))
def test_any_text_is_some_name_and_stays_it(written: str) -> None:
    name = drug_name(written)
    assert name in FACTORS or name == drug_name(name)


@pytest.mark.parametrize(
    ("dose", "unit", "mg"),
    [
        (15, "mg", 15),
        (0.5, "g", 500),
        (750, "ug", 0.75),
        (15, " mg ", 15),
        (15, "", None),
        (1, "mg/kg", None),
        (None, "mg", None),
    ],
)
def test_an_amount_is_known_in_units_of_mass_alone(dose: float | None, unit: str, mg: float | None) -> None:
    found = milligrams(row(0, dose, unit=unit))
    assert found == (None if mg is None else pytest.approx(mg))


@pytest.mark.parametrize("unit", ["mg", "", "mg/kg", "tablets"])
def test_zero_is_zero_in_any_unit(unit: str) -> None:
    assert milligrams(row(0, 0, unit=unit)) == 0


def test_a_dose_counts_as_prednisone_but_that_of_another_drug_as_it_is() -> None:
    assert milligrams(row(0, 16, drug="Methylprednisolone")) == 20
    assert milligrams(row(0, 400, drug="cyclophosphamide")) == 400


@pytest.mark.parametrize(
    ("every", "week"),
    [
        (1, [1, 1, 1, 1, 1, 1, 1, 1]),
        (2, [1, 0, 1, 0, 1, 0, 1, 0]),
        (3, [1, 0, 0, 1, 0, 0, 1, 0]),
        (7, [1, 0, 0, 0, 0, 0, 0, 1]),
        (1.5, [1, 1, 0, 1, 1, 0, 1, 1]),
        (7 / 3, [1, 0, 1, 0, 1, 0, 0, 1]),
        (0.5, [2, 2, 2, 2, 2, 2, 2, 2]),
        (0.3333, [3, 3, 3, 3, 3, 3, 3, 3]),
        (0.33, [3, 3, 3, 3, 3, 3, 3, 3]),
        (0.25, [4, 4, 4, 4, 4, 4, 4, 4]),
    ],
)
def test_doses_fall_on_their_days(every: float, week: list[int]) -> None:
    assert doses_of_days(row(0, 40, every=every), 8) == week


def test_a_rhythm_that_fits_no_day_counts_on_average() -> None:
    assert doses_on(row(0, 10, every=0.7), on(3)) == pytest.approx(1 / 0.7)


def test_every_other_day_goes_on_over_the_29th_of_february() -> None:
    one = row(0, 40, every=2)
    days = [one.started_on + timedelta(days=day) for day in range(730)]
    assert date(2028, 2, 29) in days
    assert [doses_on(one, day) for day in days] == [1, 0] * 365


@given(st.integers(1, 60).map(lambda tenths: 1 + tenths / 10), st.integers(1, 300))
def test_no_dose_is_lost_between_days(every: float, days: int) -> None:
    given_ = sum(doses_of_days(row(0, 10, every=every), days))
    assert given_ == pytest.approx(math.ceil(days / every - 1e-9), abs=1e-9)


@given(st.integers(1, 6), st.integers(0, 400))
def test_several_doses_a_day_are_the_same_every_day(times: int, day: int) -> None:
    assert doses_on(row(0, 5, every=1 / times), on(day)) == times


def test_several_drugs_add_up() -> None:
    rows = [row(0, 10), row(0, 4, drug="dexamethasone"), row(0, 100, drug="hydrocortisone")]
    assert total_on(rows, on(0)) == pytest.approx(10 + 80 / 3 + 25)
    assert average(rows) == pytest.approx(10 + 80 / 3 + 25)


def test_one_amount_that_is_not_known_leaves_the_sum_unknown() -> None:
    rows = [row(0, 10), row(0, None, drug="dexamethasone")]
    assert total_on(rows, on(0)) is None
    assert average(rows) is None


def test_an_average_is_per_day_where_a_day_has_all_or_nothing() -> None:
    one = row(0, 40, every=2)
    assert average([one]) == 20
    assert [total_on([one], on(day)) for day in (0, 1, 2)] == [40, 0, 40]


def test_several_times_a_day_count_in_both() -> None:
    one = row(0, 5, every=0.5)
    assert average([one]) == total_on([one], on(4)) == 10


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(0, 15)], f"15{NB}mg"),
        ([row(0, 12.5)], f"12.5{NB}mg"),
        ([row(0, 1.25)], f"1.25{NB}mg"),
        ([row(0, 0)], f"0{NB}mg"),
        ([row(0, 40, every=2)], f"40{NB}mg every 2{NB}days"),
        ([row(0, 5, every=0.5)], f"10{NB}mg"),
        ([row(0, 16, drug="methylprednisolone")], f"20{NB}mg prednisone-equivalent"),
        ([row(0, 16, drug="methylprednisolone", every=2)], f"20{NB}mg prednisone-equivalent every 2{NB}days"),
        ([row(0, 10), row(0, 20, drug="hydrocortisone")], f"15{NB}mg prednisone-equivalent"),
        ([row(0, 10), row(0, 20, every=2, route="iv")], f"20{NB}mg a day on average"),
        ([row(0, 30, drug="deflazacort")], f"25{NB}mg prednisone-equivalent"),
        ([row(0, None)], "dose unknown"),
        ([row(0, 1, unit="mg/kg")], "dose unknown"),
    ],
)
def test_an_amount_is_said_in_words(rows: list[TreatmentRecord], words: str) -> None:
    assert amount_words(rows) == words


@pytest.mark.parametrize(
    ("value", "text"), [(15.0, "15"), (12.5, "12.5"), (10 / 3, "3.33"), (1000.0, "1000"), (0.0, "0")]
)
def test_a_number_has_two_decimals_at_most(value: float, text: str) -> None:
    assert number(value) == text
