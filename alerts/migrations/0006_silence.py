"""Who fell silent, and who has a test overdue, as the watch knows it: a list of 100,000 patients reads no history.

`watchstate_heard` gives the longest silent first where many are, `watchstate_silent` those few who are. Who was judged before is judged
again once, so that every row says it.
"""

from django.db import migrations, models
from django.db.models import F

AGAIN = """
SELECT set_config('app.maintaining', 'on', true);
UPDATE alerts_watchstate SET recheck_at = now() WHERE evaluated_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_web_raises_nothing")]

    operations = [
        migrations.AddField("watchstate", "heard_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("watchstate", "silent_from", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("watchstate", "overdue_from", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex("watchstate", models.Index(F("heard_at").asc(nulls_first=True), name="watchstate_heard")),
        migrations.AddIndex("watchstate", models.Index(fields=["silent_from"], name="watchstate_silent")),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
