"""The timeline in columns: what the record's reader knows, in one statement, at any revision, for who may see it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients import columnar, correcting, timeline
from patients.facts import Fact, Outcome
from patients.history import USABLE_STATUSES, History
from patients.models import Patient, User
from patients.recording import record, retract
from tests import factories
from tests.patients.records import DAY, NOON, dose, event, result, someone

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 11, 24, tzinfo=UTC)
AsWeb = Callable[[User], AbstractContextManager[None]]


@pytest.fixture
def anna() -> Patient:
    return someone(time_zone="Europe/Berlin")


def told(patient: Patient, revision: int | None = None) -> dict[str, Any]:
    """Return what is told at a revision, the latest by default."""
    patient.refresh_from_db()
    found: dict[str, Any] = json.loads(columnar.timeline(patient.pk, revision=revision or patient.revision))
    return found


def agrees(found: dict[str, Any], known: History) -> bool:
    """Say whether the columns hold what the reader of the record knows."""
    series = {one["code"]: one for one in found["observations"]}
    if set(series) != set(known.series) or found["revision"] != known.revision:
        return False
    for code, one in known.series.items():
        columns = series[code]
        times = [datetime.fromisoformat(text).timestamp() for text in columns["effective_at"]]
        usable = [status in found["usable"] for status in columns["status"]]
        if (columns["id"], columns["value"], times, usable) != (
            one.ids.tolist(), one.values.tolist(), one.times.tolist(), one.usable.tolist(),
        ):  # fmt: skip
            return False
        if columns["recorded_revision"] != one.recorded_revision.tolist():
            return False
    events = [(row["id"], row["kind"], row["findings"]) for row in found["events"]]
    doses = [(row["id"], row["drug"], row["dose"], row["started_on"]) for row in found["treatments"]]
    return events == [(one.id, one.kind, one.findings) for one in known.events] and doses == [
        (one.id, one.drug, one.dose, str(one.started_on)) for one in known.treatments
    ]


def test_a_patient_of_whom_nothing_is_known_has_empty_columns(anna: Patient) -> None:
    assert told(anna) == {
        "patient": str(anna.pk),
        "revision": 0,
        "time_zone": "Europe/Berlin",
        "usable": sorted(USABLE_STATUSES),
        "observations": [],
        "texts": [],
        "events": [],
        "treatments": [],
    }


def test_results_are_columns_by_analyte_oldest_first(anna: Patient) -> None:
    facts = [result(anna, 120.0 - n, effective_at=NOON - n * DAY) for n in range(3)]
    record([*facts, result(anna, 12.0, code="FERRITIN", unit="ug/L")], by=None, at=NOON, why="")
    ferritin, hemoglobin = told(anna)["observations"]
    assert (ferritin["code"], ferritin["unit"], ferritin["value"]) == ("FERRITIN", "ug/L", [12])
    assert (hemoglobin["value"], hemoglobin["status"]) == ([118, 119, 120], ["final"] * 3)
    assert hemoglobin["effective_at"][-1] == "2026-03-03T12:00:00+00:00"
    assert len(hemoglobin["id"]) == len(hemoglobin["recorded_revision"]) == 3


def test_a_column_of_which_nothing_is_to_be_said_is_left_out(anna: Patient) -> None:
    record([result(anna)], by=None, at=NOON, why="")
    (column,) = told(anna)["observations"]
    assert (column["comparator"], column["unconfirmed"]) == (None, None)
    record([result(anna, 5.0, effective_at=NOON + DAY, comparator="<", unconfirmed=True)], by=None, at=NOON, why="")
    (column,) = told(anna)["observations"]
    assert (column["comparator"], column["unconfirmed"]) == (["", "<"], [False, True])


def test_results_without_a_number_stand_apart(anna: Patient) -> None:
    words = result(anna, None, code="U_BLOOD", value_text="2+", unit="")
    absent = result(anna, None, code="HGB", unit="", data_absent_reason="error")
    record([words, absent], by=None, at=NOON, why="")
    found = told(anna)
    assert found["observations"] == []
    assert [(one["code"], one["value_text"], one["data_absent_reason"]) for one in found["texts"]] == [
        ("HGB", [""], ["error"]),
        ("U_BLOOD", ["2+"], [""]),
    ]


def test_an_earlier_revision_is_told_as_it_was(anna: Patient) -> None:
    (first, happened, taken) = record([result(anna), event(anna), dose(anna)], by=None, at=NOON, why="")
    before = told(anna)
    fact = result(anna, 89.0, status="corrected")
    correcting.correct(first.fact_id or 0, fact, by=None, at=NOON + DAY, why="digits")
    retract("event", happened.fact_id or 0, by=None, at=NOON + DAY, why="another's")
    retract("treatment", taken.fact_id or 0, by=None, at=NOON + DAY, why="another's")
    after = told(anna)
    assert ([one["value"] for one in after["observations"]], after["events"], after["treatments"]) == ([[89]], [], [])
    assert told(anna, revision=1) == before
    assert told(anna, revision=2)["events"] == before["events"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["result", "words", "event", "dose", "retract", "correct"]), st.integers(0, 5)),
    max_size=10,
)


def new(anna: Patient, step: str, n: int, when: datetime) -> Fact:
    """Return the fact of one step, different from that of every other."""
    if step == "result":
        return result(anna, 100.0 + n, effective_at=when, performer=f"laboratory {n}")
    if step == "words":
        return result(anna, None, value_text="trace", effective_at=when, performer=str(n))
    return event(anna, effective_at=when) if step == "event" else dose(anna, dose=10.0 + n)


def walk(anna: Patient, steps: list[tuple[str, int]]) -> None:
    """Write a history step by step."""
    known: list[Outcome] = []
    for n, (step, which) in enumerate(steps):
        at = NOON + timedelta(hours=n)
        if step not in ("retract", "correct"):
            outcomes = record([new(anna, step, n, NOON + which * DAY)], by=None, at=at, why="")
            known += [one for one in outcomes if one.state == "accepted"]
        elif known and step == "retract":
            gone = known.pop(which % len(known))
            retract(gone.fact_kind, gone.fact_id or 0, by=None, at=at, why="")
        elif known and known[-1].fact_kind == "observation":
            right = result(anna, 50.0 + n, status="corrected", performer=f"corrected {n}")
            known[-1] = correcting.correct(known[-1].fact_id or 0, right, by=None, at=at, why="")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_at_every_revision_it_is_what_the_reader_knows(steps: list[tuple[str, int]]) -> None:
    anna = someone()
    walk(anna, steps)
    anna.refresh_from_db()
    for revision in range(1, anna.revision + 1):
        assert agrees(told(anna, revision), timeline.read(anna.pk, at=LATER, revision=revision))


@pytest.mark.parametrize("count", [1, 300])
def test_it_is_one_question_whatever_is_stored(anna: Patient, count: int) -> None:
    record([result(anna, 100.0, effective_at=NOON - n * DAY) for n in range(count)], by=None, at=NOON, why="")
    anna.refresh_from_db()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(json.loads(columnar.timeline(anna.pk, revision=1))["observations"][0]["id"]) == count
    assert len(asked) == 1


def test_nobody_is_told_of_who_is_not_there(anna: Patient) -> None:
    assert columnar.timeline(uuid4(), revision=1) == b""


def test_nothing_of_another_teams_patient_is_told(anna: Patient, as_web: AsWeb) -> None:
    record([result(anna), event(anna), dose(anna)], by=None, at=NOON, why="")
    with as_web(factories.member(factories.team())):
        assert columnar.timeline(anna.pk, revision=1) == b""
    with as_web(factories.member(anna.team)):
        assert len(json.loads(columnar.timeline(anna.pk, revision=1))["observations"]) == 1


def test_numbers_come_from_the_index_alone(anna: Patient) -> None:
    record([result(anna, 100.0, effective_at=NOON - n * DAY) for n in range(400)], by=None, at=NOON, why="")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + columnar.STATEMENT, {"id": anna.pk, "revision": 1, "usable": []})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("Index Only Scan using observation_key") >= 2
