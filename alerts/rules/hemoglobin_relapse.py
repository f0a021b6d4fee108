"""Hemoglobin that falls again before it has recovered: rule R3r of the clinical specification, B1. Pure.

Inputs: hemoglobin; falls, exacerbations and transfusions, which say when a recovery is going on. The baseline stands still then and
lies far above, so a second bleed is seen against the highest result since the lowest one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts import trends
from alerts.rules import hemoglobin_fall
from alerts.rules.circumstances import transfusions
from alerts.rules.references import LEVEL_STEP, VARIATION, Scale, between
from alerts.rules.results import AGES, DAY, EQUALS, MORE, Results, about_newest
from alerts.rules.rule import Answer, Clear, Evidence, Finding, Judgment, Rule, Settings, Severity
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.standing import Place, missing, place_of
from alerts.rules.steady import Walk
from alerts.rules.wording import NBSP, grams, limit_percent, number, percent
from patients.history import History

NAME: Final = "hemoglobin_relapse"
VERSION: Final = 1
CITATION: Final = (
    "Log-normal reference change value of two results: Fokkema et al., Clin Chem 2006;52:1602. Many looks: Bonferroni 1936 "
    "(docs/decisions/0011). Variation: Dot et al., Arch Pathol Lab Med 1992;116:825."
)
BACK_RESULTS: Final = 2
"""So many results at or above the 95 % limit end a relapse (clinical specification, B0)."""
GIVEN_DAYS: Final = 30.0
"""Transfusions so long before a result are shown as evidence."""


@dataclass(frozen=True, slots=True)
class Relapse:
    """A fall from the result at `peak`, the highest since `nadir` (the lowest; the first one after a transfusion).

    `looks` results were about as high as the peak, so the highest of them is high by chance; `limit` is wider for it.
    """

    nadir: int
    peak: int
    looks: int
    z: float
    beside: float
    limit: float


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether hemoglobin falls again during a recovery, or did and has not come back."""
    return about_newest(NAME, _answer, history, settings, at)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last relapse, until two results have shown that it is over."""
    path = hemoglobin_fall.walked(results, settings)
    found = relapses(path)
    place = place_of(results, settings, lambda index: found[index] is not None)
    relapse = found[place.held[-1]] if place.held else None
    return Clear(NAME, "") if relapse is None else _finding(path, place, relapse, settings)


def relapses(path: Walk) -> list[Relapse | None]:
    """Return for each result the relapse that it is part of, None for none.

    A relapse begins below the 99 % limit of two results and goes on until two results are at or above their 95 % limit.
    """
    results, scale = path.results, path.pools.scale
    found: list[Relapse | None] = []
    nadir, peak, risen = -1, -1, False
    open_one: Relapse | None = None
    good = 0
    for index, value in enumerate(results.values):
        current: Relapse | None = None
        if not path.recovering[index]:
            nadir, open_one = -1, None
        elif nadir < 0:
            nadir = peak = index
            risen = not path.falling[index]
        else:
            current = _relapse(results, index, nadir, peak, scale) if risen else None
            if current is not None and value >= current.limit:
                current = open_one if open_one is not None and value < _back_from(results, open_one, scale) else None
            good = 0 if current is not None else good + 1
            open_one = current or (open_one if good < BACK_RESULTS else None)
            if open_one is None and value < results.values[nadir]:
                nadir, peak, risen = index, index, False
            elif value > results.values[peak] and results.confirmed[index]:
                peak, risen = index, True
        found.append(current)
    return found


def _relapse(results: Results, index: int, nadir: int, peak: int, scale: Scale) -> Relapse:
    """Return how a result compares with the highest since the lowest."""
    value = results.values[peak]
    high = value * scale.ratio95[0]
    looks = sum(results.confirmed[one] and results.values[one] >= high for one in range(nadir, index))
    z = trends.widened(scale.variation.z99, looks)
    beside = between(results, index, (peak,), scale)
    ratio = trends.reference_change_value(z, trends.TWO_RESULTS, _sigma(scale), beside)[0]
    return Relapse(nadir, peak, max(looks, 1), z, beside, value * ratio)


def _back_from(results: Results, relapse: Relapse, scale: Scale) -> float:
    """Return from which hemoglobin on a relapse is not seen any more, g/L."""
    ratio = trends.reference_change_value(scale.variation.z95, trends.TWO_RESULTS, _sigma(scale), relapse.beside)[0]
    return results.values[relapse.peak] * ratio


def _sigma(scale: Scale) -> float:
    """Return the published variation of one result, as a standard deviation of the logarithm."""
    return trends.log_sigma(scale.variation.cva, scale.variation.cvi)


def _finding(path: Walk, place: Place, relapse: Relapse, settings: Settings) -> Finding:
    """Return the finding that the last result of a relapse makes, at the level of the lowest since it began."""
    last, results, scale = place.held[-1], path.results, path.pools.scale
    value, highest = results.values[last], results.values[relapse.peak]
    lowest = min(place.held, key=lambda index: (results.values[index], -index))
    back = f"at or above {grams(_back_from(results, relapse, scale))}"
    since = results.times[last] - GIVEN_DAYS * DAY
    given = [
        Evidence("support", "event", one.id, one.kind, one.effective_at, one.findings.get("units"), "")
        for one in transfusions(results.history, results.times[last])
        if one.effective_at.timestamp() >= since
    ]
    further = (relapse.limit - results.values[lowest]) / (settings[LEVEL_STEP.name] / 100 * highest)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=_sentence(results, last, relapse),
        arithmetic=(*_arithmetic(results, last, relapse, scale), *results.beside(last, lowest)),
        clears_when=missing(place, back, results, settings),
        evidence=(
            results.evidence(last, "result"),
            *(results.evidence(one, "baseline") for one in dict.fromkeys((relapse.peak, relapse.nadir))),
            *given,
        ),
        threshold=f"Below {grams(relapse.limit)}, the 99{NBSP}% limit of a fall from {number(highest)}",
        citation=CITATION,
        level=max(0, int(further + 1e-9)),
        numbers={
            "result": value,
            "highest": highest,
            "lowest": results.values[relapse.nadir],
            "limit99": relapse.limit,
            "looks": relapse.looks,
            "change_percent": 100 * (value / highest - 1),
        },
        since=results.when(place.since),
    )


def _sentence(results: Results, index: int, relapse: Relapse) -> str:
    """Return what is, against what, and why it counts."""
    value, highest, lowest = results.values[index], results.values[relapse.peak], results.values[relapse.nadir]
    below = f"{MORE[results.signs[index]]}{percent(100 * (1 - value / highest))} below {number(highest)}"
    since = f"the highest since {number(lowest)} on {results.date(relapse.nadir)}"
    if relapse.peak == relapse.nadir:
        since = "the highest since the recovery began"
    limit = limit_percent(100 * (1 - relapse.limit / highest))
    return (
        f"{results.said(index)}, {below} on {results.date(relapse.peak)}, {since}. By chance one of 100 results falls by more than "
        f"{limit} there.{results.caution(index)}"
    )


def _arithmetic(results: Results, index: int, relapse: Relapse, scale: Scale) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    value, highest, sigma = results.values[index], results.values[relapse.peak], _sigma(scale)
    root = f"√2 × {sigma:.5f}"
    lines = []
    if relapse.beside:
        root = f"√(2 × {sigma:.5f}² + {relapse.beside:.5f}²)"
        lines.append("Another laboratory than that of the highest: the limit is wider")
    if relapse.looks > 1:
        one_in = f"1{NBSP}% / {relapse.looks}"
        lines.append(f"{relapse.looks} results were about as high as the highest: z for {one_in} = {relapse.z:.3f}")
    lines.append(f"Limit = {number(highest)} × exp(−{relapse.z:.3f} × {root}) = {grams(relapse.limit)}")
    change = f"{EQUALS[results.signs[index]]} {percent(100 * (value / highest - 1))}"
    return (*lines, f"{results.text(index)} / {number(highest)} − 1 {change}")


RULE: Final = Rule(
    name=NAME,
    title="Hemoglobin falling again during recovery",
    version=VERSION,
    thresholds=(
        (
            "Moderate: while a fall, an exacerbation or a transfusion is not over, below the 99 % limit of two results (9.8 %) "
            "under the highest since the lowest (R3r)."
        ),
        (
            "Where several results were about as high as the highest, the limit is that of 1 % for all of them together: the "
            "highest of many is high by chance."
        ),
        "Each further 10 % counts as worse.",
    ),
    rationale=(
        "A second bleed during recovery may end far above the lowest value of the first, and far below a baseline that stands "
        "still: neither tells it from healing."
    ),
    citation=CITATION,
    settings=(*VARIATION, LEVEL_STEP, *RECOVERY, *AGES),
    judge=judge,
)
