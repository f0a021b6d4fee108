"""Two requests of one moment under one key: one is done, the other waits and gets its answer. Connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from patients.models import IdempotencyKey, Observation
from tests import factories
from tests.patients.programs import Program

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "7f3a-race"
RACERS = 4


def raced(programs: list[Program], bodies: list[dict[str, Any]]) -> list[Any]:
    """Send all at once."""
    gate = Barrier(len(bodies))

    def send(program: Program, body: dict[str, Any]) -> Any:
        try:
            gate.wait(10)
            return program.post("observations/", body, idempotency_key=KEY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, programs, bodies))


@pytest.fixture
def nurse() -> Program:
    return Program(factories.member(factories.patient(identifier="MRN-1").team, "nurse"))


def body(value: float = 98.0) -> dict[str, Any]:
    """Return a hemoglobin."""
    return {"patient": "MRN-1", "code": "HGB", "unit": "g/L", "effective_at": "2026-03-02T08:00Z", "value": value}


def test_the_same_at_once_is_done_once(nurse: Program) -> None:
    answers = raced([nurse] * RACERS, [body()] * RACERS)
    assert [one.status_code for one in answers] == [201] * RACERS
    assert len({one.content for one in answers}) == 1
    assert sorted(one.get("Idempotency-Replayed", "") for one in answers) == ["", *["true"] * (RACERS - 1)]
    assert (Observation.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_two_different_at_once_are_one_done_and_one_refused(nurse: Program) -> None:
    answers = raced([nurse] * 2, [body(98.0), body(89.0)])
    assert sorted(one.status_code for one in answers) == [201, 422]
    assert Observation.objects.count() == 1


def test_whoever_waits_for_a_refused_request_does_the_work(nurse: Program) -> None:
    answers = raced([nurse] * 2, [{**body(), "unit": "parsec"}, body()])
    assert sorted(one.status_code for one in answers) == [201, 422]
    assert [row.value for row in Observation.objects.all()] == [98.0]
