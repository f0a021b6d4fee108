"""Many senders and sweepers at once, on real PostgreSQL and a real mail server: every mail comes once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from pytest_django import Settings

from alerts import lifecycle, sending, tasks
from alerts.lifecycle import ConflictError
from alerts.models import Alert, Delivery, Notification, Transition
from alerts.watching import evaluate
from patients.context import ALL, working_on
from tests.alerts.scenes import MORNING, Scene, Script, high, learn, scene, scripted
from tests.alerts.sink import Sink, running
from tests.alerts.test_sending import row
from tests.alerts.test_watching_races import at_once, side_by_side

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def stage(transactional_db: None) -> Scene:
    return scene()


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        yield one


def test_senders_at_once_send_every_mail_once(stage: Scene, sink: Sink) -> None:
    for _ in range(40):
        row(stage.nurse)
    at_once(4, lambda: sending.send_due(at=MORNING))
    times = Counter(message["Message-ID"] for message in sink.messages)
    assert (len(times), set(times.values())) == (40, {1})
    assert Delivery.objects.filter(outcome="accepted", attempt=1, marked_repeat=False).count() == 40


def test_one_sender_at_work_holds_up_no_other(stage: Scene, sink: Sink) -> None:
    for number in range(sending.PLACES * 2):
        row(stage.nurse, due_at=MORNING + number * timedelta(microseconds=1))
    first = sending.claim(MORNING + MINUTE)
    second = sending.claim(MORNING + MINUTE)
    assert len({one.notification.pk for one in (*first, *second)}) == sending.PLACES * 2


def test_sweeps_at_once_make_one_alert_and_one_mail(
    stage: Scene, sink: Sink, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "hint", lambda *_: None)
    script.says(high(at=MORNING))

    def sweep() -> None:
        evaluate(stage.pk, at=MORNING)
        sending.send_due(at=MORNING)

    at_once(12, sweep)
    assert (Alert.objects.count(), Transition.objects.count()) == (1, 1)
    assert sink.addresses == [stage.nurse.email]


def test_acknowledging_while_it_is_found_again_loses_neither(stage: Scene, script: Script) -> None:
    script.says(high())
    evaluate(stage.pk, at=MORNING)
    alert = Alert.objects.get()
    script.says(high(level=1))
    learn(stage.patient)

    def acknowledge() -> str:
        try:
            with working_on(ALL):
                lifecycle.acknowledge(alert.pk, by=stage.nurse, at=MORNING + MINUTE)
        except ConflictError:
            return "second"
        return "first"

    def judge() -> str:
        evaluate(stage.pk, at=MORNING + MINUTE)
        return "judged"

    outcomes = side_by_side(judge, acknowledge)
    alert.refresh_from_db()
    verbs = list(Transition.objects.order_by("id").values_list("verb", flat=True))
    assert "judged" in outcomes
    assert (alert.level, verbs.count("worsened")) == (1, 1)  # what is worse is never lost
    assert alert.state == ("acknowledged" if verbs[-1] == "acknowledged" else "raised")


def test_a_mail_is_not_sent_before_what_it_tells_is_committed(stage: Scene, sink: Sink, script: Script) -> None:
    script.says(high(at=MORNING))
    written, looked = Event(), Event()

    def judge() -> int:
        with working_on([stage.pk]):
            evaluate(stage.pk, at=MORNING)
            written.set()
            assert looked.wait(timeout=30)
        return 0

    def send() -> int:
        assert written.wait(timeout=30)
        accepted = sending.send_due(at=MORNING).accepted
        looked.set()
        return accepted

    assert side_by_side(judge, send) == [0, 0]
    assert sending.send_due(at=MORNING).accepted == Notification.objects.filter(reason="first").count() == 1
