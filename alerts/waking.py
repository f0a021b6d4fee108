"""Raises again whose snooze is over, and tells of it as of any news: of what sleeps nobody is reminded.

No fact needs to be new, and no rule is asked: what is due are the snoozed alerts themselves.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from alerts import notifying
from alerts.alone import alone
from alerts.models import Alert
from alerts.sleeping import woken
from patients.context import ALL, working_on


def wake(*, at: datetime, patients: Collection[UUID] | None = None) -> int:
    """Wake what slept long enough, each patient in a transaction of their own; return how many alerts. As the worker.

    `patients` narrows it. What somebody else holds at this moment is left to the next time; so is a patient with whom it fails,
    who stops nobody else.
    """
    count = 0
    for patient_id in _due(at, patients):
        with alone("waking_failed", patient_id=str(patient_id)):
            count += _wake(patient_id, at)
    return count


def _due(at: datetime, patients: Collection[UUID] | None) -> tuple[UUID, ...]:
    """Return whose snooze is over, the longest first."""
    with working_on(ALL):
        due = Alert.objects.filter(state="snoozed", snoozed_until__lte=at, patient__active=True)
        if patients is not None:
            due = due.filter(patient_id__in=patients)
        return tuple(dict.fromkeys(due.order_by("snoozed_until", "pk").values_list("patient_id", flat=True)))


def _wake(patient_id: UUID, at: datetime) -> int:
    """Wake the alerts of one patient, and write who is told."""
    with working_on([patient_id]):
        asleep = Alert.objects.filter(patient_id=patient_id, state="snoozed", snoozed_until__lte=at)
        changes = [woken(alert, at=at) for alert in asleep.select_for_update(skip_locked=True).order_by("pk")]
        notifying.tell(changes, patient_id=patient_id, at=at, first_look=False)
    return len(changes)
