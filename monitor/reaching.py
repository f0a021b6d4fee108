"""Whose alerts a person may read, as ids that PostgreSQL plans lists of well."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from patients.access import MATRIX, Asker
from patients.models import TeamAccess


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose alerts a person may read: patients of their teams, and guests by id. `only` are those that a filter has found before.

    Ids, not conditions, wherever they are few: PostgreSQL plans lists of them well.
    """

    asker: Asker
    teams: tuple[int, ...]
    guests: tuple[UUID, ...]
    only: tuple[UUID, ...] | None = None
    text: str = ""

    @property
    def at(self) -> datetime:
        """When it is asked."""
        return self.asker.at

    def patients(self, prefix: str = "") -> Q:
        """Return the condition for patients, or for rows that lead to one by `prefix`."""
        seen = Q(**{f"{prefix}team_id__in": self.teams})
        if self.guests:
            seen |= Q(**{f"{prefix}pk__in": self.guests})
        if self.only is not None:
            seen &= Q(**{f"{prefix}pk__in": self.only})
        return seen & Q(**{f"{prefix}active": True})


def reach(asker: Asker) -> Reach:
    """Return whose alerts a person may read; the same patients as `patients.reach` has."""
    allowed = MATRIX[("alert", "read")]
    open_to = asker.user.is_active and asker.bound is None
    teams = tuple(team for team, actor in asker.team_roles.items() if actor in allowed) if open_to else ()
    holds = Q(ends_at=None) | Q(ends_at__gt=asker.at)
    guests = TeamAccess.objects.filter(holds, team_id__in=teams, starts_at__lte=asker.at)
    ids = guests.exclude(patient__team_id__in=list(asker.team_roles)).values_list("patient_id", flat=True)
    return Reach(asker, teams, tuple(sorted(set(ids))))
