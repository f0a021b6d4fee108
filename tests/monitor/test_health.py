"""Alive, ready, watching: asked by the web process, so that the answer comes with every worker dead."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from alerts.models import Heartbeat, WatchState
from monitor import health
from monitor.health import STALE_AFTER, Watch, watch_state
from patients.models import User
from tests.factories import account, alive, member, patient, team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def due(days: float, **fields: Any) -> WatchState:
    """Let a patient's next judgment have been due so many days before now."""
    return WatchState.objects.create(patient=patient(), recheck_at=NOW - timedelta(days=days), **fields)


def test_signs_of_life_of_every_part_mean_watching() -> None:
    alive(at=NOW - timedelta(seconds=40))
    found = watch_state(NOW)
    assert (found.stale, found.never_started, found.silent) == (False, False, ())
    assert found.last_at == NOW - timedelta(seconds=40)


def test_nothing_ever_heard_is_a_watch_that_never_started() -> None:
    found = watch_state(NOW)
    assert (found.stale, found.never_started, found.silent) == (True, True, ("mail", "sweep"))


@pytest.mark.parametrize("part", ["sweep", "mail"])
def test_one_silent_part_is_enough(part: str) -> None:
    alive(at=NOW)
    Heartbeat.objects.filter(name=part).update(beat_at=NOW - timedelta(minutes=10))
    found = watch_state(NOW)
    assert (found.stale, found.silent) == (True, (part,))
    assert found.last_at == NOW - timedelta(minutes=10)


def test_a_part_that_was_never_heard_is_silent_beside_one_that_lives() -> None:
    Heartbeat.objects.create(name="sweep", beat_at=NOW)
    found = watch_state(NOW)
    assert (found.silent, found.never_started) == (("mail",), False)


def test_a_part_that_joined_later_is_watched_too() -> None:
    alive(at=NOW)
    Heartbeat.objects.create(name="intake", beat_at=NOW - timedelta(hours=1))
    assert watch_state(NOW).silent == ("intake",)


@pytest.mark.parametrize(("age", "stale"), [(timedelta(0), False), (STALE_AFTER, False), (STALE_AFTER * 1.01, True)])
def test_three_minutes_are_the_limit(age: timedelta, stale: bool) -> None:
    alive(at=NOW - age)
    assert watch_state(NOW).stale is stale


def test_an_overdue_judgment_is_stale_though_every_part_lives() -> None:
    alive(at=NOW)
    due(0.5)
    due(2)
    found = watch_state(NOW)
    assert (found.stale, found.silent) == (True, ())
    assert found.overdue_since == NOW - timedelta(days=2)


def test_what_is_due_this_minute_or_given_up_is_not_overdue() -> None:
    alive(at=NOW)
    due(0.001)
    due(-3)
    due(5, failed_at=NOW - timedelta(days=4))  # shown elsewhere, by name
    assert watch_state(NOW).stale is False


def test_the_state_of_the_watch_is_one_query(django_assert_num_queries: Any) -> None:
    alive(at=NOW)
    due(1)
    with django_assert_num_queries(1):
        watch_state(NOW)


def test_a_member_is_told_only_of_their_own_patients(
    as_web: Callable[[User], AbstractContextManager[None]],
) -> None:
    alive(at=NOW)
    late = due(1)
    with as_web(member(team())):
        assert watch_state(NOW).stale is False
    with as_web(member(late.patient.team)):
        assert watch_state(NOW).overdue_since == NOW - timedelta(days=1)


def test_words_for_a_watch_of_no_trouble() -> None:
    assert not Watch(NOW, last_at=NOW).stale
    assert Watch(NOW, overdue_since=NOW).stale


def test_live_asks_the_database_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_once_the_tables_are_as_needed(client: Client) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": True, "migrated": True})


def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'alerts'")
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["migrated"]) == (503, False)


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr(health, "MigrationExecutor", refused)
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["database"]) == (503, False)
    assert "10.0.0.7" not in response.content.decode()


def test_an_outside_ping_hears_that_the_watch_is_blind(client: Client) -> None:
    response = client.get("/health/watch")
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "watching": False, "silent": ["mail", "sweep"]}


def test_an_outside_ping_hears_that_the_watch_lives(client: Client) -> None:
    alive(at=timezone.now())
    response = client.get("/health/watch")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "watching": True, "silent": []})


@pytest.mark.parametrize("check", ["live", "ready", "watch"])
def test_checks_are_only_read(client: Client, check: str) -> None:
    assert client.post(f"/health/{check}").status_code == 405


def test_a_session_does_not_change_a_check(client: Client) -> None:
    client.force_login(account())
    assert client.get("/health/live").status_code == 200
