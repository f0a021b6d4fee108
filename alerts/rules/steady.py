"""The steady state of hemoglobin, walked forward: against which baseline each result was judged, and where falls stand. Pure.

A result is compared with the median of the last steady ones before it. The baseline stands still while results are not steady:
during a fall and its recovery, an exacerbation, and after a transfusion. A fall ends by its recovery (two results at or above the
lower 95 % limit, apart, free of transfusion). One that was not seen for the longest recovery, or whose baseline has become too
old, lets its baseline go; it is still unrecovered until two results are at or above the limit of a new one.
Results of a fall never make a baseline; low results that raise nothing do (clinical specification, B1: dropping them raised false
alerts). After a lasting rise only what follows it counts (docs/decisions/0007).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from alerts import trends
from alerts.rules.circumstances import NEVER, Circumstances, circumstances
from alerts.rules.results import AGES, DAY, Results
from alerts.rules.rule import Setting, Settings

VARIATION: Final = (
    Setting("cva_percent", 1.4, "%", "half of CVi (analytical quality goal); or the laboratory's own", 0.2, 5),
    Setting(
        "cvi_percent",
        2.8,
        "%",
        "Dot et al., Arch Pathol Lab Med 1992;116:825; Coskun et al., CCLM 2020: below 3 %",
        1,
        6,
    ),
    Setting("cvi_cap_percent", 6, "%", "clinical specification B1, working value", 2.8, 10),
    Setting("z95", trends.Z95, "1", "standard normal distribution, one-sided 95 %", 1.2, 2.4),
    Setting("z99", trends.Z99, "1", "standard normal distribution, one-sided 99 %", 1.6, 3.5),
)
WINDOWS: Final = (
    Setting("baseline_results", 6, "1", "clinical specification B1, working value", 3, 12),
    Setting("baseline_least", 3, "1", "clinical specification B0: baselines need 3 results", 3, 6),
    Setting("before_start_days", 28, "d", "clinical specification B1, working value", 0, 60),
    Setting("transfusion_days", 120, "d", "clinical specification B1: life of a red cell", 60, 150),
    Setting("iv_iron_days", 42, "d", "clinical specification B1, working value", 14, 90),
    Setting("recovery_days", 90, "d", "clinical specification B1, working value", 28, 180),
    Setting("recovery_apart_days", 7, "d", "clinical specification B1, working value", 1, 28),
    Setting("recovery_transfusion_days", 30, "d", "clinical specification B1, working value", 7, 120),
)
SETTINGS: Final = (*VARIATION, *WINDOWS, *AGES)
"""What the walk reads."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What settings say of limits; `ratio95` are the 95 % limits as ratios by number of results, 0 for one against one."""

    variation: trends.Variation
    windows: trends.Windows
    ratio95: tuple[float, ...]


@dataclass(slots=True)
class Reference:
    """What a result is compared with: an own `baseline`, the newest `steady` result (one or two are known), or the `previous`
    one where none is steady, however old. `members` are places in the results with these `values`; `fresh_from` is the time from
    which its age counts: of the last of them, or of the result first compared with a previous one.
    From `surely_back` on a value is not below the 95 % limit, whatever the personal variation: that only widens."""

    kind: Literal["baseline", "steady", "previous"]
    members: tuple[int, ...]
    values: list[float]
    fresh_from: float
    surely_back: float
    scale: Scale
    computed: trends.SetPoint | None = None

    @property
    def point(self) -> trends.SetPoint:
        """The set point with its limits, computed where it is asked for: a walk of thousands of results needs few."""
        if self.computed is None:
            self.computed = trends.set_point(self.values, self.scale.variation, least=self.scale.windows.least)
        return self.computed


@dataclass(slots=True)
class Walk:
    """The results walked so far. `references` has one entry a result, None where there was nothing to compare with."""

    results: Results
    around: Circumstances
    settings: Settings
    supported: Callable[[int], bool]
    scale: Scale
    references: list[Reference | None] = field(default_factory=list)
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
    good: bool = True
    pool: tuple[int, ...] = ()
    """The results from which `selected` was made."""
    """Time of the newest result at or above the 95 % limit."""
    pools: dict[int, tuple[list[float], list[int]]] = field(default_factory=dict)
    """Steady results of each epoch: their times and places."""
    selected: Reference | None = None
    """The newest one made of steady results, used again while its members are the same."""

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


def walk(results: Results, settings: Settings, supported: Callable[[int], bool]) -> Walk:
    """Walk all results. `supported` says whether something else speaks for a bleed at a result: asked only where that decides."""
    path = Walk(results, circumstances(results, settings), settings, supported, scale_of(settings))
    for index in range(len(results)):
        _step(path, index)
    return path


def scale_of(settings: Settings) -> Scale:
    """Return the scale that settings state."""
    cva, cvi, cap = (settings[name] / 100 for name in ("cva_percent", "cvi_percent", "cvi_cap_percent"))
    variation = trends.Variation(cva, cvi, cap, settings["z95"], max(settings["z95"], settings["z99"]))
    last, least = int(settings["baseline_results"]), int(settings["baseline_least"])
    sigma = trends.log_sigma(cva, cvi)
    ks = [trends.TWO_RESULTS, *(1 + 1 / n for n in range(1, max(last, least) + 1))]
    ratios = tuple(trends.reference_change_value(variation.z95, k, sigma)[0] for k in ks)
    return Scale(variation, trends.Windows(last, least, settings["before_start_days"] * DAY), ratios)


def _step(path: Walk, index: int) -> None:
    """Judge one result and bring the walk up to it."""
    if index and path.around.epoch[index] != path.around.epoch[index - 1]:
        path.fall, path.held, path.run = None, None, []  # another trimester, another baseline
    time, value = path.results.times[index], path.results.values[index]
    _let_go(path, index, time)
    reference = path.held or _select(path, index)
    path.references.append(reference)
    if reference is None:
        path.low = False
        if path.around.episode_end[index] <= path.seen_back:
            _keep(path, index)
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
    _keep(path, index)


def _let_go(path: Walk, index: int, time: float) -> None:
    """End a fall that was not seen for the longest recovery, and drop a baseline that has become too old."""
    if path.fall is not None and time - path.fall > path.longest:
        path.fall = path.held = None
    if path.held is not None and time - path.held.fresh_from > path.results.oldest[index]:
        path.fall = path.held = None


def _select(path: Walk, index: int) -> Reference | None:
    """Return what a result is compared with: steady results of its epoch, else the previous result, else None."""
    times, places = path.pools.get(path.around.epoch[index], ([], []))
    time, values = path.results.times[index], path.results.values
    first, end = trends.chosen(times, time, oldest=path.results.oldest[index], windows=path.scale.windows)
    members = tuple(places[first:end])
    if not members:
        return _previous(path, index)
    if path.selected is None or path.pool != members:
        path.pool, scale, newest = members, path.scale, times[end - 1]
        known = [values[member] for member in members]
        risen = trends.present_from(known, scale.variation, least=scale.windows.least)
        members, known = members[risen:], known[risen:]
        if len(members) < scale.windows.least:
            path.selected = Reference("steady", members, known, newest, known[-1] * scale.ratio95[0], scale)
        else:
            surely = trends.median(known) * scale.ratio95[len(known)]
            path.selected = Reference("baseline", members, known, newest, surely, scale)
    return path.selected


def _previous(path: Walk, index: int) -> Reference | None:
    """Return the newest confirmed result before, however old: there is no baseline."""
    for before in range(index - 1, -1, -1):
        if path.results.confirmed[before]:
            value, scale = path.results.values[before], path.scale
            surely = value * scale.ratio95[0]
            return Reference("previous", (before,), [value], path.results.times[index], surely, scale)
    return None


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
            _keep(path, place)
        path.held = None
    path.fall, path.unrecovered, path.run, path.lows = None, False, [], []


def _keep(path: Walk, index: int) -> None:
    """Add a steady result to those of its epoch."""
    if path.around.unsteady[index] or not path.results.confirmed[index]:
        return
    times, places = path.pools.setdefault(path.around.epoch[index], ([], []))
    if not places or places[-1] != index:
        times.append(path.results.times[index])
        places.append(index)
