"""What a hemoglobin is compared with: own steady results, those of the trimester before, or the previous result. Pure.

The results of one's own laboratory make the baseline where they are enough; else the limit is wider, as it is where only the
trimester before has a baseline (docs/decisions/0011). After a lasting rise only what follows it counts (0007).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from alerts import anemia, trends
from alerts.rules.circumstances import Circumstances
from alerts.rules.results import AGES, DAY, Results, moment
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
    Setting(
        "laboratory_percent",
        2,
        "%",
        "42 CFR 493.941: laboratories pass within 4 % of the target; as two SD, less CVa, of two laboratories",
        0,
        6,
    ),
    Setting("z95", trends.Z95, "1", "standard normal distribution, one-sided 95 %", 1.2, 2.4),
    Setting("z99", trends.Z99, "1", "standard normal distribution, one-sided 99 %", 1.6, 3.5),
)
LEVEL_STEP: Final = Setting(
    "level_step_percent", 10, "%", "clinical specification B0: the next threshold, working value", 5, 20
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
    """What settings say of limits; `ratio95` are the 95 % limits as ratios by number of results, 0 for one against one; `between`
    is what two laboratories differ by, as a standard deviation of the logarithm."""

    variation: trends.Variation
    windows: trends.Windows
    ratio95: tuple[float, ...]
    between: float


@dataclass(slots=True)
class Reference:
    """What a result is compared with: an own `baseline`, the newest `steady` result (one or two are known), or the `previous`
    one where none is steady, however old. `members` are places in the results with these `values`; `fresh_from` is the time from
    which its age counts: of the last of them, or of the result first compared with a previous one.
    From `surely_back` on a value is not below the 95 % limit, whatever the personal variation: that only widens. So do `beside`
    (another laboratory) and `shift` (another trimester)."""

    kind: Literal["baseline", "steady", "previous"]
    members: tuple[int, ...]
    values: list[float]
    fresh_from: float
    surely_back: float
    scale: Scale
    beside: float = 0.0
    shift: float = 1.0
    computed: trends.SetPoint | None = None

    @property
    def point(self) -> trends.SetPoint:
        """The set point with its limits, computed where it is asked for: a walk of thousands of results needs few."""
        if self.computed is None:
            scale = self.scale
            self.computed = trends.set_point(
                self.values, scale.variation, least=scale.windows.least, beside=self.beside, shift=self.shift
            )
        return self.computed


Steady = tuple[list[float], list[int]]
"""Times and places of steady results, oldest first."""


@dataclass(slots=True)
class Pools:
    """The steady results so far, by epoch, and of these by laboratory where it is known: what references are made of."""

    results: Results
    around: Circumstances
    scale: Scale
    by_epoch: dict[int, Steady] = field(default_factory=dict)
    by_laboratory: dict[tuple[int, str], Steady] = field(default_factory=dict)
    selected: dict[int, tuple[tuple[int, ...], Reference]] = field(default_factory=dict)
    """The newest reference made of the steady results of each epoch, used again while these are the same."""


def scale_of(settings: Settings) -> Scale:
    """Return the scale that settings state."""
    cva, cvi, cap = (settings[name] / 100 for name in ("cva_percent", "cvi_percent", "cvi_cap_percent"))
    variation = trends.Variation(cva, cvi, cap, settings["z95"], max(settings["z95"], settings["z99"]))
    last, least = int(settings["baseline_results"]), int(settings["baseline_least"])
    sigma = trends.log_sigma(cva, cvi)
    ks = [trends.TWO_RESULTS, *(1 + 1 / n for n in range(1, max(last, least) + 1))]
    ratios = tuple(trends.reference_change_value(variation.z95, k, sigma)[0] for k in ks)
    between = trends.log_sigma(settings["laboratory_percent"] / 100, 0)
    return Scale(variation, trends.Windows(last, least, settings["before_start_days"] * DAY), ratios, between)


def select(pools: Pools, index: int) -> Reference | None:
    """Return what a result is compared with: the baseline of its epoch, else of the epoch before, with a wider limit; else steady
    results too few for one, else the previous result, else None."""
    epoch = pools.around.epoch[index]
    own = _of_epoch(pools, index, epoch, 1.0)
    if own is not None and own.kind == "baseline":
        return own
    others = [one for one, (times, _) in pools.by_epoch.items() if one != epoch and times]
    if others:
        newest = max(others, key=lambda one: pools.by_epoch[one][0][-1])
        before = _of_epoch(pools, index, newest, _shift(pools, index, newest))
        if before is not None and before.kind == "baseline":
            return before
    return own or _previous(pools, index)


def _of_epoch(pools: Pools, index: int, epoch: int, shift: float) -> Reference | None:
    """Return the steady results of an epoch to compare a result with: of the result's laboratory where these make a baseline."""
    laboratory = pools.results.performers[index]
    members = _chosen(pools, index, pools.by_laboratory.get((epoch, laboratory), ([], []))) if laboratory else ()
    if len(members) < pools.scale.windows.least:
        members = _chosen(pools, index, pools.by_epoch.get(epoch, ([], [])))
    if not members:
        return None
    known, found = pools.selected.get(epoch, ((), None))
    if found is None or known != members or found.shift != shift:
        found = _made_of(pools, members, shift)
        pools.selected[epoch] = members, found
    return found


def _chosen(pools: Pools, index: int, steady: Steady) -> tuple[int, ...]:
    """Return the places of the steady results that a result is compared with."""
    oldest = pools.results.oldest[index]
    first, end = trends.chosen(steady[0], pools.results.times[index], oldest=oldest, windows=pools.scale.windows)
    return tuple(steady[1][first:end])


def _made_of(pools: Pools, members: tuple[int, ...], shift: float) -> Reference:
    """Return a reference made of steady results; of those before a lasting rise not."""
    scale, newest = pools.scale, pools.results.times[members[-1]]
    values = [pools.results.values[member] for member in members]
    risen = trends.present_from(values, scale.variation, least=scale.windows.least)
    members, values = members[risen:], values[risen:]
    if len(members) < scale.windows.least:
        return Reference("steady", members, values, newest, values[-1] * scale.ratio95[0], scale, shift=shift)
    surely = trends.median(values) * scale.ratio95[len(values)]
    return Reference("baseline", members, values, newest, surely, scale, shift=shift)


def beside(pools: Pools, index: int, reference: Reference | None) -> Reference | None:
    """Return a reference with the limit that a result's laboratory asks for."""
    if reference is None:
        return None
    wider = between(pools.results, index, reference.members, pools.scale)
    return reference if wider == reference.beside else replace(reference, beside=wider, computed=None)


def between(results: Results, index: int, members: Sequence[int], scale: Scale) -> float:
    """Return what a result may differ by from others because one of them is known to be of another laboratory; else 0."""
    laboratory = results.performers[index]
    other = bool(laboratory) and any(results.performers[member] not in ("", laboratory) for member in members)
    return scale.between if other else 0.0


def _shift(pools: Pools, index: int, epoch: int) -> float:
    """Return by what the limit of another epoch is lowered: as WHO lowers that of anemia from its trimester to the result's."""
    now, then = (_none_from(pools, index, one) for one in (pools.around.epoch[index], epoch))
    return min(1.0, now / then)


def _none_from(pools: Pools, index: int, epoch: int) -> float:
    """Return from which hemoglobin on there is no anemia, g/L, for a woman in an epoch."""
    if epoch:
        return anemia.BANDS[anemia.PREGNANT[(epoch - 1) % len(anemia.PREGNANT)]][0]
    born, on = pools.results.history.patient.birth_date, moment(pools.results.times[index]).date()
    return anemia.BANDS[anemia.group(born, "female", None, on) or anemia.Group.WOMAN][0]


def _previous(pools: Pools, index: int) -> Reference | None:
    """Return the newest confirmed result before, however old: there is no baseline."""
    for before in range(index - 1, -1, -1):
        if pools.results.confirmed[before]:
            value, scale = pools.results.values[before], pools.scale
            surely = value * scale.ratio95[0]
            return Reference("previous", (before,), [value], pools.results.times[index], surely, scale)
    return None


def drop(pools: Pools, spans: Sequence[tuple[float, float]]) -> None:
    """Take out the steady results of some times: an exacerbation that was proposed only after they were kept."""
    for times, places in (*pools.by_epoch.values(), *pools.by_laboratory.values()):
        left = [place for place in places if not any(a <= pools.results.times[place] <= b for a, b in spans)]
        if len(left) < len(places):
            places[:] = left
            times[:] = [pools.results.times[place] for place in left]


def keep(pools: Pools, index: int) -> None:
    """Add a steady result to those of its epoch."""
    if pools.around.unsteady[index] or not pools.results.confirmed[index]:
        return
    epoch, laboratory = pools.around.epoch[index], pools.results.performers[index]
    kept = [pools.by_epoch.setdefault(epoch, ([], []))]
    kept += [pools.by_laboratory.setdefault((epoch, laboratory), ([], []))] if laboratory else []
    for times, places in kept:
        if not places or places[-1] != index:
            times.append(pools.results.times[index])
            places.append(index)
