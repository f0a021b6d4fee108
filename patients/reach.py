"""Which patients a person may do one thing to, as a query: the matrix of `patients.access` for lists and searches."""

from django.db.models import Q, QuerySet

from patients.access import BOUND, MATRIX, Actor, Asker
from patients.models import Patient, TeamAccess


def patients_for(asker: Asker, resource: str, action: str) -> QuerySet[Patient]:
    """Return the patients for whom `asker.may(resource, action, patient)` holds. An unknown resource or action is a KeyError."""
    allowed = MATRIX[(resource, action)]
    if not asker.user.is_active or (asker.bound is not None and (resource, action) not in BOUND):
        return Patient.objects.none()
    teams = [team for team, actor in asker.team_roles.items() if actor in allowed]
    guests = TeamAccess.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=asker.at), team_id__in=teams, starts_at__lte=asker.at
    )
    # As in access: a guest team speaks only where the responsible team is none of the person's own.
    reached = Q(team_id__in=teams) | (Q(pk__in=guests.values("patient_id")) & ~Q(team_id__in=list(asker.team_roles)))
    if Actor.CAREGIVER in allowed:
        reached |= Q(pk__in=list(asker.cared_for))
    if Actor.PATIENT in allowed:
        reached |= Q(user_id=asker.user.pk)
    found = Patient.objects.filter(reached)
    return found if asker.bound is None else found.filter(pk=asker.bound)
