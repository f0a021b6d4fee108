"""Numbers that a team chose: append-only, read by everybody who reads a patient, added to by physicians of the team.

`patients_patient.settings_version` is the newest change that concerns a patient, so that what is due is one comparison. A patient who
joins a team takes over its numbers: a trigger, for patients are made in several ways.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

TABLE = "patients_settingchange"
WORKER = "team_id IS NOT NULL OR (SELECT app_everyone()) OR patient_id = ANY ((SELECT app_patients())::uuid[])"
SEES = "team_id IS NOT NULL OR EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id)"
PHYSICIAN = """
EXISTS (SELECT 1 FROM patients_membership m WHERE m.user_id = (SELECT app_user()) AND m.role = 'physician'
        AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())
        AND (m.team_id = patients_settingchange.team_id
             OR m.team_id = (SELECT p.team_id FROM patients_patient p WHERE p.id = patients_settingchange.patient_id)))
"""
WALL = f"""
ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {TABLE} FOR SELECT TO iph_web USING ({SEES});
CREATE POLICY web_chooses ON {TABLE} FOR INSERT TO iph_web WITH CHECK (by_id = (SELECT app_user()) AND {PHYSICIAN});
CREATE POLICY worker ON {TABLE} FOR SELECT TO iph_worker USING ({WORKER});
CREATE POLICY owner ON {TABLE} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
REVOKE UPDATE, DELETE ON {TABLE} FROM iph_web;
REVOKE INSERT, UPDATE, DELETE ON {TABLE} FROM iph_worker;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION never_changed();
"""  # noqa: S608 - made of the constants above
NO_WALL = f"""
DROP TRIGGER never_changed ON {TABLE};
DROP POLICY owner ON {TABLE}; DROP POLICY worker ON {TABLE}; DROP POLICY web_chooses ON {TABLE}; DROP POLICY web ON {TABLE};
ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY;
"""
JOINS = """
CREATE FUNCTION takes_over_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.settings_version := greatest(NEW.settings_version,
    coalesce((SELECT max(id) FROM patients_settingchange WHERE team_id = NEW.team_id), 0));
  RETURN NEW;
END $$;
CREATE TRIGGER takes_over_settings BEFORE INSERT OR UPDATE OF team_id ON patients_patient
  FOR EACH ROW EXECUTE FUNCTION takes_over_settings();
"""
LEAVES = "DROP TRIGGER takes_over_settings ON patients_patient; DROP FUNCTION takes_over_settings();"
ONE_SCOPE = Q(team__isnull=False, patient=None) | Q(team=None, patient__isnull=False)


class Migration(migrations.Migration):
    dependencies = [("patients", "0010_calendar")]

    operations = [
        migrations.AddField("patient", "settings_version", models.PositiveBigIntegerField(default=0, db_default=0)),
        migrations.CreateModel(
            name="SettingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("value", models.FloatField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.careteam",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=Q(patient=None), fields=["team", "name", "-id"], name="settingchange_team"),
                    models.Index(
                        condition=Q(team=None), fields=["patient", "name", "-id"], name="settingchange_patient"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=ONE_SCOPE, name="settingchange_one_scope"),
                    models.CheckConstraint(condition=~Q(reason=""), name="settingchange_reason"),
                ],
            },
        ),
        migrations.RunSQL(WALL, NO_WALL),
        migrations.RunSQL(JOINS, LEAVES),
    ]
