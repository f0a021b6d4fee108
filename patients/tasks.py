"""Celery's legs of the intake: each task looks for files that wait and reads them. Losing a message costs time, nothing else."""

import time
from typing import Final
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from patients import idempotency, intake

SECONDS: Final = 15.0
"""No file is begun later in a task: one may take 20 s to parse and as long to record, and a task ends after 50."""


@shared_task(name="patients.tasks.read_uploads")
def read_uploads(upload_ids: list[str]) -> None:
    """Read these files, as far as they wait; what the time does not suffice for is found by the sweep."""
    started = time.monotonic()
    for one in upload_ids:
        if time.monotonic() - started > SECONDS:
            break
        intake.read_upload(UUID(one))


@shared_task(name="patients.tasks.sweep_uploads")
def sweep_uploads() -> None:
    """Read whatever waits, and forget answers that nobody will ask for again."""
    idempotency.forget(at=timezone.now())
    intake.sweep(seconds=SECONDS)
