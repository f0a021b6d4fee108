"""What becomes of new results beside what is known: new, the same again, a correction, or a contradiction for a person. Pure.

Same key and value: duplicate. Same key, another value, correcting status: correction. Same key, another value, no such status:
held; so is a correction that was issued before what is known, or may have been. The same value within half an hour under another
key, or once by day and once by minute of that day: held (clinical specification, B0).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from patients.facts import NewObservation, Outcome
from patients.readings import Precision, RowState

NEAR: Final = timedelta(minutes=30)
DAY: Final = timedelta(hours=24)
CORRECTING: Final = frozenset({"corrected", "amended", "entered-in-error", "cancelled"})
PROVISIONAL: Final = frozenset({"registered", "preliminary", "unknown"})
SETTLED: Final = frozenset({"final", "corrected", "amended"})
REPLACED: Final = frozenset({"corrected", "amended"})
"""What is known with one of these is not the first that was said of it: another correction may be an older one."""

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
    issued_at: datetime | None = None


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

    `known` are the current rows by key, `near` the places of results whose value is known close by under another key,
    `past` what retracted rows said, by key.
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
    elif _corrects(fact, there) and not _is_stale(fact, there):
        step = there.step + 1
        if there.index is not None:
            decision.accepted[there.index].ended_by = index
        elif there.id is not None:
            decision.retracted[there.id] = index
            step = 0
    else:
        return Outcome(RowState.HELD, "observation", there.id, "contradicts")
    current[fact.key] = Known(fact.says, fact.status, index=index, step=step, issued_at=fact.issued_at)
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


def _is_stale(fact: NewObservation, there: Known) -> bool:
    """Whether a correction is older than what is known, or could be and nothing tells. One with its own time is in order."""
    if fact.recorded_at is not None:
        return False
    if fact.issued_at is not None:
        return there.issued_at is not None and fact.issued_at < there.issued_at
    return there.status in REPLACED and fact.says != there.says


class _Recent:
    """Values accepted so far in this batch, so that two files and one file with the same rows come out alike."""

    def __init__(self) -> None:
        self.times: dict[tuple[UUID, str, float], list[tuple[datetime, Precision]]] = defaultdict(list)

    def has(self, fact: NewObservation) -> bool:
        """Whether the value was accepted close by under another key."""
        if fact.value is None:
            return False
        mine = fact.effective_at, fact.precision
        return any(_are_close(mine, other) for other in self.times.get((fact.patient_id, fact.code, fact.value), ()))

    def add(self, fact: NewObservation) -> None:
        """Remember an accepted value."""
        if fact.value is not None:
            self.times[(fact.patient_id, fact.code, fact.value)].append((fact.effective_at, fact.precision))


def _are_close(one: tuple[datetime, Precision], other: tuple[datetime, Precision]) -> bool:
    """Whether two instants are half an hour apart, or one is a day (from its start) and the other within it."""
    (first, how_first), (then, how_then) = one, other
    if abs(first - then) <= NEAR:
        return True
    return (how_first == "day" and timedelta(0) <= then - first < DAY) or (
        how_then == "day" and timedelta(0) <= first - then < DAY
    )
