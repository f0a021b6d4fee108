"""Relapses that began at about the same steroid dose: clinical specification, B4. Pure.

Inputs: exacerbations, and the doses planned and taken at which each began. The first exacerbation, before any dose, is no relapse.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from alerts import recurrence
from alerts.rules.doses import TIE, doses, local_day, mg, midnight, on
from alerts.rules.results import moment, next_fact
from alerts.rules.rule import Answer, Clear, Evidence, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.wording import MINUS, NBSP, listed
from alerts.steroids import FLOOR_SHARE, floor_of, relapse_doses
from patients.history import History

NAME: Final = "steroid_dose_floor"
VERSION: Final = 1
CITATION: Final = "Clinical specification B4, working values; each relapse below one dose: its case C06 (25 mg)."
SETTINGS: Final = (
    Setting("floor_percent", 100 * FLOOR_SHARE, "%", "clinical specification B4: relapses within ±20 % of one dose", 5, 40),
    Setting("floor_relapses", 2, "1", "clinical specification B4", 2, 5),
)  # fmt: skip


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether relapses began at about one dose."""
    found = doses(history, at, days=0)
    if found is None:
        return Judgment((Clear(NAME, ""),))
    seen = replace(history, at=at)
    spells = {one.start: one.proposed for one in recurrence.episodes(seen)}
    group = floor_of(relapse_doses(seen, spells), settings["floor_percent"] / 100)
    few = len(group) < settings["floor_relapses"]
    answer: Answer = Clear(NAME, "") if few else _finding(seen, group, spells, settings)
    fact = next_fact(history, at.timestamp(), tuple(history.series))
    rechecks = (found.recheck((0,)), None if fact is None else moment(fact))
    return Judgment((answer,), min([one for one in rechecks if one is not None], default=None))


def _finding(
    history: History, group: Sequence[tuple[date, float]], spells: Mapping[date, bool], settings: Settings
) -> Finding:
    """Return the finding of a dose below which the disease comes back; `spells` says which exacerbations are proposed."""
    low, high = min(dose for _, dose in group), max(dose for _, dose in group)
    spread = mg(low) if low == high else f"{mg(low)} to {mg(high)}"
    share = f"{settings['floor_percent']:g}{NBSP}%"
    times = [f"{on(day)} at {mg(dose)}{' (proposed)' if spells[day] else ''}" for day, dose in group]
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=(
            f"{len(group)} relapses began at {spread} of steroids a day. "
            f"They lie within {share} of one dose: {listed(times)}. The plan may have to stay above it."
        ),
        arithmetic=tuple(
            f"{mg(dose)} {MINUS} {mg(middle_of(group, settings))} = {mg(dose - middle_of(group, settings))}, on {on(day)}"
            for day, dose in group
        ),
        clears_when="A correction leaves fewer relapses at one dose; until then a person closes it, with a reason.",
        evidence=tuple(row for day, _ in group for row in _evidence(history, day)),
        threshold=f"{settings['floor_relapses']:.0f} relapses or more within ±{share} of one dose",
        citation=CITATION,
        level=len(group) - 2,
        numbers={"lowest": low, "highest": high, "relapses": float(len(group))},
        since=midnight(history, group[-1][0]),
    )


def middle_of(group: Sequence[tuple[date, float]], settings: Settings) -> float:
    """Return the dose of one of the relapses that all of them lie close to: the highest such."""
    share = settings["floor_percent"] / 100
    doses_ = sorted({dose for _, dose in group}, reverse=True)
    return next(one for one in doses_ if all(abs(dose - one) <= share * one + TIE for _, dose in group))


def _evidence(history: History, day: date) -> Iterator[Evidence]:
    """Yield the rows of an exacerbation that began on a day: what a physician said, or the first sign that proposes it."""
    for event in history.events_of("exacerbation"):
        if event.findings.get("status") == "confirmed" and local_day(history, event.effective_at) == day:
            yield Evidence("result", "event", event.id, event.kind, event.effective_at, "confirmed", "")
    for proposal in recurrence.proposals(history):
        if proposal.start == day:
            first = proposal.signs[0]
            yield Evidence("result", first.kind, first.id, first.source, first.at, first.words, "")


RULE: Final = Rule(
    name=NAME,
    title="Relapses at one steroid dose",
    version=VERSION,
    thresholds=(
        "Moderate: two relapses or more began within 20 % of one dose.",
        "Each further relapse at that dose counts as worse.",
    ),
    rationale=(
        "Many patients relapse each time below a dose of their own. Who sees that two plans failed at the same dose will not plan "
        "the third one through it."
    ),
    citation=CITATION,
    settings=SETTINGS,
    judge=judge,
)
