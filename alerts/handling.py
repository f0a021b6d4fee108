"""What people do with an alert: take it on, put it off, hand it over, close it, say something about it.

Each is a conditional update and a transition with who, when, why, before and after. Of two at once one wins; the other is told
who it was (`ConflictError`). `seen` is the alert's `changed_at` as the person saw it: what was decided on older evidence, or
beside somebody else, is then refused instead of done.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from alerts.changes import WORDS_ONLY, ConflictError, ResolveReason, Verb, handed
from alerts.models import Alert, Transition
from alerts.routing_calls import first_call
from alerts.rules.rule import Severity
from patients.access import who_may
from patients.models import Patient, User

LONGEST_SNOOZE: Final = timedelta(days=14)
"""An alert that sleeps longer is forgotten: every due blood count of an active phase comes sooner (working value)."""
LONGEST_SNOOZE_HIGH: Final = timedelta(hours=24)
"""A high alert asks for a physician today: it returns within a day, to whoever is on duty then (working value)."""
REASON_LENGTH: Final = 300
"""Characters that a reason or a comment may have (column of alerts.models.Transition)."""
TRIES: Final = 3
Fields = Mapping[str, Any]


def acknowledge(
    alert_id: UUID, *, by: User, at: datetime, reason: str = "", seen: datetime | None = None
) -> Transition:
    """Take an alert on: it stays open, with an owner, and nobody further is called; a snooze ends. ConflictError otherwise."""

    def taken(alert: Alert) -> Fields | None:
        if alert.state not in ("raised", "snoozed"):
            return None
        return {"state": "acknowledged", "owner_id": by.pk, "snoozed_until": None}

    return _changed(alert_id, Verb.ACKNOWLEDGED, taken, by=by, at=at, reason=reason, seen=seen)


def resolve(
    alert_id: UUID, *, by: User, at: datetime, reason: ResolveReason, note: str = "", seen: datetime | None = None
) -> Transition:
    """Close an open alert for a stated reason. ConflictError where it is over already."""

    def closed(alert: Alert) -> Fields | None:
        if alert.state not in Alert.OPEN_STATES:
            return None
        return {"state": "resolved", "closed_at": at, "snoozed_until": None}

    why, detail = ResolveReason(reason).value, {"note": note} if note else {}
    return _changed(alert_id, Verb.RESOLVED, closed, by=by, at=at, reason=why, detail=detail, seen=seen)


def snooze(
    alert_id: UUID, *, by: User, at: datetime, until: datetime, reason: str, seen: datetime | None = None
) -> Transition:
    """Put an open alert off until a time, or until it is worse: it gets an owner, and leaves the lists of who needs someone.

    ValueError without a reason, and for a time that is past or too far ahead (`longest_snooze`). ConflictError where it sleeps.
    """
    why = _said(reason)

    def put_off(alert: Alert) -> Fields | None:
        if alert.state not in Alert.OPEN_STATES or is_asleep(alert, at):
            return None
        if not at < until <= at + longest_snooze(alert):
            raise ValueError(f"{_kind(alert)} sleeps at most {longest_words(alert)}, and not until a time that is past")
        return {"state": "snoozed", "snoozed_until": until, "owner_id": by.pk}

    detail = {"until": until.isoformat()}
    return _changed(alert_id, Verb.SNOOZED, put_off, by=by, at=at, reason=why, detail=detail, seen=seen)


def assign(
    alert_id: UUID, *, by: User, at: datetime, to: User, reason: str = "", seen: datetime | None = None
) -> Transition:
    """Hand an open alert to a colleague of the responsible team; raised, it counts as acknowledged from then on.

    A high one that somebody else is given does not: it stays as it is, and its chain runs, until that person acknowledges; they are
    told by `alerts.assigning`. ValueError for somebody who may not act on it. ConflictError where it is over, or is theirs already.
    """
    patient = Patient.objects.only("team_id").get(alerts=alert_id)
    if not assignees(patient, at=at).filter(pk=to.pk).exists():
        raise ValueError("an alert is assigned to an active member of the patient's team who may act on it")

    def handed_over(alert: Alert) -> Fields | None:
        if alert.state not in Alert.OPEN_STATES or (alert.owner_id == to.pk and alert.state != "raised"):
            return None
        waits = alert.severity == Severity.HIGH and to.pk != by.pk
        if waits or is_asleep(alert, at):
            return {"state": alert.state, "owner_id": to.pk}
        return {"state": "acknowledged", "owner_id": to.pk, "snoozed_until": None}

    detail = {"to": to.pk}
    step = _changed(alert_id, Verb.ASSIGNED, handed_over, by=by, at=at, reason=reason.strip(), detail=detail, seen=seen)
    hint = partial(handed.send_robust, sender=None, patient_ids=(step.patient_id,))
    transaction.on_commit(hint, robust=True)
    return step


def comment(alert_id: UUID, *, by: User, at: datetime, text: str) -> Transition:
    """Say something about an alert, be it open or over; it stays as it is. ValueError for nothing."""
    return _noted(alert_id, Verb.COMMENTED, by=by, at=at, reason=_said(text))


def feedback(alert_id: UUID, *, by: User, at: datetime, useful: bool, because: str = "") -> Transition:
    """Say whether an alert was useful, for the review of rules; it stays as it is. ValueError for a no without a reason."""
    why = because.strip() if useful else _said(because)
    return _noted(alert_id, Verb.RATED, by=by, at=at, reason=why, detail={"useful": useful})


def assignees(patient: Patient, *, at: datetime) -> QuerySet[User]:
    """Return to whom alerts of a patient may be assigned, by name."""
    return who_may("alert", "acknowledge", team_id=patient.team_id, at=at).order_by("last_name", "first_name", "pk")


def longest_snooze(alert: Alert) -> timedelta:
    """Return how long an alert may be put off: by the highest severity it had."""
    return LONGEST_SNOOZE_HIGH if alert.severity == Severity.HIGH else LONGEST_SNOOZE


def longest_words(alert: Alert) -> str:
    """Return the longest snooze of an alert in words: 24 hours, 14 days."""
    longest = longest_snooze(alert)
    return f"{longest.days} days" if longest.days > 1 else f"{longest // timedelta(hours=1)} hours"


def is_asleep(alert: Alert, at: datetime) -> bool:
    """Return whether an alert is snoozed and its time is not over."""
    return alert.state == "snoozed" and alert.snoozed_until is not None and alert.snoozed_until > at


def _kind(alert: Alert) -> str:
    """Return what an alert is called where the longest snooze is said."""
    return "a high alert" if alert.severity == Severity.HIGH else "an alert"


def _said(text: str) -> str:
    """Return what somebody wrote; ValueError for nothing."""
    words = text.strip()
    if not words:
        raise ValueError("say why in a few words")
    return words


def _changed(
    alert_id: UUID,
    verb: Verb,
    change: Callable[[Alert], Fields | None],
    *,
    by: User,
    at: datetime,
    reason: str,
    detail: Mapping[str, Any] | None = None,
    seen: datetime | None = None,
) -> Transition:
    """Change an alert as a person if `change` allows it as it stands (None: it does not); else say who made it so."""
    with transaction.atomic():
        for _ in range(TRIES):
            alert = Alert.objects.get(pk=alert_id)
            fields = change(alert)
            if fields is None or (seen is not None and alert.changed_at != seen):
                break
            same = Alert.objects.filter(pk=alert_id, state=alert.state, changed_at=alert.changed_at)
            if same.update(**fields, **_calls(alert, fields["state"], at), changed_at=at):
                return _log(alert, verb, str(fields["state"]), by=by, at=at, reason=reason, detail=detail)
        raise ConflictError(_last_change(alert_id))


def _calls(alert: Alert, state: str, at: datetime) -> Fields:
    """Return when somebody is told again of an alert that a person brought into a state; what stays raised calls on as it did."""
    return {} if state == "raised" else {"next_call_at": first_call(Severity(alert.severity), state, at), "calls": 0}


def _noted(
    alert_id: UUID, verb: Verb, *, by: User, at: datetime, reason: str, detail: Mapping[str, Any] | None = None
) -> Transition:
    """Write a transition that changes nothing; the row is held, so that its state is that of this moment."""
    with transaction.atomic():
        alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
        return _log(alert, verb, alert.state, by=by, at=at, reason=reason, detail=detail)


def _log(
    alert: Alert, verb: Verb, after: str, *, by: User, at: datetime, reason: str, detail: Mapping[str, Any] | None
) -> Transition:
    """Write the transition of a person; `alert` is as it was before."""
    return Transition.objects.create(
        alert=alert,
        patient_id=alert.patient_id,
        at=at,
        by=by,
        verb=verb,
        before=alert.state,
        after=after,
        reason=reason,
        detail=dict(detail or {}),
    )


def _last_change(alert_id: UUID) -> Transition | None:
    """Return the transition that left an alert as it is."""
    changes = Transition.objects.select_related("by").filter(alert_id=alert_id).exclude(verb__in=WORDS_ONLY)
    return changes.order_by("-id").first()
