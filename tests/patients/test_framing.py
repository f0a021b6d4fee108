"""What is known of patients beforehand: the person, and the last five values a watch may use."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from patients.framing import frames, recent
from patients.models import Patient
from tests import factories
from tests.patients.files import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return factories.patient(birth_date=date(2014, 2, 3), sex="male", time_zone="Asia/Tokyo")


def test_a_frame_tells_who_it_is(patient: Patient) -> None:
    frame = frames([patient.pk], at=NOW)[patient.pk]
    assert (frame.now, frame.time_zone, frame.birth_date, frame.sex) == (NOW, "Asia/Tokyo", date(2014, 2, 3), "male")
    assert frame.recent == {}


def test_a_frame_knows_the_name_where_one_is_kept(patient: Patient) -> None:
    named, nameless = factories.patient(name="Anna Sommer"), factories.patient()
    nameless.identity.delete()
    found = frames([named.pk, nameless.pk], at=NOW)
    assert (found[named.pk].name, found[nameless.pk].name) == ("Anna Sommer", "")


def test_the_last_five_values_come_oldest_first(patient: Patient) -> None:
    factories.results(patient, [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0])
    factories.result(patient, 8.3, code="FE", unit="umol/L")
    assert recent([patient.pk])[patient.pk] == {"HGB": (102.0, 103.0, 104.0, 105.0, 106.0), "FE": (8.3,)}


@pytest.mark.parametrize(
    "unusable",
    [
        {"status": "preliminary"},
        {"status": "entered-in-error"},
        {"unconfirmed": True},
        {"comparator": "<"},
        {"value": None, "data_absent_reason": "error"},
    ],
)
def test_what_no_watch_may_use_is_not_among_them(patient: Patient, unusable: dict) -> None:
    factories.result(patient, 120.0, days_ago=5)
    factories.result(patient, **{"value": 12.0, **unusable})
    assert recent([patient.pk]) == {patient.pk: {"HGB": (120.0,)}}


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_what_a_watch_may_use_is(patient: Patient, status: str) -> None:
    factories.result(patient, 120.0, status=status)
    assert recent([patient.pk]) == {patient.pk: {"HGB": (120.0,)}}


def test_what_was_retracted_is_not_among_them(patient: Patient) -> None:
    one = factories.result(patient, 120.0)
    type(one).objects.filter(pk=one.pk).update(retracted_revision=one.recorded_revision + 1)
    assert recent([patient.pk]) == {}


def test_it_is_the_time_of_the_sample_that_counts(patient: Patient) -> None:
    for value, days in ((1.0, 1), (6.0, 6), (3.0, 3), (5.0, 5), (2.0, 2), (4.0, 4)):
        moment = timezone.now() - timedelta(days=days)
        factories.result(patient, value, effective_at=moment)
    assert recent([patient.pk])[patient.pk]["HGB"] == (5.0, 4.0, 3.0, 2.0, 1.0)


@pytest.mark.parametrize("count", [1, 6])
def test_two_queries_for_any_number(count: int, django_assert_num_queries) -> None:
    people = [factories.patient() for _ in range(count)]
    for one in people:
        factories.result(one, 120.0)
    with django_assert_num_queries(2):
        found = frames([one.pk for one in people], at=NOW)
    assert {key: frame.recent["HGB"] for key, frame in found.items()} == {one.pk: (120.0,) for one in people}


def test_of_nobody_nothing_is_asked(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert frames([], at=NOW) == {}


def test_who_is_not_there_has_no_frame(patient: Patient) -> None:
    assert set(frames([patient.pk, uuid4()], at=NOW)) == {patient.pk}


def test_the_walls_hold(patient: Patient, as_worker) -> None:
    other = factories.patient()
    factories.result(other, 120.0)
    with as_worker([patient.pk]):
        assert set(frames([patient.pk, other.pk], at=NOW)) == {patient.pk}
        assert recent([other.pk]) == {}
