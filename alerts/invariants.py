"""What must always hold in the database, as SQL: each query returns the ids that break it, so no row means well.

Reads only, past row-level security, one snapshot for all. Numbers are those of the reliability specification, adapted to these
tables; D12 (the audit's seal) comes with the audit. Ids and names of tables and roles only, never a value.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from alerts.invariant import Invariant
from alerts.invariants_calls import CALLS
from alerts.invariants_mail import MAIL
from alerts.invariants_watch import INCIDENTS

__all__ = ["RECORD", "SETUP", "SHOWN", "WATCH", "Check", "Invariant", "examine"]

SHOWN: Final = 20
HOLDS: Final = "holds"


@dataclass(frozen=True, slots=True)
class Check:
    """How one invariant came out: how many rows break it, and the first of them."""

    id: str
    count: int
    message: str

    @property
    def ok(self) -> bool:
        """Return whether it holds."""
        return self.count == 0

    def as_json(self) -> dict[str, object]:
        """Return one entry of product.md's `doctor --json`."""
        return {"id": self.id, "ok": self.ok, "count": self.count, "message": self.message}


WATCH: Final = (
    Invariant(
        "D1",
        """SELECT w.patient_id FROM alerts_watchstate w JOIN patients_patient p ON p.id = w.patient_id
        WHERE p.active AND w.failed_at IS NULL AND (w.recheck_at < %(at)s - interval '3 min'
          OR (p.changed_at < %(at)s - interval '3 min' AND w.evaluated_revision < p.revision))""",
        "patients have waited for judgment longer than two sweeps",
        "see that the worker runs, or run manage.py sweep",
    ),
    Invariant(
        "D2",
        """SELECT p.id FROM patients_patient p LEFT JOIN alerts_watchstate w ON w.patient_id = p.id
        WHERE p.active AND w.patient_id IS NULL AND p.changed_at < %(at)s - interval '3 min'""",
        "patients were never judged",
        "see that the worker runs, or run manage.py sweep",
    ),
    Invariant(
        "D3",
        """SELECT a.id FROM alerts_alert a WHERE a.silenced_reason = ''
        AND NOT EXISTS (SELECT 1 FROM alerts_notification n WHERE n.alert_id = a.id)""",
        "alerts told nobody and give no reason",
        "look at each on its patient's page and tell the team; then report it as a defect",
    ),
    Invariant(
        "D4",
        """SELECT id FROM alerts_notification WHERE sent_at IS NULL AND failed_at IS NULL AND dropped_at IS NULL
        AND due_at < %(at)s - interval '10 min'""",
        "messages are overdue, neither sent nor declared failed",
        "see that the mail server answers at EMAIL_URL and that the worker runs, or run manage.py sweep",
    ),
    Invariant(
        "D5",
        """SELECT DISTINCT d.notification_id FROM alerts_delivery d WHERE d.outcome = 'accepted' AND NOT d.marked_repeat
        AND EXISTS (SELECT 1 FROM alerts_delivery e WHERE e.notification_id = d.notification_id AND e.attempt < d.attempt
                    AND e.outcome IN ('accepted', 'unclear', 'started'))""",
        "messages may have come twice and did not say so",
        "report it as a defect",
    ),
    Invariant(
        "D6",
        """SELECT min(id::text) FROM alerts_alert WHERE state IN ('raised', 'acknowledged', 'snoozed')
        GROUP BY patient_id, rule, subject HAVING count(*) > 1""",
        "findings have two open alerts",
        "resolve the older of each, and see that the index alert_one_open exists",
    ),
    Invariant(
        "D11",
        """SELECT a.id FROM alerts_alert a CROSS JOIN LATERAL jsonb_array_elements(a.finding -> 'evidence') e
        WHERE NOT CASE e ->> 'kind'
          WHEN 'observation' THEN EXISTS (SELECT 1 FROM patients_observation o
            WHERE o.id = (e ->> 'id')::bigint AND o.patient_id = a.patient_id)
          WHEN 'event' THEN EXISTS (SELECT 1 FROM patients_event o
            WHERE o.id = (e ->> 'id')::bigint AND o.patient_id = a.patient_id)
          ELSE EXISTS (SELECT 1 FROM patients_treatment o
            WHERE o.id = (e ->> 'id')::bigint AND o.patient_id = a.patient_id) END""",
        "alerts rest on rows that are not their patient's",
        "resolve them and report it as a defect",
    ),
    Invariant(
        "D15",
        "SELECT name FROM alerts_heartbeat WHERE beat_at < %(at)s - interval '3 min'",
        "parts of the service have shown no life for three minutes",
        "see that worker and beat run, or run manage.py sweep --forever",
    ),
    Invariant(
        "D16",
        """SELECT w.patient_id FROM alerts_watchstate w WHERE w.failed_at IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM alerts_notification n WHERE n.kind = 'operator' AND n.created_at >= w.failed_at - interval '1 day')""",
        "patients were given up and no administrator was told",
        "make an account with is_staff, and see why the judgment failed in the log",
    ),
    Invariant(
        "D17",
        "SELECT id FROM alerts_notification WHERE failed_at > %(at)s - interval '7 days'",
        "messages could not be delivered in the last seven days",
        "see that the recipients' addresses are right, and tell them by another way",
    ),
    Invariant(
        "D18",
        """SELECT patient_id FROM alerts_watchstate WHERE failed_at IS NOT NULL
        UNION SELECT patient_id FROM alerts_rulefailure WHERE retry_at IS NULL""",
        "patients are not, or not wholly, judged: five attempts failed",
        "see the log for the rule and the type of error; they are tried again when facts or rules change",
    ),
    *CALLS,
    *MAIL,
    *INCIDENTS,
)
RECORD: Final = (
    Invariant(
        "D7",
        """SELECT u.id FROM patients_upload u WHERE u.state IN ('done', 'held') AND (u.accepted <> (
            SELECT count(*) FROM patients_uploadrow r WHERE r.upload_id = u.id AND r.state = 'accepted')
          OR EXISTS (SELECT 1 FROM patients_uploadrow r WHERE r.upload_id = u.id AND r.state = 'accepted'
            AND r.fact_id IS NOT NULL AND NOT CASE r.fact_kind
              WHEN 'observation' THEN EXISTS (SELECT 1 FROM patients_observation f WHERE f.id = r.fact_id)
              WHEN 'event' THEN EXISTS (SELECT 1 FROM patients_event f WHERE f.id = r.fact_id)
              ELSE EXISTS (SELECT 1 FROM patients_treatment f WHERE f.id = r.fact_id) END))""",
        "files accepted other rows than were kept, or rows whose facts are not there",
        "restore from a backup, or upload the file again: what is there is recognized",
    ),
    Invariant(
        "D8",
        """SELECT DISTINCT f.upload_id FROM (SELECT upload_id FROM patients_observation UNION SELECT upload_id FROM patients_event
          UNION SELECT upload_id FROM patients_treatment) f LEFT JOIN patients_upload u ON u.id = f.upload_id
        WHERE f.upload_id IS NOT NULL AND coalesce(u.state, '') NOT IN ('done', 'held')""",
        "facts name files that are not there, or were not read to the end",
        "report it as a defect; retract what should not be there",
    ),
    Invariant(
        "D9",
        """SELECT min(id) FROM patients_observation WHERE retracted_revision IS NULL
        GROUP BY patient_id, code, effective_at, specimen, performer HAVING count(*) > 1""",
        "results have two current versions",
        "retract the wrong one, and see that the index observation_key exists",
    ),
    Invariant(
        "D10",
        """SELECT f.patient_id FROM (
            SELECT patient_id, greatest(recorded_revision, retracted_revision) AS n FROM patients_observation
            UNION ALL SELECT patient_id, greatest(recorded_revision, retracted_revision) FROM patients_event
            UNION ALL SELECT patient_id, greatest(recorded_revision, retracted_revision) FROM patients_treatment) f
          LEFT JOIN patients_patientrevision r ON r.patient_id = f.patient_id AND r.n = f.n
          WHERE r.n IS NULL GROUP BY f.patient_id""",
        "facts name a revision that their patient does not have",
        "restore from a backup; report it as a defect",
    ),
    Invariant(
        "D19",
        """SELECT p.id FROM patients_patient p LEFT JOIN patients_patientrevision r ON r.patient_id = p.id
        GROUP BY p.id HAVING p.revision <> coalesce(max(r.n), 0) OR count(r.n) <> p.revision""",
        "patients' revisions have gaps, or are not what the patient says",
        "restore from a backup; report it as a defect",
    ),
)
SETUP: Final = (
    Invariant(
        "D13",
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) AND (
          c.relname IN ('patients_patient', 'patients_uploadoriginal', 'patients_idempotencykey', 'alerts_notification',
                        'alerts_delivery')
          OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'patient_id' AND NOT a.attisdropped))""",
        "tables of patients lack forced row-level security",
        "run manage.py migrate as the owner",
    ),
    Invariant(
        "D14",
        """SELECT w.name FROM (VALUES ('iph_owner', false), ('iph_web', false), ('iph_worker', false), ('iph_operator', true))
          AS w (name, bypass) LEFT JOIN pg_roles r ON r.rolname = w.name
        WHERE r.rolname IS NULL OR r.rolsuper OR r.rolbypassrls <> w.bypass""",
        "database log-ins are missing or may do more than they should",
        "run manage.py roles",
    ),
)


def examine(*, at: datetime) -> list[Check]:
    """Return every check, all on one snapshot. Call outside a transaction, with a log-in that reads past row-level security."""
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        checks = [_check(one, at) for one in (*WATCH, *RECORD, *SETUP)]
        return [*checks, _migrations()]


def _check(invariant: Invariant, at: datetime) -> Check:
    """Run one query."""
    with connection.cursor() as cursor:
        cursor.execute(invariant.sql, {"at": at})
        ids = [str(row[0]) for row in cursor.fetchall()]
    if not ids:
        return Check(invariant.id, 0, HOLDS)
    named = ", ".join(ids[:SHOWN]) + (" …" if len(ids) > SHOWN else "")
    return Check(invariant.id, len(ids), f"{invariant.broken} ({len(ids)}): {invariant.mend}. {named}")


def _migrations() -> Check:
    """Check that every migration of the code is applied."""
    loader = MigrationLoader(connection)
    missing = sorted(set(loader.graph.nodes) - set(loader.applied_migrations))
    if not missing:
        return Check("migrations", 0, HOLDS)
    names = ", ".join(f"{app}.{name}" for app, name in missing[:SHOWN])
    said = f"migrations are not applied ({len(missing)}): run manage.py migrate. {names}"
    return Check("migrations", len(missing), said)
