"""A step of the plan that was not made, as reported: clinical specification, B4. Pure.

Inputs: doses planned and taken. Only what somebody recorded as taken counts: a step that nobody confirmed is a to-do, and is taken
as planned until then.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from alerts.rules.doses import REPORT, TIE, Doses, dose_at, doses, last_reported, mg, midnight, on
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP
from alerts.steroids import Level
from patients.history import History
from patients.tapering import OVERDUE_AFTER_DAYS

NAME: Final = "steroid_step_missed"
VERSION: Final = 1
CITATION: Final = "Clinical specification B4, working values."
LOOKED_BACK_DAYS: Final = 730
SETTINGS: Final = (
    Setting("step_missed_days", OVERDUE_AFTER_DAYS, "d", "clinical specification B4, working value", 1, 28),
    REPORT,
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the old dose is still taken, as reported, days after a step."""
    found = doses(history, at, days=LOOKED_BACK_DAYS)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    late, stale = int(settings["step_missed_days"]), int(settings["dose_report_days"])
    return Judgment((_answer(found, settings),), found.recheck((0, late, late + 1, stale - 1)))


def _answer(found: Doses, settings: Settings) -> Answer:
    """Return the answer about the newest day of which somebody said what was taken."""
    day = last_reported(found)
    if day is None or not found.planned or all(level.mg is None for level in found.planned):
        return Clear(NAME, "")
    taken = dose_at(found.actual, day)
    step = None if taken is None else _step_not_made(found.planned, day, taken)
    if taken is None or step is None or (day - step).days <= settings["step_missed_days"]:
        return Clear(NAME, "")
    if (found.today - day).days >= settings["dose_report_days"]:
        return CannotJudge(NAME, "", f"nobody recorded what was taken since {on(day)}")
    return _finding(found, settings, day, step, taken)


def _step_not_made(planned: Sequence[Level], day: date, taken: float) -> date | None:
    """Return since when the plan wants another dose than the one taken, which is that before; None where it is not so."""
    until = [level for level in planned if level.day <= day]
    for before, after in zip(reversed(until[:-1]), reversed(until[1:]), strict=True):
        if after.mg is None or abs(after.mg - taken) <= TIE:
            return None
        if before.mg is not None and abs(before.mg - taken) <= TIE:
            return after.day
    return None


def _finding(found: Doses, settings: Settings, day: date, step: date, taken: float) -> Finding:
    """Return the finding of a step that was not made."""
    wanted, late = dose_at(found.planned, day), f"{settings['step_missed_days']:.0f}{NBSP}days"
    planned = wanted if wanted is not None else 0.0
    since = step + timedelta(days=int(settings["step_missed_days"]) + 1)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"Still on {mg(taken)} a day as reported, though the plan changed on {on(step)}; it now says {mg(planned)}. "
            f"A step that is not made within {late} is missed: to be made, or the plan to be changed."
        ),
        arithmetic=(f"Reported: {mg(taken)} a day, the dose before {on(step)}", f"Planned: {mg(planned)} a day"),
        clears_when="Another dose is reported, or the plan is changed.",
        evidence=(*found.evidence(day, "result"), *found.evidence(day, "support", planned=True)),
        threshold=f"The old dose reported more than {late} after a step",
        citation=CITATION,
        numbers={"taken": taken, "planned": planned},
        since=midnight(found.history, since),
    )


RULE: Final = Rule(
    name=NAME,
    title="Step of the steroid plan missed",
    version=VERSION,
    thresholds=("Moderate: the dose of before a step is reported as taken more than 7 days after it.",),
    rationale=(
        "A plan that is not followed misleads everybody who reads it: a relapse is then seen at a dose that nobody took. It is "
        "told only on a report; what nobody confirmed is a to-do."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
