"""When a task's time is up sending ends there: what a server took is marked, the rest is tried once its lease ends."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail import EmailMessage
from pytest_django import Settings

from alerts import sending
from alerts.emails import Letter, compose
from alerts.models import Delivery, Notification
from alerts.sending import LEASE, send_due
from alerts.smtp import Outcome, Result
from tests.alerts.scenes import MORNING, Scene, scene
from tests.alerts.sink import Sink, running
from tests.alerts.test_sending import alert, row

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
AFTER = MORNING + LEASE + MINUTE


@pytest.fixture
def stage(db: None) -> Scene:
    return scene()


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        settings.BASE_URL = "https://watch.example.org"
        yield one


@pytest.fixture
def mails(stage: Scene) -> list[Notification]:
    """Return three mails in the order in which they are due."""
    return [row(stage.nurse, alert(stage), due_at=MORNING - (3 - place) * MINUTE, created_at=MORNING - 9 * MINUTE)
            for place in range(3)]  # fmt: skip


def states(mails: list[Notification]) -> list[str]:
    """Return how each mail stands: sent, or the outcome of its last attempt."""
    found = []
    for one in mails:
        one.refresh_from_db()
        last = one.deliveries.order_by("attempt").last()
        found.append("sent" if one.sent_at else last.outcome if last else "")
    return found


def composing(monkeypatch: pytest.MonkeyPatch, *, until: int) -> None:
    """Let the time be up when so many messages are written."""
    written: list[Letter] = []

    def write(letter: Letter, **rest: Any) -> EmailMessage:
        if len(written) == until:
            raise SoftTimeLimitExceeded
        written.append(letter)
        return compose(letter, **rest)

    monkeypatch.setattr(sending, "compose", write)


@pytest.mark.parametrize("until", [0, 1, 2])
def test_what_was_handed_over_is_marked_and_the_rest_is_neither_failed_nor_lost(
    sink: Sink, mails: list[Notification], monkeypatch: pytest.MonkeyPatch, until: int
) -> None:
    composing(monkeypatch, until=until)
    with pytest.raises(SoftTimeLimitExceeded):
        send_due(at=MORNING)
    assert states(mails) == ["sent"] * until + ["started"] * (3 - until)
    assert not Notification.objects.exclude(failed_at=None).exists()
    assert len(sink.messages) == until
    monkeypatch.undo()
    assert send_due(at=MORNING + MINUTE).accepted == 0, "their lease holds"
    assert send_due(at=AFTER).accepted == 3 - until
    assert states(mails) == ["sent"] * 3
    assert len(sink.messages) == 3


def test_while_the_server_is_waited_for_every_answer_is_still_marked(
    mails: list[Notification], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is up as the first answer is marked; the others come after it."""
    answers, mark = threading.Event(), sending._mark
    marked: list[object] = []

    def hand_over(message: EmailMessage) -> Result:
        if len(marked) == 0:
            answers.wait(timeout=0.2)
        return Result(Outcome.ACCEPTED, 250)

    def marking(*given: Any) -> None:
        marked.append(given)
        if len(marked) == 1:
            answers.set()
            raise SoftTimeLimitExceeded
        mark(*given)

    monkeypatch.setattr(sending, "hand_over", hand_over)
    monkeypatch.setattr(sending, "_mark", marking)
    with pytest.raises(SoftTimeLimitExceeded):
        send_due(at=MORNING)
    assert states(mails) == ["sent"] * 3
    assert (len(marked), Delivery.objects.filter(outcome="accepted").count()) == (4, 3)


def test_a_message_that_cannot_be_written_is_its_own_fault(
    sink: Sink, mails: list[Notification], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(letter: Letter, **rest: Any) -> EmailMessage:
        if letter.id == mails[1].pk:
            raise ValueError
        return compose(letter, **rest)

    monkeypatch.setattr(sending, "compose", write)
    sent = send_due(at=MORNING)
    assert (sent.accepted, sent.failed) == (2, 1)
    assert states(mails) == ["sent", "refused", "sent"]
