"""The steady state of hemoglobin, walked forward: against which baseline each result was judged, and where falls stand. Pure.

A result is compared with the median of the last steady ones before it. The baseline stands still while results are not steady:
during a fall and its recovery, an exacerbation, and after a transfusion. A fall ends by its recovery (two results at or above the
lower 95 % limit, apart, free of transfusion). One that was not seen for the longest recovery, or whose baseline has become too
old, lets its baseline go; it is still unrecovered until two results are at or above the limit of a new one.
Results of a fall never make a baseline; low results that raise nothing do (clinical specification, B1: dropping them raised false
alerts). What a result is compared with: references.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from alerts.rules.circumstances import NEVER, Circumstances, circumstances
from alerts.rules.references import Pools, Reference, beside, drop, keep, scale_of, select
from alerts.rules.results import DAY, Results
from alerts.rules.rule import Settings


@dataclass(slots=True)
class Walk:
    """The results walked so far. `references` has one entry a result, None where there was nothing to compare with."""

    results: Results
    around: Circumstances
    settings: Settings
    supported: Callable[[int], bool]
    pools: Pools
    references: list[Reference | None] = field(default_factory=list)
    falling: list[bool] = field(default_factory=list)
    """Of each result, whether it is one of a fall."""
    recovering: list[bool] = field(default_factory=list)
    """Of each result, whether a fall was unrecovered, an exacerbation not over, or red cells given not long ago."""
    low: bool = False
    """Whether the newest result is one of a fall."""
    unrecovered: bool = False
    """Whether a fall was seen after which recovery was not."""
    lows: list[int] = field(default_factory=list)
    """Low results since the fall that is unrecovered began."""
    since: int = -1
    """The first low result after the last one that was good again: where the present bout began."""
    run: list[int] = field(default_factory=list)
    """Results since the last low one that count towards recovery."""
    fall: float | None = None
    """When the fall was last seen for which the baseline stands still."""
    held: Reference | None = None
    seen_back: float = NEVER
    """Time of the newest result at or above the 95 % limit."""
    good: bool = True

    @property
    def longest(self) -> float:
        """The longest recovery, in seconds: a fall that was not seen for it is let go."""
        return self.settings["recovery_days"] * DAY

    @property
    def shown(self) -> int | None:
        """The last low result of a fall that is not over; None once it was not seen for the longest recovery."""
        if not self.unrecovered or self.results.times[-1] - self.results.times[self.lows[-1]] > self.longest:
            return None
        return self.lows[-1]


class Proposals(Protocol):
    """What proposes exacerbations as the walk goes on (`alerts.rules.proposing`)."""

    def before(self, time: float) -> list[tuple[float, float]]:
        """Return the spans, in seconds, of what was proposed from signs before a moment; the same list where nothing is new."""

    def fell(self, index: int, path: "Walk") -> None:
        """Take in the low result just walked."""


def walk(
    results: Results, settings: Settings, supported: Callable[[int], bool], proposed: Proposals | None = None
) -> Walk:
    """Walk all results. `supported` says whether something else speaks for a bleed at a result: asked only where that decides.

    What is `proposed` is left out of the baseline of later results, as what a physician confirmed is of all.
    """
    around = circumstances(results, settings)
    path = Walk(results, around, settings, supported, Pools(results, around, scale_of(settings)))
    spans: list[tuple[float, float]] = []
    for index in range(len(results)):
        if proposed is not None:
            spans = _leave_out(path, index, proposed.before(results.times[index]), spans)
        _step(path, index)
        if proposed is not None and path.low:
            proposed.fell(index, path)
        transfused = path.around.since_transfusion[index] <= settings["transfusion_days"] * DAY
        path.falling.append(path.low)
        path.recovering.append(path.unrecovered or transfused or _after_exacerbation(path, index))
    return path


def _leave_out(
    path: Walk, index: int, spans: list[tuple[float, float]], known: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Mark a result of a proposed exacerbation or of its recovery; forget what was kept of a new one. Return the spans."""
    time, before = path.results.times[index], path.settings["before_start_days"] * DAY
    if spans is not known:
        drop(path.pools, [(start - before, end) for start, end in spans])
    for start, end in spans:
        if start - before <= time <= end:
            path.around.unsteady[index] = True
        elif end < time <= end + path.longest:
            path.around.episode_end[index] = max(end, path.around.episode_end[index])
    return spans


def _after_exacerbation(path: Walk, index: int) -> bool:
    """Whether a result belongs to the recovery from an exacerbation: where there is no baseline to be back at, all of its days."""
    ended, reference = path.around.episode_end[index], path.references[index]
    based = reference is not None and reference.kind == "baseline"
    return ended > path.seen_back or (ended > NEVER and not based)


def _step(path: Walk, index: int) -> None:
    """Judge one result and bring the walk up to it."""
    if index and path.around.epoch[index] != path.around.epoch[index - 1]:
        path.fall, path.held, path.run = None, None, []  # another trimester, another baseline
    time, value = path.results.times[index], path.results.values[index]
    _let_go(path, index, time)
    reference = beside(path.pools, index, path.held or select(path.pools, index))
    path.references.append(reference)
    if reference is None:
        path.low = False
        if path.around.episode_end[index] <= path.seen_back:
            keep(path.pools, index)
        return
    above = value >= reference.surely_back or value >= reference.point.limit95
    path.low = not above and (value < reference.point.limit99 or path.supported(index))
    back = above and path.results.confirmed[index]
    steady = not path.around.unsteady[index] and (back or path.around.episode_end[index] <= path.seen_back)
    if back:
        path.seen_back = time
    if path.low:
        _fell(path, index, reference)
    elif path.unrecovered:
        known = path.fall is not None or reference.kind == "baseline"
        _recovering(path, index, back=back and known, below95=not above)
    path.good = back or (path.good and not path.low)
    if path.fall is not None:
        return
    if not steady:
        path.held = path.held or (reference if reference.kind != "previous" else None)
        return
    path.held = None
    keep(path.pools, index)


def _let_go(path: Walk, index: int, time: float) -> None:
    """End a fall that was not seen for the longest recovery, and drop a baseline that has become too old."""
    if path.fall is not None and time - path.fall > path.longest:
        path.fall = path.held = None
    if path.held is not None and time - path.held.fresh_from > path.results.oldest[index]:
        path.fall = path.held = None


def _fell(path: Walk, index: int, reference: Reference) -> None:
    """Open a fall, or see it again: the baseline stands still, and what counted towards recovery does not."""
    path.fall = path.results.times[index]
    path.lows.append(index)
    path.since = index if path.good else path.since
    path.held, path.unrecovered, path.run = reference, True, []


def _recovering(path: Walk, index: int, *, back: bool, below95: bool) -> None:
    """Count a result towards recovery, and end the fall when there is enough."""
    if below95:
        path.run = []
        return
    free = path.around.since_transfusion[index] > path.settings["recovery_transfusion_days"] * DAY
    if not back or not free:
        return
    path.run.append(index)
    apart = path.results.local(index).date() - path.results.local(path.run[0]).date()
    if apart.days < path.settings["recovery_apart_days"]:  # days of the calendar: a weekly draw may be an hour early
        return
    if path.fall is not None:
        for place in path.run:
            keep(path.pools, place)
        path.held = None
    path.fall, path.unrecovered, path.run, path.lows = None, False, [], []
