"""Who did what with a patient's record: recorded, corrected, saw. Newest first, a page at a time, at a cost that does not grow."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from patients.facts import FactKind
from patients.models import Event, Observation, Treatment, User
from patients.recording import MODELS

PAGE: Final = 50
KINDS: Final[tuple[FactKind, ...]] = ("observation", "event", "treatment")
SHOWN: Final = 5
"""Facts that an entry names of each kind; all are counted."""


class Deed(StrEnum):
    """What was done: a revision that takes nothing back recorded, one that takes something back corrected."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    SAW = "saw"


# Of each source no more rows are read than are shown up to this page: there may be years of looks. Results that hold and those
# that do not are asked for apart, since each have an index of their own.
ENTRIES: Final = """
WITH facts AS (
  SELECT recorded_revision, retracted_revision FROM patients_observation
    WHERE patient_id = %(patient)s AND retracted_revision IS NULL
  UNION ALL SELECT recorded_revision, retracted_revision FROM patients_observation
    WHERE patient_id = %(patient)s AND retracted_revision IS NOT NULL
  UNION ALL SELECT recorded_revision, retracted_revision FROM patients_event WHERE patient_id = %(patient)s
  UNION ALL SELECT recorded_revision, retracted_revision FROM patients_treatment WHERE patient_id = %(patient)s
), changed AS (
  SELECT n, sum(made)::int AS made, sum(undone)::int AS undone FROM (
    SELECT recorded_revision AS n, 1 AS made, 0 AS undone FROM facts
    UNION ALL SELECT retracted_revision, 0, 1 FROM facts WHERE retracted_revision IS NOT NULL
  ) AS one GROUP BY n
)
(SELECT r.at, r.n::bigint AS number, r.by_id, CASE WHEN c.undone > 0 THEN 'corrected' ELSE 'recorded' END AS deed, r.why,
   coalesce(c.made, 0), coalesce(c.undone, 0)
 FROM patients_patientrevision r LEFT JOIN changed c ON c.n = r.n
 WHERE r.patient_id = %(patient)s
   AND (%(corrected)s AND c.undone > 0 OR %(recorded)s AND (coalesce(c.undone, 0) = 0 OR c.made > c.undone))
 ORDER BY r.at DESC, r.n DESC LIMIT %(upto)s)
UNION ALL
(SELECT s.at, s.id, s.user_id, 'saw', s.what, 0, 0 FROM patients_seen s
 WHERE s.patient_id = %(patient)s AND %(saw)s
 ORDER BY s.at DESC, s.id DESC LIMIT %(upto)s)
ORDER BY at DESC, deed, number DESC LIMIT %(most)s OFFSET %(before)s
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that an entry is about."""

    kind: FactKind
    row: Observation | Event | Treatment


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed: when, by whom ("" for the service itself), and how many facts it recorded and took back, some of them named.

    `why` is the reason of a revision, or what was seen (`patients.models.What`).
    """

    at: datetime
    by: str
    by_id: int | None
    deed: Deed
    why: str
    made: int = 0
    undone: int = 0
    recorded: tuple[Told, ...] = ()
    retracted: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Annals:
    """A page of entries; `more` says whether there are older ones."""

    entries: tuple[Entry, ...]
    page: int
    more: bool


def annals(patient_id: UUID, deeds: Collection[Deed], *, page: int = 1) -> Annals:
    """Return a page of what was done, the newest first, by at most eight queries."""
    before = PAGE * (page - 1)
    values: dict[str, UUID | int | bool] = {deed.value: deed in deeds for deed in Deed}
    values |= {"patient": patient_id, "upto": before + PAGE + 1, "most": PAGE + 1, "before": before}
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, values)
        rows = cursor.fetchall()
    shown = rows[:PAGE]
    people = User.objects.in_bulk({by for _, _, by, *_ in shown if by is not None})
    numbers = {number for _, number, _, deed, *_ in shown if deed != Deed.SAW}
    made, undone = _facts(patient_id, numbers, "recorded_revision"), _facts(patient_id, numbers, "retracted_revision")
    entries = [
        Entry(
            at=at,
            by=str(people[by]) if by in people else "",
            by_id=by,
            deed=Deed(deed),
            why=why,
            made=count,
            undone=back,
            recorded=tuple(made.get(number, ())) if deed != Deed.SAW else (),
            retracted=tuple(undone.get(number, ())) if deed != Deed.SAW else (),
        )
        for at, number, by, deed, why, count, back in shown
    ]
    return Annals(tuple(entries), page, more=len(rows) > PAGE)


def _facts(patient_id: UUID, numbers: Collection[int], column: str) -> Mapping[int, Sequence[Told]]:
    """Return by revision the first facts of each kind that it recorded, or took back."""
    found: dict[int, list[Told]] = defaultdict(list)
    for kind in KINDS if numbers else ():
        there = Q(patient_id=patient_id, retracted_revision=None) | Q(
            patient_id=patient_id, retracted_revision__isnull=False
        )
        rows: Any = MODELS[kind].objects.filter(there, **{f"{column}__in": sorted(numbers)})
        place = Window(RowNumber(), partition_by=F(column), order_by="pk")
        for row in rows.annotate(place=place).filter(place__lte=SHOWN).order_by("pk"):
            found[getattr(row, column)].append(Told(kind, row))
    return found
