"""The only reader of the record for others: one patient's History, or a cohort's, by the same statements.

Six queries a chunk of patients, whatever their number and that of their results: one row a patient and analyte, arrays in it.
The revision is read before the data, and the data as of that revision, so that what commits meanwhile is not half seen.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from patients.arrays import array_cursor
from patients.choosing import merged
from patients.history import USABLE_STATUSES, EventRecord, History, PatientFacts, Series, TreatmentRecord
from patients.models import Patient

CHUNK: Final = 500
"""Patients a chunk: engineering, part 5."""

PATIENTS: Final = """
SELECT p.id, p.revision, p.sex, p.birth_date, p.time_zone, p.altitude_m, p.cigarettes_per_day, p.smoking, p.diagnosis_date,
  p.course, p.death_date, p.comorbidities, p.oximeter_at_home, p.settings_version
FROM patients_patient p WHERE p.id = ANY (%(ids)s) ORDER BY p.id
"""
PREGNANCIES: Final = """
SELECT patient_id, started_on, ended_on FROM patients_pregnancyperiod WHERE patient_id = ANY (%(ids)s)
ORDER BY patient_id, started_on, id
"""
WANTED: Final = "unnest(%(ids)s::uuid[], %(revisions)s::int4[]) AS w (id, revision)"
AS_OF: Final = """
FROM {wanted} JOIN {table} f ON f.patient_id = w.id
WHERE f.recorded_revision <= w.revision AND {condition}
"""
RESULT: Final = """
SELECT f.patient_id, f.code, f.effective_at, f.specimen, f.performer, f.id, f.value, f.status, f.unconfirmed,
  f.recorded_revision, f.comparator
"""
WITH_VALUE: Final = "f.value IS NOT NULL AND f.effective_at <= %(at)s"
ORDER: Final = "ORDER BY effective_at, specimen, performer, id"


def _of(table: str, condition: str, columns: str) -> str:
    """Return the statement for the rows of a table that held at each patient's revision: current ones, and since retracted ones."""
    current, past = (
        columns + AS_OF.format(wanted=WANTED, table=table, condition=f"{condition} AND f.retracted_revision {over}")
        for over in ("IS NULL", "> w.revision")
    )
    return f"{current} UNION ALL {past}"


OBSERVATIONS: Final = f"""
SELECT patient_id, code, array_agg(id {ORDER}), array_agg(effective_at {ORDER}), array_agg(value {ORDER}),
  array_agg(status = ANY (%(usable)s) {ORDER}), array_agg(unconfirmed {ORDER}), array_agg(recorded_revision {ORDER}),
  CASE WHEN bool_or(comparator <> '') THEN array_agg(comparator {ORDER}) END,
  CASE WHEN bool_or(performer <> '') THEN array_agg(performer {ORDER}) END
FROM ({_of("patients_observation", WITH_VALUE, RESULT)}) AS known
GROUP BY patient_id, code ORDER BY patient_id, code
"""  # noqa: S608 - made of the constants above; values are parameters
EVENTS: Final = (
    _of(
        "patients_event",
        "f.effective_at <= %(at)s",
        "SELECT f.patient_id, f.id, f.kind, f.effective_at, f.precision, f.findings::text, f.recorded_revision,"
        " coalesce(f.origin, f.id)",
    )
    + " ORDER BY 1, 4, 2"
)
TREATMENTS: Final = (
    _of(
        "patients_treatment",
        "true",
        "SELECT f.patient_id, f.id, f.drug, f.dose, f.unit, f.route, f.every_days, f.started_on, f.ended_on, f.intent, f.plan,"
        " f.recorded_revision",
    )
    + " ORDER BY 1, 8, 2"
)
TIMES: Final = f"""
SELECT r.patient_id, array_agg(r.n ORDER BY r.n), array_agg(r.at ORDER BY r.n),
  array_agg(r.at ORDER BY r.n) FILTER (WHERE r.upload_id IS NOT NULL),
  (array_agg(r.upload_every_days ORDER BY r.n DESC) FILTER (WHERE r.upload_expected_from IS NOT NULL))[1],
  (array_agg(r.upload_expected_from ORDER BY r.n DESC) FILTER (WHERE r.upload_expected_from IS NOT NULL))[1]
FROM {WANTED} JOIN patients_patientrevision r ON r.patient_id = w.id AND r.n <= w.revision GROUP BY r.patient_id
"""  # noqa: S608 - the same
SETTINGS: Final = """
SELECT DISTINCT ON (p.id, c.name, c.patient_id) p.id, c.name, c.patient_id IS NOT NULL, c.value
FROM unnest(%(ids)s::uuid[], %(versions)s::int8[]) AS w (id, version) JOIN patients_patient p ON p.id = w.id
JOIN patients_settingchange c ON c.id <= w.version AND (c.patient_id = p.id OR c.team_id = p.team_id)
ORDER BY p.id, c.name, c.patient_id, c.id DESC
"""
AHEAD: Final = """
SELECT min(effective_at) FROM (
  SELECT effective_at FROM patients_observation WHERE patient_id = %(id)s AND retracted_revision IS NULL AND effective_at > %(at)s
  UNION ALL
  SELECT effective_at FROM patients_event WHERE patient_id = %(id)s AND retracted_revision IS NULL AND effective_at > %(at)s
) AS coming
"""
KNOWN_AT: Final = "SELECT coalesce(max(n), 0) FROM patients_patientrevision WHERE patient_id = %s AND at <= %s"

Rows = list[tuple[Any, ...]]


def read(
    patient_id: UUID, *, at: datetime, revision: int | None = None, settings_version: int | None = None
) -> History:
    """Return what was known of a patient at a revision (the latest by default), effective up to `at`.

    The numbers of the watches are those chosen up to `settings_version`, the latest by default. Raises Patient.DoesNotExist for a
    patient who is not there or not in sight.
    """
    found = next(_histories([patient_id], at, revision, settings_version), None)
    if found is None:
        raise Patient.DoesNotExist(str(patient_id))
    return found


def read_many(patient_ids: Sequence[UUID], *, at: datetime) -> Iterator[History]:
    """Yield what is known of each of these patients, effective up to `at`, in the order of their ids, chunk by chunk."""
    wanted = sorted(set(patient_ids))
    for start in range(0, len(wanted), CHUNK):
        yield from _histories(wanted[start : start + CHUNK], at)


def revision_at(patient_id: UUID, known_at: datetime) -> int:
    """Return the last revision of a patient made up to a moment, 0 where there was none yet."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_AT, [patient_id, known_at])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def next_effective_at(patient_id: UUID, *, at: datetime) -> datetime | None:
    """Return when the next result or event comes into sight that is known already and dated after `at`; None for none."""
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, {"id": patient_id, "at": at})
        row = cursor.fetchone()
    return row[0] if row else None


def _ask(question: str, values: Mapping[str, Any]) -> Rows:
    """Return rows, numbers in arrays as numpy arrays."""
    with array_cursor() as cursor:
        cursor.execute(question, dict(values))
        return list(cursor.fetchall())


def _histories(
    ids: list[UUID], at: datetime, revision: int | None = None, settings_version: int | None = None
) -> Iterator[History]:
    """Yield the histories of one chunk."""
    people = _ask(PATIENTS, {"ids": ids})
    revisions = {row[0]: row[1] if revision is None else min(revision, row[1]) for row in people}
    values = {
        "ids": list(revisions),
        "revisions": list(revisions.values()),
        "at": at,
        "usable": sorted(USABLE_STATUSES),
    }
    pregnancies = _by_patient(_ask(PREGNANCIES, {"ids": list(revisions)}))
    results, events = _by_patient(_ask(OBSERVATIONS, values)), _by_patient(_ask(EVENTS, values))
    treatments, times = _by_patient(_ask(TREATMENTS, values)), _by_patient(_ask(TIMES, values))
    versions = {row[0]: row[13] if settings_version is None else min(settings_version, row[13]) for row in people}
    choices = _choices(versions)
    for row in people:
        one = row[0]
        numbers, moments, files, *expected = times[one][0] if times[one] else ((), (), None, None, None)
        yield History(
            patient=_facts(row, pregnancies[one], expected),
            revision=revisions[one],
            at=at,
            series={code: _series(code, columns) for code, *columns in results[one]},
            events=tuple(_event(columns) for columns in events[one]),
            treatments=tuple(TreatmentRecord(*columns) for columns in treatments[one]),
            revision_times=dict(zip((int(n) for n in numbers), _moments(moments), strict=True)),
            settings=merged([(name, own, value) for name, own, value in choices[one]]),
            settings_version=versions[one],
            files=_moments(files if files is not None else ()),
        )


def _choices(versions: Mapping[UUID, int]) -> defaultdict[UUID, Rows]:
    """Return what was chosen for each patient up to a version; nothing is asked where nobody chose anything."""
    chosen = {one: version for one, version in versions.items() if version}
    if not chosen:
        return defaultdict(list)
    return _by_patient(_ask(SETTINGS, {"ids": list(chosen), "versions": list(chosen.values())}))


def _by_patient(rows: Rows) -> defaultdict[UUID, Rows]:
    """Return rows by the patient in their first column, without it."""
    found: defaultdict[UUID, Rows] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _facts(row: tuple[Any, ...], pregnancies: Rows, expected: Sequence[Any]) -> PatientFacts:
    """Return what rules may know of the person; `expected` is how often a file is, and from when on, as of the revision."""
    every, first = expected
    return PatientFacts(
        id=row[0],
        sex=row[2],
        birth_date=row[3],
        time_zone=row[4],
        altitude_m=row[5],
        cigarettes_per_day=row[6],
        smoking=row[7],
        diagnosis_date=row[8],
        course=row[9],
        death_date=row[10],
        pregnancies=tuple((start, end) for start, end in pregnancies),
        comorbidities=frozenset(json.loads(row[11]) if isinstance(row[11], str) else row[11]),
        oximeter_at_home=row[12],
        upload_every_days=every,
        upload_expected_from=None if every is None else first,
    )


def _series(code: str, columns: Sequence[Any]) -> Series:
    """Return one analyte's results."""
    ids, times, values, usable, unconfirmed, recorded, comparators, performers = columns
    return Series(
        code, ids, times, values, usable, unconfirmed, recorded, tuple(comparators or ()), tuple(performers or ())
    )


def _event(columns: Sequence[Any]) -> EventRecord:
    """Return one event."""
    identity, kind, effective_at, precision, findings, recorded, origin = columns
    return EventRecord(identity, kind, effective_at, precision, json.loads(findings), recorded, origin)


def _moments(seconds: Iterable[float]) -> tuple[datetime, ...]:
    """Return moments."""
    return tuple(datetime.fromtimestamp(float(one), tz=UTC) for one in seconds)
