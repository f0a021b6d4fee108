"""The statements that write results: few by arrays, many by COPY into a temporary table (docs/decisions/0003).

Row-level security refuses COPY into the real table. Rows go in by the order of their key: one lock order for writers side by side,
and the cheapest way into a large index.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from patients.facts import NewObservation
from patients.reconciling import NEAR, Key, Known, Says

MANY: Final = 100
"""From here the temporary table is cheaper than arrays, its creation included (measured: engineering, W1)."""

COLUMNS: Final[Mapping[str, str]] = {
    "position": "int4",
    "patient_id": "uuid",
    "code": "text",
    "effective_at": "timestamptz",
    "precision": "text",
    "specimen": "text",
    "performer": "text",
    "value": "float8",
    "value_text": "text",
    "unit": "text",
    "comparator": "text",
    "status": "text",
    "data_absent_reason": "text",
    "unconfirmed": "bool",
    "reference_low": "float8",
    "reference_high": "float8",
    "interpretation": "text",
    "issued_at": "timestamptz",
    "original_value": "text",
    "original_unit": "text",
}
"""Of the source, in its order, with types."""
FIELDS: Final = tuple(COLUMNS)[1:]
STAGE: Final = "recording_stage"
LONGEST_DAY: Final = timedelta(hours=25)
"""With the hour that a change of the clocks adds: no two instants of one day are further apart."""
CREATE: Final = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {STAGE} ({', '.join(f'{n} {t}' for n, t in COLUMNS.items())}) ON COMMIT DROP"
)
COPY: Final = f"COPY {STAGE} ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"
TYPED: Final = ", ".join(f"%({name})s::{kind}[]" for name, kind in COLUMNS.items())
ARRAYS: Final = f"(SELECT * FROM unnest({TYPED}) AS given ({', '.join(COLUMNS)}))"  # noqa: S608 - made of the constants above

KNOWN: Final = """
SELECT DISTINCT o.patient_id, o.code, o.effective_at, o.specimen, o.performer, o.id, o.value, o.value_text, o.comparator,
  o.data_absent_reason, o.status, o.issued_at
FROM {source} s JOIN patients_observation o USING (patient_id, code, effective_at, specimen, performer)
WHERE o.retracted_revision IS NULL
"""
CLOSE_BY: Final = """
SELECT s.position FROM {source} s JOIN patients_patient p ON p.id = s.patient_id WHERE s.value IS NOT NULL AND EXISTS (
  SELECT 1 FROM patients_observation o WHERE o.patient_id = s.patient_id AND o.code = s.code AND o.retracted_revision IS NULL
    AND o.effective_at BETWEEN s.effective_at - %(day)s AND s.effective_at + %(day)s AND o.value = s.value
    AND (o.effective_at, o.specimen, o.performer) <> (s.effective_at, s.specimen, s.performer)
    AND (o.effective_at BETWEEN s.effective_at - %(near)s AND s.effective_at + %(near)s
      OR 'day' IN (o.precision, s.precision)
        AND (o.effective_at AT TIME ZONE p.time_zone)::date = (s.effective_at AT TIME ZONE p.time_zone)::date))
"""
PAST: Final = """
SELECT DISTINCT o.patient_id, o.code, o.effective_at, o.specimen, o.performer, o.value, o.value_text, o.comparator,
  o.data_absent_reason
FROM {source} s JOIN patients_observation o USING (patient_id, code, effective_at, specimen, performer)
WHERE o.retracted_revision IS NOT NULL
"""
INSERT: Final = f"""
INSERT INTO patients_observation (id, {", ".join(FIELDS)}, upload_id, recorded_revision, retracted_revision)
SELECT a.id, {", ".join(f"s.{name}" for name in FIELDS)}, %(upload)s::uuid, a.recorded_revision, a.retracted_revision
FROM {{source}} s JOIN unnest(%(positions)s::int4[], %(ids)s::int8[], %(recorded)s::int4[], %(retracted)s::int4[])
  AS a (position, id, recorded_revision, retracted_revision) USING (position)
ORDER BY s.patient_id, s.code, s.effective_at, s.specimen, s.performer
"""  # noqa: S608 - made of the constants above; values are parameters
RETRACT: Final = """
UPDATE {table} f SET retracted_revision = r.revision FROM unnest(%(ids)s::int8[], %(revisions)s::int4[]) AS r (id, revision)
WHERE f.id = r.id AND f.retracted_revision IS NULL
"""


class Source:
    """Results on their way into the table: where statements read them from."""

    def __init__(self, facts: Sequence[NewObservation]) -> None:
        rows = [(place, *(getattr(fact, name) for name in FIELDS)) for place, fact in enumerate(facts)]
        if len(rows) < MANY:
            self.sql, self.values = ARRAYS, dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
            return
        self.sql, self.values = STAGE, {}
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
            cursor.execute(f"TRUNCATE {STAGE}")
            with cursor.copy(COPY) as copy:
                copy.set_types(list(COLUMNS.values()))
                for row in rows:
                    copy.write_row(row)
            cursor.execute(f"ANALYZE {STAGE}")

    def ask(self, question: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a question to this source."""
        with connection.cursor() as cursor:
            cursor.execute(question.format(source=self.sql), {**self.values, **values})
            return list(cursor.fetchall())

    def known(self) -> dict[Key, Known]:
        """Return the current rows that have a key of the source."""
        found = self.ask(KNOWN)
        return {row[:5]: Known(says=row[6:10], status=row[10], id=row[5], issued_at=row[11]) for row in found}

    def close_by(self) -> set[int]:
        """Return the places of results whose value is known close by under another key: see `patients.reconciling`."""
        return {place for (place,) in self.ask(CLOSE_BY, near=NEAR, day=LONGEST_DAY)}

    def past(self) -> set[tuple[Key, Says]]:
        """Return what retracted rows with a key of the source said."""
        return {(row[:5], row[5:]) for row in self.ask(PAST)}

    def insert(self, rows: Iterable[tuple[int, int, int, int | None]], *, upload_id: UUID | None) -> None:
        """Insert results by (place, id, revision that records, revision that retracts)."""
        columns = list(zip(*rows, strict=True))
        names = ("positions", "ids", "recorded", "retracted")
        values = {name: list(column) for name, column in zip(names, columns, strict=True)}
        with connection.cursor() as cursor:
            cursor.execute(INSERT.format(source=self.sql), {**self.values, **values, "upload": upload_id})


def new_ids(table: str, count: int) -> list[int]:
    """Return ids for rows about to be inserted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [number for (number,) in cursor.fetchall()]


def retract_rows(table: str, revisions: Mapping[int, int]) -> int:
    """Set the revision that retracts each row, where it is still current; return how many were."""
    if not revisions:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            RETRACT.format(table=connection.ops.quote_name(table)),
            {"ids": list(revisions), "revisions": list(revisions.values())},
        )
        return int(cursor.rowcount)
