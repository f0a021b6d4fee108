"""Open alerts that were raised before calls were kept as a due time are called from now on, as if they had been told of now.

What was written ahead and not sent stays: it is dropped when it is due and somebody has the alert.
"""

from django.db import migrations

FROM_NOW = """
SELECT set_config('app.maintaining', 'on', true);
UPDATE alerts_alert SET calls = 0, next_call_at = now() + CASE
  WHEN state = 'raised' AND severity = 3 THEN interval '30 minutes'
  WHEN state = 'raised' THEN interval '72 hours'
  WHEN severity = 3 THEN interval '24 hours'
  WHEN severity = 2 THEN interval '7 days'
  ELSE interval '28 days' END
WHERE next_call_at IS NULL AND (state = 'acknowledged' OR (state = 'raised' AND severity >= 2));
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_calls_walls")]

    operations = [migrations.RunSQL(FROM_NOW, migrations.RunSQL.noop)]
