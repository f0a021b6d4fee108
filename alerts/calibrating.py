"""What a clinic's own remissions say: the median of first ones, and whether a window of dates has proved right (B3).

Computed from the closed remissions between confirmed exacerbations of a team's patients, and kept as numbers of the team, so that
each change has its version, and what was judged before is judged again the same. A number that a person chose stays theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from alerts.choices import refusal
from alerts.recurrence import remissions
from alerts.remission_window import Calibration, calibrate
from alerts.rules.remissions_shortening import FIRST, HELD, TRIED
from patients import choosing, timeline
from patients.context import ALL, working_on
from patients.models import CareTeam, Patient, SettingChange

AT_ONCE: Final = 100
"""Patients whose histories are read together."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was found of one team: how many of its patients have a closed remission, what that says, and which numbers changed."""

    team_id: int
    patients: int
    clinic: Calibration
    changed: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as the command prints it."""
        return {
            "team": self.team_id,
            "patients": self.patients,
            "first_remission_days": self.clinic.first_median,
            "tried": self.clinic.intervals,
            "held": self.clinic.covered,
            "calibrated": self.clinic.holds,
            "changed": list(self.changed),
        }


def calibrate_all(*, at: datetime, write: bool = True) -> Iterator[Calibrated]:
    """Compute every team's numbers, and choose those that changed, as far as they are within their bounds."""
    for team in CareTeam.objects.order_by("pk"):
        with working_on(ALL):
            chains = list(_chains(team, at))
            clinic = calibrate(chains)
            changed = _changed(team, numbers(clinic))
            if write:
                for name, value in changed.items():
                    why = f"computed from closed remissions of {len(chains)} patients"
                    choosing.choose(team, name, value, by=None, at=at, reason=why)
        yield Calibrated(team.pk, len(chains), clinic, tuple(changed))


def numbers(clinic: Calibration) -> dict[str, float]:
    """Return the numbers of a team by name; 0 days where no first remission is known."""
    first = clinic.first_median
    return {
        FIRST.name: 0.0 if first is None else float(round(first)),
        TRIED.name: float(clinic.intervals),
        HELD.name: float(clinic.covered),
    }


def _chains(team: CareTeam, at: datetime) -> Iterator[list[float]]:
    """Yield the closed remissions of each patient who has one, in days, oldest first."""
    ids = list(Patient.objects.filter(team=team).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        yield from _of(ids[start : start + AT_ONCE], at)


def _of(ids: Sequence[UUID], at: datetime) -> Iterator[list[float]]:
    """Yield those of some patients."""
    for history in timeline.read_many(ids, at=at):
        closed = [float(one.days) for one in remissions(history) if not one.open and not one.proposed]
        if closed:
            yield closed


def _changed(team: CareTeam, found: Mapping[str, float]) -> dict[str, float]:
    """Return what is to be chosen anew: not what holds already, what a person chose, or what is out of bounds."""
    known = choosing.chosen(team)
    hold = {name: one.value for name, one in known.items() if one.value is not None}
    return {
        name: value
        for name, value in found.items()
        if _is_free(known.get(name)) and hold.get(name, 0.0) != value and not refusal(name, value, hold)
    }


def _is_free(change: SettingChange | None) -> bool:
    """Whether a number is still the computed one: nobody chose it."""
    return change is None or change.by_id is None
