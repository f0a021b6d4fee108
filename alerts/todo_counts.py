"""How many to-dos a team had at the hour of its digest: those that are due, and those that are overdue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from alerts.alone import alone
from alerts.todos import todos
from patients import timeline
from patients.context import ALL, working_on
from patients.history import History
from patients.models import Patient, UploadRow

REMEMBERED: Final = 1024
"""Teams and mornings that this process does not count again."""


@dataclass(frozen=True, slots=True)
class Todos:
    """So many are due, so many more are overdue."""

    due: int = 0
    overdue: int = 0


NONE: Final = Todos()


def followed() -> QuerySet[Patient]:
    """Return the patients of whom something is known or waits, as whom alone something can be due."""
    waits = UploadRow.objects.filter(state="held", patient_id__isnull=False).values("patient_id")
    return Patient.objects.filter(Q(revision__gt=0) | Q(pk__in=waits), active=True)


@lru_cache(maxsize=REMEMBERED)
def counted(team_id: int, moment: datetime) -> Todos:
    """Return the to-dos of a team's patients as of an hour, by what is known when it is first asked: a morning is counted once.

    A patient of whom they cannot be told counts as none.
    """
    with working_on(ALL):
        ids = list(followed().filter(team_id=team_id).values_list("pk", flat=True))
        held = dict(
            UploadRow.objects.filter(patient_id__in=ids, state="held")
            .values_list("patient_id")
            .annotate(count=Count("pk"))
        )
        late = [overdue for one in timeline.read_many(ids, at=moment) for overdue in _of(one, held, moment)]
    return Todos(due=late.count(False), overdue=late.count(True))


def _of(history: History, held: dict[UUID, int], moment: datetime) -> Iterator[bool]:
    """Yield of each to-do of a patient whether it is overdue."""
    late: list[bool] = []
    with alone("todos_failed", patient_id=str(history.patient.id)):
        late = [one.overdue for one in todos(history, at=moment, held_rows=held.get(history.patient.id, 0))]
    yield from late
