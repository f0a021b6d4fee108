"""Anemia a grade worse than the person's usual: rule R6 of the clinical specification, B1. Pure.

Inputs: hemoglobin with its baseline; birth date, sex, pregnancy, altitude and smoking, which choose and adjust the WHO grade.
Of two steps of the grade alone only one was a bleed, so a step counts only below the 95 % limit, and is low.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from alerts import anemia
from alerts.anemia import Grade
from alerts.rules import hemoglobin_fall
from alerts.rules.references import VARIATION, Reference
from alerts.rules.results import AGES, EQUALS, Results, about_newest
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Settings, Severity
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.standing import Place, missing, place_of
from alerts.rules.wording import MINUS, NBSP, grams, number
from patients.history import History

NAME: Final = "hemoglobin_grade"
VERSION: Final = 1
CITATION: Final = f"{anemia.CITATION}. That a step alone is no sign: clinical specification B1 (R6)."
ORDER: Final = tuple(Grade)
"""From none to severe."""
WORDS: Final = {
    Grade.NONE: "no anemia",
    Grade.MILD: "mild anemia",
    Grade.MODERATE: "moderate anemia",
    Grade.SEVERE: "severe anemia",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A result whose grade is worse than that of what it is compared with."""

    reference: Reference
    usual: Grade
    grade: Grade
    adjusted: float

    @property
    def size(self) -> int:
        """By how many grades."""
        return ORDER.index(self.grade) - ORDER.index(self.usual)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether anemia is a grade worse than usual, or was and has not recovered."""
    return about_newest(NAME, _answer, history, settings, at)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last result of a worse grade, until two others have shown that it is over."""
    reason = _unknown(results)
    if reason:
        return CannotJudge(NAME, "", reason)
    path = hemoglobin_fall.walked(results, settings)
    if path.references[-1] is None:
        return CannotJudge(NAME, "", "there is no earlier confirmed hemoglobin result to compare the newest with")

    @cache
    def step(index: int) -> Step | None:
        return _step(results, index, path.references[index])

    place = place_of(results, settings, lambda index: step(index) is not None)
    found = step(place.held[-1]) if place.held else None
    if found is None:
        return Clear(NAME, "")
    worst = max(place.held, key=lambda index: (one.size if (one := step(index)) else 0, index))
    worst_step = step(worst)
    return _finding(results, place, found, max(found.size, worst_step.size if worst_step else 0), worst, settings)


def _unknown(results: Results) -> str:
    """Return why the newest result has no grade; empty where it has one."""
    patient, on = results.history.patient, results.when(len(results) - 1).date()
    if anemia.judged(results.values[-1], patient, on).group is not None:
        return ""
    if patient.birth_date is None:
        return "the grade of anemia needs a birth date"
    if anemia.age_months(patient.birth_date, on) < anemia.LEAST_MONTHS:
        return f"WHO has no grade of anemia below {anemia.LEAST_MONTHS}{NBSP}months of age"
    return "the grade of anemia needs a sex, from 15 years on"


def _step(results: Results, index: int, reference: Reference | None) -> Step | None:
    """Return the step that a result is, if it is below the 95 % limit and its grade is worse than usual for the person then."""
    if reference is None or results.values[index] >= reference.surely_back:
        return None
    patient, on = results.history.patient, results.when(index).date()
    now = anemia.judged(results.values[index], patient, on)
    usual = anemia.judged(reference.point.value, patient, on)
    if now.grade is None or usual.grade is None or results.values[index] >= reference.point.limit95:
        return None
    return Step(reference, usual.grade, now.grade, now.adjusted) if now.grade.worse_than(usual.grade) else None


def _finding(results: Results, place: Place, step: Step, size: int, worst: int, settings: Settings) -> Finding:
    """Return the finding that the last result of a worse grade makes."""
    last = place.held[-1]
    value, point = results.values[last], step.reference.point
    less = value - step.adjusted
    graded = f"Graded: {results.text(last)} {MINUS} {number(less)} {EQUALS[results.signs[last]]} {grams(step.adjusted)}"
    good = f"at or above {grams(point.limit95)}, or of the usual grade"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.LOW,
        sentence=(
            f"{results.said(last)}, {WORDS[step.grade]}; usual is {WORDS[step.usual]}, at {number(point.value)}. It is below the "
            f"95{NBSP}% limit of {grams(point.limit95)}, too.{results.caution(last)}"
        ),
        arithmetic=(
            *((graded,) if less else ()),
            f"Compared with {grams(point.value)}, lower 95{NBSP}% limit {grams(point.limit95)}",
            *results.beside(last, worst),
        ),
        clears_when=missing(place, good, results, settings),
        evidence=(
            results.evidence(last, "result"),
            *(results.evidence(member, "baseline") for member in step.reference.members),
        ),
        threshold=f"WHO grade worse than usual, and below {grams(point.limit95)}",
        citation=CITATION,
        level=size - 1,
        numbers={
            "result": value,
            "adjusted": step.adjusted,
            step.reference.kind: point.value,
            "limit95": point.limit95,
        },
        since=results.when(place.since),
    )


RULE: Final = Rule(
    name=NAME,
    title="Anemia a grade worse than usual",
    version=VERSION,
    thresholds=(
        (
            "Low: a grade of anemia (WHO 2024, adjusted for altitude and smoking) worse than that of the own baseline, in a result "
            "below its 95 % limit (R6)."
        ),
        "Each further grade counts as worse.",
    ),
    rationale=(
        "The grade is what the diagnosis line and the care of anemia go by. Alone it is a poor sign of bleeding, because a value "
        "near a limit crosses it by chance."
    ),
    citation=CITATION,
    settings=(*VARIATION, *RECOVERY, *AGES),
    judge=judge,
)
