"""What is recorded wakes the watch, in few messages; a broker that fails is nobody's concern but the log's."""

from uuid import uuid4

import pytest

from alerts import receivers, tasks
from alerts.changes import handed
from patients.signals import recorded


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    sent: list[list[str]] = []
    monkeypatch.setattr(tasks.evaluate, "delay", sent.append)
    return sent


def test_who_was_recorded_is_judged(messages: list[list[str]]) -> None:
    one, other = uuid4(), uuid4()
    recorded.send(None, patient_ids=(one, other))
    assert messages == [[str(one), str(other)]]


def test_whose_alert_was_handed_on_is_looked_at(messages: list[list[str]]) -> None:
    one = uuid4()
    handed.send(None, patient_ids=(one,))
    assert messages == [[str(one)]]


def test_nobody_is_no_message(messages: list[list[str]]) -> None:
    recorded.send(None, patient_ids=())
    assert messages == []


def test_many_are_few_messages(messages: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "CHUNK", 3)
    people = [uuid4() for _ in range(7)]
    recorded.send(None, patient_ids=tuple(people))
    assert [len(one) for one in messages] == [3, 3, 1]
    assert [one for message in messages for one in message] == [str(person) for person in people]


def test_a_broker_that_fails_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(tasks.evaluate, "delay", refuse)
    recorded.send(None, patient_ids=(uuid4(),))
