"""Hysteresis of rules that look at single results: they hold, are recovering, or are over. Pure.

Clinical specification, B0: where a rule names no recovery of its own, its condition is false on two results at least 24 hours
apart. Only results that a person has confirmed, or need not, count as showing that, and none soon after a transfusion (B1: a rise
explained by transfusion never closes an alert).

While recovering the rule still answers with its finding: what was seen is told whatever came in beside or after it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from alerts.rules.circumstances import since as elapsed
from alerts.rules.circumstances import transfusions
from alerts.rules.results import DAY, Results, moment
from alerts.rules.rule import Setting, Settings
from alerts.rules.wording import NBSP, day

HOUR: Final = 3600.0
SETTINGS: Final = (
    Setting("recovery_hours", 24, "h", "clinical specification B0, working value", 1, 168),
    Setting("recovery_transfusion_days", 30, "d", "clinical specification B1, working value", 7, 120),
)


class Standing(Enum):
    """Where the newest result leaves a condition."""

    HOLDS = "holds"
    RECOVERING = "recovering"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Place:
    """A standing. `held` are the results since the condition began for which it held, oldest first, none where it is over;
    `since` the first of them after the last good one; `good` the time of the first that counts towards recovery, if one does.
    """

    standing: Standing
    held: tuple[int, ...] = ()
    since: int = -1
    good: float | None = None


def standing(
    times: Sequence[float],
    confirmed: Sequence[bool],
    *,
    holds: Callable[[int], bool],
    apart: float,
    free: Callable[[int], bool] = lambda _: True,
) -> Place:
    """Return where a condition stands after the newest of one or more results. `apart` is in seconds.

    A good result is a confirmed one for which the condition does not hold; it counts towards recovery if it is `free`. Reads back
    only as far as needed: to two that count, far enough apart, with none between for which the condition held.
    """
    held: list[int] = []
    since, good_between = -1, False
    counted: list[float] = []  # towards the recovery after the results in `held`, or before them; newest first
    good: float | None = None
    for index in range(len(times) - 1, -1, -1):
        if holds(index):
            good = good if held else (counted[-1] if counted else None)
            since = since if good_between else index
            held.append(index)
            counted = []
        elif confirmed[index]:
            good_between = good_between or bool(held)
            counted += [times[index]] if free(index) else []
            if counted and counted[0] - counted[-1] >= apart:
                break
    if not held:
        return Place(Standing.OVER)
    stands = Standing.HOLDS if held[0] == len(times) - 1 else Standing.RECOVERING
    return Place(stands, tuple(reversed(held)), since, good)


def place_of(
    results: Results, settings: Settings, holds: Callable[[int], bool], *, shows: Callable[[int], bool] = lambda _: True
) -> Place:
    """Return where a condition of hemoglobin results stands. `shows` says whether a good result can show that it is over."""
    days = settings["recovery_transfusion_days"]
    given = [event.effective_at.timestamp() for event in transfusions(results.history, results.at)]
    transfused = elapsed(np.array(results.times), given) if given else None
    return standing(
        results.times,
        results.confirmed,
        holds=holds,
        apart=settings["recovery_hours"] * HOUR,
        free=lambda index: (transfused is None or bool(transfused[index] > days * DAY)) and shows(index),
    )


def missing(place: Place, what: str, results: Results, settings: Settings) -> str:
    """Return what would end a condition, as a sentence. `what` says how a good result is: at or above 80 g/L."""
    apart = f"{settings['recovery_hours']:.0f}{NBSP}hours"
    days = settings.get("recovery_transfusion_days")
    free = "" if days is None else f", {days:.0f}{NBSP}days after any transfusion"
    if place.good is None:
        return f"Two results {what}, at least {apart} apart{free}."
    after = day(moment(place.good), results.history.patient.time_zone)
    return f"One more result {what}, at least {apart} after that of {after}{free}."
