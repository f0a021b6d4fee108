"""What shows that the disease is back, as the steroid plan asks it: falls of hemoglobin, new foci, hemoptysis. Pure.

Clinical specification, B4 ("relapse after step"): R2+ or R4, or R2 with a second source, or new foci, or hemoptysis of a teaspoon
and more. Numbers of the rules asked are those chosen for the patient.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from alerts.rules import hemoglobin_acute, hemoglobin_fall, hemoptysis
from alerts.rules.films import KINDS, has_new_foci
from alerts.rules.rule import CannotJudge, Clear, Evidence, Finding
from patients.history import EventRecord, History

SMALL: Final = hemoptysis.AMOUNTS[0]
"""Less than a teaspoon."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign in words: since when it shows, and its rows."""

    words: str
    since: datetime
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Signs:
    """All signs, oldest first; why hemoglobin says nothing, if so; and when it wants to be asked again."""

    found: tuple[Sign, ...]
    silent: str
    recheck_at: datetime | None


def signs(history: History, at: datetime) -> Signs:
    """Return what shows at a moment that the disease is back. Events count from their day on for ever: who asks sets a limit."""
    asked = (hemoglobin_fall.RULE, hemoglobin_acute.RULE)
    fall, acute = (rule.judge(history, rule.resolved(history.settings), at) for rule in asked)
    answers = (*fall.answers, *acute.answers)
    events = [one for one in history.events if one.effective_at <= at]
    found = [sign for one in answers if isinstance(one, Finding) and (sign := _of_hemoglobin(one)) is not None]
    films = [one for one in events if one.kind in KINDS and has_new_foci(one.findings)]
    found += [_of_event("new foci on a film", one, "new") for one in films]
    amounts = hemoptysis.RULE.resolved(history.settings)
    bled = [(one, hemoptysis.amount_of(one, amounts)) for one in events if one.kind == "hemoptysis"]
    found += [_of_event(hemoptysis.WORDS[amount], one, amount) for one, amount in bled if amount != SMALL]
    silent = next((answer.reason for answer in answers if isinstance(answer, CannotJudge)), "")
    silent = "" if any(isinstance(answer, Clear) for answer in answers) else silent
    rechecks = [one.recheck_at for one in (fall, acute) if one.recheck_at is not None]
    rechecks += [one.effective_at for one in history.events if one.effective_at > at]
    in_order = sorted(found, key=lambda one: (one.since, one.words))
    return Signs(tuple(in_order), silent, min(rechecks, default=None))


def _of_hemoglobin(finding: Finding) -> Sign | None:
    """Return a fall of hemoglobin as a sign; a small one counts only beside another source."""
    beside = [row for row in finding.evidence if row.role == "support" and row.code != "transfusion"]
    small = finding.rule == hemoglobin_fall.NAME and finding.level < hemoglobin_fall.MARKED
    if (small and not beside) or finding.since is None:
        return None
    results = [row for row in finding.evidence if row.role == "result"]
    sharp = finding.rule == hemoglobin_acute.NAME
    words = "a sharp fall of hemoglobin" if sharp else "hemoglobin below the own baseline"
    return Sign(words, finding.since, (*results, *(beside if small else ())))


def _of_event(words: str, event: EventRecord, value: str) -> Sign:
    """Return an event as a sign."""
    row = Evidence("result", "event", event.id, event.kind, event.effective_at, value, "")
    return Sign(words, event.effective_at, (row,))
