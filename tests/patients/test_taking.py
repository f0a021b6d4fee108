"""What a patient is to take today, medicine by medicine, and what is written down as taken."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.dosing import dose_on
from patients.history import History, TreatmentRecord
from patients.taking import DayDose, Part, amounts, dose_of, taken_on, taking
from tests.factories import history

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHO = UUID(int=1)


def row(number: int = 1, **fields: Any) -> TreatmentRecord:
    """Return prednisolone 15 mg planned from ten days ago without an end, unless told otherwise."""
    usual: dict[str, Any] = {
        "id": number, "drug": "prednisolone", "dose": 15.0, "unit": "mg", "route": "oral", "every_days": 1.0,
        "started_on": TODAY - timedelta(days=10), "ended_on": None, "intent": "planned", "plan": "taper",
        "recorded_revision": number,
    }  # fmt: skip
    return TreatmentRecord(**{**usual, **fields})


def known(*rows: TreatmentRecord) -> History:
    """Return a history with these treatments, each recorded on the day it began."""
    times = {one.recorded_revision: datetime.combine(one.started_on, NOON.timetz()) for one in rows}
    return history(at=NOON, treatments=rows, revision_times=times)


def words(dose: DayDose) -> list[str]:
    return [part.words.replace("\u00a0", " ") for part in dose.parts]


def test_the_dose_is_that_of_the_step_in_force() -> None:
    first = row(1, dose=20.0, started_on=TODAY - timedelta(days=20), ended_on=TODAY - timedelta(days=11))
    found = dose_of(known(first, row(2), row(3, dose=12.5, started_on=TODAY + timedelta(days=4))), TODAY)
    assert (found.known, found.unclear, words(found)) == (True, False, ["15 mg"])


def test_without_a_plan_it_is_what_is_taken_with_no_end() -> None:
    found = dose_of(known(row(intent="taken", plan="", dose=7.5)), TODAY)
    assert words(found) == ["7.5 mg"]


def test_nothing_recorded_is_not_known() -> None:
    assert dose_of(known(), TODAY) == DayDose((), known=False)


def test_an_amount_that_is_missing_is_not_known() -> None:
    assert not dose_of(known(row(dose=None)), TODAY).known


def test_a_day_of_its_own_does_not_say_what_is_to_be_taken() -> None:
    once = row(intent="taken", plan="", started_on=TODAY, ended_on=TODAY)
    assert not dose_of(known(once), TODAY).known


def test_a_plan_and_a_standing_dose_that_differ_are_said_to() -> None:
    standing = row(2, intent="taken", plan="", dose=20.0, started_on=TODAY - timedelta(days=3))
    found = dose_of(known(row(1), standing), TODAY)
    assert (found.unclear, found.known, found.parts) == (True, False, ())


def test_the_same_dose_written_in_two_ways_is_one() -> None:
    standing = row(2, intent="taken", plan="", drug="Prednisolon 5 mg", route="", started_on=TODAY - timedelta(days=3))
    found = dose_of(known(row(1), standing), TODAY)
    assert (found.unclear, found.parts[0].drug) == (False, "prednisolone")


def test_a_stop_leaves_a_day_without_a_dose() -> None:
    stop = row(2, intent="taken", plan="", dose=0.0, started_on=TODAY - timedelta(days=1))
    assert dose_of(known(row(1), stop), TODAY) == DayDose((), known=True)


@pytest.mark.parametrize(("days_ago", "expected"), [(0, ["40 mg"]), (1, []), (2, ["40 mg"]), (3, [])])
def test_every_other_day(days_ago: int, expected: list[str]) -> None:
    found = dose_of(known(row(dose=40.0, every_days=2.0, started_on=TODAY - timedelta(days=days_ago))), TODAY)
    assert (found.known, words(found)) == (True, expected)


def test_several_times_a_day_are_said_and_not_added_up() -> None:
    assert words(dose_of(known(row(dose=10.0, every_days=0.5)), TODAY)) == ["2 × 10 mg"]


def test_other_steroids_keep_their_own_milligrams() -> None:
    found = dose_of(known(row(drug="methylprednisolone", dose=16.0)), TODAY)
    assert (found.parts[0].drug, words(found)) == ("methylprednisolone", ["16 mg"])
    assert dose_on(known(row(drug="methylprednisolone", dose=16.0)), TODAY).mg == 20


def test_two_medicines_of_one_step_are_both_named() -> None:
    both = known(row(1), row(2, drug="hydrocortisone", dose=5.0))
    assert dose_of(both, TODAY).said.replace("\u00a0", " ") == "hydrocortisone 5 mg, prednisolone 15 mg"


@pytest.mark.parametrize("fields", [{"route": "inhaled"}, {"drug": "folic acid"}, {"unit": "mg", "drug": "iron"}])
def test_what_is_no_steroid_for_the_whole_body_is_not_here(fields: dict[str, Any]) -> None:
    assert not dose_of(known(row(**fields)), TODAY).known
    assert taken_on(known(row(intent="taken", started_on=TODAY, ended_on=TODAY, **fields)), TODAY) == ()


def test_micrograms_are_written_as_people_do() -> None:
    assert Part("x", 500, "ug", "oral", 1).words == "500\u00a0µg"


def test_taken_on_names_the_records_of_that_day_alone() -> None:
    mine = row(3, intent="taken", plan="", started_on=TODAY, ended_on=TODAY)
    yesterday = replace(mine, id=2, started_on=TODAY - timedelta(days=1), ended_on=TODAY - timedelta(days=1))
    week = replace(mine, id=4, started_on=TODAY - timedelta(days=3), ended_on=TODAY)
    assert taken_on(known(row(1), yesterday, mine, week), TODAY) == (mine,)


def test_taking_says_that_all_of_it_was_taken_on_that_day() -> None:
    (fact,) = taking(dose_of(known(row()), TODAY), TODAY, patient_id=WHO)
    assert (fact.patient_id, fact.intent, fact.started_on, fact.ended_on) == (WHO, "taken", TODAY, TODAY)
    assert (fact.drug, fact.dose, fact.unit, fact.route, fact.every_days) == ("prednisolone", 15.0, "mg", "oral", 1.0)


def test_amounts_leave_out_what_was_not_taken() -> None:
    rows = [row(intent="taken", dose=0.0, started_on=TODAY, ended_on=TODAY)]
    assert amounts(rows) == ()


@given(
    dose=st.integers(1, 160).map(lambda half: half / 2),
    every=st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0]),
    begun=st.integers(0, 60),
    drug=st.sampled_from(["prednisolone", "Dexamethasone", "methylprednisolone"]),
)
def test_what_is_recorded_as_taken_is_what_was_planned(dose: float, every: float, begun: int, drug: str) -> None:
    """The worklist's milligrams of the day do not change when the patient presses "I took it"."""
    plan = row(1, dose=dose, every_days=every, drug=drug, started_on=TODAY - timedelta(days=begun))
    due = dose_of(known(plan), TODAY)
    facts = taking(due, TODAY, patient_id=WHO)
    taken = [
        row(9, drug=one.drug, dose=one.dose, unit=one.unit, route=one.route, every_days=one.every_days,
            started_on=TODAY, ended_on=TODAY, intent="taken", plan="")
        for one in facts
    ]  # fmt: skip
    assert dose_on(known(plan, *taken), TODAY).mg == pytest.approx(dose_on(known(plan), TODAY).mg)
    assert bool(taken) is bool(due.parts)
    assert amounts(taken) == due.parts
