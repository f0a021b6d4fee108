"""Takes files in, keeps their originals sealed, and tells what became of them. `patients.intake` reads them."""

import hashlib
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from patients import reporting, sealing
from patients.models import CareTeam, Upload, UploadOriginal, UploadState, User
from patients.storable import file_name

LOG = structlog.get_logger(__name__)
READ: Final = "patients.tasks.read_uploads"
"""The task that a file received wakes, by name: tasks stand above this module."""


class TooLargeError(ValueError):
    """A file above the limit; nothing of it is kept."""


class ErasedError(LookupError):
    """The original was erased: its key is gone."""


def receive(
    *,
    content: bytes,
    name: str,
    patient_id: UUID | None,
    by: User | None,
    at: datetime,
    team_id: int | None = None,
    wanted: str = "",
    wake: bool = True,
) -> Upload:
    """Keep a file for a patient, or for a team whose patients its rows name, and wake who reads it.

    The same file again, even at the same moment, is the upload that is there; if that could not be read, it is tried once more.
    Row and original are written together or not at all. `wanted` names a format where the content does not tell.
    """
    if len(content) > settings.UPLOAD_BYTES:
        raise TooLargeError("The file is too large.")
    if patient_id is None and team_id is None:
        raise ValueError("a file belongs to a patient or to a team")
    fresh = Upload(
        patient_id=patient_id,
        team_id=team_id,
        by=by,
        received_at=at,
        file_name=file_name(name),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        format=wanted,
    )
    with transaction.atomic():
        upload = _placed(fresh)
        if upload.pk == fresh.pk:
            _keep(upload, content, at)
        elif upload.state == UploadState.FAILED:
            _queue_again(upload, wanted)
        if wake and upload.state == UploadState.RECEIVED:
            transaction.on_commit(partial(_wake, upload.pk), robust=True)
    return upload


def find(*, content: bytes, patient_id: UUID | None, team_id: int | None = None) -> Upload | None:
    """Return the upload that the same file sent again would be, None where it would be a new one."""
    return _same(hashlib.sha256(content).hexdigest(), patient_id, team_id).first()


def report(upload: Upload, *, again: bool = False) -> dict[str, Any]:
    """Return what became of a file, by one query. `again`: to who sent it once more, what was accepted is known already."""
    rows = upload.row_results.order_by("position")
    return reporting.report(upload.format, rows, upload.file_issues, again=again)


def original(upload: Upload) -> bytes:
    """Return the bytes as received; ErasedError where they were erased, SealError where they do not open."""
    kept = UploadOriginal.objects.select_related("key").filter(pk=upload.pk).first()
    if kept is None or kept.key is None:
        raise ErasedError(str(upload.pk))
    key = sealing.opened(kept.key)
    return sealing.unseal(key, bytes(kept.nonce), bytes(kept.ciphertext), bound_to=str(upload.pk))


def _placed(fresh: Upload) -> Upload:
    """Return the upload as inserted, or the one that is there for the same file."""
    if fresh.patient_id is None and fresh.team_id is not None:
        CareTeam.objects.select_for_update(no_key=True).get(pk=fresh.team_id)  # one at a time: no constraint can do it
        there = _same(fresh.sha256, None, fresh.team_id).first()
        if there is None:
            fresh.save(force_insert=True)
        return there or fresh
    Upload.objects.bulk_create([fresh], ignore_conflicts=True)  # waits for who inserts the same at this moment
    return _same(fresh.sha256, fresh.patient_id, None).get()


def _same(sha256: str, patient_id: UUID | None, team_id: int | None) -> QuerySet[Upload]:
    """Return the uploads of a file for a patient, or for a team.

    A team's file with rows held is not one of them: rows that named nobody may name somebody by now, so it is read anew.
    """
    if patient_id is not None:
        return Upload.objects.filter(patient_id=patient_id, sha256=sha256)
    mine = Upload.objects.filter(~Q(state=UploadState.HELD), patient=None, team_id=team_id, sha256=sha256)
    return mine.order_by("-received_at")


def _keep(upload: Upload, content: bytes, at: datetime) -> None:
    """Seal the bytes of a new upload."""
    row = sealing.single_key(at=at) if upload.patient_id is None else sealing.patient_key(upload.patient_id, at=at)
    nonce, ciphertext = sealing.seal(sealing.opened(row), content, bound_to=str(upload.pk))
    UploadOriginal.objects.create(upload=upload, key=row, nonce=nonce, ciphertext=ciphertext)


def _queue_again(upload: Upload, wanted: str) -> None:
    """Put a file that could not be read back into the queue."""
    Upload.objects.filter(pk=upload.pk, state=UploadState.FAILED).update(
        state=UploadState.RECEIVED,
        format=wanted,
        reason="",
        file_issues=[],
        attempts=0,
        lease_until=None,
        finished_at=None,
    )
    upload.refresh_from_db()


def _wake(upload_id: UUID) -> None:
    """Send a message if the broker takes it; if not, the sweep finds the row, so the failure is only logged."""
    try:
        current_app.send_task(READ, [[str(upload_id)]])
    except Exception as error:  # a broker fails in its driver's own ways, and none may reach who sent a file
        LOG.warning("hint_lost", task=READ, error_type=type(error).__name__)
