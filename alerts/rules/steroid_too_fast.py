"""A steroid dose that falls faster than planned: clinical specification, B4. Pure.

Inputs: doses planned and taken. Compared are the falls over the last 28 days, or over the last of these days from which on both the
plan and the actual dose are known.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from alerts.rules.doses import Doses, dose_at, doses, mg, midnight, on, run_start, unknown_since
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import MINUS
from alerts.steroids import Level
from patients.history import History
from patients.tapering import RATE_DAYS, TOO_FAST_MG, TOO_FAST_RATIO, too_fast

NAME: Final = "steroid_too_fast"
VERSION: Final = 1
CITATION: Final = (
    "Clinical specification B4, working values. Relapse after a reduction of steroids in 19 %: Wang et al., BMC Pulm Med "
    "2024;24:461."
)
SETTINGS: Final = (
    Setting("too_fast_days", RATE_DAYS, "d", "clinical specification B4: actual reduction in 28 days", 14, 56),
    Setting("too_fast_ratio", TOO_FAST_RATIO, "1", "clinical specification B4, working value", 1, 3),
    Setting("too_fast_mg", TOO_FAST_MG, "mg/d", "clinical specification B4, working value", 1, 20),
)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the dose fell by more than the plan wanted."""
    found = doses(history, at)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    return Judgment((_answer(found, settings),), found.recheck((0, int(settings["too_fast_days"]))))


def _answer(found: Doses, settings: Settings) -> Answer:
    """Return the answer about the days up to today."""
    now, planned_now = (dose_at(levels, found.today) for levels in (found.actual, found.planned))
    if planned_now is None:
        return Clear(NAME, "")
    if now is None:
        return CannotJudge(NAME, "", unknown_since(found))
    first = _first(found, settings)
    before, planned_before = (_known(levels, first) for levels in (found.actual, found.planned))
    fell, planned = before - now, max(0.0, planned_before - planned_now)
    if not too_fast(
        planned_mg=planned, actual_mg=fell, ratio=settings["too_fast_ratio"], more_mg=settings["too_fast_mg"]
    ):
        return Clear(NAME, "")
    return _finding(found, settings, (before, now, planned_before, planned_now, planned))


def _first(found: Doses, settings: Settings) -> date:
    """Return the first day that is compared: the earliest of the window from which on plan and actual dose are known throughout."""
    edge = found.today - timedelta(days=int(settings["too_fast_days"]))
    starts = (run_start(levels, found.today, lambda _: True) for levels in (found.actual, found.planned))
    return max(edge, *(start for start in starts if start is not None))


def _known(levels: Sequence[Level], day: date) -> float:
    """Return a dose that is known."""
    dose = dose_at(levels, day)
    assert dose is not None  # noqa: S101 - the days compared are chosen so
    return dose


def _finding(found: Doses, settings: Settings, compared: tuple[float, float, float, float, float]) -> Finding:
    """Return the finding of a fall."""
    before, now, planned_before, planned_now, planned = compared
    last = found.began(found.actual, found.today)
    days, ratio = f"{settings['too_fast_days']:.0f}", settings["too_fast_ratio"]
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"Steroids fell by {mg(before - now)} a day within {days} days, to {mg(now)} since {on(last)}; {mg(planned)} were "
            "planned. "
            f"More than {ratio:g} times the plan and {mg(settings['too_fast_mg'])} beyond it is too fast."
        ),
        arithmetic=(
            f"Taken: {mg(before)} {MINUS} {mg(now)} = {mg(before - now)}",
            f"Planned: {mg(planned_before)} {MINUS} {mg(planned_now)} = {mg(planned_before - planned_now)}",
            f"Limit: {ratio:g} × {mg(planned)} = {mg(ratio * planned)}, and {mg(planned + settings['too_fast_mg'])}",
        ),
        clears_when=f"The fall over {days} days is within the plan again, or the plan is changed.",
        evidence=(*found.evidence(last, "result"), *found.evidence(found.today, "support", planned=True)),
        threshold=(
            f"More than {ratio:g} times the planned fall of {days} days, and more than {mg(settings['too_fast_mg'])} beyond it"
        ),
        citation=CITATION,
        numbers={"before": before, "now": now, "planned_before": planned_before, "planned_now": planned_now},
        since=midnight(found.history, last),
    )


RULE: Final = Rule(
    name=NAME,
    title="Steroids reduced too fast",
    version=VERSION,
    thresholds=(
        "Moderate: within 28 days the dose fell by more than 1.25 times what was planned, and by more than 5 mg a day beyond it.",
    ),
    rationale=(
        "Relapses follow a reduction of steroids, and an adrenal gland that has slept for weeks does not wake in days. A dose that "
        "falls faster than the plan is either a mistake or a plan that nobody wrote down."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
