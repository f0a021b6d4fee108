"""Who looked at whose record: added to by whoever looks, in their own name; changed by nobody. And an index for rows that are held.

The team that follows a patient sees who looked, and so does the patient; everybody else sees their own looks alone. The question is
asked row by row (OFFSET 0), so that a page of the newest rows reads no more than it shows. `note_seen` writes, or returns why it
could not, by one statement that leaves the transaction as it was.
"""

from datetime import UTC

import django.db.models.deletion
import django.db.models.functions
from django.conf import settings
from django.db import migrations, models

TABLE = "patients_seen"
SEES = """
EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id AND (
  p.user_id = (SELECT app_user())
  OR p.team_id IN (SELECT app_teams())
  OR EXISTS (SELECT 1 FROM patients_teamaccess a WHERE a.patient_id = p.id AND a.team_id IN (SELECT app_teams())
             AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now()))) OFFSET 0)
"""
LOOKS = "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id OFFSET 0)"
OWN = "user_id = (SELECT app_user())"
WORKER = "(SELECT app_everyone()) OR patient_id = ANY ((SELECT app_patients())::uuid[])"

FUNCTION = """
CREATE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% are never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
DROP_FUNCTION = "DROP FUNCTION never_changed();"
NOTE = """
CREATE FUNCTION note_seen(many uuid[], by bigint, thing text, moment timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO patients_seen (patient_id, user_id, what, at)
    SELECT p.id, by, thing, moment FROM patients_patient p WHERE p.id = ANY (many) ORDER BY p.id
    ON CONFLICT DO NOTHING;
  RETURN '';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
"""
DROP_NOTE = "DROP FUNCTION note_seen(uuid[], bigint, text, timestamptz);"
WALL = f"""
ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {TABLE} FOR SELECT TO iph_web USING ({OWN} OR {SEES});
CREATE POLICY web_notes ON {TABLE} FOR INSERT TO iph_web WITH CHECK ({OWN} AND {LOOKS});
CREATE POLICY worker ON {TABLE} FOR SELECT TO iph_worker USING ({WORKER});
CREATE POLICY owner ON {TABLE} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION never_changed();
"""
NO_WALL = f"""
DROP TRIGGER never_changed ON {TABLE};
DROP POLICY owner ON {TABLE}; DROP POLICY worker ON {TABLE}; DROP POLICY web_notes ON {TABLE}; DROP POLICY web ON {TABLE};
ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY;
"""
GRANTS = """
REVOKE UPDATE, DELETE ON patients_seen FROM iph_web;
REVOKE INSERT, UPDATE, DELETE ON patients_seen FROM iph_worker;
"""
WHAT = ["page", "own", "fact", "history", "flowsheet", "file", "api"]


class Migration(migrations.Migration):
    dependencies = [("patients", "0008_writes")]

    operations = [
        migrations.CreateModel(
            name="Seen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        max_length=12,
                        choices=[(word, word.capitalize()) for word in WHAT],
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["patient", "-at", "-id"], name="seen_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("patient"),
                        models.F("user"),
                        models.F("what"),
                        django.db.models.functions.TruncHour("at", tzinfo=UTC),
                        name="seen_once_an_hour",
                    ),
                    models.CheckConstraint(condition=models.Q(("what__in", WHAT)), name="seen_what"),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        migrations.RunSQL(NOTE, DROP_NOTE),
        migrations.RunSQL(WALL, NO_WALL),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.AddIndex(
            "uploadrow", models.Index(fields=["patient"], condition=models.Q(state="held"), name="uploadrow_held")
        ),
    ]
