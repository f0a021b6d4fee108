"""Whether who sent a file speaks for its results: members of a team that follows the patient do, patients and caregivers do not.

What nobody speaks for is judged at once and marked unconfirmed until a clinician verifies it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from patients.models import Membership, Patient, TeamAccess, User
from patients.understanding import Row


def marked(rows: Sequence[Row], *, by: User | None, at: datetime) -> list[Row]:
    """Return the rows of a file sent by somebody at a time, marked where they do not speak for the patient."""
    whose = {row.patient_id for row in rows if row.patient_id is not None}
    others = whose - vouched_for(whose, by=by, at=at)
    if not others:
        return list(rows)
    return [_unconfirmed(row) if row.patient_id in others else row for row in rows]


def vouched_for(patients: Collection[UUID], *, by: User | None, at: datetime) -> frozenset[UUID]:
    """Return for whom of these patients a person speaks; without a person it is the operator, who speaks for all."""
    if by is None:
        return frozenset(patients)
    if not patients:
        return frozenset()
    holds = Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))
    teams = list(Membership.objects.filter(holds, user=by).values_list("team_id", flat=True))
    if not teams:
        return frozenset()
    guests = TeamAccess.objects.filter(holds, team_id__in=teams, patient_id__in=patients).values("patient_id")
    mine = Patient.objects.filter(Q(team_id__in=teams) | Q(pk__in=guests), pk__in=patients)
    return frozenset(mine.values_list("pk", flat=True))


def _unconfirmed(row: Row) -> Row:
    """Return a row with its result marked; a finding of an event has no such mark."""
    return row if row.reading.event_kind else replace(row, reading=replace(row.reading, unconfirmed=True))
