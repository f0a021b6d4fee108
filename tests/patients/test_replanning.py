"""A plan in place of a plan: what was planned before the day stays, nothing is planned twice, what was taken is left alone."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.facts import NewTreatment
from patients.history import TreatmentRecord
from patients.replanning import Replacement, covering, replacement

WHO = UUID(int=7)
START = date(2026, 3, 1)


def on(day: int) -> date:
    """Return a day of the story."""
    return START + timedelta(days=day)


def row(first: int, last: int | None, mg: float = 10, **fields: Any) -> TreatmentRecord:
    """Return a planned step of prednisolone."""
    usual: dict[str, Any] = {"id": first, "drug": "prednisolone", "intent": "planned", "plan": "taper"}
    both = {**usual, "recorded_revision": 1, "every_days": 1.0, "unit": "mg", "route": "oral", **fields}
    return TreatmentRecord(dose=mg, started_on=on(first), ended_on=None if last is None else on(last), **both)


def step(first: int, last: int | None, mg: float, **fields: Any) -> NewTreatment:
    """Return a step of the new plan."""
    end = None if last is None else on(last)
    usual: dict[str, Any] = {"dose": mg, "unit": "mg", "route": "oral", "ended_on": end, "plan": "new", **fields}
    return NewTreatment(WHO, "prednisolone", on(first), "planned", **usual)


def replaced(rows: list[TreatmentRecord], *steps: NewTreatment, day: int, drug: str = "prednisolone") -> Replacement:
    """Return the replacement from a day on."""
    return replacement(rows, steps, patient_id=WHO, drug=drug, start_on=on(day))


def test_steps_from_the_day_on_are_taken_back_and_earlier_ones_stay() -> None:
    rows = [row(0, 6, 40), row(7, 13, 30), row(14, None, 20)]
    change = replaced(rows, step(14, None, 25), day=14)
    assert [one.id for one in change.taken_back] == [14]
    assert change.recorded == (step(14, None, 25),)
    assert change.shortened == ()


def test_the_step_under_way_ends_the_day_before() -> None:
    change = replaced([row(0, 6, 40), row(7, None, 30)], step(10, None, 50), day=10)
    (cut,) = change.shortened
    assert (cut.dose, cut.started_on, cut.ended_on, cut.plan, cut.intent) == (30, on(7), on(9), "taper", "planned")
    assert change.recorded == (cut, step(10, None, 50))
    assert [one.id for one in change.taken_back] == [7]


def test_with_nothing_instead_the_plan_ends() -> None:
    change = replaced([row(0, None, 40)], day=3)
    assert [(one.dose, one.ended_on) for one in change.recorded] == [(40, on(2))]
    assert replaced([row(5, None)], day=5).recorded == ()


def test_what_is_taken_or_another_medicine_is_left_alone() -> None:
    rows = [row(0, None, intent="taken"), row(0, None, drug="azathioprine")]
    assert replaced(rows, step(0, None, 20), day=0).taken_back == ()


def test_a_medicine_is_known_by_its_written_names() -> None:
    assert replaced([row(0, None, drug="Prednisolon 5 mg")], step(0, None, 20), day=0).taken_back


def test_a_plan_is_named_once() -> None:
    rows = [row(0, 6), row(7, 13, plan="b"), row(14, None), row(20, None, plan="")]
    assert replaced(rows, step(0, None, 20), day=0).plans == ("taper", "b")


def test_the_plan_that_stands_changes_nothing() -> None:
    rows = [row(0, 6, 40, plan="new"), row(7, None, 30, plan="new")]
    same = (step(0, 6, 40), step(7, None, 30))
    assert replaced(rows, *same, day=0).changes_nothing
    assert replaced(rows, step(3, 6, 40), step(7, None, 30), day=3).changes_nothing is False
    assert not replaced(rows, step(0, 6, 41), step(7, None, 30), day=0).changes_nothing
    assert not replaced([], *same, day=0).changes_nothing
    assert not replaced([], day=0).changes_nothing


@pytest.mark.parametrize(("day", "ids"), [(0, [0]), (6, [0]), (7, [7]), (30, [7]), (-1, [])])
def test_what_holds_on_a_day(day: int, ids: list[int]) -> None:
    rows = [row(0, 6), row(7, None), row(0, None, id=99, intent="taken")]
    assert [one.id for one in covering(rows, on(day), "planned")] == ids


def test_what_was_recorded_last_stands_at_the_end() -> None:
    rows = [row(0, None, id=5, recorded_revision=9), row(0, None, id=8, recorded_revision=3)]
    assert [one.id for one in covering(rows, on(0), "planned")] == [8, 5]


spans = st.tuples(st.integers(-60, 60), st.none() | st.integers(0, 40), st.sampled_from(["planned", "taken"]))


@given(st.lists(spans, max_size=8), st.integers(-60, 60))
def test_after_a_replacement_each_day_has_what_it_should(drawn: list[Any], day: int) -> None:
    rows = [
        row(first, None if length is None else first + length, id=n, intent=intent)
        for n, (first, length, intent) in enumerate(drawn)
    ]
    change = replaced(rows, step(day, None, 99), day=day)
    gone = {one.id for one in change.taken_back}
    assert not any(rows[n].intent == "taken" for n in gone)
    for probe in range(-70, 110, 7):
        before = covering(rows, on(probe), "planned")
        kept = [one for one in before if one.id not in gone]
        new = [one for one in change.recorded if one.started_on <= on(probe) and on(probe) <= (one.ended_on or on(999))]
        assert len(kept) + len(new) == (len(before) if probe < day else 1)
