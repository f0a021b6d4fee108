"""What of a patient the watch failed to judge, as the patient's page says it: a failure is seen where it matters."""

from dataclasses import dataclass
from datetime import datetime

from alerts import rules
from alerts.claiming import ATTEMPTS
from alerts.models import RuleFailure, WatchState
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Failed:
    """A rule that raised for the patient: what it is called, the type of the error, since when, and whether it is tried again."""

    title: str
    error_type: str
    since: datetime
    given_up: bool


@dataclass(frozen=True, slots=True)
class Unjudged:
    """When judging the whole patient was given up (None: it was not), and which rules failed."""

    given_up_at: datetime | None = None
    rules: tuple[Failed, ...] = ()
    attempts: int = ATTEMPTS


def unjudged(state: WatchState | None, patient: Patient) -> Unjudged:
    """Return what was not judged of a patient, by one query."""
    titles = {rule.name: rule.title for rule in rules.RULES}
    rows = RuleFailure.objects.filter(patient=patient).order_by("first_at", "rule")
    failed = tuple(
        Failed(titles.get(row.rule, row.rule), row.error_type, row.first_at, row.retry_at is None) for row in rows
    )
    return Unjudged(state.failed_at if state else None, failed)
