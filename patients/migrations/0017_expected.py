"""How often a file is expected for a patient, and which file a revision is of: both known by revision, as facts are.

A coordinator of a team that follows the patient says what is expected, nobody else with a log-in. Of a file the worker writes that
it was read, never the web. Files read before name no revision: expecting begins with the day from which it is counted.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

EXPECTED = Q(upload_every_days=None) | Q(
    upload_every_days__gte=1, upload_every_days__lte=365, upload_expected_from__isnull=False
)
MODELS = (("patient", "patient_upload_expected"), ("patientrevision", "revision_upload_expected"))
GUARD = """
CREATE FUNCTION app_coordinates(one uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT EXISTS (SELECT 1 FROM patients_membership m JOIN patients_user u ON u.id = m.user_id AND u.is_active
     WHERE m.user_id = app_user() AND m.role = 'coordinator'
       AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())
       AND (m.team_id = (SELECT p.team_id FROM patients_patient p WHERE p.id = one)
            OR m.team_id IN (SELECT a.team_id FROM patients_teamaccess a WHERE a.patient_id = one
                             AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now())))) $$;

CREATE FUNCTION files_are_expected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'iph_web' AND NOT app_coordinates(NEW.id) THEN
    RAISE EXCEPTION 'permission denied: a coordinator says which files are expected' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER files_are_expected BEFORE UPDATE OF upload_every_days, upload_expected_from ON patients_patient
  FOR EACH ROW WHEN (OLD.upload_every_days IS DISTINCT FROM NEW.upload_every_days
                     OR OLD.upload_expected_from IS DISTINCT FROM NEW.upload_expected_from)
  EXECUTE FUNCTION files_are_expected();
CREATE POLICY web_expects ON patients_patientrevision AS RESTRICTIVE FOR INSERT TO iph_web
  WITH CHECK (upload_id IS NULL AND (upload_expected_from IS NULL OR app_coordinates(patient_id)));
"""
NO_GUARD = """
DROP POLICY web_expects ON patients_patientrevision;
DROP TRIGGER files_are_expected ON patients_patient; DROP FUNCTION files_are_expected(); DROP FUNCTION app_coordinates(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0016_spans")]

    operations = [
        *(
            migrations.AddField(model, name, kind(blank=True, null=True))
            for model, _ in MODELS
            for name, kind in (
                ("upload_every_days", models.PositiveSmallIntegerField),
                ("upload_expected_from", models.DateField),
            )
        ),
        migrations.AddField(
            "patientrevision",
            "upload",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="patients.upload",
            ),
        ),
        *(
            migrations.AddConstraint(model, models.CheckConstraint(condition=EXPECTED, name=name))
            for model, name in MODELS
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
