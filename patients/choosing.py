"""Chooses numbers of the watches for a team or for one patient, and says who chose what. The only writer of setting changes.

Changes of all teams are written one after another, so that a higher version is never seen before a lower one: who has judged by
version 7 has seen all up to 7. A change moves its patients' `settings_version`, by which they are due.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from patients.models import CareTeam, Patient, SettingChange, User

ONE_AT_A_TIME: Final = 0x49504853
"""The key of the advisory lock under which changes are written."""


class StaleChoiceError(Exception):
    """Somebody else chose this number since the person saw it; `last` is their change."""

    def __init__(self, last: SettingChange | None) -> None:
        super().__init__("the number has changed")
        self.last = last


def choose(
    scope: CareTeam | Patient,
    name: str,
    value: float | None,
    *,
    by: User | None,
    at: datetime,
    reason: str,
    seen: int | None = None,
) -> SettingChange:
    """Choose a number for a team or a patient; None gives the choice up. Its patients are due from then on.

    `seen` is the version of the scope's own choice that the person saw (0: none). ValueError without a reason, StaleChoiceError
    where another change came first.
    """
    why = reason.strip()
    if not why:
        raise ValueError("say why in a few words")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        last = own_choices(scope).filter(name=name).order_by("-pk").first()
        if seen is not None and seen != (last.pk if last else 0):
            raise StaleChoiceError(last)
        change = SettingChange.objects.create(**_column(scope), name=name, value=value, by=by, at=at, reason=why)
        concerned = Patient.objects.filter(**{"pk" if isinstance(scope, Patient) else "team_id": scope.pk})
        ids = list(concerned.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        Patient.objects.filter(pk__in=ids).update(settings_version=change.pk)
    return change


def own_choices(scope: CareTeam | Patient) -> QuerySet[SettingChange]:
    """Return every change of a team, or of a patient alone."""
    return SettingChange.objects.filter(**_column(scope))


def chosen(scope: CareTeam | Patient) -> dict[str, SettingChange]:
    """Return the newest change of each name of a scope of its own, those given up among them."""
    return {change.name: change for change in own_choices(scope).select_related("by").order_by("pk")}


def version_at(patient: Patient, moment: datetime) -> int:
    """Return the newest version that concerned a patient at a moment, by the team of today; 0 where there was none."""
    mine = SettingChange.objects.filter(Q(patient_id=patient.pk) | Q(team_id=patient.team_id), at__lte=moment)
    return mine.order_by("-pk").values_list("pk", flat=True).first() or 0


def merged(rows: list[tuple[str, bool, float | None]]) -> Mapping[str, float]:
    """Return the numbers that hold of the newest changes by name: (name, whether of the patient alone, value)."""
    of_team = {name: value for name, own, value in rows if not own and value is not None}
    own = {name: value for name, alone, value in rows if alone and value is not None}
    return {**of_team, **own}


def _column(scope: CareTeam | Patient) -> dict[str, UUID | int]:
    """Return the column that names a scope."""
    return {"patient_id": scope.pk} if isinstance(scope, Patient) else {"team_id": scope.pk}
