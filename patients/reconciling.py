"""What becomes of new results beside what is known: new, the same again, a correction, or a contradiction for a person. Pure.

Same key and value: duplicate. Same key, another value, correcting status: correction. Same key, another value, no such status:
held. The same value within half an hour under another key: held (clinical specification, B0).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from patients.facts import NewObservation, Outcome
from patients.readings import RowState

NEAR: Final = timedelta(minutes=30)
CORRECTING: Final = frozenset({"corrected", "amended", "entered-in-error", "cancelled"})
PROVISIONAL: Final = frozenset({"registered", "preliminary", "unknown"})
SETTLED: Final = frozenset({"final", "corrected", "amended"})

Key = tuple[UUID, str, datetime, str, str]
Says = tuple[float | None, str, str, str]


@dataclass(slots=True)
class Known:
    """A current result: its row, or (`index`) its place among the results being recorded; `step` as in `Accepted`."""

    says: Says
    status: str
    id: int | None = None
    index: int | None = None
    step: int = -1


@dataclass(slots=True)
class Accepted:
    """A result to insert. `step` orders a correction after what it corrects where both come in one batch.

    `ended_by` is the place of the result that corrects it in the same batch.
    """

    index: int
    step: int = 0
    ended_by: int | None = None


@dataclass(slots=True)
class Decision:
    """One outcome a result; which to insert; which rows to retract, each by the result at a place."""

    outcomes: list[Outcome]
    accepted: dict[int, Accepted] = field(default_factory=dict)
    retracted: dict[int, int] = field(default_factory=dict)


def decide(
    facts: Sequence[NewObservation],
    known: Mapping[Key, Known],
    *,
    near: Collection[int] = (),
    past: Collection[tuple[Key, Says]] = (),
) -> Decision:
    """Return what becomes of each result, in order.

    `known` are the current rows by key, `near` the places of results whose value is known within half an hour under another
    key, `past` what retracted rows said, by key.
    """
    current, recent = dict(known), _Recent()
    decision = Decision([])
    for index, fact in enumerate(facts):
        decision.outcomes.append(_one(index, fact, current, recent, decision, near=near, past=past))
    return decision


def _one(
    index: int,
    fact: NewObservation,
    current: dict[Key, Known],
    recent: "_Recent",
    decision: Decision,
    *,
    near: Collection[int],
    past: Collection[tuple[Key, Says]],
) -> Outcome:
    """Decide one result and remember it for those that follow."""
    if fact.retracted_at is not None:
        return _one_of_the_past(index, fact, decision, past)
    there = current.get(fact.key)
    if there is None:
        if fact.recorded_at is None and (index in near or recent.has(fact)):
            return Outcome(RowState.HELD, "observation", None, "near_duplicate")
        step = 0
    elif there.says == fact.says and _same_standing(there.status, fact.status):
        return Outcome(RowState.DUPLICATE, "observation", there.id)
    elif _corrects(fact, there):
        step = there.step + 1
        if there.index is not None:
            decision.accepted[there.index].ended_by = index
        elif there.id is not None:
            decision.retracted[there.id] = index
            step = 0
    else:
        return Outcome(RowState.HELD, "observation", there.id, "contradicts")
    current[fact.key] = Known(fact.says, fact.status, index=index, step=step)
    recent.add(fact)
    decision.accepted[index] = Accepted(index, step)
    return Outcome(RowState.ACCEPTED, "observation", corrected=there is not None)


def _one_of_the_past(
    index: int, fact: NewObservation, decision: Decision, past: Collection[tuple[Key, Says]]
) -> Outcome:
    """Decide a result that was retracted already where it comes from: it never meets the current ones."""
    if (fact.key, fact.says) in past:
        return Outcome(RowState.DUPLICATE, "observation")
    decision.accepted[index] = Accepted(index)
    return Outcome(RowState.ACCEPTED, "observation")


def _same_standing(one: str, other: str) -> bool:
    """Whether two statuses differ in nothing that a rule sees."""
    return one == other or {one, other} <= SETTLED


def _corrects(fact: NewObservation, there: Known) -> bool:
    """Whether a result replaces what is known: it says so, or what is known was provisional and this is not."""
    return fact.status in CORRECTING or (there.status in PROVISIONAL and fact.status not in PROVISIONAL)


class _Recent:
    """Values accepted so far in this batch, so that two files and one file with the same rows come out alike."""

    def __init__(self) -> None:
        self.times: dict[tuple[UUID, str, float], list[datetime]] = defaultdict(list)

    def has(self, fact: NewObservation) -> bool:
        """Whether the value was accepted within half an hour under another key."""
        if fact.value is None:
            return False
        times = self.times.get((fact.patient_id, fact.code, fact.value), ())
        return any(abs(time - fact.effective_at) <= NEAR for time in times)

    def add(self, fact: NewObservation) -> None:
        """Remember an accepted value."""
        if fact.value is not None:
            self.times[(fact.patient_id, fact.code, fact.value)].append(fact.effective_at)
