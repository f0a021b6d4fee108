"""What is said to who acts on an alert that has changed since they saw it: what it is now, since when, and who did that."""

from collections.abc import Mapping
from typing import Final

from alerts.changes import ConflictError, Verb
from alerts.models import Alert
from monitor.templatetags.showing import moment
from patients.models import User

DID: Final[Mapping[str, str]] = {
    Verb.RAISED: "raised it",
    Verb.WORSENED: "found it worse",
    Verb.UPDATED: "found newer evidence",
    Verb.RETURNED: "raised it again",
    Verb.RECOVERED: "found it recovered",
    Verb.ACKNOWLEDGED: "acknowledged it",
    Verb.RESOLVED: "resolved it",
    Verb.SNOOZED: "snoozed it",
    Verb.WOKEN: "raised it at the end of its snooze",
    Verb.ASSIGNED: "assigned it",
    Verb.MUTED: "put it off, its rule being muted",
}
"""Each change as something that somebody did."""


def since(alert: Alert, error: ConflictError, *, by: User) -> str:
    """Say in a sentence or two why nothing was saved: what the newest change was, when, and by whom."""
    last = error.last
    if last is None:
        return "Not saved: this alert has changed."
    who = "the watch" if last.by is None else "you" if last.by_id == by.pk else str(last.by)
    if alert.state not in Alert.OPEN_STATES:
        return f"Not saved: it is {alert.state} since {moment(alert.closed_at or last.at)} ({who})."
    return f"Not saved: {who} {DID[last.verb]} on {moment(last.at)}."


def over(alert: Alert) -> str:
    """Say that an alert is closed, and since when."""
    return f"It is {alert.state} since {moment(alert.closed_at or alert.changed_at)}; only words can be added."
