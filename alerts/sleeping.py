"""Puts an alert to sleep as its rule is muted, and raises it again: the two steps that several parts of the watch take."""

from datetime import datetime
from typing import Any, Final

from alerts.changes import Change, Verb
from alerts.models import Alert, Mute, Transition
from alerts.rules.findings import from_json

MUTED: Final = "muted"
"""Why nobody is told of an alert: its rule is muted."""


def put_off(alert: Alert, mute: Mute, *, at: datetime) -> Transition | None:
    """Snooze an open alert until its mute ends, in the name of who muted; None where it was changed meanwhile.

    Who has it keeps it. Nobody is called about what sleeps.
    """
    uncalled = {"silenced_reason": MUTED, "next_call_at": None, "calls": 0}
    fields = {"state": "snoozed", "snoozed_until": mute.until, **uncalled}
    return _stepped(alert, fields, mute, at=at, reason=mute.reason, detail={"until": mute.until.isoformat()})


def cut_short(alert: Alert, mute: Mute, *, by_id: int | None, at: datetime) -> Transition | None:
    """Let an alert return now whose mute was ended: the sweep wakes it and tells of it. None where it was changed meanwhile."""
    detail = {"until": at.isoformat(), "ended": True}
    return _stepped(alert, {"snoozed_until": at}, mute, at=at, reason="", detail=detail, by_id=by_id)


def woken(alert: Alert, *, at: datetime) -> Change:
    """Raise an alert whose row is held; its owner stays, and is asked again."""
    before, until = alert.state, alert.snoozed_until
    alert.state, alert.snoozed_until, alert.changed_at = "raised", None, at
    if alert.silenced_reason == MUTED:
        alert.silenced_reason = ""
    alert.save(update_fields=["state", "snoozed_until", "changed_at", "silenced_reason"])
    step = Transition.objects.create(
        alert=alert, patient_id=alert.patient_id, at=at, verb=Verb.WOKEN, before=before, after=alert.state,
        detail={"until": until.isoformat() if until else ""},
    )  # fmt: skip
    return Change(alert, Verb.WOKEN, step, from_json(alert.finding))


def _stepped(
    alert: Alert,
    fields: dict[str, Any],
    mute: Mute,
    *,
    at: datetime,
    reason: str,
    detail: dict[str, Any],
    by_id: int | None = None,
) -> Transition | None:
    """Update an alert that is as it was read, and only then write the step."""
    before = alert.state
    fields = {**fields, "changed_at": at}
    if Alert.objects.filter(pk=alert.pk, state=before, changed_at=alert.changed_at).update(**fields) != 1:
        return None
    for name, value in fields.items():
        setattr(alert, name, value)
    return Transition.objects.create(
        alert=alert,
        patient_id=alert.patient_id,
        at=at,
        by_id=by_id or mute.by_id,
        verb=Verb.MUTED,
        before=before,
        after=alert.state,
        reason=reason,
        detail={**detail, "mute": mute.pk},
    )
