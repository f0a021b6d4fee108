"""Keeps who opened whose record: one row a person, patient, thing and hour. What cannot be written hides nothing."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection

from patients.models import Seen, Upload, UploadRow, What

LOG = structlog.get_logger(__name__)


def note(user_id: int, patients: Iterable[UUID], what: What, *, at: datetime) -> bool:
    """Write down that a person opened something of these records, by one query; return whether it could be written.

    A second time within the hour of the clock changes nothing. A refusal of the database is logged and undone by itself, so
    that whoever needs the record is shown it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT note_seen(%s::uuid[], %s, %s, %s)", [list(patients), user_id, what.value, at])
        row = cursor.fetchone()
    refusal = row[0] if row else ""
    if refusal:
        LOG.error("not_noted_as_seen", user_id=user_id, reason_code=refusal)
    return not refusal


def patients_of(upload: Upload) -> list[UUID]:
    """Return whose results a file holds: its patient, or, of a file of a team, everybody whom its rows name."""
    if upload.patient_id is not None:
        return [upload.patient_id]
    named = UploadRow.objects.filter(upload=upload, patient_id__isnull=False)
    return list(named.order_by("patient_id").values_list("patient_id", flat=True).distinct())


def latest(patient_id: UUID, *, but: int, most: int) -> list[Seen]:
    """Return the newest looks at a record by anybody but one person."""
    found = Seen.objects.filter(patient_id=patient_id).exclude(user_id=but)
    return list(found.select_related("user").order_by("-at", "-id")[:most])
