"""What tests of the worklist share: who looks, what the watch knew of a patient, and the rows and names on a page."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from alerts.models import WatchState
from alerts.rules.rule import Evidence
from monitor.dashboard import Worklist, worklist
from monitor.filters import Acuity, Filters
from monitor.rows import Row
from patients.access import asker
from patients.models import Observation, Patient, User
from tests.factories import judged


def seen(user: User, **wanted: Any) -> Worklist:
    """Return the worklist of a person, narrowed as wanted."""
    who = asker(user, at=timezone.now())
    assert who is not None
    return worklist(who, Filters(**wanted))


def rows(listed: Worklist) -> list[Row]:
    """Return the rows of a page in order."""
    return [row for group in listed.groups for row in group.rows]


def names(listed: Worklist) -> list[str]:
    """Return the names on a page in order."""
    return [row.name for row in rows(listed)]


def groups(listed: Worklist) -> dict[Acuity, list[str]]:
    """Return the names of each group."""
    return {group.acuity: [row.name for row in group.rows] for group in listed.groups}


def heard(of: Patient, *, days_ago: float | None, every: float = 28, overdue: bool = False) -> WatchState:
    """Let the watch have judged a patient whose last hemoglobin is so many days old (None: there was none)."""
    state, now = judged(of), timezone.now()
    state.heard_at = None if days_ago is None else now - timedelta(days=days_ago)
    state.silent_from = now if state.heard_at is None else state.heard_at + timedelta(days=every)
    state.overdue_from = now - timedelta(days=1) if overdue else None
    state.save()
    return state


def resting_on(row: Observation) -> dict[str, Any]:
    """Return fields of a finding that rests on a hemoglobin result."""
    evidence = Evidence("result", "observation", row.pk, "HGB", row.effective_at, row.value, "g/L")
    return {"evidence": (evidence,), "numbers": {}}
