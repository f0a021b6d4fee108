"""Lateness and failure for tests of the health of the service: judgments, mails and rules, seen from one moment."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from alerts.models import Notification, RuleFailure, WatchState
from monitor.health import watch_state
from tests.factories import account, patient

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def due(days: float, **fields: Any) -> WatchState:
    """Let a patient's next judgment have been due so many days before now."""
    return WatchState.objects.create(patient=patient(), recheck_at=NOW - timedelta(days=days), **fields)


def kinds(**asked: bool) -> dict[str, tuple[int, datetime | None]]:
    """Return what is wrong, with how many it concerns and since when."""
    return {one.kind: (one.count, one.since) for one in watch_state(NOW, **asked).troubles}


def mail(minutes: float, **fields: Any) -> Notification:
    """Let a mail have been due so many minutes before now."""
    due_at = NOW - timedelta(minutes=minutes)
    usual = {"kind": "alert", "reason": "first", "created_at": due_at, "due_at": due_at}
    return Notification.objects.create(**{"recipient": account(), "dedup_key": str(uuid4()), **usual, **fields})


def failing(rule: str, **fields: Any) -> RuleFailure:
    """Let a rule have failed for a patient, for good unless told otherwise."""
    return RuleFailure.objects.create(
        **{"patient": patient(), "rule": rule, "error_type": "ValueError", "first_at": NOW, "last_at": NOW, **fields}
    )
