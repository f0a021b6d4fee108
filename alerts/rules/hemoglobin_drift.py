"""A baseline that sinks slowly: rule R7 of the clinical specification, B1. Pure.

Inputs: hemoglobin, and what keeps results out of the baseline. A loss over months takes the baseline along, so that no result falls
far below it; the present baseline is compared with the best of two years. The limit is wider the more of them are compared
(docs/decisions/0011).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, TypeGuard

from alerts import trends
from alerts.rules import hemoglobin_fall
from alerts.rules.references import LEVEL_STEP, VARIATION, Reference
from alerts.rules.results import AGES, DAY, Results, about_newest
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.standing import Place, missing, place_of
from alerts.rules.steady import Walk
from alerts.rules.wording import MINUS, NBSP, grams, limit_percent, number, percent
from patients.history import History

NAME: Final = "hemoglobin_drift"
VERSION: Final = 1
CITATION: Final = (
    "Two set points: clinical specification B1 (R7), by the log-normal reference change value of Fokkema et al., Clin Chem "
    "2006;52:1602. Many looks: Bonferroni 1936 (docs/decisions/0011)."
)
BEST: Final = Setting("drift_days", 730, "d", "clinical specification B1 (R7), working value", 365, 1825)


@dataclass(frozen=True, slots=True)
class Drift:
    """The present baseline beside the best one that shares no result with it, with the limits of their ratio: it raises below that
    of 99 % for so many `looks`, and is over from that of 95 % on: the best of many lies high by chance, so that is wider, too."""

    present: Reference
    best: Reference
    looks: int
    z99: float
    sigma: float
    beside: float
    ratio: float
    limit95: float
    limit99: float


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the present baseline has sunk below the best of the last two years."""
    return about_newest(NAME, _answer, history, settings, at)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last baseline that had sunk, until two results have shown one that has not."""
    path = hemoglobin_fall.walked(results, settings)

    @cache
    def drift(index: int) -> Drift | None:
        return drift_at(path, index, settings)

    def holds(index: int) -> bool:
        found = drift(index)
        return found is not None and found.ratio < found.limit99

    def shows(index: int) -> bool:
        found = drift(index)
        return found is not None and found.ratio >= found.limit95

    place = place_of(results, settings, holds, shows=shows)
    sunk = drift(place.held[-1]) if place.held else None
    if sunk is not None:
        return _finding(path, place, sunk, settings)
    if drift(len(results) - 1) is None:
        return CannotJudge(NAME, "", "there are no two baselines of different results to compare")
    return Clear(NAME, "")


def drift_at(path: Walk, index: int, settings: Settings) -> Drift | None:
    """Return how the baseline of a result compares with the best one before; None where there is no other."""
    present, results, epochs = path.references[index], path.results, path.around.epoch
    if not _counts(present):
        return None
    oldest = results.times[index] - settings[BEST.name] * DAY
    earlier: dict[tuple[int, ...], Reference] = {}
    for place in range(index - 1, -1, -1):
        if results.times[place] < oldest:
            break
        other = path.references[place]
        if _counts(other) and other.members[-1] < present.members[0] and epochs[place] == epochs[index]:
            earlier[other.members] = other
    if not earlier:
        return None
    return _compared(path, present, max(earlier.values(), key=lambda one: one.point.value), len(earlier))


def _counts(reference: Reference | None) -> TypeGuard[Reference]:
    """Whether a reference is a baseline of the result's own epoch."""
    return reference is not None and reference.kind == "baseline" and reference.shift == 1


def _compared(path: Walk, present: Reference, best: Reference, earlier: int) -> Drift:
    """Return how two baselines compare. Looked at were all pairs of the earlier ones and the present one."""
    scale, now, then = path.pools.scale, present.point, best.point
    looks = earlier * (earlier + 1) // 2
    sigma = max(now.sigma, then.sigma)
    laboratories = {path.results.performers[one] for one in (*present.members, *best.members)} - {""}
    beside = scale.between if len(laboratories) > 1 else 0.0
    z95, z99 = trends.widened(scale.variation.z95, earlier), trends.widened(scale.variation.z99, looks)
    limit95, limit99 = (trends.drift_limit(then.n, now.n, sigma, z, beside) for z in (z95, z99))
    return Drift(present, best, looks, z99, sigma, beside, now.value / then.value, limit95, limit99)


def _finding(path: Walk, place: Place, drift: Drift, settings: Settings) -> Finding:
    """Return the finding that a sunk baseline makes."""
    results, last = path.results, place.held[-1]
    now, then = drift.present.point, drift.best.point
    further = (drift.limit99 - drift.ratio) / (settings[LEVEL_STEP.name] / 100)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"Own baseline {grams(now.value)} on {results.date(last)}, {percent(100 * (1 - drift.ratio))} below "
            f"{number(then.value)}, the best before it (up to {results.date(drift.best.members[-1])}). One of 100 stable patients "
            f"falls by more than {limit_percent(100 * (1 - drift.limit99))} by chance, however often it is looked at."
        ),
        arithmetic=_arithmetic(results, drift),
        clears_when=missing(
            place, f"with a baseline at or above {grams(drift.limit95 * then.value)}", results, settings
        ),
        evidence=(
            results.evidence(last, "result"),
            *(results.evidence(one, "baseline") for one in (*drift.present.members, *drift.best.members)),
        ),
        threshold=f"Baseline below {grams(drift.limit99 * then.value)}, the 99{NBSP}% limit beside the best one",
        citation=CITATION,
        level=max(0, int(further + 1e-9)),
        numbers={
            "baseline": now.value,
            "best": then.value,
            "n1": then.n,
            "n2": now.n,
            "looks": drift.looks,
            "ratio": drift.ratio,
            "limit99": drift.limit99,
        },
        since=results.when(place.since),
    )


def _arithmetic(results: Results, drift: Drift) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    now, then = drift.present.point, drift.best.point
    root = f"√(1/{then.n} + 1/{now.n}) × {drift.sigma:.5f}"
    if drift.beside:
        root = f"√((1/{then.n} + 1/{now.n}) × {drift.sigma:.5f}² + {drift.beside:.5f}²)"
    said = [
        f"{name}: median of {point.n} results of {results.date(one.members[0])} to {results.date(one.members[-1])} = "
        f"{grams(point.value)}"
        for name, point, one in (("Best", then, drift.best), ("Present", now, drift.present))
    ]
    if drift.looks > 1:
        said.append(
            f"{drift.looks} pairs of baselines were looked at: z for 1{NBSP}% / {drift.looks} = {drift.z99:.3f}"
        )
    said.append(f"Limit = exp({MINUS}{drift.z99:.3f} × {root}) = {drift.limit99:.4f}")
    return (*said, f"{number(now.value)} / {number(then.value)} = {drift.ratio:.4f}")


RULE: Final = Rule(
    name=NAME,
    title="Own baseline sinking slowly",
    version=VERSION,
    thresholds=(
        (
            "Moderate: the present baseline below the 99 % limit beside the best baseline of the last 730 days that shares no "
            "result with it (R7); the limit is that of 1 % for all pairs of baselines together."
        ),
        "Each further 10 % counts as worse.",
    ),
    rationale=(
        "Small bleeds that go on for months take the baseline along: no result is ever far below it, and half of a person's "
        "reserve may go unseen."
    ),
    citation=CITATION,
    settings=(BEST, *VARIATION, LEVEL_STEP, *RECOVERY, *AGES),
    judge=judge,
)
