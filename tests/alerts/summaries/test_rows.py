"""The rows of summaries: newest first, usable, confirmed, up to the moment of the history."""

import pytest

from alerts.summaries import rows
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, on, person, series


def test_results_are_usable_confirmed_and_up_to_now_the_newest_first() -> None:
    known = history(series([(0, 1), (1, 2), (2, 3), (3, 4), (9, 5)], "FE", preliminary=[1], unconfirmed=[2]), at=5)
    assert [row.value for row in rows.results(known, "FE")] == [4, 1]
    assert [row.id for row in rows.results(known, "FE", days=3)] == [4]
    assert rows.results(known, "TIBC") == ()
    assert rows.newest(known, "FE") == rows.results(known, "FE")[:1]
    assert rows.newest(known, "TIBC") == ()


def test_a_result_is_a_row_with_its_unit_and_sign() -> None:
    known = history(series([(0, 12.5)], "FERRITIN", signs={0: "<"}, first_id=7), at=5)
    (row,) = rows.results(known, "FERRITIN")
    assert (row.kind, row.id, row.code, row.value, row.unit) == ("observation", 7, "FERRITIN", "<12.5", "ug/L")
    assert rows.number_of(row) == 12.5


def test_events_are_those_that_say_something() -> None:
    events = [
        event(0, "sputum", id=1, siderophages="many"),
        event(1, "sputum", id=2),
        event(9, "sputum", id=3, siderophages="few"),
    ]
    known = history(events=events, at=5)
    assert [(row.id, row.value) for row in rows.events(known, "sputum", said="siderophages")] == [(1, "many")]
    seen = history(events=[event(0, "ecg", id=4, t_flattened=True), event(1, "ecg", id=5, t_flattened=False)], at=5)
    assert [(row.id, row.value) for row in rows.events(seen, "ecg", said="t_flattened")] == [(4, "yes")]
    assert rows.event(event(0, "infection", site="lower_airway"), "lower_airway").value == "lower airway"


@pytest.mark.parametrize(
    ("day", "within", "value"),
    [(12, 5, 3), (12, 0.5, None), (11, 5, 2), (10, 0, 2), (40, 30, 3), (-5, 5, 1), (40, 20, None)],
)
def test_beside_is_the_nearest_within_some_days(day: float, within: float, value: float | None) -> None:
    known = history(series([(0, 1), (10, 2), (13, 3)], "FE"), series([(day, 100)], "HGB", first_id=9), at=50)
    (row,) = rows.results(known, "HGB")
    near = rows.beside(rows.results(known, "FE"), row, within)
    assert (None if near is None else near.value) == value


def test_beside_nothing_there_is_nothing() -> None:
    (row,) = rows.results(history(series([(0, 100)]), at=5), "HGB")
    assert rows.beside((), row, 30) is None


@pytest.mark.parametrize(("value", "low"), [(6.5, True), (6.6, False), (20, False)])
def test_below_the_range_of_the_person(value: float, *, low: bool) -> None:
    known = history(series([(0, value)], "FE"), at=5)
    (row,) = rows.results(known, "FE")
    assert rows.below_range(known, row) is low  # women: 6.6 to 26.0 µmol/L, analytes.csv
    assert rows.below_range(history(patient=person(CHILD), at=5), row) is (value < 9.0)
    assert rows.below_range(history(patient=person(WOMAN, sex=""), at=5), row) is None
    assert row.effective_at == on(0)
