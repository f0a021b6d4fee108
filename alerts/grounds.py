"""Whether what an alert rests on still stands: a result or an event that was taken back carries no alert."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from alerts.models import Alert
from patients.models import Event, Observation, Treatment

TABLES: Final[Mapping[str, Any]] = {"observation": Observation, "event": Event, "treatment": Treatment}


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
