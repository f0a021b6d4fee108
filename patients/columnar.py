"""One patient's whole record as columnar JSON, written by PostgreSQL in one statement and handed on as bytes.

Results come from the index alone (docs/decisions/0003): a value, an instant, a status; those that say no number are looked up.
A row through Python would cost many times as much (DRF's serializers ten times).
"""

from typing import Any, Final
from uuid import UUID

from django.db import connection

from patients.history import USABLE_STATUSES

KNOWN: Final = "patient_id = %(id)s AND recorded_revision <= %(revision)s AND retracted_revision {over}"
NUMBERS: Final = """
SELECT code, effective_at, specimen, performer, id, value, unit, status, comparator, unconfirmed, recorded_revision
FROM patients_observation WHERE value IS NOT NULL AND """
WORDS: Final = "SELECT id FROM patients_observation WHERE value IS NULL AND "
EVENT: Final = "SELECT id, kind, effective_at, precision, findings, recorded_revision FROM patients_event WHERE "
DOSE: Final = """
SELECT id, drug, dose, unit, route, every_days, started_on, ended_on, intent, plan, recorded_revision
FROM patients_treatment WHERE """


def _known(columns: str) -> str:
    """Return the statement for the rows that held at a revision: current ones, and those retracted since."""
    over = ("IS NULL", "> %(revision)s")
    return " UNION ALL ".join(columns + KNOWN.format(over=one) for one in over)


ORDER: Final = "ORDER BY effective_at, specimen, performer, id"
STATEMENT: Final = f"""
WITH numbers AS (
  SELECT json_build_object('code', code, 'unit', min(unit), 'id', json_agg(id {ORDER}),
    'effective_at', json_agg(effective_at {ORDER}), 'value', json_agg(value {ORDER}), 'status', json_agg(status {ORDER}),
    'comparator', CASE WHEN bool_or(comparator <> '') THEN json_agg(comparator {ORDER}) END,
    'unconfirmed', CASE WHEN bool_or(unconfirmed) THEN json_agg(unconfirmed {ORDER}) END,
    'recorded_revision', json_agg(recorded_revision {ORDER})) AS told, code
  FROM ({_known(NUMBERS)}) AS n GROUP BY code
), words AS (
  SELECT json_build_object('code', o.code, 'id', json_agg(o.id ORDER BY o.effective_at, o.id),
    'effective_at', json_agg(o.effective_at ORDER BY o.effective_at, o.id),
    'value_text', json_agg(o.value_text ORDER BY o.effective_at, o.id),
    'data_absent_reason', json_agg(o.data_absent_reason ORDER BY o.effective_at, o.id),
    'status', json_agg(o.status ORDER BY o.effective_at, o.id),
    'recorded_revision', json_agg(o.recorded_revision ORDER BY o.effective_at, o.id)) AS told, o.code
  FROM patients_observation o WHERE o.id IN ({_known(WORDS)}) GROUP BY o.code
)
SELECT json_build_object('patient', p.id, 'revision', %(revision)s::int, 'time_zone', p.time_zone, 'usable', %(usable)s::text[],
  'observations', (SELECT coalesce(json_agg(told ORDER BY code), '[]') FROM numbers),
  'texts', (SELECT coalesce(json_agg(told ORDER BY code), '[]') FROM words),
  'events', (SELECT coalesce(json_agg(e ORDER BY e.effective_at, e.id), '[]') FROM ({_known(EVENT)}) AS e),
  'treatments', (SELECT coalesce(json_agg(t ORDER BY t.started_on, t.id), '[]') FROM ({_known(DOSE)}) AS t))::text
FROM patients_patient p WHERE p.id = %(id)s
"""  # noqa: S608 - made of the constants above; values are parameters


def timeline(patient_id: UUID, *, revision: int) -> bytes:
    """Return everything known of a patient at a revision; empty for a patient who is not there or not in sight."""
    values: dict[str, Any] = {"id": patient_id, "revision": revision, "usable": sorted(USABLE_STATUSES)}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, values)
        row = cursor.fetchone()
    return row[0].encode() if row else b""
