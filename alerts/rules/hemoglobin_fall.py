"""Hemoglobin below the patient's own steady state: rules R2 and R2+ of the clinical specification, B1. Pure.

Inputs: hemoglobin; transfusions, iron by vein, confirmed exacerbations and pregnancies, which keep results out of the baseline;
hemoptysis, films, sputum, lavage, reticulocytes, KCO and SpO2, which make a small fall count. A result below the 95 % limit alone
(R1) is a to-do, not a finding.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, cast

from alerts.episodes import Proposal
from alerts.rules import sloping
from alerts.rules import support as supporting
from alerts.rules.circumstances import transfusions
from alerts.rules.proposing import Proposing, proposing
from alerts.rules.references import LEVEL_STEP, SETTINGS, Reference
from alerts.rules.remembering import REMEMBERED, Remembered
from alerts.rules.results import DAY, EQUALS, MORE, Results, about_newest, hemoglobin, moment
from alerts.rules.rule import (
    Answer,
    CannotJudge,
    Clear,
    Evidence,
    Finding,
    Judgment,
    Rule,
    Setting,
    Settings,
    Severity,
    Telling,
)
from alerts.rules.sloping import slope_at
from alerts.rules.steady import Walk, walk
from alerts.rules.support import Support
from alerts.rules.wording import NBSP, day, grams, limit_percent, listed, number, percent
from patients.history import History

NAME: Final = "hemoglobin_fall"
VERSION: Final = 3
MARKED: Final = 2
"""The level from which a fall is told at once (R2+)."""
CITATION: Final = (
    "Log-normal reference change value: Fokkema et al., Clin Chem 2006;52:1602. Set point: Lund et al., Ann Clin Biochem 2016. "
    "Variation: Dot et al., Arch Pathol Lab Med 1992;116:825; Coskun et al., CCLM 2020."
)
OWN: Final = (
    Setting("marked_fall_percent", 10, "%", "clinical specification B1 (R2+), working value", 5, 20),
    LEVEL_STEP,
)
AGAINST: Final = {
    "baseline": "own baseline of {}",
    "steady": "the newest steady result of {}",
    "previous": "the previous result of {} on {}, there being no baseline",
}


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest hemoglobin is below what chance allows the patient, or was and has not recovered."""
    return about_newest(NAME, _answer, history, settings, at, also=supporting.CODES)


def steps(results: Results, settings: Settings) -> Walk:
    """Walk all results with what supports each of them: what judging and drawing share."""
    return _walked(results, settings)[0]


def proposed(results: Results, settings: Settings) -> tuple[Proposal, ...]:
    """Return the exacerbations that all signs propose, low hemoglobin among them, oldest first."""
    found = _walked(results, settings)[1]
    return found.all() if found else ()


def _walked(results: Results, settings: Settings) -> tuple[Walk, Proposing | None]:
    """Return the walk and what it proposed from."""
    return _remembered(Remembered(results.history), results.at, tuple(settings[one.name] for one in RULE.settings))


@lru_cache(maxsize=REMEMBERED)
def _remembered(seen: Remembered, at: float, numbers: tuple[float, ...]) -> tuple[Walk, Proposing | None]:
    """Walk once for all that ask about a history at a moment. `numbers` are those of the rule's settings, in their order."""
    settings = dict(zip((one.name for one in RULE.settings), numbers, strict=True))
    results = hemoglobin(seen.history, settings, moment(at), also=supporting.CODES)
    found = proposing(results, lambda path, index: _level(path, index, settings) >= MARKED)
    return walk(results, settings, lambda index: bool(_support(results, index, settings)), found), found


def walked(results: Results, settings: Settings) -> Walk:
    """Walk all results for another rule, by what was chosen for the patient and by the settings that the rule has of its own."""
    return steps(results, {**RULE.resolved(results.history.settings), **settings})


def _support(results: Results, index: int, settings: Settings) -> list[Support]:
    """Return what supports a fall at a result."""
    return supporting.support(results.history, results.times[index], results.at, settings)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer about the newest result."""
    path = steps(results, settings)
    if path.references[-1] is None:
        return CannotJudge(NAME, "", "there is no earlier confirmed hemoglobin result to compare the newest with")
    if path.shown is not None:
        return _finding(path, path.shown, settings)
    if path.unrecovered:
        return CannotJudge(NAME, "", f"recovering, the fall not being seen any more: {_missing(path, settings)}")
    return Clear(NAME, "")


def _missing(path: Walk, settings: Settings) -> str:
    """Return what would end the fall."""
    reference = _reference(path, len(path.results) - 1)
    apart, free = (f"{settings[name]:.0f}{NBSP}days" for name in ("recovery_apart_days", "recovery_transfusion_days"))
    if path.fall is None and reference.kind != "baseline":
        return (
            f"two results at or above the limit of a new baseline, which needs {settings['baseline_least']:.0f} steady results: "
            "that from before the fall is let go"
        )
    limit = grams(reference.point.limit95)
    if not path.run:
        return f"two results at or above {limit}, at least {apart} apart, {free} after any transfusion"
    due = path.results.local(path.run[0]) + timedelta(days=settings["recovery_apart_days"])
    first = day(due, path.results.history.patient.time_zone)
    return f"one more result at or above {limit}, on {first} or later, {free} after any transfusion"


def _reference(path: Walk, index: int) -> Reference:
    """Return what a result was compared with: there is something from the second confirmed result on."""
    return cast("Reference", path.references[index])


def _finding(path: Walk, index: int, settings: Settings) -> Finding:
    """Return the finding that a low result makes, told as the worst since the fall began asks for."""
    results, reference = path.results, _reference(path, index)
    value, point = results.values[index], reference.point
    found = _support(results, index, settings)
    level = _level(path, index, settings)
    worst = max(path.lows, key=lambda low: (_level(path, low, settings), low))
    highest, missing = _level(path, worst, settings), _missing(path, settings)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=_sentence(results, index, reference, found, beyond=level > 0),
        arithmetic=(*_arithmetic(results, index, reference, found, settings), *results.beside(index, worst)),
        clears_when=f"{missing[0].upper()}{missing[1:]}.",
        evidence=_evidence(results, index, reference, found, settings),
        threshold=_threshold(reference, settings, level=level),
        citation=CITATION,
        telling=Telling.AT_ONCE if highest >= MARKED else Telling.USUAL,
        level=highest,
        numbers={
            "result": value,
            reference.kind: point.value,
            "n": point.n,
            "k": point.k,
            "cvi_percent": 100 * point.cvi,
            "sigma": point.sigma,
            "limit95": point.limit95,
            "limit99": point.limit99,
            "change_percent": 100 * (value / point.value - 1),
        },
        since=results.when(path.since),
    )


def _level(path: Walk, index: int, settings: Settings) -> int:
    """Return how many further thresholds a low result passes: 99 % limit, marked fall, then each further step of the baseline."""
    value, point = path.results.values[index], _reference(path, index).point
    if value >= point.limit99:
        return 0
    marked = 1 - settings["marked_fall_percent"] / 100
    if value >= marked * point.value:
        return 1
    further = (marked - value / point.value) / (settings["level_step_percent"] / 100)
    return MARKED + int(further + 1e-9)


def _sentence(results: Results, index: int, reference: Reference, found: list[Support], *, beyond: bool) -> str:
    """Return what is, against what, and why it counts."""
    value, point = results.values[index], reference.point
    below = f"{MORE[results.signs[index]]}{percent(100 * (1 - value / point.value))}"
    against = AGAINST[reference.kind].format(number(point.value), results.date(reference.members[-1]))
    limit = limit_percent(100 * (1 - (point.limit99 if beyond else point.limit95) / point.value))
    first = f"{results.said(index)}, {below} below {against}"
    if beyond:
        second = f"Of stable results one in 100 falls by more than {limit}."
    else:
        first += f", with {listed(_told(found, results))}"
        second = f"A fall of more than {limit} happens by chance in one of 20 results; together they count."
    return f"{first}. {second}{results.caution(index)}"


def _told(found: Sequence[Support], results: Results) -> list[str]:
    """Return supporting facts in words, each kind once, with the day on which it was first seen."""
    zone = results.history.patient.time_zone
    first: dict[str, datetime] = {}
    for one in found:
        first.setdefault(one.words, one.evidence.effective_at)
    return [f"{words} on {day(when, zone)}" for words, when in first.items()]


def _arithmetic(
    results: Results, index: int, reference: Reference, found: list[Support], settings: Settings
) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    point, value, variation = reference.point, results.values[index], reference.scale.variation
    of = {
        "baseline": f"median of {point.n} steady results",
        "steady": "newest steady result; fewer than three are known",
        "previous": "previous result; no steady result is known, or all are too old",
    }[reference.kind]
    if reference.shift < 1:
        of += ", of another trimester"
    cva = settings["cva_percent"]
    lines = [
        f"Compared with: {of} = {grams(point.value)}",
        f"σ = √ln(1 + ({cva:g}{NBSP}%)² + ({100 * point.cvi:.3g}{NBSP}%)²) = {point.sigma:.5f}",
    ]
    root = f"√{point.k:.4g} × {point.sigma:.5f}"
    if point.beside:
        root = f"√({point.k:.4g} × {point.sigma:.5f}² + {point.beside:.5f}²)"
        lines.append(f"Another laboratory: {settings['laboratory_percent']:g}{NBSP}% more between the two")
    lowered = "" if point.shift == 1 else f" × {point.shift:.3f}"
    for share, z, limit in ((95, variation.z95, point.limit95), (99, variation.z99, point.limit99)):
        lines.append(f"{share}{NBSP}% limit = {number(point.value)} × exp(−{z:.3f} × {root}){lowered} = {grams(limit)}")
    change = f"{EQUALS[results.signs[index]]} {percent(100 * (value / point.value - 1))}"
    lines.append(f"{results.text(index)} / {number(point.value)} − 1 {change}")
    if found:
        lines.append(f"Beside it: {listed(_told(found, results))}")
    slope = slope_at(results, index, settings)
    if slope is not None and slope.falls(settings):
        lines.append(slope.words(settings))
    return tuple(lines)


def _threshold(reference: Reference, settings: Settings, *, level: int) -> str:
    """Return the limit that was passed."""
    point = reference.point
    if level == 0:
        return f"Below the 95{NBSP}% limit of {grams(point.limit95)}, with another sign of bleeding"
    limit = f"Below the 99{NBSP}% limit of {grams(point.limit99)}"
    if level < MARKED:
        return limit
    share = settings["marked_fall_percent"]
    return f"{limit}, and more than {share:g}{NBSP}% down (below {grams((1 - share / 100) * point.value)})"


def _evidence(
    results: Results, index: int, reference: Reference, found: list[Support], settings: Settings
) -> tuple[Evidence, ...]:
    """Return the rows: the result, what it is compared with, what supports it, and transfusions that may hide more."""
    since = results.times[index] - settings["transfusion_days"] * DAY
    given = [
        Evidence("support", "event", event.id, event.kind, event.effective_at, event.findings.get("units"), "")
        for event in transfusions(results.history, results.times[index])
        if event.effective_at.timestamp() >= since
    ]
    baseline = [results.evidence(member, "baseline") for member in reference.members]
    return (results.evidence(index, "result"), *baseline, *(one.evidence for one in found), *given)


RULE: Final = Rule(
    name=NAME,
    title="Hemoglobin below own baseline",
    version=VERSION,
    thresholds=(
        "Moderate: below the one-sided 99 % limit of the own baseline (R2).",
        (
            "Moderate: below the 95 % limit, with another sign of bleeding within 14 days: hemoptysis, new foci, siderophages "
            "newly found, reticulocytes above 2 % or 1.5 times the own median, KCO up by 30 %, oxygen saturation down by 3 "
            "points (R2)."
        ),
        (
            "Moderate, told at once: below the 99 % limit and more than 10 % below the own baseline (R2+); each further 10 % "
            "counts as worse."
        ),
    ),
    rationale=(
        "Each bleed into the lung costs hemoglobin before it is seen otherwise. A limit made of the patient's own steady state "
        "finds it earlier, and with fewer false alerts, than a fixed fall or the general reference range."
    ),
    citation=CITATION,
    settings=(*SETTINGS, *supporting.SETTINGS, *sloping.SETTINGS, *OWN),
    judge=judge,
)
