"""What a worklist of 100,000 patients needs in order to read no more than a page of them.

Who fell silent, and who has a test overdue, as the watch knows it: `watchstate_heard` gives the longest silent first where many are,
`watchstate_silent` those few who are and who is next, `watchstate_overdue` whose tests are late; `alert_snoozed` who returns next.
Results of day precision stand at midnight, so that thousands share a moment: with the patient in the key nothing is sorted. Who was
judged before is judged again once, so that every row says it.

The walls of both tables ask about each row by itself (OFFSET 0), with the same answer as before: else PostgreSQL reads every patient to
answer for fifty, because it cannot know that a page is all that is wanted.
"""

from django.db import migrations, models
from django.db.models import F, Q

AGAIN = """
SELECT set_config('app.maintaining', 'on', true);
UPDATE alerts_watchstate SET recheck_at = now() WHERE evaluated_at IS NOT NULL;
"""
EACH = "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id OFFSET 0)"
AT_ONCE = "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id)"


def walls(seen: str) -> str:
    """Return the statements that say which rows the web's people see."""
    tables = ("alerts_alert", "alerts_watchstate")
    return "".join(f"ALTER POLICY web ON {table} USING ({seen}) WITH CHECK ({seen});" for table in tables)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_web_raises_nothing")]

    operations = [
        migrations.AddField("watchstate", "heard_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("watchstate", "silent_from", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("watchstate", "overdue_from", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "watchstate", models.Index(F("heard_at").asc(nulls_first=True), "patient", name="watchstate_heard")
        ),
        migrations.AddIndex("watchstate", models.Index(fields=["silent_from", "patient"], name="watchstate_silent")),
        migrations.AddIndex("watchstate", models.Index(fields=["overdue_from"], name="watchstate_overdue")),
        migrations.AddIndex(
            "alert", models.Index(fields=["snoozed_until"], condition=Q(state="snoozed"), name="alert_snoozed")
        ),
        migrations.RunSQL(walls(EACH), walls(AT_ONCE)),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
