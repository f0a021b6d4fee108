"""Tokens for less than everything: scopes, and the one patient of a service token.

Until somebody is known every token may be looked up, that is how one is known; from then on only the own ones.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import patients.models.account

TABLE = "patients_accesstoken"
OWN = "(SELECT app_user()) IS NULL OR user_id = (SELECT app_user())"
WALL = f"""
ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {TABLE} TO iph_web USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY worker ON {TABLE} TO iph_worker USING (true) WITH CHECK (true);
CREATE POLICY owner ON {TABLE} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
"""
NO_WALL = f"""
DROP POLICY owner ON {TABLE}; DROP POLICY worker ON {TABLE}; DROP POLICY web ON {TABLE};
ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_patient_source")]

    operations = [
        migrations.AddField(
            "accesstoken",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=8), default=patients.models.account.every_scope, size=None
            ),
        ),
        migrations.AddField(
            "accesstoken",
            "patient",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="access_tokens",
                to="patients.patient",
            ),
        ),
        migrations.AddConstraint(
            "accesstoken",
            models.CheckConstraint(
                condition=models.Q(("scopes__contained_by", ["read", "write", "upload"]), ("scopes__len__gt", 0)),
                name="accesstoken_scopes",
            ),
        ),
        migrations.RunSQL(WALL, NO_WALL),
    ]
