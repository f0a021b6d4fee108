"""Walls around alerts, and what may only be added to: see patients/migrations/0003_walls.py for the roles and functions."""

from django.db import migrations

BY_PATIENT_WEB = "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id)"
WORKER = "(SELECT app_everyone()) OR patient_id = ANY ((SELECT app_patients())::uuid[])"

POLICIES = {
    "alerts_alert": (BY_PATIENT_WEB, WORKER),
    "alerts_transition": (BY_PATIENT_WEB, WORKER),
    "alerts_watchstate": (BY_PATIENT_WEB, "true"),
    "alerts_rulefailure": (BY_PATIENT_WEB, "true"),
    "alerts_notification": ("recipient_id = (SELECT app_user())", "true"),
    "alerts_delivery": ("EXISTS (SELECT 1 FROM alerts_notification n WHERE n.id = notification_id)", "true"),
}
"""Table: who of the web's people sees a row, and which rows a worker sees. The queues are wholly visible to the worker."""

GRANTS = """
REVOKE DELETE ON alerts_alert, alerts_transition, alerts_watchstate, alerts_notification, alerts_delivery FROM iph_web, iph_worker;
REVOKE UPDATE ON alerts_transition FROM iph_web, iph_worker;
REVOKE INSERT, UPDATE ON alerts_watchstate, alerts_notification, alerts_delivery FROM iph_web;
"""


def wall(table: str, web: str, worker: str) -> str:
    """Return the statements that force row-level security on a table, with its three policies."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {table} TO iph_web USING ({web}) WITH CHECK ({web});
CREATE POLICY worker ON {table} TO iph_worker USING ({worker}) WITH CHECK ({worker});
CREATE POLICY owner ON {table} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
"""


def no_wall(table: str) -> str:
    """Return the statements that take a wall down."""
    return f"""
DROP POLICY owner ON {table}; DROP POLICY worker ON {table}; DROP POLICY web ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_tables"), ("patients", "0003_walls")]

    operations = [
        *(migrations.RunSQL(wall(table, *rule), no_wall(table)) for table, rule in POLICIES.items()),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
