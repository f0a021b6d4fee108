"""Steroids stopped at once after weeks of use: clinical specification, B4. Each stop is a finding of its own. Pure.

Inputs: doses taken, and planned for the days before. A stop is a record of dose zero: one without an end, or zeros on consecutive
days. Silence is never a stop. A person closes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from alerts.rules.doses import Doses, dose_at, doses, mg, midnight, on, run_start
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP
from patients.dosing import taken_rows
from patients.history import History
from patients.tapering import ABRUPT_AFTER_DAYS, ABRUPT_FROM_MG, abrupt_stop

NAME: Final = "steroid_abrupt_stop"
VERSION: Final = 1
DAY: Final = timedelta(days=1)
CITATION: Final = (
    "ESE/Endocrine Society guideline on glucocorticoid-induced adrenal insufficiency, J Clin Endocrinol Metab 2024;109:1657: at "
    "risk after 4 to 6 mg of prednisone a day for 3 to 4 weeks."
)
SETTINGS: Final = (
    Setting("stop_from_mg", ABRUPT_FROM_MG, "mg/d", "clinical specification B4; ESE/Endocrine Society 2024: 4–6 mg", 2.5, 15),
    Setting("stop_after_days", ABRUPT_AFTER_DAYS, "d", "clinical specification B4; ESE/Endocrine Society 2024: 3–4 weeks", 7, 42),
    Setting("stop_days", 2, "d", "working value: one forgotten day is no stop", 1, 7),
    Setting("stop_recent_days", 28, "d", "clinical specification B4: the 28 days of a relapse; working value", 7, 90),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop on a day, out of a dose taken for so many days; None where it is not known for how many."""

    day: date
    before: float
    used: int | None


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return a finding for each recent stop; Clear where there is none."""
    found = doses(history, at)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    answers = [answer for stop in _stops(found, settings) if (answer := _answer(found, stop, settings)) is not None]
    recent = int(settings["stop_recent_days"])
    recheck = found.recheck((0, int(settings["stop_days"]) - 1, recent))
    return Judgment(tuple(answers) or (Clear(NAME, ""),), recheck)


def _stops(found: Doses, settings: Settings) -> Iterator[Stop]:
    """Yield the stops of the last days, the oldest first."""
    ends = [*(level.day for level in found.taken[1:]), found.today + DAY]
    for level, end in zip(found.taken, ends, strict=True):
        old = (found.today - level.day).days >= settings["stop_recent_days"]
        if level.mg != 0 or old or level.day <= found.since:
            continue
        open_ended = any(row.ended_on is None for row in taken_rows(found.history, level.day))
        before = dose_at(found.actual, level.day - DAY)
        if before and (open_ended or (end - level.day).days >= settings["stop_days"]):
            yield Stop(level.day, before, _days_used(found, level.day, settings))


def _days_used(found: Doses, day: date, settings: Settings) -> int | None:
    """Return for how many days without a gap steroids were taken before one: None where a gap hides whether it was long enough."""
    start = run_start(found.actual, day - DAY, lambda dose: dose > 0)
    used = 0 if start is None else (day - start).days
    if start is None or used >= settings["stop_after_days"]:
        return used
    earlier = any(row.started_on < start for row in found.history.treatments)
    return None if dose_at(found.actual, start - DAY) is None and earlier else used


def _answer(found: Doses, stop: Stop, settings: Settings) -> Answer | None:
    """Return what a stop is: a finding, unknown, or (None) nothing."""
    limits = {"from_mg": settings["stop_from_mg"], "after_days": settings["stop_after_days"]}
    if stop.used is None:
        whole = abrupt_stop(stop.before, 0, days_used=int(settings["stop_after_days"]) + 1, **limits)
        reason = f"it is not recorded for how long steroids were taken before they were stopped on {on(stop.day)}"
        return CannotJudge(NAME, stop.day.isoformat(), reason) if whole else None
    if not abrupt_stop(stop.before, 0, days_used=stop.used, **limits):
        return None
    return _finding(found, stop, settings)


def _finding(found: Doses, stop: Stop, settings: Settings) -> Finding:
    """Return the finding of a stop."""
    least = f"{settings['stop_after_days']:.0f}{NBSP}days"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject=stop.day.isoformat(),
        severity=Severity.HIGH,
        sentence=(
            f"Steroids were stopped on {on(stop.day)} from {mg(stop.before)} a day, after {least} or more of use. "
            "The adrenal glands may not answer an illness: it is to be decided today whether to go on."
        ),
        arithmetic=(f"Before: {mg(stop.before)} a day; from {on(stop.day)} on: {mg(0)} recorded",),
        clears_when="A person closes it, with a reason.",
        evidence=(*found.evidence(stop.day, "result"), *found.evidence(stop.day - DAY, "baseline")),
        threshold=f"A recorded stop from {mg(settings['stop_from_mg'])} a day or more, after {least} of use",
        citation=CITATION,
        latching=True,
        numbers={"before": stop.before},
        since=midnight(found.history, stop.day),
    )


RULE: Final = Rule(
    name=NAME,
    title="Steroids stopped at once",
    version=VERSION,
    thresholds=("High: a recorded dose of zero out of 5 mg a day or more, taken for 21 days or more.",),
    rationale=(
        "After weeks of steroids the body makes too little of its own: a sudden stop can end in a crisis of the adrenal glands, "
        "and bleeding may come back unseen. Only an explicit record of zero counts, never silence."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
