"""The latest results of many patients: the newest sixty that a watch may use, oldest first, by one question."""

from datetime import timedelta
from uuid import uuid4

import pytest

from patients.models import Observation, Patient
from patients.recent import POINTS, Point, latest
from tests import factories
from tests.patients.files import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return factories.patient()


def put(patient: Patient, value: float | None, days: float = 0, **fields: object) -> Observation:
    """Record one result that many days after noon of 3 March."""
    return factories.result(patient, value, effective_at=NOON + timedelta(days=days), **fields)  # type: ignore[arg-type]


def values(patient: Patient, code: str = "HGB") -> list[float]:
    """Return the values that a list shows."""
    return [point.value for point in latest([patient.pk], code).get(patient.pk, ())]


def test_results_come_oldest_first_with_their_times(patient: Patient) -> None:
    put(patient, 98.0, days=1)
    put(patient, 121.0)
    assert latest([patient.pk], "HGB") == {patient.pk: (Point(NOON, 121.0), Point(NOON + timedelta(days=1), 98.0))}


def test_only_the_newest_sixty_are_read(patient: Patient) -> None:
    for day in range(POINTS + 5):
        put(patient, float(day), days=day)
    assert values(patient) == [float(day) for day in range(5, POINTS + 5)]


def test_another_analyte_is_another_list(patient: Patient) -> None:
    put(patient, 98.0)
    put(patient, 8.3, code="FE", unit="umol/L")
    assert (values(patient), values(patient, "FE"), values(patient, "FER")) == ([98.0], [8.3], [])


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown"])
def test_what_no_watch_may_use_is_not_shown(patient: Patient, status: str) -> None:
    put(patient, 98.0, status=status)
    assert latest([patient.pk], "HGB") == {}


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_what_a_watch_may_use_is(patient: Patient, status: str) -> None:
    put(patient, 98.0, status=status)
    assert values(patient) == [98.0]


def test_a_reason_for_no_result_is_no_point(patient: Patient) -> None:
    put(patient, None, data_absent_reason="not-performed")
    assert values(patient) == []


def test_what_was_retracted_is_not_shown(patient: Patient) -> None:
    wrong = put(patient, 12.0)
    Observation.objects.filter(pk=wrong.pk).update(retracted_revision=wrong.recorded_revision + 1)
    put(patient, 120.0)
    assert values(patient) == [120.0]


@pytest.mark.parametrize("count", [1, 30])
def test_one_query_for_any_number(count: int, django_assert_num_queries) -> None:
    people = [factories.patient() for _ in range(count)]
    for number, one in enumerate(people):
        put(one, float(number))
    with django_assert_num_queries(1):
        found = latest([one.pk for one in people], "HGB")
    assert {key: [point.value for point in points] for key, points in found.items()} == {
        one.pk: [float(number)] for number, one in enumerate(people)
    }


def test_who_has_nothing_is_not_among_them(patient: Patient) -> None:
    put(patient, 98.0)
    assert set(latest([patient.pk, factories.patient().pk, uuid4()], "HGB")) == {patient.pk}
    assert latest([], "HGB") == {}


def test_the_walls_hold(patient: Patient, as_web) -> None:
    other = factories.patient()
    put(patient, 98.0)
    put(other, 99.0)
    with as_web(factories.member(patient.team)):
        assert set(latest([patient.pk, other.pk], "HGB")) == {patient.pk}
