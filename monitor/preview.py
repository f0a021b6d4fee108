"""What another number would have done over the last twelve months: which alerts only now, which only then. Writes nothing."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from alerts import rules
from alerts.reliving import Lived
from alerts.rewinding import readers, rewind
from alerts.rules.rule import Rule, Severity
from patients import timeline
from patients.history import History
from patients.models import CareTeam, Patient, SettingChange

MONTHS: Final = 12
SPAN: Final = timedelta(days=365)
SECONDS: Final = 2.0
"""How long a page waits: patients who are not reached by then are said to be left out."""
SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """An alert that only one of the two numbers raises; `only` is "now" or "then"."""

    patient: Patient
    at: datetime
    title: str
    severity: Severity
    only: str


@dataclass(slots=True)
class Preview:
    """How many alerts there would have been by the number of now, and by the other; of how many patients out of all."""

    value: float
    now: int = 0
    then: int = 0
    judged: int = 0
    patients: int = 0
    watches: tuple[str, ...] = ()
    differences: list[Difference] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)

    @property
    def words(self) -> str:
        """Return both counts as a sentence."""
        if not self.watches:
            return "No watch reads this number: to-dos and figures follow it, alerts do not."
        noun = "alert" if self.then == 1 else "alerts"
        return f"{self.then} {noun} instead of {self.now} in the last {MONTHS} months"

    @property
    def partial(self) -> str:
        """Return of how many patients that is, where time did not suffice for all."""
        return f"of {self.judged} of {self.patients} patients" if self.judged < self.patients else ""

    @property
    def shown(self) -> list[Difference]:
        """The newest differences."""
        return sorted(self.differences, key=lambda one: one.at, reverse=True)[:SHOWN]

    @property
    def unshown(self) -> int:
        """How many are not shown."""
        return max(0, len(self.differences) - SHOWN)


def preview(
    scope: CareTeam | Patient,
    name: str,
    value: float,
    *,
    patients: Mapping[UUID, Patient],
    at: datetime,
    clock: Callable[[], float] = time.monotonic,
) -> Preview:
    """Return what a number would change for a team's patients or for one, up to the limit of time; the first is always judged.

    A patient's own number goes before the team's: whoever has one of this name would not notice.
    """
    asked = readers(rules.RULES, name)
    found = Preview(value, patients=len(patients), watches=tuple(rule.title for rule in asked))
    if not asked:
        return found
    own = _with_own_number(scope, name) if isinstance(scope, CareTeam) else frozenset[UUID]()
    until = clock() + SECONDS
    for history in timeline.read_many(list(patients), at=at):
        _add(found, history, asked, name, patients[history.patient.id], moves=history.patient.id not in own)
        if clock() > until:
            break
    return found


def _with_own_number(team: CareTeam, name: str) -> frozenset[UUID]:
    """Return the team's patients for whom a number of this name was chosen."""
    newest = SettingChange.objects.filter(patient__team=team, name=name).order_by("patient_id", "-pk")
    chosen = newest.distinct("patient_id").values_list("patient_id", "value")
    return frozenset(patient_id for patient_id, value in chosen if patient_id is not None and value is not None)


def _add(found: Preview, history: History, asked: Sequence[Rule], name: str, patient: Patient, *, moves: bool) -> None:
    """Judge one patient's year by both numbers, and keep what differs."""
    span = {"start": history.at - SPAN, "end": history.at}
    now = rewind(history, asked, history.settings, **span)
    then = rewind(history, asked, {**history.settings, name: found.value}, **span) if moves else now
    found.judged += 1
    found.now += len(now.raised)
    found.then += len(then.raised)
    titles = {rule.name: rule.title for rule in asked}
    found.failed |= {titles[name] for name in (*now.failed, *then.failed)}
    before, after = _keyed(now.raised), _keyed(then.raised)
    for only, mine, other in (("now", before, after), ("then", after, before)):
        found.differences += [
            Difference(patient, one.raised_at, titles[one.rule], one.severity, only)
            for key, one in mine.items()
            if key not in other
        ]


def _keyed(raised: Sequence[Lived]) -> dict[tuple[str, str, datetime, Severity], Lived]:
    """Return alerts by what makes them the same by either number: another day or severity is another alert."""
    return {(one.rule, one.subject, one.raised_at, one.severity): one for one in raised}
