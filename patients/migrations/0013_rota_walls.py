"""Walls around duties, absences and what was changed of a team: its members see them, its coordinators and administrators change them.

A person says their own absence. What was changed is added to, never changed; that somebody is away is kept in every team of theirs,
by whoever may say it.
"""

from django.db import migrations

STAFF = "EXISTS (SELECT 1 FROM patients_user u WHERE u.id = (SELECT app_user()) AND u.is_staff AND u.is_active)"
OF_TEAM = f"team_id IN (SELECT app_teams()) OR {STAFF}"
HOLDS = "m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())"
MINE_HOLDS = HOLDS.replace("m.", "mine.")
COORDINATES = f"""
{STAFF} OR EXISTS (SELECT 1 FROM patients_membership m WHERE m.user_id = (SELECT app_user()) AND m.role = 'coordinator'
                   AND m.team_id = {{team}} AND {HOLDS})
"""  # noqa: S608 - made of the constants above
COLLEAGUE = f"""
user_id = (SELECT app_user()) OR {STAFF}
OR EXISTS (SELECT 1 FROM patients_membership m WHERE m.user_id = patients_absence.user_id AND m.team_id IN (SELECT app_teams()) AND {HOLDS})
"""  # noqa: S608 - the same
ARRANGES = f"""
user_id = (SELECT app_user()) OR {STAFF}
OR EXISTS (SELECT 1 FROM patients_membership m JOIN patients_membership mine ON mine.team_id = m.team_id
           WHERE m.user_id = patients_absence.user_id AND {HOLDS} AND mine.user_id = (SELECT app_user())
           AND mine.role = 'coordinator' AND mine.team_id IN (SELECT app_teams()) AND {MINE_HOLDS})
"""  # noqa: S608 - the same
OF_COLLEAGUE = f"""
what IN ('absence', 'absence ended')
AND EXISTS (SELECT 1 FROM patients_membership m WHERE m.team_id = patients_teamchange.team_id
            AND m.user_id::text = detail->>'user' AND {HOLDS})
AND EXISTS (SELECT 1 FROM patients_membership m JOIN patients_membership mine ON mine.team_id = m.team_id
            WHERE m.user_id::text = detail->>'user' AND {HOLDS} AND mine.user_id = (SELECT app_user())
            AND mine.role = 'coordinator' AND mine.team_id IN (SELECT app_teams()) AND {MINE_HOLDS})
"""  # noqa: S608 - the same
SEEN = {"patients_duty": OF_TEAM, "patients_absence": COLLEAGUE, "patients_teamchange": OF_TEAM}
CHANGED = {"patients_duty": COORDINATES.format(team="patients_duty.team_id"), "patients_absence": ARRANGES}


def wall(table: str) -> str:
    """Return the statements that force row-level security on a table; a worker reads all of it."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY web ON {table} FOR SELECT TO iph_web USING ({SEEN[table]});
CREATE POLICY worker ON {table} FOR SELECT TO iph_worker USING (true);
CREATE POLICY owner ON {table} TO iph_owner USING ((SELECT app_maintaining())) WITH CHECK ((SELECT app_maintaining()));
REVOKE INSERT, UPDATE, DELETE ON {table} FROM iph_worker;
"""  # noqa: S608 - the same


def changes(table: str) -> str:
    """Return the statements that let who may change a table's rows."""
    return f"""
CREATE POLICY web_adds ON {table} FOR INSERT TO iph_web WITH CHECK ({CHANGED[table]});
CREATE POLICY web_changes ON {table} FOR UPDATE TO iph_web USING ({CHANGED[table]}) WITH CHECK ({CHANGED[table]});
CREATE POLICY web_deletes ON {table} FOR DELETE TO iph_web USING ({CHANGED[table]});
"""


def no_wall(table: str) -> str:
    """Return the statements that take a wall down."""
    return f"""
DROP POLICY owner ON {table}; DROP POLICY worker ON {table}; DROP POLICY web ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


def no_changes(table: str) -> str:
    """Return the statements that take the rest of it down."""
    return f"DROP POLICY web_deletes ON {table}; DROP POLICY web_changes ON {table}; DROP POLICY web_adds ON {table};"


HISTORY = f"""
CREATE POLICY web_adds ON patients_teamchange FOR INSERT TO iph_web
  WITH CHECK (by_id = (SELECT app_user()) AND ({OF_TEAM} OR ({OF_COLLEAGUE})));
REVOKE UPDATE, DELETE ON patients_teamchange FROM iph_web;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON patients_teamchange FOR EACH STATEMENT EXECUTE FUNCTION never_changed();
"""  # noqa: S608 - the same
NO_HISTORY = "DROP TRIGGER never_changed ON patients_teamchange; DROP POLICY web_adds ON patients_teamchange;"


class Migration(migrations.Migration):
    dependencies = [("patients", "0012_rota")]

    operations = [
        *(migrations.RunSQL(wall(table), no_wall(table)) for table in SEEN),
        *(migrations.RunSQL(changes(table), no_changes(table)) for table in CHANGED),
        migrations.RunSQL(HISTORY, NO_HISTORY),
    ]
