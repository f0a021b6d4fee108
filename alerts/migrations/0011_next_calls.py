"""Open alerts that were raised before calls were kept as a due time are called from now on, as if they had been told of now.

What was written ahead of their chain is dropped: the call comes instead. What is due by now is sent, and what a
dropped one carried goes by itself.
"""

from django.db import migrations

FROM_NOW = """
SELECT set_config('app.maintaining', 'on', true);
WITH called AS (
UPDATE alerts_alert SET calls = 0, next_call_at = now() + CASE
  WHEN state = 'raised' AND severity = 3 THEN interval '30 minutes'
  WHEN state = 'raised' THEN interval '72 hours'
  WHEN severity = 3 THEN interval '24 hours'
  WHEN severity = 2 THEN interval '7 days'
  ELSE interval '28 days' END
WHERE next_call_at IS NULL AND (state = 'acknowledged' OR (state = 'raised' AND severity >= 2))
RETURNING id)
UPDATE alerts_notification SET dropped_at = now(), dropped_reason = 'called_otherwise'
WHERE alert_id IN (SELECT id FROM called) AND reason IN ('reminder', 'next_in_chain') AND due_at > now()
  AND sent_at IS NULL AND failed_at IS NULL AND dropped_at IS NULL;
UPDATE alerts_notification row SET carried_by_id = NULL FROM alerts_notification carrier
WHERE carrier.id = row.carried_by_id AND carrier.dropped_reason = 'called_otherwise'
  AND row.sent_at IS NULL AND row.failed_at IS NULL AND row.dropped_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_calls_walls")]

    operations = [migrations.RunSQL(FROM_NOW, migrations.RunSQL.noop)]
