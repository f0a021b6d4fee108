"""Hysteresis of rules that look at single results: they hold, are recovering, or are over. Pure.

Clinical specification, B0: where a rule names no recovery of its own, its condition is false on two results at least 24 hours
apart. Only results that a person has confirmed, or need not, count as showing that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum


class Standing(Enum):
    """Where the newest result leaves a condition."""

    HOLDS = "holds"
    RECOVERING = "recovering"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Place:
    """A standing; while recovering, `good` is the time of the first result that counts towards recovery, if there is one."""

    standing: Standing
    good: float | None = None


def standing(times: Sequence[float], confirmed: Sequence[bool], *, holds: Callable[[int], bool], apart: float) -> Place:
    """Return where a condition stands after the newest of one or more results. `apart` is in seconds.

    Reads back only as far as needed: to the last result for which the condition held, or to two good ones far enough apart.
    """
    newest = len(times) - 1
    if holds(newest):
        return Place(Standing.HOLDS)
    last_good: float | None = None
    first_good: float | None = None
    for index in range(newest, -1, -1):
        if holds(index):
            return Place(Standing.RECOVERING, first_good)
        if confirmed[index]:
            last_good = times[index] if last_good is None else last_good
            first_good = times[index]
            if last_good - first_good >= apart:
                break
    return Place(Standing.OVER)
