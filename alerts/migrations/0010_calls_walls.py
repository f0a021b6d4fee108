"""Walls around what is muted, what people want to have by mail, and what is wrong with the service.

Members of the teams that follow a patient see what is muted; physicians of the responsible team mute, and end it; the watch ends it,
too. A person chooses their own mail. The web may put one thing into the outbox: a mail to oneself, to try it. Incidents are the web's:
it must be able to say that no worker works. Nothing of these is deleted.
"""

from django.db import migrations

MEMBERS = """
EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id AND (
  p.team_id IN (SELECT app_teams())
  OR EXISTS (SELECT 1 FROM patients_teamaccess a WHERE a.patient_id = p.id AND a.team_id IN (SELECT app_teams())
             AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now()))) OFFSET 0)
"""
PHYSICIAN = """
EXISTS (SELECT 1 FROM patients_membership m JOIN patients_patient p ON p.team_id = m.team_id
        WHERE m.user_id = (SELECT app_user()) AND m.role = 'physician' AND p.id = alerts_mute.patient_id
        AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now()))
"""
WORKER = "(SELECT app_everyone()) OR patient_id = ANY ((SELECT app_patients())::uuid[])"
OWNER = "TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()))"
TABLES = ("alerts_mute", "alerts_mailchoice", "alerts_incident")
FORCED = "".join(
    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
    f"CREATE POLICY owner ON {table} {OWNER}; REVOKE DELETE ON {table} FROM iph_web, iph_worker;"
    for table in TABLES
)
MUTE = f"""
CREATE POLICY web ON alerts_mute FOR SELECT TO iph_web USING ({MEMBERS});
CREATE POLICY web_mutes ON alerts_mute FOR INSERT TO iph_web
  WITH CHECK (by_id = (SELECT app_user()) AND at < now() + interval '1 day' AND {PHYSICIAN});
CREATE POLICY web_ends ON alerts_mute FOR UPDATE TO iph_web USING (ended_at IS NULL AND {PHYSICIAN})
  WITH CHECK (ended_at IS NOT NULL AND ended_by_id = (SELECT app_user()));
CREATE POLICY worker ON alerts_mute TO iph_worker USING ({WORKER}) WITH CHECK ({WORKER});
REVOKE UPDATE ON alerts_mute FROM iph_web, iph_worker;
REVOKE INSERT ON alerts_mute FROM iph_worker;
GRANT UPDATE (ended_at, ended_by_id, ended_why) ON alerts_mute TO iph_web, iph_worker;
"""  # noqa: S608 - made of the constants above
CHOICE = """
CREATE POLICY web ON alerts_mailchoice TO iph_web USING (user_id = (SELECT app_user())) WITH CHECK (user_id = (SELECT app_user()));
CREATE POLICY worker ON alerts_mailchoice FOR SELECT TO iph_worker USING (true);
REVOKE INSERT, UPDATE ON alerts_mailchoice FROM iph_worker;
"""
INCIDENT = """
CREATE POLICY web ON alerts_incident TO iph_web USING (true) WITH CHECK (true);
CREATE POLICY worker ON alerts_incident FOR SELECT TO iph_worker USING (true);
REVOKE INSERT, UPDATE ON alerts_incident FROM iph_worker;
"""
TRY = """
GRANT INSERT ON alerts_notification TO iph_web;
CREATE POLICY web_only_tries ON alerts_notification AS RESTRICTIVE FOR INSERT TO iph_web
  WITH CHECK (kind = 'test' AND recipient_id = (SELECT app_user()) AND alert_id IS NULL AND patient_id IS NULL
              AND team_id IS NULL AND carried_by_id IS NULL AND dedup_key LIKE 'test:' || (SELECT app_user()) || ':%'
              AND sent_at IS NULL AND detail = '{}'::jsonb);
"""
NONE = """
DROP POLICY web_only_tries ON alerts_notification; REVOKE INSERT ON alerts_notification FROM iph_web;
DROP POLICY worker ON alerts_incident; DROP POLICY web ON alerts_incident;
DROP POLICY worker ON alerts_mailchoice; DROP POLICY web ON alerts_mailchoice;
DROP POLICY worker ON alerts_mute; DROP POLICY web_ends ON alerts_mute;
DROP POLICY web_mutes ON alerts_mute; DROP POLICY web ON alerts_mute;
""" + "".join(
    f"DROP POLICY owner ON {table};"
    f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0009_calls"), ("patients", "0013_rota_walls")]

    operations = [migrations.RunSQL(FORCED + MUTE + CHOICE + INCIDENT + TRY, NONE)]
