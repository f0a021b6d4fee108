"""The weekly mail to administrators: once a week and person, in counts, from the worker."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from alerts import sending, tasks
from alerts.models import Delivery, Incident, Notification, WatchState
from alerts.quiet import WITHIN, moment_of, write_due
from tests.alerts.scenes import Scene, scene
from tests.factories import account, alert

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(db: None) -> Scene:
    account("gone@example.org", is_staff=True, is_active=False)
    return scene()


@pytest.fixture
def worker(stage: Scene, as_role: Callable[[str], AbstractContextManager[None]]) -> Iterator[None]:
    """Run a whole test with the worker's log-in, once the stage is set."""
    with as_role("iph_worker"):
        yield


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (MONDAY - MINUTE, 0),
        (MONDAY, 1),
        (MONDAY + WITHIN - MINUTE, 1),
        (MONDAY + WITHIN, 0),
        (MONDAY + timedelta(days=6, hours=16), 0),
        (MONDAY + timedelta(days=7), 1),
    ],
)
def test_it_is_written_on_mondays_from_seven_on(worker: None, at: datetime, written: int) -> None:
    assert write_due(at=at) == written
    assert Notification.objects.filter(kind="quiet").count() == written


def test_it_is_written_once_a_week_for_each_administrator(worker: None, stage: Scene) -> None:
    for minute in range(3):
        write_due(at=MONDAY + minute * MINUTE)
    write_due(at=MONDAY + timedelta(days=7))
    rows = Notification.objects.order_by("due_at").values_list("recipient", "due_at")
    assert list(rows) == [(stage.administrator.pk, MONDAY), (stage.administrator.pk, MONDAY + timedelta(days=7))]


def test_without_an_administrator_there_is_nobody_to_write_to(worker: None, stage: Scene) -> None:
    type(stage.administrator).objects.filter(pk=stage.administrator.pk).update(is_active=False)
    assert write_due(at=MONDAY) == 0


def test_the_task_writes_it_and_wakes_the_mail(worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[object] = []
    monkeypatch.setattr(tasks, "hint", woken.append)
    monkeypatch.setattr("django.utils.timezone.now", lambda: MONDAY + MINUTE)
    tasks.tell_week()
    assert Notification.objects.filter(kind="quiet").count() == 1
    assert woken == [tasks.send_due]


@pytest.mark.parametrize("days", range(7))
def test_every_day_belongs_to_the_monday_before_it(days: int) -> None:
    for hours in (0, 12, 23):
        assert moment_of(MONDAY.replace(hour=hours) + timedelta(days=days)) == MONDAY


def test_it_counts_the_week_and_nothing_of_before(stage: Scene) -> None:
    before, within = MONDAY - timedelta(days=8), MONDAY - timedelta(days=2)
    for at in (before, within):
        raised = alert(stage.patient)
        type(raised).objects.filter(pk=raised.pk).update(raised_at=at)
        Incident.objects.create(kind="queue", began_at=at, ended_at=at)
        row = Notification.objects.create(
            recipient=stage.nurse, kind="alert", reason="first", dedup_key=str(at), created_at=at, due_at=at, sent_at=at
        )
        Delivery.objects.create(notification=row, attempt=1, started_at=at, marked_repeat=True)
    WatchState.objects.create(patient=stage.patient, evaluated_at=within)
    write_due(at=MONDAY)
    assert [count for _, count in Notification.objects.get(kind="quiet").detail["counts"]] == [1, 0, 1, 1, 0, 1, 1]


def test_it_is_sent_with_its_counts_and_names_nobody(worker: None, stage: Scene) -> None:
    write_due(at=MONDAY)
    sending.send_due(at=MONDAY)
    (message,) = mail.outbox
    assert message.to == [stage.administrator.email]
    assert message.subject == "The week of the service"
    assert "- patients judged: 0\n- patients given up: 0\n" in message.body
    assert "/operations/" in message.body
    assert str(stage.pk) not in message.body
