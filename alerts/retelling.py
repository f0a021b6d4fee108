"""What of a patient's stories was told already, as it stands in the outbox: the ground of `alerts.routing_stories`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max

from alerts.changes import Change, Verb
from alerts.models import Alert, Notification, Transition
from alerts.parts import stories_of
from alerts.routing import CONDITIONAL, Channel, Reason
from alerts.routing_stories import Standing
from alerts.rules.rule import Severity

TELLING: Final = (Reason.FIRST, Reason.WORSE, Reason.RETURNED, Reason.WOKEN, *sorted(CONDITIONAL))
"""Why people hear of an alert that nobody has, by a mail of its own."""
BEGINS: Final = (Verb.RAISED, Verb.RETURNED, Verb.WOKEN)
"""With what a bout begins: what was told of an earlier one is not told of this."""
COMES: Final = frozenset({Verb.RAISED, Verb.RETURNED})
"""With what a part comes to a story."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are told together, the most severe first, and what of their story was open before."""

    changes: list[Change]
    others: tuple[Alert, ...] = ()

    @property
    def joins(self) -> bool:
        """Whether they only come to a story that is there."""
        return bool(self.others) and all(change.verb in COMES for change in self.changes)


def grouped(news: Iterable[Change], patient_id: UUID) -> tuple[Group, ...]:
    """Group changes by the card on which they stand, the most severe first; what is over by itself. One query."""
    open_ = tuple(Alert.objects.filter(patient_id=patient_id, state__in=Alert.OPEN_STATES))
    story = {part.id: one for one in stories_of(open_) for part in one.parts}
    groups: dict[UUID, list[Change]] = {}
    for change in sorted(news, key=lambda one: -one.alert.severity):
        card = story.get(change.alert.pk)
        groups.setdefault(change.alert.pk if card is None else card.id, []).append(change)
    found = []
    for changes in groups.values():
        here, card = {change.alert.pk for change in changes}, story.get(changes[0].alert.pk)
        parts = set() if card is None else {part.id for part in card.parts} - here
        found.append(Group(changes, tuple(one for one in open_ if one.pk in parts)))
    return tuple(found)


def begun(alerts: Collection[Alert]) -> Mapping[UUID, datetime]:
    """Return, by alert, when its bout began: what became worse since is the same bout. One query."""
    steps = Transition.objects.filter(alert__in=[one.pk for one in alerts], verb__in=BEGINS)
    return dict(steps.values("alert").annotate(last=Max("at")).values_list("alert", "last"))


def standing(alerts: Collection[Alert]) -> tuple[Standing, ...]:
    """Return those of some open alerts of which somebody was mailed since their bout began, or is about to be. Two queries."""
    since = begun(alerts)
    mailed = Notification.objects.filter(
        alert__in=list(since), channel=Channel.EMAIL, reason__in=TELLING, failed_at=None, dropped_at=None
    )
    told: defaultdict[UUID, list[tuple[int, datetime]]] = defaultdict(list)
    for alert, person, made, due in mailed.values_list("alert_id", "recipient_id", "created_at", "due_at"):
        if made >= since[alert]:
            told[alert].append((person, due))
    return tuple(
        Standing(
            severity=Severity(one.severity),
            state=one.state,
            mailed_at=max(due for _, due in told[one.pk]),
            next_call_at=one.next_call_at,
            calls=one.calls,
            told=frozenset(person for person, _ in told[one.pk]),
            owner=one.owner_id,
        )
        for one in alerts
        if one.pk in told
    )
