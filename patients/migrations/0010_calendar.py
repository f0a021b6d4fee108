"""Secret addresses of a plan, for calendar programs: made by a patient or a caregiver for themselves, revoked once, never deleted.

Until somebody is known every row may be looked up: a calendar program has no log-in, and knows the secret alone. From then on a person
sees their own, and a patient every one of theirs.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

TABLE = "patients_calendarlink"
OWN = "user_id = (SELECT app_user())"
PATIENTS = "app_is_own(patient_id)"
CARES = f"""
EXISTS (SELECT 1 FROM patients_caregiverlink l WHERE l.patient_id = {TABLE}.patient_id AND l.user_id = (SELECT app_user())
        AND l.starts_at <= now() AND (l.ends_at IS NULL OR l.ends_at > now()))
"""  # noqa: S608 - made of the constants above
WORKER = "(SELECT app_everyone()) OR patient_id = ANY ((SELECT app_patients())::uuid[])"
WALL = f"""
ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {TABLE} FOR SELECT TO iph_web USING ((SELECT app_user()) IS NULL OR {OWN} OR {PATIENTS});
CREATE POLICY web_shares ON {TABLE} FOR INSERT TO iph_web WITH CHECK ({OWN} AND ({PATIENTS} OR {CARES}));
CREATE POLICY web_revokes ON {TABLE} FOR UPDATE TO iph_web USING (revoked_at IS NULL AND ({OWN} OR {PATIENTS}))
  WITH CHECK (revoked_at IS NOT NULL);
CREATE POLICY worker ON {TABLE} FOR SELECT TO iph_worker USING ({WORKER});
CREATE POLICY owner ON {TABLE} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
REVOKE UPDATE, DELETE ON {TABLE} FROM iph_web;
GRANT UPDATE (revoked_at) ON {TABLE} TO iph_web;
REVOKE INSERT, UPDATE, DELETE ON {TABLE} FROM iph_worker;
"""  # noqa: S608 - the same
NO_WALL = f"""
DROP POLICY owner ON {TABLE}; DROP POLICY worker ON {TABLE}; DROP POLICY web_revokes ON {TABLE};
DROP POLICY web_shares ON {TABLE}; DROP POLICY web ON {TABLE};
ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0009_seen")]

    operations = [
        migrations.CreateModel(
            name="CalendarLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["patient", "user"], condition=Q(revoked_at=None), name="calendarlink_one_open"
                    ),
                    models.CheckConstraint(
                        condition=Q(revoked_at=None) | Q(revoked_at__gte=F("created_at")),
                        name="calendarlink_revoked_after",
                    ),
                ],
            },
        ),
        migrations.RunSQL(WALL, NO_WALL),
    ]
