"""Transferrin saturation: the clinical vectors, one sample or two, reported or computed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.saturation import LOW_SATURATION, percent, saturation
from patients.analytes import analyte
from patients.history import Series
from tests.alerts.rules.histories import Point, history, series
from tests.alerts.vectors import named, section

VECTORS = section("transferrin_saturation")


def canonical(code: str, unit: str, value: float) -> float:
    """Return a value in the catalogue's unit."""
    conversion = analyte(code).conversion_of(unit)
    assert conversion is not None
    return float(conversion.apply(value))  # type: ignore[arg-type] # exact for the vectors' whole numbers


@pytest.mark.parametrize("case", VECTORS["cases"], ids=named)
def test_the_clinical_vectors_hold(case: dict[str, Any]) -> None:
    if "iron_ug_per_dl" in case:
        iron = canonical("FE", "ug/dL", case["iron_ug_per_dl"])
        found = percent(iron, tibc=canonical("TIBC", "ug/dL", case["tibc_ug_per_dl"]))
    elif "transferrin_g_per_l" in case:
        found = percent(case["iron_umol_per_l"], transferrin=case["transferrin_g_per_l"])
    else:
        found = percent(case["iron_umol_per_l"], tibc=case["tibc_umol_per_l"])
    assert found is not None
    assert found == pytest.approx(case["tsat_percent"], rel=VECTORS["tolerance"])
    assert (found < LOW_SATURATION) is case["low"]


def test_a_measured_capacity_goes_before_transferrin() -> None:
    assert percent(9, tibc=72, transferrin=3.4) == 12.5


@pytest.mark.parametrize("bound", [{}, {"tibc": 0}, {"transferrin": 0}, {"tibc": -1}])
def test_nothing_to_bind_is_no_saturation(bound: dict[str, float]) -> None:
    assert percent(9, **bound) is None


@given(st.floats(0, 200), st.floats(1, 150))
def test_it_is_the_share_of_what_can_be_bound(iron: float, tibc: float) -> None:
    found = percent(iron, tibc=tibc)
    assert found is not None
    assert found * tibc / 100 == pytest.approx(iron)


def iron(*points: Point, **fields: Any) -> Series:
    return series(points, "FE", **fields)


def tibc(*points: Point, **fields: Any) -> Series:
    return series(points, "TIBC", first_id=101, **fields)


def transferrin(*points: Point, **fields: Any) -> Series:
    return series(points, "TRANSFERRIN", first_id=201, **fields)


def reported(*points: Point, **fields: Any) -> Series:
    return series(points, "TSAT", first_id=301, **fields)


def by(laboratory: str, known: Series) -> Series:
    """Return results as those of one laboratory."""
    return Series(
        known.code, known.ids, known.times, known.values, known.usable, known.unconfirmed, known.recorded_revision,
        known.comparators, (laboratory,) * len(known),
    )  # fmt: skip


def test_iron_and_capacity_of_one_sample_give_a_saturation() -> None:
    found = saturation(history(iron((0, 9), (30, 18)), tibc((0, 72), (30, 55))))
    assert found.series.values.tolist() == pytest.approx([12.5, 32.72727273])
    assert found.computed == {0, 1}
    assert found.series.code == "TSAT"


def test_values_of_two_samples_give_none() -> None:
    found = saturation(history(iron((0, 9)), tibc((0.1, 72))))
    assert len(found.series) == 0


def test_two_laboratories_are_two_samples() -> None:
    known = history(by("north", iron((0, 9))), by("south", tibc((0, 72))))
    assert len(saturation(known).series) == 0
    same = history(by("north", iron((0, 9))), by("north", tibc((0, 72))))
    assert saturation(same).series.performers == ("north",)


def test_transferrin_stands_in_for_the_capacity() -> None:
    found = saturation(history(iron((0, 5)), transferrin((0, 3.4))))
    assert found.series.values.tolist() == pytest.approx([5.858917272])


def test_what_the_laboratory_reported_goes_before_what_can_be_computed() -> None:
    found = saturation(history(iron((0, 9), (30, 9)), tibc((0, 72), (30, 72)), reported((0, 13))))
    assert found.series.values.tolist() == [13, 12.5]
    assert found.computed == {1}
    assert found.series.ids.tolist() == [301, 2]


def test_a_bound_is_nothing_to_compute_with() -> None:
    assert len(saturation(history(iron((0, 2), signs={0: "<"}), tibc((0, 72)))).series) == 0
    assert len(saturation(history(iron((0, 9)), tibc((0, 150), signs={0: ">"}))).series) == 0


def test_a_reported_bound_keeps_its_sign() -> None:
    found = saturation(history(reported((0, 5), signs={0: "<"}), iron((9, 9)), tibc((9, 72))))
    assert found.series.comparators == ("<", "")


def test_a_saturation_is_as_certain_as_the_less_certain_of_its_values() -> None:
    known = history(iron((0, 9), (1, 9), (2, 9), preliminary=[0]), tibc((0, 72), (1, 72), (2, 72), unconfirmed=[1]))
    found = saturation(known).series
    assert found.usable.tolist() == [False, True, True]
    assert found.unconfirmed.tolist() == [False, True, False]


def test_it_became_known_when_the_later_of_its_values_did() -> None:
    late = tibc((0, 72))
    late.recorded_revision[:] = 7
    assert saturation(history(iron((0, 9)), late)).series.recorded_revision.tolist() == [7]


def test_without_iron_there_is_none() -> None:
    assert len(saturation(history(tibc((0, 72)))).series) == 0
    assert saturation(history()).computed == frozenset()


@given(st.lists(st.integers(0, 40), unique=True, max_size=12), st.lists(st.integers(0, 40), unique=True, max_size=12))
def test_there_is_one_for_each_sample_that_has_both(irons: list[int], capacities: list[int]) -> None:
    known = history(iron(*((day, 10.0) for day in irons)), tibc(*((day, 60.0) for day in capacities)))
    found = saturation(known)
    assert len(found.series) == len(set(irons) & set(capacities)) == len(found.computed)
    assert np.all(np.diff(found.series.times) > 0)
