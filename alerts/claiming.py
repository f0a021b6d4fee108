"""Which patients are due, and who judges them: a table as a queue. A sweep costs what is due, not what is stored.

Due is who has facts, rules or settings that were not judged yet, or whose answer may change by now; a missing row is due. A claim
is one transaction that commits the attempt and a lease, so that a killed process costs time, never a patient.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F

from alerts import notifying, rules
from alerts.clocks import clock
from alerts.models import WatchState
from patients.context import ALL, working_on

LOG = structlog.get_logger(__name__)
CHUNK: Final = 500
LEASE: Final = timedelta(seconds=60)
ATTEMPTS: Final = 5
BACKOFF: Final = timedelta(seconds=30)
LONGEST: Final = BACKOFF * 2**ATTEMPTS
"""No lease is longer: one that looks so was given before the clock was set back, and does not hold."""

SEED: Final = """
INSERT INTO alerts_watchstate (patient_id, evaluated_revision, evaluated_ruleset, evaluated_settings, cannot_judge, attempts,
                               attempted_revision, attempted_ruleset)
SELECT p.id, -1, '', 0, '[]', 0, -1, '' FROM patients_patient p
WHERE p.active AND (%(patients)s::uuid[] IS NULL OR p.id = ANY (%(patients)s::uuid[]))
  AND NOT EXISTS (SELECT 1 FROM alerts_watchstate w WHERE w.patient_id = p.id)
ORDER BY p.id LIMIT %(limit)s
ON CONFLICT (patient_id) DO NOTHING
"""
DUE: Final = """
FROM alerts_watchstate w JOIN patients_patient p ON p.id = w.patient_id
WHERE p.active AND (%(patients)s::uuid[] IS NULL OR p.id = ANY (%(patients)s::uuid[]))
  AND (w.lease_until IS NULL OR w.lease_until <= %(at)s OR w.lease_until > %(longest)s)
  AND (w.evaluated_revision < p.revision OR w.evaluated_ruleset <> %(ruleset)s OR w.evaluated_settings <> p.settings_version
       OR w.recheck_at <= %(at)s)
"""
SAME: Final = "(w.attempted_revision = p.revision AND w.attempted_ruleset = %(ruleset)s)"
"""The attempts counted so far were made on these facts and rules; others start the count again."""
COUNTED: Final = f"(CASE WHEN {SAME} THEN w.attempts ELSE 0 END)"
GIVE_UP: Final = f"""
UPDATE alerts_watchstate SET failed_at = %(at)s, lease_until = NULL WHERE patient_id IN (
  SELECT w.patient_id {DUE} AND w.failed_at IS NULL AND w.attempts >= %(cap)s AND {SAME} FOR UPDATE OF w SKIP LOCKED)
RETURNING patient_id
"""  # noqa: S608 - made of the constants above; values are parameters
CLAIM: Final = f"""
WITH due AS (
  SELECT w.patient_id, p.revision, {COUNTED} AS before {DUE}
    AND (w.failed_at IS NULL OR NOT {SAME}) AND {COUNTED} BETWEEN %(least)s AND %(most)s
  ORDER BY p.changed_at, p.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED)
UPDATE alerts_watchstate w SET attempts = due.before + 1, attempted_revision = due.revision,
  attempted_ruleset = %(ruleset)s, lease_until = %(leased)s, failed_at = NULL
FROM due WHERE w.patient_id = due.patient_id
RETURNING w.patient_id, w.attempts
"""  # noqa: S608 - the same


@dataclass(frozen=True, slots=True)
class Claim:
    """One patient to be judged at `at` by who holds the lease; `attempt` counts from 1."""

    patient_id: UUID
    attempt: int
    at: datetime


def claim(limit: int = CHUNK, *, patients: Iterable[UUID] | None = None, at: datetime | None = None) -> list[Claim]:
    """Take due patients, longest waiting first, and commit. `at` is the database's clock unless given; `patients` narrows.

    Fresh ones come in chunks; one tried before comes alone, so that what kills its process takes no neighbor along. A patient
    out of attempts is declared failed, visibly.
    """
    with working_on(ALL), connection.cursor() as cursor:
        now = clock() if at is None else at
        values: dict[str, list[UUID] | datetime | str | int | None] = {
            "patients": None if patients is None else list(patients),
            "at": now,
            "ruleset": rules.RULESET_VERSION,
            "cap": ATTEMPTS,
            "leased": now + LEASE,
            "longest": now + LONGEST,
        }
        cursor.execute(SEED, {**values, "limit": limit})
        cursor.execute(GIVE_UP, values)
        for (patient_id,) in cursor.fetchall():
            _gave_up(patient_id, now)
        for least, most, rows in ((0, 0, limit), (1, ATTEMPTS - 1, 1)):
            cursor.execute(CLAIM, {**values, "least": least, "most": most, "limit": rows})
            if claimed := cursor.fetchall():
                return [Claim(patient_id, attempt, now) for patient_id, attempt in claimed]
    return []


def put_off(one: Claim) -> None:
    """End a claim whose attempt failed: later again, or given up after the last attempt. A newer claim is left alone."""
    with transaction.atomic():
        mine = WatchState.objects.filter(pk=one.patient_id, attempts=one.attempt)
        if one.attempt < ATTEMPTS:
            mine.update(lease_until=one.at + backoff(one.attempt))
            return
        if mine.update(lease_until=None, failed_at=one.at):
            _gave_up(one.patient_id, one.at)


def give_back(claims: Iterable[Claim]) -> None:
    """End claims that were not begun, as if they had not been made; one that somebody else has ended since is left alone."""
    by_attempt: dict[int, list[UUID]] = {}
    for one in claims:
        by_attempt.setdefault(one.attempt, []).append(one.patient_id)
    for attempt, ids in by_attempt.items():
        mine = WatchState.objects.filter(pk__in=ids, attempts=attempt)
        mine.update(lease_until=None, attempts=F("attempts") - 1)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after a number of attempts: 30 s, doubled each time."""
    return BACKOFF * (1 << (attempts - 1))


def _gave_up(patient_id: UUID, at: datetime) -> None:
    """Say that a patient is no longer judged until new facts or rules come."""
    LOG.error("watch_gave_up", patient_id=str(patient_id), attempts=ATTEMPTS)
    notifying.tell_operators("watch_failed", at=at)
