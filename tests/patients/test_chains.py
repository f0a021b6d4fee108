"""One fact with where it came from: who, when, why, what it replaced, and what took its place."""

from datetime import date
from typing import Any

import pytest

from patients.chains import Link, latest, read
from patients.correcting import correct, replace_treatments
from patients.facts import Fact
from patients.models import Patient, User
from patients.recording import record, retract
from tests.patients.records import DAY, NOON, dose, event, result, someone

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(db: None) -> Patient:
    return someone()


@pytest.fixture
def nurse(db: None) -> User:
    return User.objects.create_user("nurse@example.org", "x" * 12, first_name="Rosa", last_name="Klein")


def made(fact: Fact, **fields: Any) -> int:
    """Record one fact; return its id."""
    (outcome,) = record([fact], **{"by": None, "at": NOON, "why": "typed", **fields})
    assert outcome.fact_id is not None
    return outcome.fact_id


def found(patient: Patient, kind: Any, fact_id: int) -> Link:
    """Return a fact that is there."""
    link = read(kind, fact_id, patient_id=patient.pk)
    assert link is not None
    return link


def test_a_new_fact_stands_alone_and_says_who_recorded_it(patient: Patient, nurse: User) -> None:
    link = found(patient, "observation", made(result(patient), by=nurse))
    assert link.recorded is not None
    assert (link.recorded.at, link.recorded.by, link.recorded.by_id, link.recorded.why) == (
        NOON,
        "Rosa Klein",
        nurse.pk,
        "typed",
    )
    assert (link.current, link.retracted, link.before, link.after) == (True, None, (), ())


def test_what_nobody_recorded_is_nobodys(patient: Patient) -> None:
    link = found(patient, "event", made(event(patient)))
    assert link.recorded is not None
    assert (link.recorded.by, link.recorded.by_id) == ("", None)


@pytest.mark.parametrize(
    ("kind", "make", "changed"),
    [
        ("observation", result, {"value": 99.0}),
        ("event", event, {"findings": {"amount": "massive"}}),
        ("treatment", dose, {"dose": 5.0}),
    ],
)
def test_both_ends_of_a_correction_know_each_other(patient: Patient, kind: Any, make: Any, changed: Any) -> None:
    old = made(make(patient))
    outcome = correct(old, make(patient, **changed), by=None, at=NOON + DAY, why="mistyped")
    assert outcome.fact_id is not None
    was, now = found(patient, kind, old), found(patient, kind, outcome.fact_id)
    assert [row.pk for row in was.after] == [now.row.pk]
    assert [row.pk for row in now.before] == [old]
    assert was.retracted is not None
    assert (was.retracted.why, was.current, now.current, now.after) == ("mistyped", False, True, ())


def test_a_correction_of_a_corrections_neighbors_are_the_next_ones(patient: Patient) -> None:
    ids = [made(result(patient, 100.0))]
    for n in (1, 2):
        outcome = correct(ids[-1], result(patient, 100.0 + n), by=None, at=NOON + n * DAY, why="")
        ids.append(outcome.fact_id or 0)
    middle = found(patient, "observation", ids[1])
    assert ([row.pk for row in middle.before], [row.pk for row in middle.after]) == ([ids[0]], [ids[2]])


def test_what_is_only_retracted_has_nothing_after_it(patient: Patient) -> None:
    old = made(event(patient))
    retract("event", old, by=None, at=NOON, why="not done")
    made(event(patient, effective_at=NOON - DAY))
    link = found(patient, "event", old)
    assert link.retracted is not None
    assert (link.current, link.after, link.retracted.why) == (False, (), "not done")


def test_other_tests_of_the_same_revision_are_no_neighbors(patient: Patient) -> None:
    old = made(result(patient, 100.0))
    facts = [result(patient, 90.0, status="corrected"), result(patient, 9.0, code="FE", unit="umol/L")]
    record(facts, by=None, at=NOON, why="")
    assert [row.code for row in found(patient, "observation", old).after if hasattr(row, "code")] == ["HGB"]


def test_a_plan_that_replaced_a_plan_is_all_its_steps(patient: Patient) -> None:
    old = made(dose(patient, intent="planned"))
    steps = [dose(patient, intent="planned", dose=mg, started_on=date(2026, 3, day)) for mg, day in ((20, 1), (10, 8))]
    ids = replace_treatments(patient.pk, [old], steps, by=None, at=NOON, why="slower")
    assert [row.pk for row in found(patient, "treatment", old).after] == ids


@pytest.mark.parametrize(
    ("kind", "make", "what"),
    [("observation", result, "HGB"), ("event", event, "hemoptysis"), ("treatment", dose, "taken")],
)
def test_the_matrix_asks_about_kind_or_intent(patient: Patient, kind: Any, make: Any, what: str) -> None:
    assert found(patient, kind, made(make(patient))).what == what


def test_another_patients_fact_is_none(patient: Patient) -> None:
    theirs = made(event(someone()))
    assert read("event", theirs, patient_id=patient.pk) is None
    assert read("event", 10**12, patient_id=patient.pk) is None
    assert read("observation", theirs, patient_id=patient.pk) is None


def test_a_fact_costs_three_queries(patient: Patient, django_assert_num_queries: Any) -> None:
    old = made(result(patient))
    with django_assert_num_queries(3):
        found(patient, "observation", old)


def test_what_was_recorded_last_comes_first(patient: Patient) -> None:
    ids = [made(result(patient, 100.0 + n, effective_at=NOON - n * DAY)) for n in range(4)]
    retract("observation", ids[3], by=None, at=NOON, why="")
    made(event(patient))
    made(result(someone(), 99.0))
    assert [row.pk for row in latest("observation", patient_id=patient.pk)[:2]] == [ids[2], ids[1]]
    assert latest("event", patient_id=patient.pk).count() == 1
    assert not latest("treatment", patient_id=patient.pk).exists()
