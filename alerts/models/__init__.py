"""Alerts, the due rows of the watch, and the outbox. Columns and constraints only."""

from .alert import Alert, Mute, Transition
from .outbox import Delivery, MailChoice, Notification
from .watch import Heartbeat, Incident, RuleFailure, WatchState

__all__ = [
    "Alert",
    "Delivery",
    "Heartbeat",
    "Incident",
    "MailChoice",
    "Mute",
    "Notification",
    "RuleFailure",
    "Transition",
    "WatchState",
]
