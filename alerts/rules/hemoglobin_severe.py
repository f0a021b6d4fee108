"""Hemoglobin so low that it is dangerous whatever the person's own level: rule R5 of the clinical specification, B1. Pure.

Inputs: hemoglobin; birth date and pregnancy, which choose the row of the WHO table; altitude and smoking, which raise hemoglobin
and are subtracted before grading.
"""

from datetime import datetime
from typing import Final

from alerts import anemia
from alerts.rules.results import AGES, Results, hemoglobin, moment, silence, until
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import Standing, standing
from alerts.rules.wording import MINUS, NBSP, day, grams, number
from patients.history import History

NAME: Final = "hemoglobin_severe"
VERSION: Final = 1
HOUR: Final = 3600.0
CITATION: Final = anemia.CITATION
SETTINGS: Final = (
    Setting("any_age_limit", 70, "g/L", "clinical specification B1; WHO 2024, the lowest of its limits", 60, 80),
    Setting("level_step", 10, "g/L", "clinical specification B0: the next threshold, working value", 5, 20),
    Setting("recovery_hours", 24, "h", "clinical specification B0, working value", 1, 168),
    *AGES,
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest hemoglobin is severely low."""
    results = hemoglobin(history, settings, at)
    return Judgment((_answer(results, settings),), until(results))


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer about the newest result."""
    reason = silence(results)
    if reason:
        return CannotJudge(NAME, "", reason)
    hours = settings["recovery_hours"]
    place = standing(
        results.times,
        results.confirmed,
        holds=lambda index: _missing(results, index, settings) > 0,
        apart=hours * HOUR,
    )
    if place.standing is Standing.OVER:
        return Clear(NAME, "")
    if place.standing is Standing.HOLDS:
        return _finding(results, settings)
    limit = grams(_limit(results, len(results) - 1, settings))
    if place.good is None:
        return CannotJudge(
            NAME, "", f"recovering: two results at or above {limit}, {hours:.0f}{NBSP}hours apart, are needed"
        )
    after = day(moment(place.good), results.history.patient.time_zone)
    return CannotJudge(
        NAME,
        "",
        f"recovering: one more result at or above {limit}, {hours:.0f}{NBSP}hours after that of {after}, is needed",
    )


def _limit(results: Results, index: int, settings: Settings) -> float:
    """Return the measured hemoglobin below which a result is severe: WHO's for the person then, or that of any age."""
    patient, on = results.history.patient, results.when(index).date()
    who = anemia.severe_below(patient.birth_date, anemia.trimester(patient.pregnancies, on), on)
    any_age = settings["any_age_limit"]
    return any_age if who is None else max(any_age, who + _subtracted(results))


def _subtracted(results: Results) -> float:
    """Return what altitude and smoking add to the patient's hemoglobin, g/L."""
    patient = results.history.patient
    return -anemia.adjusted(
        0,
        altitude_m=patient.altitude_m,
        cigarettes_per_day=patient.cigarettes_per_day,
        smokes=patient.smoking == "current",
    )


def _missing(results: Results, index: int, settings: Settings) -> float:
    """Return by how much a result lies below its limit, g/L."""
    return _limit(results, index, settings) - results.values[index]


def _finding(results: Results, settings: Settings) -> Finding:
    """Return the finding that the newest result makes."""
    newest = len(results) - 1
    value, limit = results.values[newest], _limit(results, newest, settings)
    less = _subtracted(results)
    by_who = limit > settings["any_age_limit"]
    beside = f" {grams(less)} of it are due to altitude or smoking." if by_who and less else ""
    unconfirmed = "" if results.confirmed[newest] else " The result is not confirmed yet."
    words = "severe anemia by the WHO grade for this age" if by_who else "severe anemia at any age"
    hours = f"{settings['recovery_hours']:.0f}{NBSP}hours"
    arithmetic = [f"{number(value)} < {grams(limit)}"]
    if by_who and less:
        graded = f"{number(value)} {MINUS} {number(less)} = {grams(value - less)}"
        arithmetic.append(f"Graded: {graded}, severe below {grams(limit - less)}")
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.HIGH,
        sentence=f"Hb {grams(value)}, {words}. Severe is below {grams(limit)}.{beside}{unconfirmed}",
        arithmetic=tuple(arithmetic),
        clears_when=f"Two results at or above {grams(limit)}, at least {hours} apart.",
        evidence=(results.evidence(newest, "result"),),
        threshold=f"Below {grams(limit)}",
        citation=CITATION,
        level=int((limit - value) / settings["level_step"] + 1e-9),
        numbers={"result": value, "limit": limit, "adjusted": value - less},
    )


RULE: Final = Rule(
    name=NAME,
    title="Severe anemia",
    version=VERSION,
    thresholds=(
        "High: below 70 g/L at any age.",
        (
            "High: severe by WHO 2024, after subtracting what altitude and smoking add: below 70 g/L under five years and in "
            "pregnancy, below 80 g/L from five years on."
        ),
        "Each further 10 g/L counts as worse.",
    ),
    rationale="Below these limits the heart and the brain are at risk, whatever the cause and whatever the person is used to.",
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
