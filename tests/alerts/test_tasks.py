"""Celery's legs: each task does what is due, shows life, and wakes the next; a broker that fails costs a line in the log."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import uuid4

import pytest
from celery import Celery, Task, current_app
from django.utils import timezone
from pytest_django import Settings

from alerts import digests, sending, tasks, watching
from alerts.models import Alert, Heartbeat, Notification, WatchState
from alerts.tasks import beat, evaluate, hint, hint_evaluate, round_trip, send_due, sweep, watch
from monitor.celery import app
from tests.alerts.scenes import MORNING, Scene, high, person, scene, scripted

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scripted(monkeypatch).says(high(at=timezone.now()))
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the stage is set."""
    with as_role("iph_worker"):
        yield


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[object, ...]]]:
    """Keep what would be sent to the broker: the names of tasks and what they carry."""
    sent: list[tuple[str, tuple[object, ...]]] = []
    for task in (evaluate, sweep, send_due):
        monkeypatch.setattr(task, "delay", lambda *given, _name=task.name: sent.append((_name, given)))
    return sent


def test_a_message_judges_the_patients_it_names_and_wakes_the_mail(
    worker: None, stage: Scene, hints: list[tuple[str, tuple[object, ...]]]
) -> None:
    evaluate([str(stage.pk)])
    assert WatchState.objects.get(pk=stage.pk).evaluated_revision == 0
    assert Notification.objects.filter(reason="first").count() == 1
    assert hints == [("alerts.tasks.send_due", ())]


def test_a_message_judges_nobody_else(stage: Scene, hints: list[tuple[str, tuple[object, ...]]]) -> None:
    other = person(stage.team)
    evaluate([str(stage.pk)])
    assert not WatchState.objects.filter(pk=other.pk).exists()


@pytest.mark.usefixtures("hints")
def test_a_message_that_came_twice_or_late_does_nothing_more(worker: None, stage: Scene) -> None:
    for _ in range(3):
        evaluate([str(stage.pk)])
    assert Notification.objects.filter(reason="first").count() == 1


@pytest.mark.usefixtures("hints")
def test_a_message_that_names_nobody_harms_nobody(worker: None) -> None:
    evaluate([])
    evaluate([str(uuid4())])
    assert not WatchState.objects.exists()


def test_a_sweep_judges_whoever_is_due_shows_life_and_wakes_the_mail(
    stage: Scene, hints: list[tuple[str, tuple[object, ...]]]
) -> None:
    person(stage.team)
    sweep()
    assert Alert.objects.count() == 2
    assert Heartbeat.objects.get().name == "sweep"
    assert hints == [("alerts.tasks.send_due", ())]


def test_a_sweep_as_the_worker_may_do_all_of_it(worker: None, hints: list[tuple[str, tuple[object, ...]]]) -> None:
    sweep()
    send_due()
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"sweep", "mail"}
    assert Notification.objects.filter(reason="first").exclude(sent_at=None).count() == 1


def test_a_sweep_writes_the_digests_that_are_due(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(digests, "write_due", lambda **given: asked.append(given["at"]))
    watch()
    assert len(asked) == 1
    assert Heartbeat.objects.get(name="sweep").beat_at == asked[0]


def test_a_sweep_that_fails_shows_no_life(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(digests, "write_due", fail)
    with pytest.raises(RuntimeError):
        watch()
    assert not Heartbeat.objects.exists()


def test_mail_shows_life_also_when_there_is_none(worker: None) -> None:
    send_due()
    assert abs(Heartbeat.objects.get(name="mail").beat_at - timezone.now()) < timedelta(minutes=1)


def test_mail_shows_no_life_while_the_server_takes_nothing(worker: None, settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    watch()
    for _ in range(3):  # the second and third find nothing due
        send_due()
    assert Notification.objects.filter(reason="first", sent_at=None, attempts=1).count() == 1
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"sweep"}


def test_only_the_round_trip_shows_that_messages_arrive(worker: None) -> None:
    watch()
    send_due()
    assert not Heartbeat.objects.filter(name="queue").exists()
    round_trip()
    assert abs(Heartbeat.objects.get(name="queue").beat_at - timezone.now()) < timedelta(minutes=1)


def test_life_is_one_row_a_part(stage: Scene) -> None:
    for minutes in range(3):
        beat("sweep", at=MORNING + timedelta(minutes=minutes))
    assert Heartbeat.objects.get().beat_at == MORNING + timedelta(minutes=2)


def test_every_task_ends_before_its_soft_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []
    monkeypatch.setattr(watching, "sweep", lambda **given: limits.append(given["seconds"]))
    monkeypatch.setattr(sending, "send_due", lambda **given: limits.append(given["seconds"]))
    monkeypatch.setattr(tasks, "hint", lambda *_: None)
    evaluate([])
    sweep()
    send_due()
    assert len(limits) == 3
    assert all(0 < seconds < app.conf.task_soft_time_limit < app.conf.task_time_limit for seconds in limits)


def test_a_hint_carries_ids_and_nothing_else(hints: list[tuple[str, tuple[object, ...]]]) -> None:
    one, other = uuid4(), uuid4()
    hint_evaluate([one, other])
    assert hints == [("alerts.tasks.evaluate", ([str(one), str(other)],))]


def test_a_hint_reaches_the_queue_of_a_real_broker() -> None:
    one = uuid4()
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue(f"test-hints-{os.getpid()}")
        with queue:
            evaluate.apply_async(([str(one)],), queue=queue.queue.name)
            message = queue.get(timeout=10)
            message.ack()
            queue.queue.delete()
    assert message.headers["task"] == "alerts.tasks.evaluate"
    assert message.payload[0] == [[str(one)]]


@pytest.fixture
def nowhere() -> Iterator[Celery]:
    """An app whose broker refuses every connection, with the web's short patience."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dead = Celery("dead", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    dead.conf.update(
        broker_transport_options={"socket_connect_timeout": 1, "socket_timeout": 1, "max_retries": 0},
        task_publish_retry=False,
        task_ignore_result=True,
    )
    yield dead
    dead.close()


def test_a_dead_broker_is_only_logged_and_soon(nowhere: Celery, caplog: pytest.LogCaptureFixture) -> None:
    def nothing() -> None:
        """Do nothing."""

    task: Task[[], None] = nowhere.task(name="alerts.tasks.nothing")(nothing)
    started = time.monotonic()
    with caplog.at_level(logging.WARNING):
        hint(task)
    assert time.monotonic() - started < 5
    (record,) = [one for one in caplog.records if one.name == "alerts.tasks"]
    assert "hint_lost" in record.getMessage()
    assert "OperationalError" in record.getMessage()


@pytest.mark.parametrize("error", [OSError, RuntimeError, TimeoutError])
def test_however_a_broker_fails_who_recorded_a_fact_does_not_see_it(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise error("redis://:secret@host")

    monkeypatch.setattr(evaluate, "delay", fail)
    hint_evaluate([uuid4()])


def test_a_lost_hint_is_logged_without_what_it_carried(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("redis://:secret@host")

    monkeypatch.setattr(evaluate, "delay", fail)
    one = uuid4()
    hint_evaluate([one])
    assert "hint_lost" in caplog.text
    assert "secret" not in caplog.text
    assert str(one) not in caplog.text


def test_tasks_have_the_names_that_the_cadences_call() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {sweep.name, send_due.name} <= named
    assert named <= set(current_app.tasks)
