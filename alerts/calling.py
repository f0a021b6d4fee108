"""Calls again, while nobody has taken an alert on, and asks its owner when it was taken on and forgotten.

What is due are the alerts themselves (`Alert.next_call_at`): nothing is written ahead, so that who is on duty, away or gone is
asked when the call is due. Each call is a step of the trail and rows of the outbox, in one transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from alerts import notifying, retelling
from alerts.alone import alone
from alerts.changes import Change, Verb
from alerts.models import Alert, Notification, Transition
from alerts.notifying import Item
from alerts.routing import Channel, Reason, Team
from alerts.routing_calls import Call, Waiting, call
from alerts.rules.rule import Severity
from patients.context import ALL, working_on
from patients.models import Patient

CALLED: Final = ("raised", "acknowledged")
"""States in which an alert is called about; of what sleeps nobody is reminded."""
NEWS: Final = (
    Reason.FIRST, Reason.WORSE, Reason.RETURNED, Reason.WOKEN, Reason.STORY, Reason.DIGEST, Reason.WEEKLY,
)  # fmt: skip
"""Why people heard of an alert when it was new."""
MOST: Final = 32_767
"""What the column counts to."""


@dataclass(slots=True)
class _News:
    """Who heard of an alert when it was last new, and whether of its bout any did by a mail of its own, or of what carries it."""

    at: datetime | None = None
    told: set[int] = field(default_factory=set)
    mailed: bool = False


def call_due(*, at: datetime, patients: Collection[UUID] | None = None) -> int:
    """Call about what is due, each patient in a transaction of their own; return about how many alerts. As the worker.

    `patients` narrows it. What somebody else holds at this moment is left to the next time; so is a patient with whom it fails,
    who stops nobody else.
    """
    called = 0
    for patient_id in _due(at, patients):
        with alone("calling_failed", patient_id=str(patient_id)):
            called += _call(patient_id, at)
    return called


def _due(at: datetime, patients: Collection[UUID] | None) -> tuple[UUID, ...]:
    """Return about whom somebody is to be called, the longest due first."""
    with working_on(ALL):
        due = Alert.objects.filter(state__in=CALLED, next_call_at__lte=at, patient__active=True)
        if patients is not None:
            due = due.filter(patient_id__in=patients)
        return tuple(dict.fromkeys(due.order_by("next_call_at", "pk").values_list("patient_id", flat=True)))


def _call(patient_id: UUID, at: datetime) -> int:
    """Call about the alerts of one patient, the most severe first, in one mail a person."""
    with working_on([patient_id]):
        due = Alert.objects.filter(patient_id=patient_id, state__in=CALLED, next_call_at__lte=at)
        held = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("-severity", "pk"))
        if not held:
            return 0
        patient = Patient.objects.select_related("team").get(pk=patient_id)
        team, news = notifying.team_of(patient, at=at), _news_of(held)
        items = [item for alert in held for item in _items(alert, news[alert.pk], team, at)]
        notifying.write(items, team_id=patient.team_id, at=at)
    return len({item.change.alert.pk for item in items})


def _items(alert: Alert, news: _News, team: Team, at: datetime) -> list[Item]:
    """Ask whom to tell of one alert; write the step, when to ask again, and that somebody hears of it."""
    answer = call(_waiting(alert, news), team, at=at)
    fields: dict[str, object] = {"next_call_at": answer.next_at}
    if answer.told:
        fields |= {"calls": min(alert.calls + 1, MOST), "silenced_reason": ""}
    Alert.objects.filter(pk=alert.pk).update(**fields)
    if not answer.told:
        return []
    step = _step(alert, answer, at)
    return [Item(Change(alert, Verb(step.verb), step, None), one) for one in answer.told]


def _waiting(alert: Alert, news: _News) -> Waiting:
    """Return an alert as routing sees it."""
    return Waiting(
        severity=Severity(alert.severity),
        state=alert.state,
        due_at=alert.next_call_at or alert.changed_at,
        calls=alert.calls,
        quiet=bool(news.told) and not news.mailed,
        told=frozenset(news.told),
        owner=alert.owner_id,
    )


def _step(alert: Alert, answer: Call, at: datetime) -> Transition:
    """Write that people were told again: it changes nothing of the alert, and nothing that somebody saw of it."""
    return Transition.objects.create(
        alert=alert, patient_id=alert.patient_id, at=at, verb=Verb.ESCALATED if answer.further else Verb.REMINDED,
        before=alert.state, after=alert.state, detail={"level": answer.level} if answer.level else {},
    )  # fmt: skip


def _news_of(alerts: Collection[Alert]) -> Mapping[UUID, _News]:
    """Return, by alert, who heard of it when it was last new, and how of its bout: two queries for all."""
    found: defaultdict[UUID, _News] = defaultdict(_News)
    begun = retelling.begun(alerts)
    rows = Notification.objects.filter(alert__in=[one.pk for one in alerts], reason__in=NEWS).order_by(
        "created_at", "id"
    )
    for alert_id, created_at, person, channel, reason in rows.values_list(
        "alert_id", "created_at", "recipient_id", "channel", "reason"
    ):
        if found[alert_id].at != created_at:
            goes_on = alert_id in begun and created_at > begun[alert_id]
            found[alert_id] = _News(created_at, mailed=found[alert_id].mailed and goes_on)
        found[alert_id].told.add(person)
        found[alert_id].mailed |= channel == Channel.EMAIL or reason == Reason.STORY
    return found
