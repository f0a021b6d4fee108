"""Alive, ready, watching: asked by the web process, so that the answer comes with every worker dead."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from alerts.models import Heartbeat, WatchState
from monitor import health
from monitor.health import STALE_AFTER, Beat, Watch, watch_state
from monitor.troubles import Trouble
from patients.models import User
from tests.factories import account, alive, member, patient, team
from tests.monitor.lateness import NOW, due, mail

pytestmark = pytest.mark.django_db


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


def test_the_state_of_the_watch_is_one_query(django_assert_num_queries: Any) -> None:
    alive(at=NOW)
    due(1)
    with django_assert_num_queries(1):
        watch_state(NOW)


def test_everybody_is_told_how_many_and_since_when_but_not_who(
    as_web: Callable[[User], AbstractContextManager[None]],
) -> None:
    alive(at=NOW)
    late = due(1)
    mail(60)
    for user in (member(team()), member(late.patient.team), account()):
        with as_web(user):
            found = watch_state(NOW, every=True)
            assert [one.kind for one in found.troubles] == ["unjudged", "recheck", "unsent"]
            assert WatchState.objects.filter(pk=late.pk).exists() == (
                user.memberships.filter(team=late.patient.team).exists()
            )


def test_the_walls_stand_again_after_the_figures(as_web: Callable[[User], AbstractContextManager[None]]) -> None:
    due(1)
    with as_web(account()):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.maintaining', '', true)")
            assert watch_state(NOW, every=True).stale
            cursor.execute("SELECT current_setting('app.maintaining', true)")
            assert cursor.fetchone() == ("",)
        assert not WatchState.objects.exists()


def test_words_for_a_watch_of_no_trouble() -> None:
    assert not Watch(NOW, (Beat("sweep", NOW, silent=False),)).stale
    assert Watch(NOW, troubles=(Trouble("recheck", 1, NOW),)).stale


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
    assert response.json() == {
        "status": "failing",
        "watching": False,
        "silent": ["mail", "sweep"],
        "troubles": ["sweep", "mail"],
        "attention": [],
    }


def test_an_outside_ping_hears_what_is_wrong_though_every_part_lives(client: Client) -> None:
    alive(at=timezone.now())
    patient()
    mail(60, failed_at=timezone.now())
    response = client.get("/health/watch")
    assert (response.status_code, response.json()["silent"]) == (503, [])
    assert (response.json()["troubles"], response.json()["attention"]) == (["unjudged"], ["failed_mail"])


def test_a_mail_that_failed_alone_does_not_ring(client: Client) -> None:
    alive(at=timezone.now())
    mail(60, failed_at=timezone.now())
    response = client.get("/health/watch")
    assert (response.status_code, response.json()["attention"]) == (200, ["failed_mail"])


def test_without_a_database_the_ping_hears_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr(health, "watch_state", refused)
    response = client.get("/health/watch")
    assert (response.status_code, response.json()["troubles"]) == (503, ["database"])
    assert "10.0.0.7" not in response.content.decode()


def test_an_outside_ping_hears_that_the_watch_lives(client: Client) -> None:
    alive(at=timezone.now())
    response = client.get("/health/watch")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "watching": True, "silent": [], "troubles": [], "attention": []},
    )


@pytest.mark.parametrize("check", ["live", "ready", "watch"])
def test_checks_are_only_read(client: Client, check: str) -> None:
    assert client.post(f"/health/{check}").status_code == 405


def test_a_session_does_not_change_a_check(client: Client) -> None:
    client.force_login(account())
    assert client.get("/health/live").status_code == 200
