"""What is known beforehand of the patients whose results a file holds: against this the file is validated."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from django.db import connection

from patients.analytes import catalogue
from patients.history import USABLE_STATUSES
from patients.models import Patient
from patients.validation import Frame

POINTS: Final = 5
"""The check for a mixed-up unit looks at the last five usable values (clinical specification, B0)."""

# One index range a patient and analyte, from its end: the cost is that of what is read, not of what is stored.
RECENT: Final = """
SELECT p.id, c.code, array_agg(latest.value ORDER BY latest.effective_at)
FROM unnest(%s::uuid[]) AS p(id) CROSS JOIN unnest(%s::text[]) AS c(code)
CROSS JOIN LATERAL (
  SELECT effective_at, value FROM patients_observation
  WHERE patient_id = p.id AND code = c.code AND retracted_revision IS NULL AND value IS NOT NULL AND comparator = ''
    AND NOT unconfirmed AND status = ANY(%s)
  ORDER BY effective_at DESC LIMIT %s
) AS latest
GROUP BY p.id, c.code
"""


def frames(patients: Collection[UUID], *, at: datetime) -> Mapping[UUID, Frame]:
    """Return the frame of each patient in sight, by two queries whatever their number."""
    if not patients:
        return {}
    usual = recent(patients)
    rows = Patient.objects.filter(pk__in=patients).values_list("pk", "time_zone", "birth_date", "sex", "identity__name")
    return {
        patient_id: Frame(
            time_zone=zone, now=at, birth_date=born, sex=sex, name=name or "", recent=usual.get(patient_id, {})
        )
        for patient_id, zone, born, sex, name in rows
    }


def recent(patients: Collection[UUID]) -> Mapping[UUID, Mapping[str, tuple[float, ...]]]:
    """Return by patient and code the last up to five values a watch may use, oldest first; by one query."""
    found: dict[UUID, dict[str, tuple[float, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RECENT, [list(patients), _numeric_codes(), sorted(USABLE_STATUSES), POINTS])
        for patient_id, code, values in cursor.fetchall():
            found.setdefault(patient_id, {})[code] = tuple(values)
    return found


@cache
def _numeric_codes() -> list[str]:
    """Return the codes of the analytes whose results are numbers."""
    return [code for code, analyte in catalogue().items() if analyte.value_type == "number"]
