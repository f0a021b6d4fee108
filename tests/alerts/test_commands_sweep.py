"""manage.py sweep: everything that Celery does, with neither Celery nor Redis, once or until it is told to stop."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.core import mail
from django.utils import timezone

from alerts import digests, passing, sending, tasks, watching
from alerts.management.commands import sweep
from alerts.models import Alert, Heartbeat, Notification
from manage import role_of
from patients import intake
from patients.context import ALL, working_on
from tests.alerts.commands import run
from tests.alerts.scenes import MORNING, Scene, high, scene, scripted

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scripted(monkeypatch).says(high(at=timezone.now()))
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the command's log-in, once the stage is set."""
    with as_role(f"iph_{role_of(['sweep'])}"):
        yield


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give back the handlers that the command takes; leave the test its connection, whose transaction it stands in."""
    monkeypatch.setattr(sweep, "close_old_connections", lambda: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the names of the steps that are taken, in their order."""
    taken: list[str] = []
    for owner, name, step in (
        (intake, "sweep", "files"),
        (watching, "sweep", "watch"),
        (digests, "write_due", "digests"),
        (sending, "send_due", "mail"),
    ):
        monkeypatch.setattr(owner, name, lambda *_, _step=step, **__: taken.append(_step))
    return taken


def test_one_pass_judges_raises_tells_and_sends(worker: None, stage: Scene) -> None:
    assert run("sweep") == (0, "")
    assert [message.to for message in mail.outbox] == [[stage.nurse.email]]
    assert Notification.objects.exclude(sent_at=None).count() == 1


def test_a_second_pass_finds_nothing_left(worker: None) -> None:
    for _ in range(2):
        run("sweep")
    assert len(mail.outbox) == 1


def test_every_part_shows_life(worker: None) -> None:
    run("sweep")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"sweep", "mail"}


def test_no_message_is_sent_to_celery(worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a sweep needs no broker")

    monkeypatch.setattr("celery.app.base.Celery.send_task", refuse)
    monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)
    assert run("sweep")[0] == 0


def test_files_come_first_and_mail_last(steps: list[str]) -> None:
    run("sweep")
    assert steps == ["files", "watch", "digests", "mail"]


@pytest.mark.parametrize(
    ("owner", "name", "left"),
    [
        (intake, "sweep", ["watch", "digests", "mail"]),
        (watching, "sweep", ["files", "mail"]),
        (sending, "send_due", ["files", "watch", "digests"]),
    ],
)
def test_a_step_that_fails_is_1_and_stops_no_other(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, owner: object, name: str, left: list[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Hb 61.25")

    monkeypatch.setattr(owner, name, fail)
    assert run("sweep")[0] == 1
    assert steps == left


def test_a_part_that_fails_shows_no_life(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(sending, "send_due", fail)
    run("sweep")
    assert [one.name for one in Heartbeat.objects.all()] == ["sweep"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_pass_under_way(
    steps: list[str], handlers: None, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def stop_in_the_middle(**_: object) -> None:
        steps.append("watch")
        if steps.count("watch") == 3:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(sweep, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(watching, "sweep", stop_in_the_middle)
    assert run("sweep", "--forever")[0] == 0
    assert steps == ["files", "watch", "digests", "mail"] * 3


def test_forever_goes_on_where_a_pass_failed(steps: list[str], handlers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_then_stop(**_: object) -> None:
        steps.append("watch")
        if steps.count("watch") == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        raise RuntimeError

    monkeypatch.setattr(sweep, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(watching, "sweep", fail_then_stop)
    assert run("sweep", "--forever")[0] == 0
    assert steps == ["files", "watch", "mail"] * 2


def test_what_was_raised_is_one_alert_however_often_it_is_swept(worker: None, stage: Scene) -> None:
    for _ in range(3):
        sweep.one_pass()
    with working_on(ALL):
        assert Alert.objects.count() == 1


def test_a_part_that_runs_no_more_is_retired(worker: None) -> None:
    tasks.beat("queue", at=MORNING)
    run("sweep")
    assert run("sweep", "--retire", "queue") == (0, "")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"sweep", "mail"}


def test_a_part_that_never_was_is_not_retired(worker: None) -> None:
    assert run("sweep", "--retire", "quene") == (2, "No part called quene ever showed life.")
    assert not Heartbeat.objects.exists()


def test_mail_shows_no_life_while_the_server_takes_nothing(worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "takes_mail", lambda *, at: False)
    assert run("sweep") == (0, "")
    assert [row.name for row in Heartbeat.objects.all()] == ["sweep"]
