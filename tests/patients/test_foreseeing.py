"""How recording would end, asked by somebody who may only read: the same answer, and nothing written."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.facts import Fact, Outcome
from patients.models import Event, Observation, Patient, PatientRevision, Treatment, User
from patients.previewing import preview
from patients.readings import RowState
from patients.recording import foresee, record
from tests import factories
from tests.patients import records
from tests.patients.files import NOW, for_patients, hemoglobin

AsWeb = Callable[[User], AbstractContextManager[None]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1", user=factories.account())


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Observation, Event, Treatment, PatientRevision))


def told(outcomes: Sequence[Outcome]) -> list[tuple[RowState, str, str]]:
    return [(one.state, one.fact_kind, one.issue_code) for one in outcomes]


def everything(anna: Patient) -> list[Fact]:
    """Return facts of each kind: new ones, a repeat, a contradiction, one close by."""
    return [
        records.result(anna, 121.0),
        records.result(anna, 99.0, effective_at=records.NOON - records.DAY),
        records.result(anna, 120.0, effective_at=records.NOON + timedelta(minutes=10)),
        records.event(anna),
        records.event(anna, effective_at=records.NOON - records.DAY),
        records.dose(anna),
        records.dose(anna, dose=25.0),
        records.dose(anna, dose=25.0),
    ]


def test_it_tells_what_recording_then_tells_and_writes_nothing(anna: Patient) -> None:
    record([records.result(anna), records.event(anna), records.dose(anna)], by=None, at=records.NOON, why="before")
    before, facts = counts(), everything(anna)
    foreseen = foresee(facts, at=records.NOON)
    assert counts() == before
    assert told(foreseen) == told(record(facts, by=None, at=records.NOON, why="then"))
    assert [one.state for one in foreseen] == [
        "held",
        "accepted",
        "held",
        "duplicate",
        "accepted",
        "duplicate",
        "accepted",
        "duplicate",
    ]


def test_what_would_be_new_has_no_id_and_what_is_known_has(anna: Patient) -> None:
    (there,) = record([records.event(anna)], by=None, at=records.NOON, why="before")
    known, fresh = foresee([records.event(anna), records.event(anna, findings={"amount": "massive"})], at=records.NOON)
    assert (known.fact_id, fresh.fact_id) == (there.fact_id, None)


def test_nothing_is_foreseen_of_nothing() -> None:
    assert foresee([], at=records.NOON) == []


def test_it_locks_nobody(anna: Patient) -> None:
    with CaptureQueriesContext(connection) as asked:
        foresee(everything(anna), at=records.NOON)
    written = [one["sql"] for one in asked if not one["sql"].lstrip().startswith("SELECT")]
    assert written == []
    assert "FOR UPDATE" not in " ".join(one["sql"] for one in asked)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([118.0, 119.0])), max_size=8))
def test_any_batch_ends_as_foreseen(anna: Patient, values: list[tuple[int, float]]) -> None:
    facts = [records.result(anna, value, effective_at=records.NOON + days * records.DAY) for days, value in values]
    foreseen = told(foresee(facts, at=records.NOON))
    assert foreseen == told(record(facts, by=None, at=records.NOON, why="then"))


@pytest.mark.parametrize("rows", [2, 130])
def test_a_patient_may_look_at_a_file_though_the_database_lets_them_record_no_result(
    anna: Patient, as_web: AsWeb, rows: int
) -> None:
    """130 rows go by the temporary table."""
    content = for_patients(
        *(hemoglobin("MRN-1", day=f"{2018 + place // 28}-02-{1 + place % 28:02}") for place in range(rows))
    )
    assert anna.user is not None
    with as_web(anna.user):
        found = preview(content, "labs.csv", at=NOW, patient_id=anna.pk)
    assert (found["accepted"], found["held"]) == (rows, 0)
    assert counts() == (0, 0, 0, 0)
