"""Walls around what the page of a team writes: its coordinators and administrators change its hours and the places in it.

Both tables are read by the policies of all others, so that they have a trigger in the place of a policy. Nobody gives themselves a
place or lengthens their own, and none changes whose it is, of which team, in which role: it ends, and another begins. What has ended
stays so. Nothing is deleted.
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION app_arranges(one bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT EXISTS (SELECT 1 FROM patients_user u WHERE u.id = app_user() AND u.is_active AND u.is_staff)
     OR EXISTS (SELECT 1 FROM patients_membership m JOIN patients_user u ON u.id = m.user_id AND u.is_active
                WHERE m.user_id = app_user() AND m.role = 'coordinator' AND m.team_id = one
                AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())) $$;

CREATE FUNCTION place_is_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'iph_web' THEN
    RETURN NEW;
  END IF;
  IF NOT app_arranges(NEW.team_id) THEN
    RAISE EXCEPTION 'permission denied: a place in a team is given by its coordinator' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'INSERT' AND NEW.user_id = app_user() THEN
    RAISE EXCEPTION 'permission denied: nobody gives themselves a place' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.ends_at <= now() THEN
    RAISE EXCEPTION 'permission denied: a place that has ended stays so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' AND app_user() IN (OLD.user_id, NEW.user_id) AND (NEW.role <> OLD.role
     OR coalesce(NEW.ends_at, 'infinity') > coalesce(OLD.ends_at, 'infinity')) THEN
    RAISE EXCEPTION 'permission denied: nobody lengthens their own place' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER place_is_given BEFORE INSERT OR UPDATE ON patients_membership FOR EACH ROW EXECUTE FUNCTION place_is_given();

CREATE FUNCTION team_is_arranged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'iph_web' AND NOT app_arranges(OLD.id) THEN
    RAISE EXCEPTION 'permission denied: a team is arranged by its coordinator' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER team_is_arranged BEFORE UPDATE ON patients_careteam FOR EACH ROW EXECUTE FUNCTION team_is_arranged();

GRANT INSERT ON patients_membership TO iph_web;
GRANT UPDATE (ends_at, on_call_order) ON patients_membership TO iph_web;
GRANT UPDATE (time_zone, digest_hour, emergency_text, working_from, working_until) ON patients_careteam TO iph_web;
"""
NO_GUARDS = """
REVOKE INSERT ON patients_membership FROM iph_web;
REVOKE UPDATE (ends_at, on_call_order) ON patients_membership FROM iph_web;
REVOKE UPDATE (time_zone, digest_hour, emergency_text, working_from, working_until) ON patients_careteam FROM iph_web;
DROP TRIGGER team_is_arranged ON patients_careteam; DROP FUNCTION team_is_arranged();
DROP TRIGGER place_is_given ON patients_membership; DROP FUNCTION place_is_given();
DROP FUNCTION app_arranges(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0014_clinic_numbers")]

    operations = [migrations.RunSQL(GUARDS, NO_GUARDS)]
