"""Corrections of one moment: one of them is made, the other looks again. Connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from patients.models import Observation, Patient, PatientRevision
from tests import factories
from tests.patients.programs import Program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def doctor(anna: Patient) -> Program:
    return Program(factories.member(anna.team))


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all at one moment; return the answers."""
    gate = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


@pytest.mark.parametrize("bound", [True, False])
def test_of_two_corrections_one_is_made(anna: Patient, doctor: Program, bound: bool) -> None:
    row = factories.result(anna, 98.0, days_ago=2)
    headers = {"if_match": 'W/"1"'} if bound else {}

    def correct(value: int) -> Callable[[], Any]:
        body = {"value": value, "unit": "g/L", "why": "mistyped"}
        return lambda: doctor.post(f"observations/{row.pk}/correct/", body, **headers)

    answers = at_once(correct(88), correct(89))
    assert sorted(one.status_code for one in answers) == [200, 412 if bound else 409]
    (kept,) = (one.json()["value"] for one in answers if one.status_code == 200)
    assert [one.value for one in Observation.objects.filter(retracted_revision=None)] == [kept]
    assert PatientRevision.objects.count() == 2


def test_a_correction_and_a_retraction_do_not_both_happen(anna: Patient, doctor: Program) -> None:
    row = factories.event(anna, "hemoptysis", amount="streaks")
    answers = at_once(
        lambda: doctor.post(f"events/{row.pk}/correct/", {"findings": {"amount": "massive"}, "why": "x"}),
        lambda: doctor.post(f"events/{row.pk}/retract/", {"why": "x"}),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]


def test_who_saw_the_record_before_a_new_result_does_not_correct_past_it(anna: Patient, doctor: Program) -> None:
    """Whichever comes first: both done means that the correction came first, at the revision that was seen."""
    row = factories.result(anna, 98.0, days_ago=2)
    new = {"patient": "MRN-1", "code": "HGB", "value": 97, "unit": "g/L", "effective_at": "2026-03-02T08:00Z"}
    added, corrected = at_once(
        lambda: doctor.post("observations/", new),
        lambda: doctor.post(
            f"observations/{row.pk}/correct/", {"value": 89, "unit": "g/L", "why": "x"}, if_match='W/"1"'
        ),
    )
    assert added.status_code == 201
    if corrected.status_code == 200:
        assert corrected.json()["recorded_revision"] == 2
    else:
        assert corrected.status_code == 412
        assert not Observation.objects.exclude(retracted_revision=None).exists()


def test_the_same_result_from_four_senders_is_one_result(anna: Patient, doctor: Program) -> None:
    body = {"patient": "MRN-1", "code": "HGB", "value": 97, "unit": "g/L", "effective_at": "2026-03-02T08:00Z"}
    answers = at_once(*[lambda: doctor.post("observations/", body)] * 4)
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 201]
    assert len({one.json()["id"] for one in answers}) == Observation.objects.count() == 1
