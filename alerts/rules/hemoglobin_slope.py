"""Hemoglobin that falls step by step where there is no baseline yet: rule R3 of the clinical specification, B1. Pure.

Inputs: hemoglobin, transfusions, and what keeps results out of the baseline. With a baseline the slope is shown beside a fall, and
no rule: it found nothing sooner there, and raised 0.7 false alerts a patient-year.
"""

from datetime import datetime
from functools import cache
from typing import Final

from alerts.rules import hemoglobin_fall, sloping
from alerts.rules.references import Reference
from alerts.rules.results import AGES, Results, about_newest
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Settings, Severity
from alerts.rules.sloping import Slope, slope_at
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.standing import Place, missing, place_of
from alerts.rules.wording import NBSP, grams
from patients.history import History

NAME: Final = "hemoglobin_slope"
VERSION: Final = 1
CITATION: Final = (
    "Median of pairwise slopes: Sen, J Am Stat Assoc 1968;63:1379. Exact test: Kendall, Biometrika 1938;30:81. Limits: clinical "
    "specification B1, working values."
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether hemoglobin falls steadily though there is no baseline, or did and has not recovered."""
    return about_newest(NAME, _answer, history, settings, at)


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last steady fall, until two results have shown that it is over."""
    found: dict[int, Slope] = {}

    @cache
    def references() -> list[Reference | None]:
        return hemoglobin_fall.walked(results, settings).references

    def based(index: int) -> bool:
        reference = references()[index]
        return reference is not None and reference.kind == "baseline"

    def holds(index: int) -> bool:
        slope = slope_at(results, index, settings)
        if slope is None or not slope.falls(settings) or based(index):
            return False
        found[index] = slope
        return True

    def shows(index: int) -> bool:
        return slope_at(results, index, settings) is not None or based(index)

    place = place_of(results, settings, holds, shows=shows)
    if place.held:
        return _finding(results, place, found[place.held[-1]], settings)
    if not shows(len(results) - 1):
        least, span = (f"{settings[name]:.0f}" for name in ("slope_least", "slope_span_days"))
        return CannotJudge(NAME, "", f"no baseline yet, and fewer than {least} results over {span}{NBSP}days or more")
    return Clear(NAME, "")


def _finding(results: Results, place: Place, slope: Slope, settings: Settings) -> Finding:
    """Return the finding that the last steady fall makes."""
    last, first = place.held[-1], slope.members[0]
    fallen = f"falling by {grams(-slope.per_28_days)} in 28{NBSP}days since {results.date(first)}"
    one_in = f"one in {1 / slope.p_falling:.0f}"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"{results.said(last)}, {fallen}. There is no baseline to compare it with; of values in any order {one_in} falls as "
            f"steadily.{results.caution(last)}"
        ),
        arithmetic=(slope.words(settings), *results.beside(last, last)),
        clears_when=missing(place, "without such a fall", results, settings),
        evidence=(
            results.evidence(last, "result"),
            *(results.evidence(one, "baseline") for one in reversed(slope.members[:-1])),
        ),
        threshold=f"{grams(settings['slope_fall'])} or more in 28{NBSP}days, p at most {settings['slope_p']:g}",
        citation=CITATION,
        level=int((-slope.per_28_days - settings["slope_fall"]) / settings["slope_fall"] + 1e-9),
        numbers={
            "result": results.values[last],
            "slope_per_28_days": slope.per_28_days,
            "p": slope.p_falling,
            "n": len(slope.members),
        },
        since=results.when(place.since),
    )


RULE: Final = Rule(
    name=NAME,
    title="Hemoglobin falling without a baseline",
    version=VERSION,
    thresholds=(
        (
            "Moderate, where there is no own baseline: a median slope of 8 g/L or more down per 28 days, over four results or more "
            "that span 14 days or more, with an exact p of 0.05 or less (R3)."
        ),
        "Each further 8 g/L per 28 days counts as worse.",
    ),
    rationale=(
        "After a transfusion, an exacerbation or in a new patient there is no steady state to fall from. Several results that fall "
        "one after the other say what one alone cannot."
    ),
    citation=CITATION,
    settings=(*sloping.SETTINGS, *RECOVERY, *AGES),
    judge=judge,
)
