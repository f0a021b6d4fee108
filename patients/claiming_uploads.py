"""Which file is read next, and by whom: the table is the queue, as in `alerts.claiming`.

A claim is one transaction that commits the attempt and a lease before the work, so that a reader that is killed costs time, never a
file; a file that kills its readers is failed after five attempts, visibly.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from patients import settling
from patients.models import Upload, UploadState
from patients.settling import Unread

LOG = structlog.get_logger(__name__)
ATTEMPTS: Final = 5
LEASE: Final = timedelta(seconds=90)
"""Longer than a task may run (monitor.settings), so that a living reader is not overtaken."""
BACKOFF: Final = timedelta(seconds=30)
LONGEST: Final = BACKOFF * 2**ATTEMPTS
"""No wait is longer: one that looks so was given before the clock was set back, and does not hold."""
UNDER_WAY: Final = (UploadState.RECEIVED, UploadState.READING)
GIVEN_UP: Final = Unread("gave_up", "Reading this file was tried five times and never came to its end.")


@dataclass(frozen=True, slots=True)
class Claim:
    """One file to be read at `at` by who holds the lease; `attempt` counts from 1."""

    upload_id: UUID
    attempt: int
    at: datetime


def claim(*, only: UUID | None = None, at: datetime | None = None) -> Claim | None:
    """Take the file that waits longest, or this one, and commit; None where none is due. `at` is the database's clock unless given.

    A file out of attempts is failed on the way, visibly.
    """
    with transaction.atomic():
        now = at or _clock()
        while upload := _due(now, only).first():
            if upload.attempts >= ATTEMPTS:
                _give_up(upload, now)
                continue
            upload.attempts += 1
            upload.state, upload.lease_until = UploadState.READING, now + LEASE
            upload.save(update_fields=["attempts", "state", "lease_until"])
            return Claim(upload.pk, upload.attempts, now)
    return None


def held(one: Claim) -> Upload | None:
    """Return the file of a claim, its row locked, None where the claim has passed to somebody else. Call within a transaction."""
    mine = Upload.objects.filter(pk=one.upload_id, state=UploadState.READING, attempts=one.attempt)
    return mine.select_for_update(of=("self",)).first()


def put_off(one: Claim) -> None:
    """End a claim whose attempt failed: later again, or given up after the last attempt."""
    with transaction.atomic():
        upload = held(one)
        if upload is None:
            return
        if one.attempt >= ATTEMPTS:
            _give_up(upload, one.at)
            return
        upload.state, upload.lease_until = UploadState.RECEIVED, one.at + backoff(one.attempt)
        upload.save(update_fields=["state", "lease_until"])


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after a number of attempts: 30 s, doubled each time."""
    return BACKOFF * int(2 ** (attempts - 1))


def _due(now: datetime, only: UUID | None) -> QuerySet[Upload]:
    """Return the files that nobody has, the longest waiting first; what is read of them is locked."""
    free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + LONGEST)
    waiting = Upload.objects.filter(free, state__in=UNDER_WAY)
    if only is not None:
        waiting = waiting.filter(pk=only)
    return waiting.select_for_update(skip_locked=True, of=("self",)).order_by("received_at", "pk")


def _give_up(upload: Upload, at: datetime) -> None:
    """Fail a file whose attempts are used up."""
    settling.fail(upload, GIVEN_UP, at=at)
    LOG.error("upload_gave_up", upload_id=str(upload.pk), attempts=ATTEMPTS)


def _clock() -> datetime:
    """Return the database's clock: one for all readers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone() or (None,)
    assert isinstance(now, datetime)  # noqa: S101 - the server always answers
    return now
