"""A sharp fall of hemoglobin within days, or a transfusion that did not lift it: rule R4 of the clinical specification, B1. Pure.

Inputs: hemoglobin, transfusions of red cells, weight (for what a transfusion should have given a child).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from alerts import anemia
from alerts.rules.circumstances import transfusions
from alerts.rules.results import AGES, DAY, EQUALS, MORE, Results, about_newest
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import HOUR, Place, missing, place_of
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.wording import MINUS, NBSP, grams, number, percent
from patients.history import EventRecord, History

NAME: Final = "hemoglobin_acute"
VERSION: Final = 2
WEIGHT: Final = "WEIGHT"
ADULT_MONTHS: Final = 18 * 12
CITATION: Final = (
    "Limits: clinical specification B1, working values (an inpatient tool uses 30 g/L: decision support to reduce critically low "
    "hemoglobin, Toronto). Rise after transfusion: Association of Anaesthetists; Davies formula."
)
SETTINGS: Final = (
    Setting("acute_fall", 20, "g/L", "clinical specification B1, working value; an inpatient tool uses 30", 10, 40),
    Setting("acute_fall_percent", 15, "%", "clinical specification B1, working value", 10, 30),
    Setting("acute_hours", 72, "h", "clinical specification B1, working value", 24, 168),
    Setting("acute_days", 14, "d", "clinical specification B1, working value", 7, 28),
    Setting("unit_rise", 10, "g/L", "Association of Anaesthetists: one adult unit", 5, 15),
    Setting("child_rise", 20, "g/L", "Davies formula: 10 mL/kg in children", 10, 30),
    Setting("shortfall", 20, "g/L", "clinical specification B1, working value", 10, 40),
    Setting("shortfall_days", 7, "d", "clinical specification B1, working value", 1, 14),
    Setting("weight_days", 90, "d", "clinical specification B4: weight age at most 90 days", 14, 365),
    Setting("level_step", 10, "g/L", "clinical specification B0: the next threshold, working value", 5, 20),
    *RECOVERY,
    *AGES,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a result counts: `amount` in g/L beyond which of the limits, against which earlier result, with which transfusions."""

    kind: str
    amount: float
    earlier: int
    expected: float | None = None
    given: tuple[EventRecord, ...] = ()


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest hemoglobin is sharply below one of the days before, or was and has not recovered."""
    return about_newest(NAME, _answer, history, settings, at, also=(WEIGHT,))


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer: the last sharp fall, until two results have shown that it is over."""
    if len(results) == 1:
        return CannotJudge(NAME, "", "there is no earlier hemoglobin result to compare the newest with")
    given = transfusions(results.history, results.at)
    causes: dict[int, Cause] = {}

    def holds(index: int) -> bool:
        found = _cause(results, index, given, settings)
        if found is not None:
            causes[index] = found
        return found is not None

    place = place_of(results, settings, holds)
    return _finding(results, place, causes, settings) if place.held else Clear(NAME, "")


def sharp_falls(results: Results, settings: Settings) -> list[int]:
    """Return the places of all results that are sharply below those of the days before, or that a transfusion did not lift."""
    given = transfusions(results.history, results.at)
    return [index for index in range(len(results)) if _cause(results, index, given, settings) is not None]


def _cause(results: Results, index: int, given: list[EventRecord], settings: Settings) -> Cause | None:
    """Return why a result counts, the largest reason; None where it does not."""
    found = [one for one in (_fall(results, index, settings), _shortfall(results, index, given, settings)) if one]
    return max(found, key=lambda one: one.amount, default=None)


def _fall(results: Results, index: int, settings: Settings) -> Cause | None:
    """Return the largest fall from a confirmed result of the days before, if it is large enough."""
    time, value = results.times[index], results.values[index]
    best: Cause | None = None
    for before in range(index - 1, -1, -1):
        gap = time - results.times[before]
        if gap > max(settings["acute_days"] * DAY, settings["acute_hours"] * HOUR):
            break
        amount = round(results.values[before] - value, 6)
        if not results.confirmed[before] or (best is not None and amount <= best.amount):
            continue
        short = gap <= settings["acute_hours"] * HOUR
        share = 100 * amount / results.values[before]
        if amount >= settings["acute_fall"] and (short or gap <= settings["acute_days"] * DAY):
            best = Cause("fall", amount, before)
        elif short and share >= settings["acute_fall_percent"]:
            best = Cause("share", amount, before)
    return best


def _shortfall(results: Results, index: int, given: list[EventRecord], settings: Settings) -> Cause | None:
    """Return how far a result stays below what the transfusions of the days before should have made it."""
    time = results.times[index]
    reach = settings["shortfall_days"] * DAY
    recent = tuple(one for one in given if _in_effect(one) <= time <= one.effective_at.timestamp() + reach)
    if not recent:
        return None
    first = recent[0].effective_at.timestamp()
    before = _newest_before(results, first, first - reach)
    rises = [_rise(one, results.history, settings) for one in recent]
    if before is None or any(rise is None for rise in rises):
        return None
    expected = results.values[before] + sum(rise for rise in rises if rise is not None)
    amount = round(expected - results.values[index], 6)
    return Cause("shortfall", amount, before, expected, recent) if amount > settings["shortfall"] else None


def _in_effect(event: EventRecord) -> float:
    """Return from when a transfusion has surely been given: of one known by its day only, the day after."""
    return (event.effective_at + (timedelta(days=1) if event.precision == "day" else timedelta())).timestamp()


def _newest_before(results: Results, time: float, oldest: float) -> int | None:
    """Return the newest confirmed result before a moment that is not too old."""
    for index in range(len(results) - 1, -1, -1):
        if results.times[index] < time and results.confirmed[index]:
            return index if results.times[index] >= oldest else None
    return None


def _rise(event: EventRecord, history: History, settings: Settings) -> float | None:
    """Return by how much a transfusion should lift hemoglobin, g/L; None where amount or weight is unknown."""
    born, when = history.patient.birth_date, event.effective_at
    child = born is not None and anemia.age_months(born, when.date()) < ADULT_MONTHS
    units, volume = event.findings.get("units"), event.findings.get("volume_ml")
    if not child:
        return settings["unit_rise"] * units if isinstance(units, int | float) else None
    weight = _weight(history, when.timestamp(), settings["weight_days"] * DAY)
    if weight is None or not isinstance(volume, int | float):
        return None
    return settings["child_rise"] * volume / weight / 10


def _weight(history: History, time: float, oldest: float) -> float | None:
    """Return the newest weight in kg up to a moment, None where there is none that is fresh."""
    series = history.get(WEIGHT)
    places = np.flatnonzero(
        series.usable & ~series.unconfirmed & (series.times <= time) & (series.times >= time - oldest)
    )
    return float(series.values[places[-1]]) if len(places) and series.values[places[-1]] > 0 else None


def _level(cause: Cause, settings: Settings) -> int:
    """Return how many further thresholds a fall passes."""
    limit = settings["shortfall" if cause.kind == "shortfall" else "acute_fall"]
    return max(0, int((cause.amount - limit) / settings["level_step"] + 1e-9))


def _finding(results: Results, place: Place, causes: dict[int, Cause], settings: Settings) -> Finding:
    """Return the finding that the last sharp fall makes, at the level of the worst since it began."""
    last = place.held[-1]
    cause = causes[last]
    worst = max(place.held, key=lambda index: (_level(causes[index], settings), index))
    value, earlier = results.values[last], results.values[cause.earlier]
    expected = {} if cause.expected is None else {"expected": cause.expected}
    given = [
        Evidence("support", "event", one.id, one.kind, one.effective_at, one.findings.get("units"), "")
        for one in cause.given
    ]
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.HIGH,
        sentence=_sentence(results, last, cause, settings),
        arithmetic=(*_arithmetic(results, last, cause), *results.beside(last, worst)),
        clears_when=missing(place, "without a sharp fall", results, settings),
        evidence=(results.evidence(last, "result"), results.evidence(cause.earlier, "baseline"), *given),
        threshold=_threshold(cause, settings),
        citation=CITATION,
        level=_level(causes[worst], settings),
        numbers={"result": value, "earlier": earlier, "fall": earlier - value, "amount": cause.amount, **expected},
        since=results.when(place.since),
    )


def _sentence(results: Results, index: int, cause: Cause, settings: Settings) -> str:
    """Return what is, against what, and why it counts."""
    earlier, when, said = results.values[cause.earlier], results.date(cause.earlier), results.said(index)
    amount = f"{MORE[results.signs[index]]}{grams(cause.amount)}"
    if cause.expected is not None:
        lifted = f"{amount} below the {number(cause.expected)} expected after transfusion"
        second = f"From {grams(earlier)} on {when} it should have risen; what is missing may be bleeding."
        return f"{said}, {lifted}. {second}{results.caution(index)}"
    fallen = f"{amount} ({percent(100 * cause.amount / earlier)}) below {number(earlier)} on {when}"
    return f"{said}, {fallen}. {_threshold(cause, settings)} is an acute fall.{results.caution(index)}"


def _arithmetic(results: Results, index: int, cause: Cause) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    value, earlier, text = results.values[index], results.values[cause.earlier], results.text(index)
    sign = results.signs[index]
    if cause.expected is not None:
        relation = {"": "=", "<": ">", "≤": "≥"}[sign]
        return (
            f"Expected: {number(earlier)} + {number(cause.expected - earlier)} = {grams(cause.expected)}",
            f"Missing: {number(cause.expected)} {MINUS} {text} {relation} {grams(cause.amount)}",
        )
    share = percent(100 * (value - earlier) / earlier)
    return (f"{text} {MINUS} {number(earlier)} {EQUALS[sign]} {grams(value - earlier)} ({share})",)


def _threshold(cause: Cause, settings: Settings) -> str:
    """Return the limit that was passed."""
    if cause.kind == "shortfall":
        days = f"{settings['shortfall_days']:.0f}{NBSP}days"
        return f"More than {grams(settings['shortfall'])} below what transfusions within {days} should give"
    if cause.kind == "share":
        return f"{percent(settings['acute_fall_percent'])} or more within {settings['acute_hours']:.0f}{NBSP}hours"
    return f"{grams(settings['acute_fall'])} or more within {settings['acute_days']:.0f}{NBSP}days"


RULE: Final = Rule(
    name=NAME,
    title="Sharp fall of hemoglobin",
    version=VERSION,
    thresholds=(
        "High: 20 g/L or more, or 15 % or more, between results at most 72 hours apart.",
        "High: 20 g/L or more between results at most 14 days apart, also from the peak after a transfusion.",
        (
            "High: within 7 days of a transfusion, more than 20 g/L below the result before it plus the expected rise "
            "(10 g/L a unit in adults, 20 g/L for 10 mL/kg in children)."
        ),
    ),
    rationale=(
        "A fall of this size within days is bleeding until something else explains it. A transfusion can only hide a fall, so what "
        "it should have given is counted."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
