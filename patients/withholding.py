"""What became of a file for who may see the file, but no results: counts, states, places and issue codes, and nothing that is read.

A coordinator sends files and sees whether they came through; results are for who treats (docs/decisions/0004).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.functions import Cast

from patients.access import MATRIX, Asker
from patients.fact_shapes import JsonText
from patients.models import Upload

SHUT: Final = "What it is about is for those who may read results."
"""In place of a message, which may say a value."""
EMPTY_RESULT: Final = {
    "code": "", "value": None, "unit": "", "comparator": "", "canonical_value": None, "canonical_unit": "",
    "effective_at": None, "status": "",
}  # fmt: skip
EMPTY_ISSUE: Final = {"column": "", "message": SHUT, "original": ""}
_NOTHING: Final = Value("", output_field=TextField())
ROW: Final = JsonText(
    "position", "row", "state",
    patient=F("patient_id"),
    column=_NOTHING,
    reading=Cast(Value("{}", output_field=TextField()), JSONField()),
    issues=Func(
        Value(EMPTY_ISSUE, output_field=JSONField()),
        template="(SELECT coalesce(jsonb_agg(one || %(expressions)s), '[]') FROM jsonb_array_elements(issues) AS one)",
        output_field=JSONField(),
    ),
    original=_NOTHING,
    fact_kind=_NOTHING,
    fact_id=Value(None, output_field=TextField()),
)  # fmt: skip
"""As `patients.fact_shapes.ROW`, written by PostgreSQL."""


def may_read(who: Asker, upload: Upload) -> bool:
    """Return whether a person may read the results of a file: those of its patient, or of the patients of its team."""
    if upload.patient is not None:
        return who.may("observation", "read", upload.patient)
    role = None if upload.team_id is None or who.bound is not None else who.team_roles.get(upload.team_id)
    return role in MATRIX[("observation", "read")]


def report(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report of a file without what was read."""
    results = [{**one, **EMPTY_RESULT} for one in found["results"]]
    return {**found, "results": results, "issues": issues(found["issues"])}


def issues(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return issues by code and place."""
    return [{**one, **EMPTY_ISSUE} for one in found]
