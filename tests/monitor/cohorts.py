"""A cohort of any size, written by SQL in seconds: for tests of what a list costs."""

from datetime import datetime
from typing import Final

from django.db import connection

from patients.models import CareTeam

# Of a hundred patients six have an open alert (three of them two), five are silent, and one is snoozed.
COHORT: Final = """
INSERT INTO patients_patient (id, revision, changed_at, active, team_id, birth_date, sex, time_zone, language, course, smoking,
  gli_2012_group, comorbidities, oximeter_at_home, usual_laboratory, consents)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, %(at)s, true, %(team)s, '2015-05-17', 'female', 'UTC',
  'en', '', '', '', '[]', false, '', '{}' FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO patients_patientidentity (patient_id, name, email, telephone, address)
SELECT p.id, 'Patient ' || right(p.id::text, 6), '', '', '' FROM patients_patient p
WHERE NOT EXISTS (SELECT 1 FROM patients_patientidentity i WHERE i.patient_id = p.id);
INSERT INTO patients_patientrevision (patient_id, n, at, why) SELECT p.id, 1, %(at)s, '' FROM patients_patient p
WHERE NOT EXISTS (SELECT 1 FROM patients_patientrevision r WHERE r.patient_id = p.id);
CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
SELECT p.id, ('x' || right(p.id::text, 8))::bit(32)::int AS n FROM patients_patient p
WHERE NOT EXISTS (SELECT 1 FROM alerts_watchstate w WHERE w.patient_id = p.id);
INSERT INTO alerts_watchstate (patient_id, evaluated_revision, evaluated_ruleset, evaluated_settings, evaluated_at, cannot_judge,
  attempts, attempted_revision, attempted_ruleset, heard_at, silent_from, overdue_from)
SELECT id, 1, 'seed', 0, %(at)s, '[]', 0, 1, 'seed', at, at + interval '34 days', at + interval '34 days'
FROM (SELECT id, %(at)s::timestamptz - (CASE WHEN n %% 20 = 7 THEN 40 + n %% 300 ELSE n %% 30 END) * interval '1 day' AS at
  FROM fresh) AS heard;
INSERT INTO alerts_alert (id, patient_id, rule, rule_version, ruleset, settings_version, subject, severity, level, state, latching,
  finding, revision, evaluated_at, raised_at, changed_at, clear_seen, silenced_reason, snoozed_until)
SELECT gen_random_uuid(), id, 'rule_' || again, 1, 'seed', 0, '', CASE WHEN n %% 2000 < 100 THEN 3 ELSE 1 + n %% 2 END, 0,
  CASE WHEN n %% 100 = 99 THEN 'snoozed' WHEN n %% 3 = 0 THEN 'acknowledged' ELSE 'raised' END, false,
  '{"sentence": "Hb 98 g/L, 21 %% below own baseline of 124. One in 100 falls by more than 7.7 %%.", "evidence": []}',
  1, %(at)s, %(at)s::timestamptz - (n %% 1000) * interval '1 hour', %(at)s, false, '',
  CASE WHEN n %% 100 = 99 THEN %(at)s::timestamptz + n * interval '1 minute' END
FROM fresh, generate_series(1, 2) AS again
WHERE (n %% 100 < 6 OR n %% 100 = 99) AND (again = 1 OR n %% 100 < 3);
DROP TABLE fresh;
"""
RESULTS: Final = """
INSERT INTO patients_observation (patient_id, code, effective_at, precision, specimen, performer, value, value_text, unit,
  comparator, status, data_absent_reason, unconfirmed, interpretation, original_value, original_unit, recorded_revision)
SELECT one, code, %(at)s::timestamptz - week * interval '7 days', 'minute', '', 'laboratory', 120 + week %% 5, '', 'g/L',
  '', 'final', '', false, '', '', '', 1
FROM unnest(%(ids)s::uuid[]) AS one, unnest(ARRAY['HGB', 'FE', 'FERRITIN']) AS code, generate_series(1, 104) AS week
ON CONFLICT DO NOTHING
"""
PEOPLE: Final = "patients_patient, patients_patientidentity, patients_patientrevision"
TABLES: Final = f"{PEOPLE}, patients_observation, alerts_watchstate, alerts_alert"
"""What PostgreSQL must know anew before it plans well."""


def seed(of: CareTeam, first: int, last: int, *, at: datetime) -> None:
    """Write patients number `first` to `last` of a team, with alerts and silences in the same shares whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(COHORT, {"team": of.pk, "first": first, "last": last, "at": at})
        cursor.execute(f"ANALYZE {TABLES}")


def give_results(ids: list[object], *, at: datetime) -> None:
    """Give patients two years of weekly results of three analytes, ended a week ago."""
    with connection.cursor() as cursor:
        cursor.execute(RESULTS, {"ids": ids, "at": at})
        cursor.execute(f"ANALYZE {TABLES}")
