"""A sharp fall of hemoglobin within days, or a transfusion that did not lift it: rule R4 of the clinical specification, B1. Pure.

Inputs: hemoglobin, transfusions of red cells, weight (for what a transfusion should have given a child).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from alerts import anemia
from alerts.rules.circumstances import transfusions
from alerts.rules.results import AGES, DAY, Results, hemoglobin, moment, silence, until
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import Standing, standing
from alerts.rules.wording import MINUS, NBSP, day, grams, number, percent
from patients.history import EventRecord, History

NAME: Final = "hemoglobin_acute"
VERSION: Final = 1
WEIGHT: Final = "WEIGHT"
HOUR: Final = 3600.0
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
    Setting("recovery_hours", 24, "h", "clinical specification B0, working value", 1, 168),
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
    """Return whether the newest hemoglobin is sharply below one of the days before."""
    results = hemoglobin(history, settings, at, also=(WEIGHT,))
    return Judgment((_answer(results, settings),), until(results))


def _answer(results: Results, settings: Settings) -> Answer:
    """Return the answer about the newest result."""
    reason = silence(results)
    if reason:
        return CannotJudge(NAME, "", reason)
    if len(results) == 1:
        return CannotJudge(NAME, "", "there is no earlier hemoglobin result to compare the newest with")
    given = transfusions(results.history, results.at)
    apart = settings["recovery_hours"]
    place = standing(
        results.times,
        results.confirmed,
        holds=lambda index: _cause(results, index, given, settings) is not None,
        apart=apart * HOUR,
    )
    if place.standing is Standing.OVER:
        return Clear(NAME, "")
    cause = _cause(results, len(results) - 1, given, settings)
    if cause is not None:
        return _finding(results, cause, settings)
    return CannotJudge(NAME, "", _awaited(results, place.good, apart))


def _awaited(results: Results, good: float | None, apart: float) -> str:
    """Return what is missing for recovery."""
    if good is None:
        return f"recovering: two results without a sharp fall, {apart:.0f}{NBSP}hours apart, are needed"
    after = day(moment(good), results.history.patient.time_zone)
    return f"recovering: one more result without a sharp fall, {apart:.0f}{NBSP}hours after that of {after}, is needed"


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


def _finding(results: Results, cause: Cause, settings: Settings) -> Finding:
    """Return the finding that the newest result makes."""
    value, earlier = results.values[-1], results.values[cause.earlier]
    limit = settings["shortfall" if cause.kind == "shortfall" else "acute_fall"]
    expected = {} if cause.expected is None else {"expected": cause.expected}
    hours = f"{settings['recovery_hours']:.0f}{NBSP}hours"
    given = [
        Evidence("support", "event", one.id, one.kind, one.effective_at, one.findings.get("units"), "")
        for one in cause.given
    ]
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.HIGH,
        sentence=_sentence(results, cause, settings),
        arithmetic=_arithmetic(results, cause),
        clears_when=f"Two results without a sharp fall, at least {hours} apart.",
        evidence=(results.evidence(len(results) - 1, "result"), results.evidence(cause.earlier, "baseline"), *given),
        threshold=_threshold(cause, settings),
        citation=CITATION,
        level=max(0, int((cause.amount - limit) / settings["level_step"] + 1e-9)),
        numbers={"result": value, "earlier": earlier, "fall": earlier - value, "amount": cause.amount, **expected},
    )


def _sentence(results: Results, cause: Cause, settings: Settings) -> str:
    """Return what is, against what, and why it counts."""
    value, earlier, zone = results.values[-1], results.values[cause.earlier], results.history.patient.time_zone
    unconfirmed = "" if results.confirmed[-1] else " The result is not confirmed yet."
    when = day(results.when(cause.earlier), zone)
    if cause.expected is not None:
        lifted = f"{grams(cause.amount)} below the {number(cause.expected)} expected after transfusion"
        second = f"From {grams(earlier)} on {when} it should have risen; what is missing may be bleeding."
        return f"Hb {grams(value)}, {lifted}. {second}{unconfirmed}"
    fallen = f"{grams(cause.amount)} ({percent(100 * cause.amount / earlier)}) below {number(earlier)} on {when}"
    return f"Hb {grams(value)}, {fallen}. {_threshold(cause, settings)} is an acute fall.{unconfirmed}"


def _arithmetic(results: Results, cause: Cause) -> tuple[str, ...]:
    """Return the numbers, a step a line."""
    value, earlier = results.values[-1], results.values[cause.earlier]
    if cause.expected is not None:
        return (
            f"Expected: {number(earlier)} + {number(cause.expected - earlier)} = {grams(cause.expected)}",
            f"Missing: {number(cause.expected)} {MINUS} {number(value)} = {grams(cause.amount)}",
        )
    share = percent(100 * (value - earlier) / earlier)
    return (f"{number(value)} {MINUS} {number(earlier)} = {grams(value - earlier)} ({share})",)


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
