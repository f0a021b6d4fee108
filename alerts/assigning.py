"""Tells who was given an alert by a colleague, or who has it while they are away. The web writes no mail: what is due are
the assignments themselves.

A step is told once, and only while it is the last word on who has the alert: who took it on meanwhile knows of it. Why the
worker does it: docs/decisions/0012.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from alerts import notifying
from alerts.alone import alone
from alerts.changes import TAKING, Change, Verb
from alerts.models import Alert, Notification, Transition
from alerts.routing import Reason
from patients.context import ALL, working_on


def tell(*, at: datetime, patients: Collection[UUID] | None = None) -> int:
    """Write to whom alerts were given, each patient in a transaction of their own; return of how many alerts. As the worker.

    `patients` narrows it. A patient with whom it fails stops nobody else, and is tried again the next time.
    """
    told = 0
    for patient_id in _due(patients):
        with alone("assigning_failed", patient_id=str(patient_id)):
            told += _tell(patient_id, at)
    return told


def _due(patients: Collection[UUID] | None) -> tuple[UUID, ...]:
    """Return whose alerts were given to somebody who was not told."""
    owned = Alert.objects.filter(state__in=Alert.OPEN_STATES, owner__isnull=False, patient__active=True)
    with working_on(ALL):
        steps = _untold(owned if patients is None else owned.filter(patient_id__in=patients))
        return tuple(dict.fromkeys(steps.values_list("patient_id", flat=True)))


def _tell(patient_id: UUID, at: datetime) -> int:
    """Tell the steps of one patient, person by person. Its alerts are held first, so that of two workers one sees what is told."""
    with working_on([patient_id]):
        owned = Alert.objects.filter(patient_id=patient_id, state__in=Alert.OPEN_STATES, owner__isnull=False)
        held = list(owned.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        steps = list(_untold(Alert.objects.filter(pk__in=held)).select_related("alert"))
        for owner in dict.fromkeys(step.alert.owner_id for step in steps):
            changes = [Change(one.alert, Verb.ASSIGNED, one, None) for one in steps if one.alert.owner_id == owner]
            notifying.tell(changes, patient_id=patient_id, at=at, first_look=False)
    return len(steps)


def _untold(alerts: QuerySet[Alert]) -> QuerySet[Transition]:
    """Return the steps that gave these alerts to who has them, by somebody else, and of which nobody was told."""
    taking = Transition.objects.filter(alert=OuterRef("pk"), verb__in=TAKING).order_by("-id")
    last = alerts.annotate(step=Subquery(taking.values("pk")[:1])).values("step")
    step = Concat(Value("transition:"), Cast(OuterRef("pk"), CharField()), Value(":"))  # as `notifying` begins the key
    told = Notification.objects.filter(alert=OuterRef("alert"), reason=Reason.ASSIGNED, dedup_key__startswith=step)
    given = Transition.objects.filter(~Exists(told), pk__in=last, verb=Verb.ASSIGNED)
    return given.exclude(by=F("alert__owner")).order_by("id")
