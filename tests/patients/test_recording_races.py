"""Writers side by side on the real database: nothing twice, nothing lost, no deadlock, no revision with a gap."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from patients.facts import Fact
from patients.models import Observation, Patient, PatientRevision
from patients.readings import RowState
from patients.recording import FactNotFoundError, record, retract
from tests.patients.records import DAY, NOON, result, someone

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work: Callable[[int], Any], count: int) -> list[Any]:
    """Run work in threads that start together, each with a connection of its own; return what came of each."""
    barrier = Barrier(count)

    def one(number: int) -> Any:
        try:
            barrier.wait(timeout=20)
            return work(number)
        except (FactNotFoundError, IntegrityError) as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("rows", [3, 120])
def test_one_file_by_eight_writers_is_recorded_once(rows: int) -> None:
    patient = someone()
    facts = [result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(rows)]
    outcomes = at_once(lambda _: {one.state for one in record(facts, by=None, at=NOON, why="")}, 8)
    assert sorted(outcomes, key=str).count({RowState.ACCEPTED}) == 1
    assert outcomes.count({RowState.DUPLICATE}) == 7
    assert Observation.objects.count() == rows
    assert PatientRevision.objects.count() == 1


def test_crossed_orders_do_not_deadlock_and_revisions_have_no_gap() -> None:
    people = [someone() for _ in range(4)]

    def write(number: int) -> set[RowState]:
        mine = people if number % 2 else people[::-1]
        facts: list[Fact] = [result(one, 50.0 + number, effective_at=NOON + number * DAY) for one in mine]
        return {one.state for one in record(facts, by=None, at=NOON, why="")}

    assert at_once(write, 8) == [{RowState.ACCEPTED}] * 8
    for patient in Patient.objects.all():
        assert patient.revision == 8
        assert list(patient.revisions.order_by("n").values_list("n", flat=True)) == list(range(1, 9))


def test_contradictions_side_by_side_leave_one_value() -> None:
    patient = someone()
    states = at_once(lambda n: record([result(patient, 90.0 + n)], by=None, at=NOON, why="")[0].state, 6)
    assert states.count(RowState.ACCEPTED) == 1
    assert states.count(RowState.HELD) == 5
    assert Observation.objects.count() == 1


def test_a_fact_is_taken_back_by_one_of_many() -> None:
    patient = someone()
    (outcome,) = record([result(patient)], by=None, at=NOON, why="")
    found = at_once(lambda _: retract("observation", outcome.fact_id or 0, by=None, at=NOON + DAY, why=""), 5)
    assert found.count(None) == 1
    assert found.count(FactNotFoundError) == 4
    patient.refresh_from_db()
    assert patient.revision == 2
    assert Observation.objects.get().retracted_revision == 2
