"""The latest results of many patients at once: for lists that show one number and a small curve a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from patients.history import USABLE_STATUSES

POINTS: Final = 60
"""Enough for six months of weekly tests twice over; a list never reads a whole history."""

# One index range a patient, from its end: the cost is that of the rows shown, not of those stored.
QUESTION: Final = """
SELECT wanted.id, latest.effective_at, latest.value
FROM unnest(%s::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
  SELECT effective_at, value FROM patients_observation
  WHERE patient_id = wanted.id AND code = %s AND retracted_revision IS NULL AND value IS NOT NULL AND status = ANY(%s)
  ORDER BY effective_at DESC LIMIT %s
) AS latest
ORDER BY wanted.id, latest.effective_at
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One result: when the sample was taken, and its value in the catalogue's canonical unit."""

    at: datetime
    value: float


def latest(patients: Sequence[UUID], code: str) -> Mapping[UUID, tuple[Point, ...]]:
    """Return up to 60 newest usable results of an analyte for each of these patients, oldest first, by one query.

    A patient without any is not among the keys; so is one whom the database does not show to who asks.
    """
    found: dict[UUID, list[Point]] = {}
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [list(patients), code, sorted(USABLE_STATUSES), POINTS])
        for patient_id, at, value in cursor.fetchall():
            found.setdefault(patient_id, []).append(Point(at, value))
    return {patient_id: tuple(points) for patient_id, points in found.items()}
