"""Steroids taken against those planned, over two weeks: clinical specification, B4. Pure.

Inputs: doses planned and taken. Only days count of which both are known; a day that nobody recorded is unknown, not missed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Final

from alerts.rules.doses import REPORT, TIE, Doses, doses, mg, midnight, on
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP, percent
from patients.amounts import total_on
from patients.dosing import dose_on, step_on
from patients.history import History

NAME: Final = "steroid_adherence"
VERSION: Final = 1
CITATION: Final = "Clinical specification B4: taken/planned over 14 days below 80 % or above 120 %, working values."
SETTINGS: Final = (
    Setting("adherence_days", 14, "d", "clinical specification B4", 7, 28),
    Setting("adherence_least_days", 7, "d", "working value: half of the days must be recorded", 3, 28),
    Setting("adherence_low_percent", 80, "%", "clinical specification B4", 50, 95),
    Setting("adherence_high_percent", 120, "%", "clinical specification B4", 105, 200),
    REPORT,
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """What was taken and what was planned, in mg, over the known `days` of those up to `last`; `first` is the oldest of them."""

    first: date
    last: date
    days: int
    taken: float
    planned: float

    @property
    def percent(self) -> float:
        """Taken in percent of planned."""
        return 100 * self.taken / self.planned


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether much less, or much more, is taken than planned."""
    found = doses(history, at)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    stale = int(settings["dose_report_days"])
    offsets = {offset + later for offset in _offsets(settings) for later in (0, stale)}
    return Judgment((_answer(found, settings),), found.recheck((0, *offsets)))


def _offsets(settings: Settings) -> tuple[int, int, int]:
    """Return at which distances from an edge the days up to there are looked at: the last of a dose, and when enough are known."""
    return -1, int(settings["adherence_least_days"]) - 1, int(settings["adherence_days"]) - 1


def _answer(found: Doses, settings: Settings) -> Answer:
    """Return the answer about the newest days of which enough is known."""
    if all(level.mg is None for level in found.planned):
        return Clear(NAME, "")
    ratio = next(_ratios(found, settings), None)
    least = f"{settings['adherence_least_days']:.0f} of {settings['adherence_days']:.0f}{NBSP}days"
    if ratio is None:
        return CannotJudge(NAME, "", f"fewer than {least} in a row have a recorded dose beside the planned one")
    if (found.today - ratio.last).days >= settings["dose_report_days"]:
        return CannotJudge(NAME, "", f"nobody recorded what was taken since {on(ratio.last)}")
    if ratio.planned <= TIE:
        return CannotJudge(NAME, "", f"nothing was planned in the days up to {on(ratio.last)}")
    low, high = settings["adherence_low_percent"], settings["adherence_high_percent"]
    return Clear(NAME, "") if low - TIE <= ratio.percent <= high + TIE else _finding(found, settings, ratio)


def _ratios(found: Doses, settings: Settings) -> Iterator[Ratio]:
    """Yield the ratio of the days up to each moment to look at, the newest first."""
    past = [edge for edge in found.edges if edge <= found.today + timedelta(days=1)]
    ends = {edge + timedelta(days=offset) for edge in past for offset in _offsets(settings)}
    on_day = cache(partial(_both, found))
    for last in sorted((day for day in ends if found.since < day <= found.today), reverse=True):
        if on_day(last) is None:
            continue
        days = (last - timedelta(days=back) for back in range(int(settings["adherence_days"])))
        known = [both for day in days if (both := on_day(day))]
        if len(known) >= settings["adherence_least_days"]:
            yield Ratio(known[-1][0], last, len(known), sum(one[1] for one in known), sum(one[2] for one in known))


def _both(found: Doses, day: date) -> tuple[date, float, float] | None:
    """Return a day with what was taken and what was planned on it, None unless both are known."""
    dose, step = dose_on(found.history, day), step_on(found.history, day)
    planned = total_on(step.rows, day) if step is not None else None
    return None if dose.mg is None or dose.source != "taken" or planned is None else (day, dose.mg, planned)


def _finding(found: Doses, settings: Settings, ratio: Ratio) -> Finding:
    """Return the finding of too little, or too much."""
    less = ratio.taken < ratio.planned
    limit = settings["adherence_low_percent" if less else "adherence_high_percent"]
    side = "less than" if less else "more than"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"{percent(ratio.percent)} of the planned steroids were taken, from {on(ratio.first)} to {on(ratio.last)}. "
            f"On {ratio.days} recorded days {mg(ratio.taken)} of {mg(ratio.planned)}: {side} {limit:g}{NBSP}%."
        ),
        arithmetic=(f"{mg(ratio.taken)} / {mg(ratio.planned)} = {percent(ratio.percent)}",),
        clears_when=(
            f"The newest {settings['adherence_days']:.0f} days hold {settings['adherence_low_percent']:g} to "
            f"{settings['adherence_high_percent']:g}{NBSP}% of what is planned, or the plan is changed."
        ),
        evidence=(*found.evidence(ratio.last, "result"), *found.evidence(ratio.last, "support", planned=True)),
        threshold=f"{side.capitalize()} {limit:g}{NBSP}% of the planned dose over {settings['adherence_days']:.0f} days",
        citation=CITATION,
        numbers={"taken": ratio.taken, "planned": ratio.planned, "percent": ratio.percent, "days": float(ratio.days)},
        since=midnight(found.history, ratio.last),
    )


RULE: Final = Rule(
    name=NAME,
    title="Steroids not taken as planned",
    version=VERSION,
    thresholds=(
        "Moderate: over 14 days less than 80 % or more than 120 % of the planned milligrams, of the days on which both are known.",
    ),
    rationale=(
        "Irregular medication precedes relapses, and whoever takes more than planned will run out of tablets before the plan ends. "
        "Both can be talked about before anything bleeds."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
