"""Mail of a team that was not delivered, by recipient, for its members and administrators: how many, when last, and the answer.

A row of the outbox is its recipient's alone. `team_mail` tells the team's page of the others only that their mail fails, and only of
mail of this team: what somebody gets as a patient, a caregiver or in another team stays theirs. No address, and nothing of a mail.
Who may ask is decided by the database's clock; `at`, which the caller says, only ends the 30 days that are counted.
"""

from django.db import migrations

FAILED = """
CREATE FUNCTION team_mail(one bigint, at timestamptz)
RETURNS TABLE (person bigint, failed bigint, last_at timestamptz, outcome text, code integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('app.maintaining', true), '');
BEGIN
  IF NOT EXISTS (SELECT 1 FROM patients_user u WHERE u.id = app_user() AND u.is_active AND (u.is_staff OR EXISTS (
      SELECT 1 FROM patients_membership m WHERE m.user_id = u.id AND m.team_id = one
      AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())))) THEN
    RETURN;
  END IF;
  PERFORM set_config('app.maintaining', 'on', true);
  RETURN QUERY
    SELECT n.recipient_id, count(*), max(n.failed_at),
        (array_agg(coalesce(d.outcome, '') ORDER BY n.failed_at DESC, n.id))[1],
        (array_agg(d.smtp_code ORDER BY n.failed_at DESC, n.id))[1]
      FROM alerts_notification n LEFT JOIN LATERAL (
        SELECT e.smtp_code::integer, e.outcome::text FROM alerts_delivery e WHERE e.notification_id = n.id ORDER BY e.attempt DESC LIMIT 1
      ) d ON true
      WHERE n.team_id = one AND n.failed_at > at - interval '30 days' AND n.failed_at <= at AND n.carried_by_id IS NULL
      GROUP BY n.recipient_id;
  PERFORM set_config('app.maintaining', before, true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0013_mute_ends")]

    operations = [migrations.RunSQL(FAILED, "DROP FUNCTION team_mail(bigint, timestamptz);")]
