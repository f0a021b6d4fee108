"""What was answered under a program's own key. Behind a wall: answers hold patients' data, and everybody sees only their own."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "patients_idempotencykey"
OWN = "user_id = (SELECT app_user())"
WALL = f"""
ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {TABLE} TO iph_web USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY worker ON {TABLE} TO iph_worker USING (true) WITH CHECK (false);
CREATE POLICY owner ON {TABLE} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
"""
NO_WALL = f"""
DROP POLICY owner ON {TABLE}; DROP POLICY worker ON {TABLE}; DROP POLICY web ON {TABLE};
ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_scoped_tokens")]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("headers", models.JSONField(blank=True, default=dict)),
                ("body", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key"), name="idempotencykey_once"),
                    models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="idempotencykey_key"),
                ],
                "indexes": [models.Index(fields=["created_at"], name="idempotencykey_made")],
            },
        ),
        migrations.RunSQL(WALL, NO_WALL),
    ]
