"""Celery's legs: each task looks for due rows and does them. Messages hold ids only, and losing one costs time, nothing else."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from celery import Task, shared_task
from django.utils import timezone

from alerts import digests, passing, quiet, sending, watching
from alerts.calibrating import calibrate_all
from alerts.models import Heartbeat

LOG = structlog.get_logger(__name__)
SECONDS: Final = 40.0
"""A task ends before its soft time limit; what is left is found by the next one."""


@shared_task(name="alerts.tasks.evaluate")
def evaluate(patient_ids: list[str]) -> None:
    """Judge these patients, as far as they are due, and wake the mail."""
    watching.sweep(patients=[UUID(one) for one in patient_ids], seconds=SECONDS)
    hint(send_due)


@shared_task(name="alerts.tasks.sweep")
def sweep() -> None:
    """Judge whoever is due, write digests, and wake the mail."""
    watch()
    hint(send_due)


@shared_task(name="alerts.tasks.send_due")
def send_due() -> None:
    """Send what is due."""
    post(seconds=SECONDS / 2)


@shared_task(name="alerts.tasks.round_trip")
def round_trip() -> None:
    """Show that a message of beat comes through Redis to a worker: nothing else may, and nothing else shows it."""
    beat("queue", at=timezone.now())


def post(*, seconds: float | None = None) -> None:
    """Send what is due; mail shows life only while the server takes any: the part that needs no Celery."""
    sending.send_due(seconds=seconds)
    now = timezone.now()
    if passing.takes_mail(at=now):
        beat("mail", at=now)


@shared_task(name="alerts.tasks.tell_week")
def tell_week() -> None:
    """Write the weekly mail to administrators, and wake the mail: that it comes shows that beat, Redis, worker and mail work."""
    quiet.write_due(at=timezone.now())
    hint(send_due)


@shared_task(name="alerts.tasks.calibrate")
def calibrate() -> None:
    """Compute what each clinic's own remissions say: once a day is enough, and a day left out changes nothing."""
    for one in calibrate_all(at=timezone.now()):
        LOG.info("calibrated", team=one.team_id, patients=one.patients, changed=len(one.changed))


def watch() -> None:
    """Judge whoever is due and write digests: the part of a sweep that needs no Celery."""
    watching.sweep(seconds=SECONDS)
    now = timezone.now()
    digests.write_due(at=now)
    beat("sweep", at=now)


def hint_evaluate(patient_ids: Iterable[UUID]) -> None:
    """Wake the watch for these patients."""
    hint(evaluate, [str(one) for one in patient_ids])


def hint(task: "Task[..., None]", *arguments: object) -> None:
    """Send a message if the broker takes it; if not, the sweep finds the row, so the failure is only logged."""
    try:
        task.delay(*arguments)
    except Exception as error:  # a broker fails in its driver's own ways, and none may reach who recorded a fact
        LOG.warning("hint_lost", task=task.name, error_type=type(error).__name__)


def beat(name: str, *, at: datetime) -> None:
    """Show life."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": at})
