"""Walls: three roles, forced row-level security on every patient table, and what each role may do (reliability: 4d).

Roles are made by set-up (`manage.py roles`), never here. A person is named by `app.user_id`, a worker's patients by
`app.patient_ids` ('*' for all), maintenance by `app.maintaining`; each only for its transaction. Unset means no rows.
"""

from django.db import migrations

ROLES_EXIST = """
DO $$ BEGIN
  IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('iph_owner', 'iph_web', 'iph_worker', 'iph_operator')) < 4 THEN
    RAISE EXCEPTION 'the database roles are missing: run manage.py roles first';
  END IF;
END $$;
"""

GRANTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO iph_web, iph_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO iph_web, iph_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO iph_operator;
GRANT USAGE ON SCHEMA public TO iph_web, iph_worker, iph_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO iph_web, iph_worker;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO iph_web, iph_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO iph_operator;
REVOKE DELETE ON patients_patient, patients_patientrevision, patients_observation, patients_event, patients_treatment,
  patients_upload, patients_uploadoriginal, patients_uploadrow FROM iph_web, iph_worker;
REVOKE UPDATE ON patients_patientrevision, patients_observation, patients_event, patients_treatment FROM iph_web, iph_worker;
GRANT UPDATE (retracted_revision) ON patients_observation, patients_event, patients_treatment TO iph_web, iph_worker;
"""

FUNCTIONS = """
CREATE FUNCTION app_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
CREATE FUNCTION app_everyone() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('app.patient_ids', true) = '*', false) $$;
CREATE FUNCTION app_patients() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(nullif(current_setting('app.patient_ids', true), '*'), '')::uuid[] $$;
CREATE FUNCTION app_maintaining() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('app.maintaining', true) = 'on', false) $$;
CREATE FUNCTION app_teams() RETURNS SETOF bigint LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT team_id FROM patients_membership
     WHERE user_id = app_user() AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now()) $$;
CREATE FUNCTION app_team_follows(one uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('app.maintaining', true), '');
  found boolean;
BEGIN
  PERFORM set_config('app.maintaining', 'on', true);
  SELECT EXISTS (SELECT 1 FROM patients_patient WHERE id = one AND team_id IN (SELECT app_teams())) INTO found;
  PERFORM set_config('app.maintaining', before, true);
  RETURN found;
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION app_team_follows(uuid); DROP FUNCTION app_teams(); DROP FUNCTION app_maintaining();
DROP FUNCTION app_patients(); DROP FUNCTION app_everyone(); DROP FUNCTION app_user();
"""

WORKER = "(SELECT app_everyone()) OR {column} = ANY ((SELECT app_patients())::uuid[])"
BY_PATIENT_WEB = "EXISTS (SELECT 1 FROM patients_patient p WHERE p.id = patient_id)"
OF_UPLOAD = "EXISTS (SELECT 1 FROM patients_upload u WHERE u.id = upload_id)"

PATIENT_WEB = """
team_id IN (SELECT app_teams())
OR id IN (SELECT a.patient_id FROM patients_teamaccess a
          WHERE a.team_id IN (SELECT app_teams()) AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now()))
OR id IN (SELECT l.patient_id FROM patients_caregiverlink l
          WHERE l.user_id = (SELECT app_user()) AND l.starts_at <= now() AND (l.ends_at IS NULL OR l.ends_at > now()))
OR user_id = (SELECT app_user())
"""

POLICIES = {
    "patients_patient": (PATIENT_WEB, WORKER.format(column="id")),
    "patients_teamaccess": ("team_id IN (SELECT app_teams()) OR app_team_follows(patient_id)", WORKER.format(column="patient_id")),
    "patients_caregiverlink": (
        "user_id = (SELECT app_user()) OR app_team_follows(patient_id)",
        WORKER.format(column="patient_id"),
    ),
    "patients_upload": (
        "(patient_id IS NULL AND team_id IN (SELECT app_teams())) OR (patient_id IS NOT NULL AND " + BY_PATIENT_WEB + ")",
        "true",
    ),
    "patients_uploadoriginal": (OF_UPLOAD, OF_UPLOAD),
    "patients_uploadrow": (OF_UPLOAD, OF_UPLOAD),
    "patients_datakey": ("patient_id IS NULL OR " + BY_PATIENT_WEB, "true"),
    **{
        f"patients_{table}": (BY_PATIENT_WEB, WORKER.format(column="patient_id"))
        for table in (
            "patientidentity", "patientidentifier", "pregnancyperiod", "patientrevision", "observation", "event", "treatment",
        )
    },
}  # fmt: skip
"""Table: who of the web's people sees a row, and which rows a worker sees. A queue is wholly visible to the worker."""


def wall(table: str, web: str, worker: str) -> str:
    """Return the statements that force row-level security on a table, with its three policies."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {table} TO iph_web USING ({web}) WITH CHECK ({web});
CREATE POLICY worker ON {table} TO iph_worker USING ({worker}) WITH CHECK ({worker});
CREATE POLICY owner ON {table} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
"""


def no_wall(table: str) -> str:
    """Return the statements that take a wall down."""
    return f"""
DROP POLICY owner ON {table}; DROP POLICY worker ON {table}; DROP POLICY web ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_guards")]

    operations = [
        migrations.RunSQL(ROLES_EXIST, migrations.RunSQL.noop),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(migrations.RunSQL(wall(table, *rule), no_wall(table)) for table, rule in POLICIES.items()),
    ]
