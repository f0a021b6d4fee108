"""Hemoglobin so low that it is dangerous whatever the person's own level: rule R5 of the clinical specification, B1. Pure.

Inputs: hemoglobin; birth date and pregnancy, which choose the row of the WHO table; altitude and smoking, which raise hemoglobin
and are subtracted before grading.
"""

from datetime import datetime
from typing import Final

from alerts import anemia
from alerts.rules.results import AGES, EQUALS, Results, about_newest
from alerts.rules.rule import Answer, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.standing import Place, missing, place_of
from alerts.rules.wording import MINUS, grams, number
from patients.history import History

NAME: Final = "hemoglobin_severe"
VERSION: Final = 2
CITATION: Final = anemia.CITATION
SETTINGS: Final = (
    Setting("any_age_limit", 70, "g/L", "clinical specification B1; WHO 2024, the lowest of its limits", 60, 80),
    Setting("level_step", 10, "g/L", "clinical specification B0: the next threshold, working value", 5, 20),
    *RECOVERY,
    *AGES,
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest hemoglobin is severely low, or was and has not recovered."""
    return about_newest(NAME, _answer, history, settings, at)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last severe result, until two others have shown that it is over."""
    place = place_of(results, settings, lambda index: is_severe(results, index, settings))
    return _finding(results, place, settings) if place.held else Clear(NAME, "")


def is_severe(results: Results, index: int, settings: Settings) -> bool:
    """Whether a result is severely low: what another rule asks of it."""
    return _missing(results, index, settings) > 0


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


def _level(results: Results, index: int, settings: Settings) -> int:
    """Return how many further thresholds a severe result passes."""
    return int(_missing(results, index, settings) / settings["level_step"] + 1e-9)


def _finding(results: Results, place: Place, settings: Settings) -> Finding:
    """Return the finding that the last severe result makes, at the level of the worst since it began."""
    last = place.held[-1]
    value, limit = results.values[last], _limit(results, last, settings)
    worst = max(place.held, key=lambda index: (_level(results, index, settings), index))
    good = f"at or above {grams(_limit(results, len(results) - 1, settings))}"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.HIGH,
        sentence=_sentence(results, last, settings),
        arithmetic=(*_arithmetic(results, last, settings), *results.beside(last, worst)),
        clears_when=missing(place, good, results, settings),
        evidence=(results.evidence(last, "result"),),
        threshold=f"Below {grams(limit)}",
        citation=CITATION,
        level=_level(results, worst, settings),
        numbers={"result": value, "limit": limit, "adjusted": value - _subtracted(results)},
        since=results.when(place.since),
    )


def _sentence(results: Results, index: int, settings: Settings) -> str:
    """Return what is, and below which limit."""
    limit, less = _limit(results, index, settings), _subtracted(results)
    by_who = limit > settings["any_age_limit"]
    beside = f" {grams(less)} of it are due to altitude or smoking." if by_who and less else ""
    words = "severe anemia by the WHO grade for this age" if by_who else "severe anemia at any age"
    return f"{results.said(index)}, {words}. Severe is below {grams(limit)}.{beside}{results.caution(index)}"


def _arithmetic(results: Results, index: int, settings: Settings) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    value, limit, less = results.values[index], _limit(results, index, settings), _subtracted(results)
    first = f"{results.text(index)}{' is below' if results.signs[index] else ' <'} {grams(limit)}"
    if not less or limit <= settings["any_age_limit"]:
        return (first,)
    relation = EQUALS[results.signs[index]]
    graded = f"{results.text(index)} {MINUS} {number(less)} {relation} {grams(value - less)}"
    return (first, f"Graded: {graded}, severe below {grams(limit - less)}")


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
