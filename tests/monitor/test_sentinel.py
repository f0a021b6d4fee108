"""Who watches the watch: incidents are told once for all processes, again after hours, and once when over, with no worker."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import override_settings
from pytest_django import Settings

from alerts.models import Heartbeat, Incident, WatchState
from monitor import sentinel
from monitor.health import STALE_AFTER, watch_state
from monitor.sentinel import AGAIN, FLAPPING, LOST_AGAIN, Sentinel, settle
from monitor.troubles import Trouble
from tests.alerts.sink import Sink, plain, running
from tests.factories import account, alive, patient

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AsRole = Callable[[str], AbstractContextManager[None]]
RECHECK = Trouble("recheck", 2, NOW - timedelta(hours=1))
FAILED = Trouble("failed_mail", 1, NOW)


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A real mail server, as an installation has it."""
    with running() as one:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", one.port, 5
        yield one


@pytest.fixture
def web(db: None, as_role: AsRole) -> Iterator[None]:
    """Run a whole test with the web's log-in, of no person: what the thread has."""
    account("admin@example.org", is_staff=True)
    account("gone@example.org", is_staff=True, is_active=False)
    account("nurse@example.org")
    with as_role("iph_web"):
        yield


def dead(minutes: float = 10) -> None:
    """Let every part have fallen silent so many minutes before now."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    alive(at=NOW - timedelta(minutes=minutes))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE iph_web")


def test_a_dead_worker_is_told_to_administrators_by_the_web(web: None, sink: Sink) -> None:
    dead()
    Sentinel().look(at=NOW)
    assert sink.addresses == ["admin@example.org"]
    assert "- Judging stands still\r\n- Mailing stands still\r\n" in plain(sink.messages[0])
    assert "/operations/" in plain(sink.messages[0])
    assert sink.messages[0]["Subject"] == "The service needs attention"
    assert "Judging stands still" in plain(sink.messages[0], "html")
    rows = Incident.objects.order_by("kind").values_list("kind", "began_at", "told_at", "ended_at")
    assert list(rows) == [(kind, NOW - timedelta(minutes=10), NOW, None) for kind in ("mail", "sweep")]


def test_a_watch_that_lives_makes_nobody_write(web: None, sink: Sink) -> None:
    dead(0)
    Sentinel().look(at=NOW)
    assert sink.kept == []
    assert not Incident.objects.exists()


def test_it_is_said_again_every_six_hours_and_once_when_it_is_over(web: None, sink: Sink) -> None:
    one = Sentinel()
    dead()
    for after in (timedelta(), MINUTE, AGAIN - MINUTE, AGAIN, AGAIN + MINUTE):
        one.look(at=NOW + after)
    assert len(sink.kept) == 2
    dead(-9 * 60)
    for after in (9 * 60 * MINUTE, 9 * 60 * MINUTE + MINUTE):
        one.look(at=NOW + after)
    assert [message["Subject"] for message in sink.messages[2:]] == ["The service works again"]
    assert "This is over:\r\n\r\n- " in plain(sink.messages[2])
    assert "- Judging stands still" in plain(sink.messages[2])
    assert not Incident.objects.filter(ended_at=None).exists()


def test_no_mail_names_a_patient(web: None, sink: Sink) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    alive(at=NOW)
    ill = patient(name="Canary Quill", identifier="C-77")
    WatchState.objects.create(patient=ill, recheck_at=NOW - MINUTE * 60, evaluated_revision=0)
    Sentinel().look(at=NOW)
    (message,) = sink.messages
    assert "- 1 judgment is overdue" in plain(message)
    for secret in ("Canary", "C-77", str(ill.pk)):
        assert secret not in message.as_string()


def test_what_no_server_took_is_tried_again_at_the_next_look(web: None, sink: Sink) -> None:
    one = Sentinel()
    dead()
    sink.recipients["admin@example.org"] = "450 later"
    one.look(at=NOW)
    assert set(Incident.objects.values_list("told_at", flat=True)) == {None}
    sink.recipients.clear()
    one.look(at=NOW + MINUTE)
    assert sink.addresses == ["admin@example.org"]
    assert set(Incident.objects.values_list("told_at", flat=True)) == {NOW + MINUTE}


def test_where_there_is_no_administrator_nobody_counts_as_told(db: None, as_role: AsRole, sink: Sink) -> None:
    with as_role("iph_web"):
        Sentinel().look(at=NOW)
        assert set(Incident.objects.values_list("told_at", flat=True)) == {None}
    assert sink.kept == []


def test_two_processes_tell_once(web: None, sink: Sink) -> None:
    dead()
    first, second = Sentinel(), Sentinel()
    for one in (first, second):
        one.look(at=NOW)
    dead(-1)
    for one in (second, first):
        one.look(at=NOW + MINUTE)
    assert [message["Subject"] for message in sink.messages] == [
        "The service needs attention",
        "The service works again",
    ]


@pytest.mark.parametrize("troubles", [[RECHECK], [RECHECK, FAILED]])
def test_an_incident_is_one_row_however_often_it_is_found(troubles: list[Trouble]) -> None:
    told = [settle(troubles, at=NOW + MINUTE * minute).begun for minute in range(4)]
    assert told == [True, False, False, False]
    assert Incident.objects.count() == len(troubles)
    assert Incident.objects.get(kind="recheck").began_at == RECHECK.since


def test_only_one_of_several_that_ends_is_over() -> None:
    settle([RECHECK, FAILED], at=NOW)
    over = settle([RECHECK], at=NOW + MINUTE)
    assert (over.begun, [one.kind for one in over.over]) == (False, ["failed_mail"])
    assert Incident.objects.get(kind="failed_mail").ended_at == NOW + MINUTE


def test_what_makes_nobody_blind_is_told_once_only() -> None:
    assert settle([FAILED], at=NOW).begun
    assert not settle([FAILED], at=NOW + AGAIN * 3).begun
    assert settle([RECHECK, FAILED], at=NOW + AGAIN * 4).begun


def test_what_comes_and_goes_is_told_no_more_often_than_each_half_hour() -> None:
    told = []
    for minute in range(0, 60, 4):
        told.append(settle([RECHECK], at=NOW + MINUTE * minute).begun)
        settle([], at=NOW + MINUTE * (minute + 2))
    assert [place * 4 for place, one in enumerate(told) if one] == [0, 32]
    assert FLAPPING == 30 * MINUTE


def test_what_was_never_told_is_over_without_a_word() -> None:
    Incident.objects.create(kind="recheck", began_at=NOW)
    assert settle([], at=NOW + MINUTE).over == ()
    assert Incident.objects.get().ended_at == NOW + MINUTE


def test_a_clock_that_was_set_back_ends_an_incident_no_earlier_than_it_began() -> None:
    settle([FAILED], at=NOW)
    settle([], at=NOW - MINUTE)
    assert Incident.objects.get().ended_at == NOW


def test_a_trouble_without_a_beginning_begins_when_it_is_found() -> None:
    settle([Trouble("mail")], at=NOW)
    assert Incident.objects.get().began_at == NOW


class Losing:
    """A database that answers or not, as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lost, self.state = False, watch_state
        monkeypatch.setattr(sentinel, "watch_state", self.ask)

    def ask(self, at: datetime, **given: bool) -> Any:
        """Answer, or be gone."""
        if self.lost:
            raise OperationalError("connection refused at 10.0.0.7")
        return self.state(at, **given)


def test_a_lost_database_is_told_after_three_minutes_and_each_hour(
    web: None, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, one = Losing(monkeypatch), Sentinel()
    dead(-180)
    one.look(at=NOW)
    database.lost = True
    seen = []
    for minute in range(1, 130):
        one.look(at=NOW + MINUTE * minute)
        seen.append(len(sink.kept))
    first = int(STALE_AFTER / MINUTE)
    assert [seen.index(count) for count in (1, 2, 3)] == [first, first + 60, first + 120]
    assert "- The database does not answer" in plain(sink.messages[0])
    assert "10.0.0.7" not in sink.messages[0].as_string()
    database.lost = False
    for minute in (130, 131):
        one.look(at=NOW + MINUTE * minute)
    assert [message["Subject"] for message in sink.messages[3:]] == ["The service works again"]
    assert LOST_AGAIN == 60 * MINUTE


def test_a_database_that_restarts_is_nothing_to_tell(web: None, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    database, one = Losing(monkeypatch), Sentinel()
    dead(-60)
    for minute in range(9):
        database.lost = minute % 3 != 0
        one.look(at=NOW + MINUTE * minute)
    assert sink.kept == []


def test_a_process_that_never_reached_the_database_knows_nobody_to_tell(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    Losing(monkeypatch).lost = True
    one = Sentinel()
    for minute in (0, 5):
        one.look(at=NOW + MINUTE * minute)
    assert (sink.kept, one.told_at) == ([], None)


def test_a_look_that_breaks_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, looks = threading.Event(), []

    def broken(*_: object, **__: object) -> None:
        looks.append(1)
        if len(looks) == 3:
            stop.set()
        raise RuntimeError

    monkeypatch.setattr(Sentinel, "look", broken)
    monkeypatch.setattr(connection, "close", lambda: None)
    sentinel.run(stop, 0.001)
    assert len(looks) == 3


@pytest.mark.parametrize(
    ("testing", "name", "starts"),
    [(True, "granian", False), (False, "/srv/manage.py", False), (False, "/usr/bin/granian", True)],
)
def test_only_a_process_that_serves_looks(
    monkeypatch: pytest.MonkeyPatch, testing: bool, name: str, starts: bool
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(sentinel, "run", lambda *_: begun.append(threading.current_thread().name))
    monkeypatch.setattr("sys.argv", [name])
    with override_settings(TESTING=testing):
        thread = sentinel.start()
    if thread is not None:
        thread.join(timeout=10)
    assert begun == (["sentinel"] if starts else [])
    assert (thread is not None and thread.daemon) is starts


def test_a_part_that_joined_later_has_a_name_of_its_own(web: None, sink: Sink) -> None:
    dead(0)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    Heartbeat.objects.create(name="queue", beat_at=NOW - MINUTE * 5)
    Sentinel().look(at=NOW)
    assert "- The queue stands still" in plain(sink.messages[0])
