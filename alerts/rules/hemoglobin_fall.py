"""Hemoglobin below the patient's own steady state: rules R2 and R2+ of the clinical specification, B1. Pure.

Inputs: hemoglobin; transfusions, iron by vein, confirmed exacerbations and pregnancies, which keep results out of the baseline;
hemoptysis, films, sputum, lavage, reticulocytes, KCO and SpO2, which make a small fall count. A result below the 95 % limit alone
(R1) is a to-do, not a finding.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from alerts.rules import support as supporting
from alerts.rules.circumstances import transfusions
from alerts.rules.results import DAY, Results, hemoglobin, silence, until
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
from alerts.rules.steady import SETTINGS, Reference, Walk, walk
from alerts.rules.support import Support
from alerts.rules.wording import NBSP, day, grams, limit_percent, listed, number, percent
from patients.history import History

NAME: Final = "hemoglobin_fall"
VERSION: Final = 1
CITATION: Final = (
    "Log-normal reference change value: Fokkema et al., Clin Chem 2006;52:1602. Set point: Lund et al., Ann Clin Biochem 2016. "
    "Variation: Dot et al., Arch Pathol Lab Med 1992;116:825; Coskun et al., CCLM 2020."
)
OWN: Final = (
    Setting("marked_fall_percent", 10, "%", "clinical specification B1 (R2+), working value", 5, 20),
    Setting("level_step_percent", 10, "%", "clinical specification B0: the next threshold, working value", 5, 20),
)
AGAINST: Final = {
    "baseline": "own baseline of {}",
    "steady": "the newest steady result of {}",
    "previous": "the previous result of {}, there being no baseline yet",
}


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest hemoglobin is below what chance allows the patient."""
    results = hemoglobin(history, settings, at, also=supporting.CODES)
    return Judgment((_answer(results, settings),), until(results))


def steps(results: Results, settings: Settings) -> Walk:
    """Walk all results with what supports each of them: what judging and drawing share."""
    return walk(results, settings, lambda index: bool(_support(results, index, settings)))


def _support(results: Results, index: int, settings: Settings) -> list[Support]:
    """Return what supports a fall at a result."""
    return supporting.support(results.history, results.times[index], results.at, settings)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer about the newest result."""
    reason = silence(results)
    if reason:
        return CannotJudge(NAME, "", reason)
    path = steps(results, settings)
    reference = path.references[-1]
    if reference is None:
        return CannotJudge(NAME, "", "there is no earlier hemoglobin result to compare the newest with")
    if path.low:
        return _finding(results, reference, _support(results, len(results) - 1, settings), settings)
    if path.unrecovered:
        return CannotJudge(NAME, "", _awaited(path, reference, settings))
    return Clear(NAME, "")


def _awaited(path: Walk, reference: Reference, settings: Settings) -> str:
    """Return what is missing for recovery."""
    if path.fall is None and reference.kind != "baseline":
        return "recovering: three steady results are needed for a new baseline, the one before the fall being too old"
    limit = grams(reference.point.limit95)
    apart, free = (settings[name] for name in ("recovery_apart_days", "recovery_transfusion_days"))
    terms = f"{free:.0f}{NBSP}days after any transfusion"
    if not path.run:
        return f"recovering: two results at or above {limit}, {apart:.0f}{NBSP}days apart and {terms}, are needed"
    due = day(path.results.local(path.run[0]) + timedelta(days=apart), path.results.history.patient.time_zone)
    return f"recovering: one more result at or above {limit}, on {due} or later and {terms}, is needed"


def _finding(results: Results, reference: Reference, found: list[Support], settings: Settings) -> Finding:
    """Return the finding that the newest result makes."""
    value, point = results.values[-1], reference.point
    beyond = value < point.limit99
    marked = beyond and value < (1 - settings["marked_fall_percent"] / 100) * point.value
    apart, free = (f"{settings[name]:.0f}{NBSP}days" for name in ("recovery_apart_days", "recovery_transfusion_days"))
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=_sentence(results, reference, found, beyond=beyond),
        arithmetic=_arithmetic(results, reference, found, settings),
        clears_when=f"Two results at or above {grams(point.limit95)}, at least {apart} apart, {free} after any transfusion.",
        evidence=_evidence(results, reference, found, settings),
        threshold=_threshold(reference, settings, beyond=beyond, marked=marked),
        citation=CITATION,
        telling=Telling.AT_ONCE if marked else Telling.USUAL,
        level=_level(value / point.value, settings, marked=marked, beyond=beyond),
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
    )


def _level(ratio: float, settings: Settings, *, marked: bool, beyond: bool) -> int:
    """Return how many further thresholds are passed: 99 % limit, marked fall, then each further step of the baseline."""
    if not marked:
        return int(beyond)
    further = (1 - settings["marked_fall_percent"] / 100 - ratio) / (settings["level_step_percent"] / 100)
    return 2 + int(further + 1e-9)


def _sentence(results: Results, reference: Reference, found: list[Support], *, beyond: bool) -> str:
    """Return what is, against what, and why it counts."""
    value, point = results.values[-1], reference.point
    below = percent(100 * (1 - value / point.value))
    against = AGAINST[reference.kind].format(number(point.value))
    limit = limit_percent(100 * (1 - (point.limit99 if beyond else point.limit95) / point.value))
    first = f"Hb {grams(value)}, {below} below {against}"
    if beyond:
        second = f"A fall of more than {limit} is beyond chance."
    else:
        first += f", with {listed(_told(found, results))}"
        second = f"A fall of more than {limit} happens by chance in one of 20 results; together they count."
    unconfirmed = "" if results.confirmed[-1] else " The result is not confirmed yet."
    return f"{first}. {second}{unconfirmed}"


def _told(found: Sequence[Support], results: Results) -> list[str]:
    """Return supporting facts in words, each kind once, with the day on which it was first seen."""
    zone = results.history.patient.time_zone
    first: dict[str, datetime] = {}
    for one in found:
        first.setdefault(one.words, one.evidence.effective_at)
    return [f"{words} on {day(when, zone)}" for words, when in first.items()]


def _arithmetic(results: Results, reference: Reference, found: list[Support], settings: Settings) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    point, value = reference.point, results.values[-1]
    of = {
        "baseline": f"median of {point.n} steady results",
        "steady": "newest steady result; fewer than three are known",
        "previous": "previous result; no steady result is known",
    }[reference.kind]
    cva = settings["cva_percent"]
    lines = [
        f"Compared with: {of} = {grams(point.value)}",
        f"σ = √ln(1 + ({cva:g}{NBSP}%)² + ({100 * point.cvi:.3g}{NBSP}%)²) = {point.sigma:.5f}",
    ]
    for share, z, limit in ((95, settings["z95"], point.limit95), (99, settings["z99"], point.limit99)):
        lines.append(
            f"{share}{NBSP}% limit = {number(point.value)} × exp(−{z:.3f} × √{point.k:.4g} × {point.sigma:.5f}) = {grams(limit)}"
        )
    lines.append(f"{number(value)} / {number(point.value)} − 1 = {percent(100 * (value / point.value - 1))}")
    if found:
        lines.append(f"Beside it: {listed(_told(found, results))}")
    return tuple(lines)


def _threshold(reference: Reference, settings: Settings, *, beyond: bool, marked: bool) -> str:
    """Return the limit that was passed."""
    point = reference.point
    if not beyond:
        return f"Below the 95{NBSP}% limit of {grams(point.limit95)}, with another sign of bleeding"
    limit = f"Below the 99{NBSP}% limit of {grams(point.limit99)}"
    if not marked:
        return limit
    share = settings["marked_fall_percent"]
    return f"{limit}, and more than {share:g}{NBSP}% down (below {grams((1 - share / 100) * point.value)})"


def _evidence(results: Results, reference: Reference, found: list[Support], settings: Settings) -> tuple[Evidence, ...]:
    """Return the rows: the result, what it is compared with, what supports it, and transfusions that may hide more."""
    since = results.times[-1] - settings["transfusion_days"] * DAY
    given = [
        Evidence("support", "event", event.id, event.kind, event.effective_at, event.findings.get("units"), "")
        for event in transfusions(results.history, results.times[-1])
        if event.effective_at.timestamp() >= since
    ]
    baseline = [results.evidence(member, "baseline") for member in reference.members]
    return (results.evidence(len(results) - 1, "result"), *baseline, *(one.evidence for one in found), *given)


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
    settings=(*SETTINGS, *supporting.SETTINGS, *OWN),
    judge=judge,
)
