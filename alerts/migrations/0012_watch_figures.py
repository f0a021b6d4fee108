"""How the watching stands, for who may not see the patients: counts and times past row-level security, never a name or a value.

`watch_figures` is asked by every page, so it reads only what an index holds, unless `every` asks for patients whose newest facts
were not judged: that compares all patients with all judgments. A page has it from the incident that the sentinel opened for it.
`watch_failures` names ids of patients, rules and kinds of errors, and answers administrators alone.
"""

from django.db import migrations, models
from django.db.models import Q

FIGURES = """
CREATE FUNCTION watch_figures(at timestamptz, every boolean) RETURNS TABLE (kind text, found bigint, since timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('app.maintaining', true), '');
BEGIN
  PERFORM set_config('app.maintaining', 'on', true);
  RETURN QUERY
    SELECT 'recheck', count(*), min(w.recheck_at) FROM alerts_watchstate w JOIN patients_patient p ON p.id = w.patient_id
      WHERE p.active AND w.failed_at IS NULL AND w.recheck_at < at - interval '3 min'
    UNION ALL
    SELECT 'given_up', count(*), min(w.failed_at) FROM alerts_watchstate w JOIN patients_patient p ON p.id = w.patient_id
      WHERE p.active AND w.failed_at IS NOT NULL
    UNION ALL
    SELECT 'rules', count(*), min(f.first_at) FROM alerts_rulefailure f JOIN patients_patient p ON p.id = f.patient_id
      WHERE p.active AND f.retry_at IS NULL
    UNION ALL
    SELECT 'unsent', count(*), min(n.due_at) FROM alerts_notification n
      WHERE n.sent_at IS NULL AND n.failed_at IS NULL AND n.dropped_at IS NULL AND n.due_at < at - interval '10 min'
        AND n.channel = 'email' AND n.carried_by_id IS NULL
    UNION ALL
    SELECT 'failed_mail', count(*), min(n.failed_at) FROM alerts_notification n
      WHERE n.failed_at > at - interval '7 days' AND n.carried_by_id IS NULL;
  IF every THEN
    RETURN QUERY
      SELECT 'unjudged', count(*), min(p.changed_at) FROM patients_patient p
        LEFT JOIN alerts_watchstate w ON w.patient_id = p.id
        WHERE p.active AND p.changed_at < at - interval '3 min'
          AND (w.patient_id IS NULL OR (w.failed_at IS NULL AND w.evaluated_revision < p.revision));
  ELSE
    RETURN QUERY
      SELECT 'unjudged', count(*), min(i.began_at) FROM alerts_incident i
        WHERE i.kind = 'unjudged' AND i.ended_at IS NULL;
  END IF;
  PERFORM set_config('app.maintaining', before, true);
END $$;
"""
FAILURES = """
CREATE FUNCTION watch_failures(at timestamptz, most integer)
RETURNS TABLE (kind text, name text, detail text, found bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('app.maintaining', true), '');
BEGIN
  IF NOT EXISTS (SELECT 1 FROM patients_user u WHERE u.id = app_user() AND u.is_staff AND u.is_active) THEN
    RETURN;
  END IF;
  PERFORM set_config('app.maintaining', 'on', true);
  RETURN QUERY
    (SELECT 'given_up', w.patient_id::text, '', w.attempts::bigint, w.failed_at, w.failed_at FROM alerts_watchstate w
      JOIN patients_patient p ON p.id = w.patient_id
      WHERE p.active AND w.failed_at IS NOT NULL ORDER BY w.failed_at, w.patient_id LIMIT most)
    UNION ALL
    (SELECT CASE WHEN f.retry_at IS NULL THEN 'rules' ELSE 'retried' END, f.rule::text, f.error_type::text, count(*),
        min(f.first_at), max(f.last_at) FROM alerts_rulefailure f
      JOIN patients_patient p ON p.id = f.patient_id
      WHERE p.active GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3 LIMIT most)
    UNION ALL
    (SELECT 'failed_mail', n.kind::text, coalesce(d.smtp_code::text, d.outcome, ''), count(*), min(n.failed_at), max(n.failed_at)
      FROM alerts_notification n LEFT JOIN LATERAL (
        SELECT e.smtp_code, e.outcome::text FROM alerts_delivery e WHERE e.notification_id = n.id ORDER BY e.attempt DESC LIMIT 1
      ) d ON true
      WHERE n.failed_at > at - interval '7 days' AND n.carried_by_id IS NULL
      GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2, 3 LIMIT most);
  PERFORM set_config('app.maintaining', before, true);
END $$;
"""
NONE = "DROP FUNCTION watch_failures(timestamptz, integer); DROP FUNCTION watch_figures(timestamptz, boolean);"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_next_calls")]

    operations = [
        migrations.AddIndex(
            "watchstate",
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="watchstate_failed"),
        ),
        migrations.AddIndex(
            "notification",
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="notification_failed"),
        ),
        migrations.AddIndex("delivery", models.Index(fields=["ended_at"], name="delivery_ended")),
        migrations.RunSQL(FIGURES + FAILURES, NONE),
    ]
