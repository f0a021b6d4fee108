"""Walls against writing, where a person may read: what no page does, the web's log-in may not do either.

Teams, memberships, tokens and accounts are made by commands; a link is ended by its patient alone; results and plans are recorded by
members of a team that follows the patient, a patient adds events and doses taken. An account changes nobody else, and not its rank.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION app_works_for(one uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('app.maintaining', true), '');
  found boolean;
BEGIN
  PERFORM set_config('app.maintaining', 'on', true);
  SELECT EXISTS (SELECT 1 FROM patients_patient WHERE id = one AND team_id IN (SELECT app_teams()))
    OR EXISTS (SELECT 1 FROM patients_teamaccess a WHERE a.patient_id = one AND a.team_id IN (SELECT app_teams())
               AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now())) INTO found;
  PERFORM set_config('app.maintaining', before, true);
  RETURN found;
END $$;

CREATE FUNCTION app_is_own(one uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('app.maintaining', true), '');
  found boolean;
BEGIN
  PERFORM set_config('app.maintaining', 'on', true);
  SELECT EXISTS (SELECT 1 FROM patients_patient WHERE id = one AND user_id = app_user()) INTO found;
  PERFORM set_config('app.maintaining', before, true);
  RETURN found;
END $$;

CREATE FUNCTION account_stays_itself() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'iph_web' THEN
    RETURN NEW;
  END IF;
  IF app_user() IS NOT NULL AND app_user() <> OLD.id THEN
    RAISE EXCEPTION 'an account changes nobody else' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.id, NEW.email, NEW.is_staff, NEW.is_superuser, NEW.is_active)
     IS DISTINCT FROM (OLD.id, OLD.email, OLD.is_staff, OLD.is_superuser, OLD.is_active) THEN
    RAISE EXCEPTION 'an account does not change its rank' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stays_itself BEFORE UPDATE ON patients_user FOR EACH ROW EXECUTE FUNCTION account_stays_itself();
"""
DROP_FUNCTIONS = """
DROP TRIGGER stays_itself ON patients_user;
DROP FUNCTION account_stays_itself(); DROP FUNCTION app_is_own(uuid); DROP FUNCTION app_works_for(uuid);
"""

REVOKE = """
REVOKE INSERT, UPDATE, DELETE ON patients_teamaccess, patients_membership, patients_careteam, patients_accesstoken FROM iph_web;
REVOKE INSERT, DELETE ON patients_user FROM iph_web;
REVOKE INSERT, UPDATE, DELETE ON patients_caregiverlink FROM iph_web;
GRANT UPDATE (ends_at) ON patients_caregiverlink TO iph_web;
"""
GRANT = """
GRANT INSERT, UPDATE, DELETE ON patients_teamaccess, patients_membership, patients_careteam, patients_accesstoken TO iph_web;
GRANT INSERT, DELETE ON patients_user TO iph_web;
GRANT INSERT, UPDATE, DELETE ON patients_caregiverlink TO iph_web;
"""

OWN = "app_is_own(patient_id)"
SEEN = "user_id = (SELECT app_user()) OR app_team_follows(patient_id)"
POLICIES = f"""
ALTER POLICY web ON patients_caregiverlink USING ({SEEN} OR {OWN}) WITH CHECK ({SEEN} OR {OWN});
CREATE POLICY web_ends ON patients_caregiverlink AS RESTRICTIVE FOR UPDATE TO iph_web USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY web_records ON patients_observation AS RESTRICTIVE FOR INSERT TO iph_web WITH CHECK (app_works_for(patient_id));
CREATE POLICY web_takes_back ON patients_observation AS RESTRICTIVE FOR UPDATE TO iph_web USING (app_works_for(patient_id));
CREATE POLICY web_plans ON patients_treatment AS RESTRICTIVE FOR INSERT TO iph_web
  WITH CHECK (intent = 'taken' OR app_works_for(patient_id));
"""
DROP_POLICIES = f"""
ALTER POLICY web ON patients_caregiverlink USING ({SEEN}) WITH CHECK ({SEEN});
DROP POLICY web_plans ON patients_treatment; DROP POLICY web_takes_back ON patients_observation;
DROP POLICY web_records ON patients_observation; DROP POLICY web_ends ON patients_caregiverlink;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0007_idempotency_keys")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(REVOKE, GRANT),
        migrations.RunSQL(POLICIES, DROP_POLICIES),
    ]
