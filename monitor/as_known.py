""" "As known on …": a past moment that a page is asked for, and every alert as it stood then, from its transitions."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from alerts.changes import WORDS_ONLY, Verb
from alerts.models import Alert, Transition
from alerts.rules.rule import Severity
from patients.models import User

FIRST_YEAR: Final = 1900
TAKEN: Final = (Verb.ACKNOWLEDGED, Verb.SNOOZED, Verb.ASSIGNED)
"""Steps after which somebody has an alert."""
WRITTEN: Final = "%Y-%m-%dT%H:%M"
"""As browsers send a local date and time, in the reader's zone."""


@dataclass(frozen=True, slots=True)
class Past:
    """A past moment as a page is asked for it, and its neighbors a day before and after; "" where that is not past."""

    at: datetime
    text: str
    day_before: str
    day_after: str


def asked_for(text: str, *, now: datetime) -> Past | None:
    """Return the past moment that a text names, in the reader's zone unless it says another; None for the present, or no moment."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR < named.year < now.year + 1:
        return None
    at = (timezone.make_aware(named) if timezone.is_naive(named) else named).astimezone(UTC)
    if at >= now:
        return None
    return Past(at, written(at), _beside(at, -1, now), _beside(at, 1, now))


def written(at: datetime) -> str:
    """Return a moment as an address names it: to the minute, in the reader's zone."""
    return timezone.localtime(at).strftime(WRITTEN)


def _beside(at: datetime, days: int, now: datetime) -> str:
    """Return the same time of another day, as its clocks show it."""
    local = timezone.localtime(at).replace(tzinfo=None) + timedelta(days=days)
    return local.strftime(WRITTEN) if timezone.make_aware(local) < now else ""


def stood(alert: Alert, steps: Sequence[Transition], people: Mapping[int, User]) -> Alert:
    """Return an alert as it stood after these steps, its first ones; it is not to be saved.

    Severity and level are the highest that it had had, the finding and who has it those of then. `people` are those whom
    the steps name.
    """
    then = copy(alert)
    findings = [step.detail["finding"] for step in steps if isinstance(step.detail, dict) and "finding" in step.detail]
    if findings:
        then.finding = findings[-1]
        then.severity, then.level = max(_grade(finding) for finding in findings)
    changes = [step for step in steps if step.verb not in WORDS_ONLY]
    last = changes[-1] if changes else None
    then.state = last.after if last is not None else alert.state
    over = then.state not in Alert.OPEN_STATES
    then.closed_at = last.at if over and last is not None else None
    then.changed_at = last.at if last is not None else alert.raised_at
    ends = [step.detail["until"] for step in steps if step.verb in (Verb.SNOOZED, Verb.MUTED)]
    then.snoozed_until = datetime.fromisoformat(ends[-1]) if then.state == "snoozed" else None
    taken = [step for step in steps if step.verb in TAKEN]
    then.owner = _taker(taken[-1], people) if taken else None
    return then


def _taker(step: Transition, people: Mapping[int, User]) -> User | None:
    """Return who has an alert after somebody took it on, or was given it."""
    return people.get(step.detail["to"]) if step.verb == Verb.ASSIGNED else step.by


def _grade(finding: dict[str, Any]) -> tuple[int, int]:
    """Return severity and level of a stored finding."""
    return int(Severity[finding["severity"].upper()]), int(finding.get("level", 0))
