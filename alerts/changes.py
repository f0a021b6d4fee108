"""What can happen to an alert, in words that are stored: verbs, reasons, what a verdict rests on, a change, a conflict."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.dispatch import Signal

from alerts.models import Alert, Transition
from alerts.rules.rule import Finding

handed = Signal()
"""An alert was given to a colleague: sent after commit with `patient_ids`; the sweep finds the step anyway."""


class Verb(StrEnum):
    """What a transition says."""

    RAISED = "raised"
    WORSENED = "worsened"
    UPDATED = "updated"
    RETURNED = "returned"
    RECOVERED = "recovered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    RATED = "rated"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    MUTED = "muted"
    GROUND_LOST = "ground_lost"


WORDS_ONLY: Final = (Verb.COMMENTED, Verb.RATED, Verb.ESCALATED, Verb.REMINDED, Verb.GROUND_LOST)
"""What is said about an alert, or who was told of it once more, and leaves it as it is."""


TAKING: Final = (Verb.ACKNOWLEDGED, Verb.SNOOZED, Verb.ASSIGNED)
"""Steps that say who has an alert."""


class ResolveReason(StrEnum):
    """Why a person closes an alert: asked each time, counted for the review of rules."""

    TREATED = "treated"
    EXPLAINED = "explained"
    DATA_ERROR = "data_error"
    NOT_USEFUL = "not_useful"
    OTHER = "other"


class ConflictError(Exception):
    """Somebody else changed the alert first, or it is not in a state for this; `last` is the transition that made it so."""

    def __init__(self, last: Transition | None) -> None:
        super().__init__("the alert has changed")
        self.last = last


@dataclass(frozen=True, slots=True)
class Basis:
    """What a verdict rests on: enough to judge again and get the same bytes. `since` is the revision judged before; -1: none."""

    patient_id: UUID
    revision: int
    ruleset: str
    settings_version: int
    at: datetime
    since: int = -1


@dataclass(frozen=True, slots=True)
class Change:
    """One alert that changed, its finding (None on recovery), and the transition that says how."""

    alert: Alert
    verb: Verb
    transition: Transition
    finding: Finding | None
