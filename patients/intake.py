"""Reads files that were received: claim → parse in a child process → validate → record, with every row, in one transaction.

A reader may be killed at any point: nothing of a file is written before the last step, and the lease then ends.
"""

import time
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db.models import QuerySet

from patients import claiming_uploads, naming, sandbox, settling, uploading
from patients.claiming_uploads import Claim
from patients.context import ALL, working_on
from patients.framing import frames
from patients.models import Patient, Upload
from patients.naming import Unnamed
from patients.sandbox import Parsed, Unreadable
from patients.sealing import SealError
from patients.settling import Unread
from patients.understanding import Understood, names, understand
from patients.validation import Frame

LOG = structlog.get_logger(__name__)
GONE: Final = Unread("original_gone", "The original of this file is not there or does not open, so it cannot be read.")


def read_upload(upload_id: UUID, *, at: datetime | None = None) -> bool:
    """Read one file if it waits; return whether it was this call that tried. `at` is the database's clock unless given."""
    one = claiming_uploads.claim(only=upload_id, at=at)
    if one is not None:
        _attempt(one)
    return one is not None


def sweep(*, at: datetime | None = None, seconds: float | None = None) -> int:
    """Read whatever waits, the longest waiting first, until nothing does or the time is used up; return how many were tried."""
    tried, started = 0, time.monotonic()
    while seconds is None or time.monotonic() - started < seconds:
        one = claiming_uploads.claim(at=at)
        if one is None:
            break
        _attempt(one)
        tried += 1
    return tried


def _attempt(one: Claim) -> None:
    """Read a claimed file; whatever goes wrong is tried again later, and stops no other file."""
    try:
        _read(one)
    except Exception as error:  # a defect or a lost database: the claim is ended, the next file goes on
        LOG.exception("upload_not_read", upload_id=str(one.upload_id), attempts=one.attempt, exc_info=error)
        claiming_uploads.put_off(one)


def _read(one: Claim) -> None:
    """Read a claimed file to its end."""
    upload = Upload.objects.get(pk=one.upload_id)
    parsed = _parsed(upload)
    found = parsed if isinstance(parsed, Unread) else _understood(parsed, upload, one.at)
    with _in_sight(upload):
        mine = claiming_uploads.held(one)
        if mine is None:
            LOG.warning("upload_passed_on", upload_id=str(one.upload_id), attempts=one.attempt)
        elif isinstance(found, Unread):
            settling.fail(mine, found, at=one.at)
        else:
            settling.settle(mine, found, at=one.at)


def _in_sight(upload: Upload) -> AbstractContextManager[None]:
    """Return the context of the patients whose results a file may hold."""
    return working_on(ALL if upload.patient_id is None else [upload.patient_id])


def _understood(parsed: Parsed, upload: Upload, at: datetime) -> Understood:
    """Return what a file says, read in a transaction of its own: validating takes a while, and writing waits for nobody."""
    with _in_sight(upload):
        return understood_for(parsed, patient_id=upload.patient_id, team_id=upload.team_id, at=at)


def _parsed(upload: Upload) -> Parsed | Unread:
    """Return what a file holds, or why nobody can read it: trying again would end alike."""
    try:
        content = uploading.original(upload)
        return sandbox.parse(content, upload.file_name, upload.format)
    except Unreadable as error:
        return Unread(error.issue.code, error.message)
    except (uploading.ErasedError, SealError):
        return GONE


def understood_for(parsed: Parsed, *, patient_id: UUID | None, team_id: int | None, at: datetime) -> Understood:
    """Return what a file sent for a patient, or for the patients of a team (None: all in sight), says. Call within a context."""
    named = names(parsed.items)
    if patient_id is None:
        owners = naming.resolve(named, among=None if team_id is None else of_team(team_id))
    else:
        owners = naming.of_file(named, patient_id)
    whose = {owner for owner in owners.values() if not isinstance(owner, Unnamed)}
    known = frames(whose | ({patient_id} if patient_id else set()), at=at)
    zone = known[patient_id].time_zone if patient_id else "UTC"
    return understand(parsed.format, parsed.items, owners=owners, frames=known, unknown=Frame(now=at, time_zone=zone))


def of_team(team_id: int) -> QuerySet[Patient]:
    """Return the patients for whom a team is responsible."""
    return Patient.objects.filter(team_id=team_id)
