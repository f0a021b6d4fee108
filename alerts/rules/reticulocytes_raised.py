"""Young red cells in plenty though hemoglobin does not rise: the bleeding pattern of the clinical specification, B2. Pure.

Inputs: reticulocytes in percent, hemoglobin. With rising hemoglobin they are the answer to iron, or healing, and no finding.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from alerts import trends
from alerts.rules import hemoglobin_fall
from alerts.rules.circumstances import transfusions
from alerts.rules.measures import Measure, measures
from alerts.rules.results import AGES, DAY, Results, hemoglobin, moment
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import HOUR, Place, missing, standing
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.support import LEAST, RETICULOCYTES, RETICULOCYTES_RAISED, TIE, UNITS
from alerts.rules.wording import MINUS, NBSP, day, grams, number
from patients.history import History

NAME: Final = "reticulocytes_raised"
VERSION: Final = 1
CITATION: Final = (
    "Bleeding pattern: clinical specification B2, working values. Response to iron, reticulocytes after 5 to 10 days and 10 g/L in "
    "2 weeks: Medscape, iron deficiency anemia, read through a secondary source."
)
SETTINGS: Final = (
    *RETICULOCYTES_RAISED,
    Setting(
        "rising_per_14_days", 5, "g/L", "half the response to iron, 10 g/L in 2 weeks (Medscape); working value", 2, 10
    ),
    Setting("reticulocyte_days", 28, "d", "clinical specification F: back by day 28; working value", 14, 90),
)
NEAR: Final = 3 * DAY
"""A hemoglobin so near belongs to the same moment (clinical specification, B2: ± 3 days)."""
APART: Final = 5 * DAY
"""From this distance on two hemoglobins show a direction; as far `BACK` they still do: results come monthly (working values)."""
BACK: Final = 42 * DAY
KEPT: Final = 6
"""Own earlier results that make the median, as in a baseline."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a count shows: whether it is `raised`, its own median (None: too few), and whether it is the `bleeding` pattern by the
    hemoglobins at `now` and `before` (places of results); None where these are not there, or a transfusion lies between."""

    raised: bool
    own: float | None
    now: int = -1
    before: int = -1
    bleeding: bool | None = None


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest reticulocytes show the bleeding pattern, or did and have not come back."""
    results = hemoglobin(history, settings, at, also=(RETICULOCYTES,))
    counts = list(measures(history.get(RETICULOCYTES), results.at))
    changes = [] if results.recheck is None else [results.recheck]
    if not counts:
        answer: Answer = CannotJudge(NAME, "", "no reticulocytes yet")
    elif results.at >= (until := counts[-1].time + settings["reticulocyte_days"] * DAY):
        days = f"{settings['reticulocyte_days']:.0f}{NBSP}days"
        answer = CannotJudge(
            NAME, "", f"the newest reticulocytes, of {_day(results, counts[-1])}, are more than {days} old"
        )
    else:
        changes.append(until)
        answer = _answer(results, counts, settings)
    return Judgment((answer,), moment(min(changes)) if changes else None)


def _day(results: Results, one: Measure) -> str:
    """Return the local date of a result."""
    return day(one.when, results.history.patient.time_zone)


def _answer(results: Results, counts: list[Measure], settings: Settings) -> Answer:
    """Return the answer: the last count with the bleeding pattern, until two others have shown that it is over."""

    @cache
    def pattern(index: int) -> Pattern | None:
        return pattern_at(results, counts, index, settings)

    def holds(index: int) -> bool:
        found = pattern(index)
        return found is not None and found.raised and found.bleeding is True

    def shows(index: int) -> bool:
        found = pattern(index)
        return found is not None and (not found.raised or found.bleeding is False)

    place = standing(
        [one.time for one in counts],
        [not one.pending for one in counts],
        holds=holds,
        apart=settings["recovery_hours"] * HOUR,
        free=shows,
    )
    found = pattern(place.held[-1]) if place.held else None
    if found is not None:
        return _finding(results, counts, place, found, settings)
    if not shows(len(counts) - 1):
        text = f"the reticulocytes of {_day(results, counts[-1])}, {counts[-1].text}{NBSP}%,"
        if pattern(len(counts) - 1) is None:
            return CannotJudge(NAME, "", f"{text} are known only by a limit")
        return CannotJudge(NAME, "", f"{text} are raised, but no two results say whether hemoglobin rises")
    return Clear(NAME, "")


def pattern_at(results: Results, counts: list[Measure], index: int, settings: Settings) -> Pattern | None:
    """Return what a count shows together with hemoglobin; None where a comparator leaves it open."""
    one, limit = counts[index], settings["reticulocyte_percent"]
    before = [other.value for other in counts[:index] if not other.pending and not other.sign][-KEPT:]
    own = trends.median(before) if len(before) >= LEAST[RETICULOCYTES] else None
    high = min([limit + TIE, *([settings["reticulocyte_ratio"] * own - TIE] if own else [])])
    below = one.below(high)
    if below is None:
        return None
    if below:
        return Pattern(raised=False, own=own)
    return _with_hemoglobin(results, one, own, settings)


def _with_hemoglobin(results: Results, one: Measure, own: float | None, settings: Settings) -> Pattern:
    """Return the pattern of a raised count, by the hemoglobin of its days and the one before."""
    places = [index for index in range(len(results)) if results.confirmed[index]]
    near = [index for index in places if abs(results.times[index] - one.time) <= NEAR]
    if not near:
        return Pattern(raised=True, own=own)
    now = min(near, key=lambda index: (abs(results.times[index] - one.time), index))
    earlier = [index for index in places if APART <= results.times[now] - results.times[index] <= BACK]
    if not earlier:
        return Pattern(raised=True, own=own)
    first = earlier[-1]
    days = (results.times[now] - results.times[first]) / DAY
    rise = results.values[now] - results.values[first]
    rising = rise >= settings["rising_per_14_days"] * days / 14 - TIE
    given = any(
        results.times[first] <= event.effective_at.timestamp() <= results.times[now]
        for event in transfusions(results.history, results.times[now])
    )
    return Pattern(raised=True, own=own, now=now, before=first, bleeding=None if rising and given else not rising)


def _finding(results: Results, counts: list[Measure], place: Place, pattern: Pattern, settings: Settings) -> Finding:
    """Return the finding that the last count with the bleeding pattern makes."""
    one, limit = counts[place.held[-1]], settings["reticulocyte_percent"]
    ratio, own = settings["reticulocyte_ratio"], pattern.own
    now, before = pattern.now, pattern.before
    change = results.values[now] - results.values[before]
    above = one.below(limit + TIE) is False
    against = (
        f"above {limit:g}{NBSP}%" if above else f"{ratio:g} times the own median of {number(own or 0)}{NBSP}% or more"
    )
    low = f"at most {limit:g}{NBSP}% and below {ratio:g} times the own median, or with rising hemoglobin"
    own_line = (f"Own median: {number(own)}{NBSP}%; {one.text} / {number(own)} = {one.value / own:.2f}",) if own else ()
    rising = grams(settings["rising_per_14_days"])
    told = hemoglobin_fall.walked(results, settings).shown is not None
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.LOW if told else Severity.MODERATE,
        sentence=(
            f"Reticulocytes {one.text}{NBSP}% on {_day(results, one)}, {against}, and hemoglobin does not rise: "
            f"{number(results.values[before])} on {results.date(before)}, {grams(results.values[now])} on {results.date(now)}. "
            f"{_meaning(one, told=told)}"
        ),
        arithmetic=(
            *own_line,
            f"{results.text(now)} {MINUS} {number(results.values[before])} = {grams(change)}; rising is {rising} in 14{NBSP}days",
        ),
        clears_when=missing(place, low, results, settings),
        evidence=(
            one.evidence("result", UNITS[RETICULOCYTES]),
            results.evidence(now, "support"),
            results.evidence(before, "baseline"),
        ),
        threshold="Reticulocytes raised, and hemoglobin flat or falling",
        citation=CITATION,
        numbers={"reticulocytes": one.value, **({"own": own} if own else {}), "hemoglobin_change": change},
        since=moment(counts[place.since].time),
    )


def _meaning(one: Measure, *, told: bool) -> str:
    """Return what the pattern means."""
    beside = ", beside the fall that is told already" if told else ""
    return f"Red cells are made and lost{beside}.{' The result is not confirmed yet.' if one.pending else ''}"


RULE: Final = Rule(
    name=NAME,
    title="Reticulocytes raised without a rise of hemoglobin",
    version=VERSION,
    thresholds=(
        (
            "Moderate: reticulocytes above 2 %, or 1.5 times the own median or more, while hemoglobin is flat or falls (rises by "
            "less than 5 g/L in 14 days)."
        ),
        "Low: the same beside a fall of hemoglobin that is told already.",
    ),
    rationale=(
        "The marrow answers a bleed within days. Where it works hard and hemoglobin does not rise, red cells are lost as fast as "
        "they are made."
    ),
    citation=CITATION,
    settings=(*SETTINGS, RECOVERY[0], *AGES),
    judge=judge,
)
