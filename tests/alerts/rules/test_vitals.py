"""Results beside an event: around it, before it, and what was usual."""

import pytest

from alerts.rules.vitals import UNITS, between, lowest, newest_before, usual
from patients.analytes import analyte
from patients.history import History
from tests.alerts.rules.histories import history, on, series

NB = "\u00a0"
POINTS = [(0, 97.0), (1, 96.0), (2, 95.0), (3, 98.0)]


def known(**fields: object) -> History:
    """Return a history of oxygen saturations."""
    return history(series(POINTS, "SPO2", **fields), at=9)  # type: ignore[arg-type] # as the series takes them


def at(day: float) -> float:
    """Return a day in seconds."""
    return on(day).timestamp()


def test_units_are_those_of_the_catalogue() -> None:
    assert {code: analyte(code).unit for code in UNITS} == UNITS


def test_both_ends_of_a_window_belong_to_it() -> None:
    assert [one.value for one in between(known(), "SPO2", at(1), at(2))] == [96, 95]
    assert between(known(), "SBP", at(0), at(9)) == []


def test_preliminary_results_are_left_out_and_unconfirmed_ones_marked() -> None:
    assert [one.value for one in between(known(preliminary=[1]), "SPO2", at(0), at(9))] == [97, 95, 98]
    marks = [(one.confirmed, one.caution) for one in between(known(unconfirmed=[2]), "SPO2", at(1), at(2))]
    assert marks == [(True, ""), (False, " (not confirmed yet)")]


def test_the_newest_before_is_confirmed_and_not_too_old() -> None:
    newest = newest_before(known(), "SPO2", at(3), 90)
    assert newest is not None
    assert newest.value == 95
    second = newest_before(known(unconfirmed=[2]), "SPO2", at(3), 90)
    assert second is not None
    assert second.value == 96
    assert newest_before(known(), "SPO2", at(9), 5) is None
    assert newest_before(known(), "SPO2", at(0), 90) is None


@pytest.mark.parametrize(("least", "own"), [(1, 96.5), (4, 96.5), (5, None)])
def test_usual_is_the_median_of_enough(least: int, own: float | None) -> None:
    assert usual(known(), "SPO2", at(9), least=least) == own


def test_usual_is_of_the_last_confirmed_ones_before() -> None:
    assert usual(known(), "SPO2", at(3), least=3) == 96
    assert usual(known(unconfirmed=[0]), "SPO2", at(3), least=2) == 95.5
    assert usual(known(preliminary=[0]), "SPO2", at(3), least=3) is None
    assert usual(known(), "SPO2", at(9), least=1, last=1) == 98


def test_the_lowest_of_equal_ones_is_the_newest() -> None:
    twice = history(series([(0, 91), (1, 90), (2, 90)], "SPO2"), at=9)
    low = lowest(between(twice, "SPO2", at(0), at(9)))
    assert low is not None
    assert (low.value, low.time) == (90, at(2))
    assert lowest([]) is None


def test_a_value_is_written_with_its_unit_and_is_a_row() -> None:
    (one,) = between(history(series([(0, 101.25)], "SBP", first_id=7), at=9), "SBP", at(0), at(1))
    assert one.text == f"101.2{NB}mmHg"
    row = one.evidence("baseline")
    assert (row.role, row.kind, row.id, row.code, row.value, row.unit) == (
        "baseline", "observation", 7, "SBP", 101.25, "mm[Hg]",
    )  # fmt: skip
    assert one.evidence().role == "support"
