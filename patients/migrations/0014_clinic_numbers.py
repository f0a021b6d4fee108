"""What the watch computes itself: a worker may choose a team's numbers about its own remissions, under nobody's name; no other."""

from django.db import migrations

COMPUTES = """
GRANT INSERT ON patients_settingchange TO iph_worker;
CREATE POLICY worker_computes ON patients_settingchange FOR INSERT TO iph_worker WITH CHECK (
  by_id IS NULL AND patient_id IS NULL AND team_id IS NOT NULL
  AND name IN ('clinic_first_remission_days', 'clinic_tried_windows', 'clinic_held_windows'));
"""
NOT = "DROP POLICY worker_computes ON patients_settingchange; REVOKE INSERT ON patients_settingchange FROM iph_worker;"


class Migration(migrations.Migration):
    dependencies = [("patients", "0013_rota_walls")]

    operations = [migrations.RunSQL(COMPUTES, NOT)]
