"""The rows of a file as they are kept: light enough for a hundred thousand, written some thousands a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from patients import reporting
from patients.storable import storable
from patients.understanding import Row

BATCH: Final = 5000
PLACE_LENGTH: Final = 200
COLUMNS: Final[Mapping[str, str]] = {
    "position": "int4",
    "patient_id": "uuid",
    "row": "text",
    "column": "text",
    "state": "text",
    "reading": "jsonb",
    "issues": "jsonb",
    "original": "text",
    "fact_kind": "text",
    "fact_id": "int8",
}
"""Of `patients.models.UploadRow`, with their types."""
INSERT: Final = f"""
INSERT INTO patients_uploadrow (upload_id, {", ".join(f'"{name}"' for name in COLUMNS)})
SELECT %s, {", ".join(f'g."{name}"' for name in COLUMNS)}
FROM jsonb_to_recordset(%s::jsonb) AS g ({", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())})
"""  # noqa: S608 - made of the constants above; values are parameters


@dataclass(slots=True)
class KeptRow:
    """How one row ended, as `patients.models.UploadRow` holds it."""

    position: int
    patient_id: UUID | None
    row: str
    column: str
    state: str
    reading: dict[str, Any]
    issues: list[dict[str, str]]
    original: str
    fact_kind: str
    fact_id: int | None


def kept_rows(rows: Sequence[Row]) -> list[KeptRow]:
    """Return rows as they are kept, in the file's order."""
    return [
        KeptRow(
            position=position,
            patient_id=row.patient_id,
            row=storable(row.reading.row, PLACE_LENGTH),
            column=storable(row.reading.column, PLACE_LENGTH),
            state=row.reading.state.value,
            reading=reporting.kept(row),
            issues=[reporting.described(issue) for issue in row.reading.issues],
            original=storable(row.reading.original),
            fact_kind=row.fact_kind if row.fact_id is not None else "",
            fact_id=row.fact_id,
        )
        for position, row in enumerate(rows)
    ]


def keep(upload_id: UUID, rows: Sequence[KeptRow]) -> None:
    """Write the rows of a file."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            some = orjson.dumps(rows[start : start + BATCH])
            cursor.execute(INSERT, [upload_id, some.decode()])
