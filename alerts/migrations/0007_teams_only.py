"""Alerts and their trails are for teams that follow the patient: patients and caregivers, who read results, read no alert.

The question is asked row by row (OFFSET 0), as 0006 explains.
"""

from django.db import migrations

MEMBERS = """
EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id AND (
  p.team_id IN (SELECT app_teams())
  OR EXISTS (SELECT 1 FROM patients_teamaccess a WHERE a.patient_id = p.id AND a.team_id IN (SELECT app_teams())
             AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now()))) OFFSET 0)
"""
ANYBODY = "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id OFFSET 0)"


def walls(seen: str) -> str:
    """Return the statements that say which rows the web's people see."""
    tables = ("alerts_alert", "alerts_transition")
    return "".join(f"ALTER POLICY web ON {table} USING ({seen}) WITH CHECK ({seen});" for table in tables)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_silence"), ("patients", "0008_writes")]

    operations = [migrations.RunSQL(walls(MEMBERS), walls(ANYBODY))]
