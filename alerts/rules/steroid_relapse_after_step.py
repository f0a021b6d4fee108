"""A relapse soon after steroids were reduced, or after an infection: clinical specification, B4. Pure.

Inputs: doses planned and taken, infections, and the signs of a relapse (`relapse_signs`). A reduction counts by the actual dose:
what was taken, else what was planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from alerts.rules.doses import Doses, doses, later, local_day, mg, midnight, on, reductions
from alerts.rules.relapse_signs import Sign, Signs, signs
from alerts.rules.results import known
from alerts.rules.rule import Answer, CannotJudge, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import NBSP, day, listed
from patients.history import History

NAME: Final = "steroid_relapse_after_step"
VERSION: Final = 1
CITATION: Final = (
    "Relapses followed a reduction of steroids in 19 % and an infection in 38 %: Wang et al., BMC Pulm Med 2024;24:461. Days: "
    "clinical specification B4, working values."
)
SETTINGS: Final = (
    Setting("relapse_after_days", 28, "d", "clinical specification B4, working value", 7, 56),
    Setting("relapse_strong_days", 14, "d", "clinical specification B4, working value", 3, 28),
    Setting("relapse_shown_days", 90, "d", "clinical specification B1: recovery ends after 90 d", 28, 120),
    Setting("relapse_event_days", 28, "d", "clinical specification B3: starts closer than 28 d are one", 7, 90),
)


@dataclass(frozen=True, slots=True)
class Cause:
    """What came before a relapse: a reduction (doses before and since), or an infection, on a day."""

    day: date
    words: str
    before: float | None = None
    since: float | None = None
    evidence: tuple[Evidence, ...] = ()


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether signs of a relapse began soon after a reduction or an infection."""
    found = doses(history, at)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    within, shown, events = (
        int(settings[name]) for name in ("relapse_after_days", "relapse_shown_days", "relapse_event_days")
    )
    causes = [one for one in _causes(found, at) if (found.today - one.day).days <= within + shown]
    seen = signs(history, at) if causes else Signs((), "", None)
    answer = _answer(found, causes, seen, settings) if causes else Clear(NAME, "")
    offsets = (within + 1, within + shown + 1)
    lapses = [later(one.day, days) for one in causes for days in offsets]
    lapses += [later(local_day(history, one.since), days) for one in seen.found for days in (events, shown + 1)]
    ahead = [one.effective_at for one in history.events if one.effective_at > at]
    rechecks = (found.recheck((0, *offsets), lapses), seen.recheck_at, *ahead)
    return Judgment((answer,), min([one for one in rechecks if one is not None], default=None))


def _causes(found: Doses, at: datetime) -> list[Cause]:
    """Return reductions and infections, oldest first; of one day the reduction comes last."""
    infections = [
        Cause(
            local_day(found.history, event.effective_at),
            "an infection",
            evidence=(Evidence("support", "event", event.id, event.kind, event.effective_at, None, ""),),
        )
        for event in known(found.history, at.timestamp(), "infection")
    ]
    reduced = [
        Cause(day_, f"the reduction from {mg(before)} to {mg(since)} a day", before, since)
        for day_, before, since in reductions(found)
    ]
    return sorted([*infections, *reduced], key=lambda one: one.day)


def _answer(found: Doses, causes: Sequence[Cause], seen: Signs, settings: Settings) -> Answer:
    """Return the answer about the newest signs and what came before them."""
    pairs = [
        (sign, cause) for sign in seen.found if _shown(found, sign, settings) and (cause := _before(found, sign, causes, settings))
    ]  # fmt: skip
    if pairs:
        return _finding(found, pairs, settings)
    last = causes[-1]
    if seen.silent and (found.today - last.day).days <= settings["relapse_after_days"]:
        return CannotJudge(NAME, "", f"after {last.words} on {on(last.day)}: {seen.silent}")
    return Clear(NAME, "")


def _shown(found: Doses, sign: Sign, settings: Settings) -> bool:
    """Whether a sign still counts: a fall of hemoglobin until it has recovered, an event for some weeks."""
    event = any(row.kind == "event" and row.role == "result" for row in sign.evidence)
    days = settings["relapse_event_days"] - 1 if event else settings["relapse_shown_days"]
    return (found.today - local_day(found.history, sign.since)).days <= days


def _before(found: Doses, sign: Sign, causes: Sequence[Cause], settings: Settings) -> Cause | None:
    """Return the newest cause of the weeks before a sign, a reduction rather than an infection; None where there is none."""
    began = local_day(found.history, sign.since)
    near = [one for one in causes if 0 <= (began - one.day).days <= settings["relapse_after_days"]]
    reduced = [one for one in near if one.before is not None]
    return next(reversed(reduced or near), None)


def _finding(found: Doses, pairs: Sequence[tuple[Sign, Cause]], settings: Settings) -> Finding:
    """Return the finding: the first sign says how long after what the relapse began."""
    first, cause = pairs[0]
    zone = found.history.patient.time_zone
    days = (local_day(found.history, first.since) - cause.day).days
    strong = days <= settings["relapse_strong_days"]
    seen = listed(list(dict.fromkeys(f"{sign.words} on {day(sign.since, zone)}".replace(",", "") for sign, _ in pairs)))
    within = f"{settings['relapse_after_days']:.0f}{NBSP}days"
    last_effective = f" Last effective dose: {mg(cause.before)} a day." if cause.before is not None else ""
    rows = dict.fromkeys(row for sign, _ in pairs for row in sign.evidence)
    doses_then = found.evidence(cause.day, "support") if cause.before is not None else cause.evidence
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.HIGH,
        sentence=(
            f"Relapse {days}{NBSP}day{'' if days == 1 else 's'} after {cause.words} on {on(cause.day)}: {seen}. "
            f"Hold the next step{NBSP}– decide.{last_effective}"
        ),
        arithmetic=(f"{day(first.since, zone)} − {on(cause.day)} = {days}{NBSP}d; limit {within}",),
        clears_when="Hemoglobin has recovered, and films and hemoptysis lie weeks back.",
        evidence=(*rows, *doses_then),
        threshold=f"Signs of a relapse within {within} of a reduction or an infection",
        citation=CITATION,
        level=1 if strong else 0,
        numbers={"days": float(days), **({} if cause.before is None else {"last_effective": cause.before})},
        since=midnight(found.history, local_day(found.history, first.since)),
    )


RULE: Final = Rule(
    name=NAME,
    title="Relapse after a steroid step",
    version=VERSION,
    thresholds=(
        (
            "High: within 28 days of a reduction of steroids or of an infection, hemoglobin far below the own baseline (R2+) or "
            "sharply fallen (R4), or below it beside another sign (R2), new foci on a film, or hemoptysis of a teaspoon and more."
        ),
        "Within 14 days it counts as worse.",
    ),
    rationale=(
        "Whoever bleeds soon after a step has most likely gone below the dose that held the disease. The next step must wait until "
        "somebody has decided, and the last effective dose is where that decision begins."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
