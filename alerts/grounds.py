"""Whether what an alert rests on still stands: a result or an event that was taken back carries no alert.

A correction takes the row back that it stands for, so that both are asked for in one way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, Value

from alerts.changes import Basis
from alerts.models import Alert
from patients.models import Event, Observation, Treatment

TABLES: Final[Mapping[str, Any]] = {"observation": Observation, "event": Event, "treatment": Treatment}
LOOKED_BACK: Final = timedelta(days=365)
"""What closed longer ago is history: nobody acts on it any more (working value)."""


def taken_back(alerts: Iterable[Alert], *, revision: int) -> set[UUID]:
    """Return those of a patient's alerts of which a row of role `result` was retracted by this revision: a query a kind of fact."""
    resting: dict[str, dict[int, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for alert in alerts:
        for row in alert.finding.get("evidence", ()):
            if row["role"] == "result":
                resting[row["kind"]][row["id"]].add(alert.pk)
    found: set[UUID] = set()
    for kind, rows in resting.items():
        gone = TABLES[kind].objects.filter(pk__in=list(rows), retracted_revision__lte=revision)
        for identity in gone.values_list("pk", flat=True):
            found |= rows[identity]
    return found


def shaken(basis: Basis) -> list[Alert]:
    """Return the patient's alerts, open or closed within a year, whose ground changed since the patient was judged last.

    Of these any row of evidence was retracted in between: result, baseline or support. Those that had lost their ground are among
    them whatever is new, for they may fire again. Two queries where facts are new, none where none is.
    """
    if not 0 <= basis.since < basis.revision:
        return []
    gone = _retracted(basis)
    recent = Q(state__in=Alert.OPEN_STATES) | Q(closed_at__gt=basis.at - LOOKED_BACK)
    asked = Alert.objects.filter(recent, patient_id=basis.patient_id).order_by("pk")
    if not gone:
        return list(asked.filter(ground_lost_at__isnull=False))
    return [alert for alert in asked if alert.ground_lost_at is not None or gone & _rows(alert)]


def _retracted(basis: Basis) -> set[tuple[str, int]]:
    """Return kind and id of what was retracted since the patient was judged last: one query."""
    asked = [
        table.objects.filter(
            patient_id=basis.patient_id, retracted_revision__gt=basis.since, retracted_revision__lte=basis.revision
        ).values_list(Value(kind), "pk")
        for kind, table in TABLES.items()
    ]
    return set(asked[0].union(*asked[1:], all=True))


def _rows(alert: Alert) -> set[tuple[str, int]]:
    """Return kind and id of every row of evidence."""
    return {(row["kind"], row["id"]) for row in alert.finding.get("evidence", ())}
