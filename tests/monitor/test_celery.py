"""The Celery app: every cadence names a task that exists, messages are hints only, and a fresh worker looks at once."""

import logging

import pytest
from celery.signals import setup_logging, worker_ready

from monitor import celery
from monitor.celery import ROUND_TRIP, SWEEP_SECONDS, app

WORK = {"alerts.tasks.send_due", "alerts.tasks.sweep", "patients.tasks.sweep_uploads"}


def test_every_cadence_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert named >= {
        "patients.tasks.sweep_uploads",
        "alerts.tasks.sweep",
        "alerts.tasks.send_due",
        "alerts.tasks.calibrate",
        "alerts.tasks.round_trip",
        "alerts.tasks.tell_week",
    }
    assert named <= set(app.tasks)


def test_what_is_due_is_looked_for_each_minute_and_only_what_may_be_left_out_a_day_follows_the_clock() -> None:
    each_minute = {name for name, entry in app.conf.beat_schedule.items() if entry["schedule"] == SWEEP_SECONDS == 60.0}
    assert each_minute >= {"uploads", "watch", "mail", "queue"}
    assert set(app.conf.beat_schedule) - each_minute <= {"calibrate", "quiet"}
    assert str(app.conf.timezone) == "UTC"


def test_a_message_is_a_hint() -> None:
    assert app.conf.task_ignore_result
    assert not app.conf.result_backend
    assert not app.conf.task_acks_late
    assert not app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit <= SWEEP_SECONDS


def test_a_worker_that_came_up_looks_for_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(app, "send_task", sent.append)
    worker_ready.send(None)
    assert sorted(sent) == sorted(WORK)


def test_a_round_trip_is_beats_alone_and_does_not_keep() -> None:
    """A worker that started it itself, or one that waited an hour in Redis, would be no sign of life."""
    entry = app.conf.beat_schedule[ROUND_TRIP]
    assert entry["options"] == {"expires": SWEEP_SECONDS}
    assert entry["task"] not in WORK


def test_celery_does_not_set_up_a_log_of_its_own() -> None:
    before = list(logging.getLogger().handlers)
    receivers = setup_logging.send(None)
    assert celery.keep_our_logging in [receiver for receiver, _ in receivers]
    assert logging.getLogger().handlers == before
