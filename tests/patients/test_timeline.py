"""The only reader: what it shows of a patient now, at a past revision, at an instant; for one and for many; and to whom."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients import timeline
from patients.models import CareTeam, Membership, Patient, PregnancyPeriod, User
from patients.recording import record, retract
from tests.patients.records import DAY, NOON, dose, event, result, someone

pytestmark = pytest.mark.django_db
LATER = NOON + 400 * DAY


@pytest.fixture
def patient(db: None) -> Patient:
    return someone(sex="female", birth_date=date(2010, 1, 2), time_zone="Europe/Berlin", comorbidities=["celiac"])


def known(*facts: Any, at: datetime = NOON) -> list[int]:
    """Record, and return the ids."""
    return [one.fact_id or 0 for one in record(list(facts), by=None, at=at, why="")]


def test_results_come_as_arrays_oldest_first_whatever_the_order_of_arrival(patient: Patient) -> None:
    ids = known(*[result(patient, 100.0 + day, effective_at=NOON + day * DAY) for day in (5, 1, 3)])
    series = timeline.read(patient.pk, at=LATER).get("HGB")
    assert series.values.tolist() == [101.0, 103.0, 105.0]
    assert series.ids.tolist() == [ids[1], ids[2], ids[0]]
    assert [series.at(index) for index in range(3)] == [NOON + day * DAY for day in (1, 3, 5)]
    assert series.recorded_revision.tolist() == [1, 1, 1]
    assert (series.comparators, series.performers) == ((), ())


def test_what_rules_ask_of_a_result_is_there(patient: Patient) -> None:
    known(
        result(patient, 90.0, status="preliminary", comparator="<", performer="Lab A"),
        result(patient, 91.0, effective_at=NOON + DAY, unconfirmed=True),
        result(patient, 92.0, effective_at=NOON + 2 * DAY, status="entered-in-error"),
        result(patient, None, effective_at=NOON + 3 * DAY, data_absent_reason="error"),
    )
    series = timeline.read(patient.pk, at=LATER).get("HGB")
    assert series.usable.tolist() == [False, True, False]
    assert series.unconfirmed.tolist() == [False, True, False]
    assert (series.comparators, series.performers) == (("<", "", ""), ("Lab A", "", ""))


def test_a_patient_of_whom_nothing_is_known(patient: Patient) -> None:
    history = timeline.read(patient.pk, at=LATER)
    assert (history.revision, dict(history.series), history.events, history.treatments) == (0, {}, (), ())
    assert len(history.get("HGB")) == 0
    assert history.revision_times == {}


def test_the_person_is_there_without_a_name(patient: Patient) -> None:
    PregnancyPeriod.objects.create(patient=patient, started_on=date(2026, 1, 1))
    person = timeline.read(patient.pk, at=LATER).patient
    assert (person.id, person.sex, person.birth_date, person.time_zone) == (
        patient.pk, "female", date(2010, 1, 2), "Europe/Berlin",
    )  # fmt: skip
    assert person.comorbidities == frozenset({"celiac"})
    assert person.pregnancies == ((date(2026, 1, 1), None),)
    assert not {"name", "email", "identifiers"} & set(person.__slots__)


def test_events_and_treatments_come_in_order(patient: Patient) -> None:
    known(event(patient, effective_at=NOON + DAY), event(patient, "transfusion", findings={"units": 2}))
    known(dose(patient, started_on=date(2026, 4, 1), dose=20.0), dose(patient, ended_on=date(2026, 3, 31)))
    history = timeline.read(patient.pk, at=LATER)
    assert [one.kind for one in history.events] == ["transfusion", "hemoptysis"]
    assert history.events[0].findings == {"units": 2}
    assert [(one.dose, one.ended_on) for one in history.treatments] == [(30.0, date(2026, 3, 31)), (20.0, None)]
    assert [one.recorded_revision for one in history.events] == [1, 1]
    assert [one.recorded_revision for one in history.treatments] == [2, 2]


def test_nothing_effective_after_the_instant_is_seen(patient: Patient) -> None:
    known(result(patient), result(patient, 99.0, effective_at=NOON + DAY), event(patient, effective_at=NOON + DAY))
    history = timeline.read(patient.pk, at=NOON)
    assert history.get("HGB").values.tolist() == [120.0]
    assert history.events == ()


def test_a_past_revision_is_seen_as_it_was(patient: Patient) -> None:
    known(result(patient), at=NOON)
    (bleed,) = known(event(patient), at=NOON + DAY)
    known(result(patient, 98.0, status="corrected"), at=NOON + 2 * DAY)
    retract("event", bleed, by=None, at=NOON + 3 * DAY, why="")
    views = [timeline.read(patient.pk, at=LATER, revision=n) for n in range(6)]
    assert [one.get("HGB").values.tolist() for one in views] == [[], [120.0], [120.0], [98.0], [98.0], [98.0]]
    assert [len(one.events) for one in views] == [0, 0, 1, 1, 0, 0]
    assert [one.revision for one in views] == [0, 1, 2, 3, 4, 4]
    assert views[2].revision_times == {1: NOON, 2: NOON + DAY}


def test_known_on_a_day_is_the_last_revision_up_to_then(patient: Patient) -> None:
    known(result(patient), at=NOON)
    known(event(patient), at=NOON + DAY)
    moments = [NOON - DAY, NOON, NOON + DAY / 2, NOON + DAY, LATER]
    assert [timeline.revision_at(patient.pk, moment) for moment in moments] == [0, 1, 1, 2, 2]
    assert timeline.revision_at(uuid4(), LATER) == 0


def test_one_and_many_are_read_alike(patient: Patient) -> None:
    others = [someone() for _ in range(3)]
    for number, one in enumerate((patient, *others)):
        known(result(one, 100.0 + number), result(one, 0.4, code="HCT", unit="L/L"), event(one), dose(one))
    found = list(timeline.read_many([one.pk for one in (patient, *others)], at=LATER))
    assert [one.patient.id for one in found] == sorted(one.pk for one in (patient, *others))
    for history in found:
        alone = timeline.read(history.patient.id, at=LATER)
        assert (alone.patient, alone.events, alone.treatments) == (history.patient, history.events, history.treatments)
        assert set(alone.series) == set(history.series) == {"HGB", "HCT"}
        assert np.array_equal(alone.get("HGB").values, history.get("HGB").values)


@pytest.mark.parametrize("results", [1, 300])
def test_six_queries_whatever_there_is(
    patient: Patient, results: int, django_assert_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    ids = [patient.pk, *[someone().pk for _ in range(20)]]
    known(*[result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(results)])
    with django_assert_num_queries(6):
        timeline.read(patient.pk, at=LATER)
    with django_assert_num_queries(6):
        assert len(list(timeline.read_many(ids, at=LATER))) == 21


def test_chunks_lose_and_repeat_nobody(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "CHUNK", 2)
    ids = [patient.pk, *[someone().pk for _ in range(4)]]
    assert [one.patient.id for one in timeline.read_many([*ids, *ids], at=LATER)] == sorted(ids)


def test_who_is_not_in_sight_is_not_there(
    patient: Patient, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    known(result(patient), event(patient))
    nurse = User.objects.create_user("nurse@example.org")
    Membership.objects.create(
        user=nurse, team=CareTeam.objects.create(name="south"), role="nurse", starts_at=NOON - DAY
    )
    with as_web(nurse):
        with pytest.raises(Patient.DoesNotExist):
            timeline.read(patient.pk, at=LATER)
        assert list(timeline.read_many([patient.pk], at=LATER)) == []
        assert timeline.revision_at(patient.pk, LATER) == 0


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([90.0, 100.0]), st.booleans()), min_size=1, max_size=8)
)
def test_replay_sees_what_was_seen(db: None, steps: list[tuple[int, float, bool]]) -> None:
    """Whatever is recorded, corrected and taken back, each revision reads later as it read when it was the last."""
    patient, seen = someone(), {}
    for minute, (day, value, takes_back) in enumerate(steps):
        at = NOON + timedelta(minutes=minute)
        now = timeline.read(patient.pk, at=LATER).get("HGB")
        if takes_back and len(now):
            retract("observation", int(now.ids[0]), by=None, at=at, why="")
        else:
            known(result(patient, value, effective_at=NOON + day * DAY, status="corrected"), at=at)
        history = timeline.read(patient.pk, at=LATER)
        seen[history.revision] = (history.get("HGB").ids.tolist(), history.get("HGB").values.tolist())
    for revision, (ids, values) in seen.items():
        again = timeline.read(patient.pk, at=LATER, revision=revision).get("HGB")
        assert (again.ids.tolist(), again.values.tolist()) == (ids, values)


def test_instants_are_exact_to_the_microsecond(patient: Patient) -> None:
    odd = datetime(2026, 3, 3, 12, 0, 0, 123457, tzinfo=UTC)
    known(result(patient, effective_at=odd))
    assert abs(timeline.read(patient.pk, at=LATER).get("HGB").at(0) - odd) <= timedelta(microseconds=1)


def test_what_is_dated_ahead_says_when_it_comes_into_sight(patient: Patient) -> None:
    assert timeline.next_effective_at(patient.pk, at=NOON) is None
    known(result(patient), result(patient, 99.0, effective_at=NOON + 2 * DAY), event(patient, effective_at=NOON + DAY))
    moments = [NOON - DAY, NOON, NOON + DAY, NOON + 2 * DAY]
    found = [timeline.next_effective_at(patient.pk, at=moment) for moment in moments]
    assert found == [NOON, NOON + DAY, NOON + 2 * DAY, None]


def test_what_was_taken_back_does_not_come(patient: Patient) -> None:
    (bleed,) = known(event(patient, effective_at=NOON + DAY))
    retract("event", bleed, by=None, at=NOON, why="")
    assert timeline.next_effective_at(patient.pk, at=NOON) is None
