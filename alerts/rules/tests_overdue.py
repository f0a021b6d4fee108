"""Regular tests that are overdue, one finding a patient: clinical specification, B13. Pure.

Inputs: when each regular test was last done, and how often it is asked for. A blood count that is told by itself
(`blood_count_overdue`) is not told here again. Repeats that a finding asks for are to-dos beside that finding.
"""

from datetime import datetime
from typing import Final

from alerts.rules.doses import midnight
from alerts.rules.grace import BLOOD_OVERDUE, OVERDUE
from alerts.rules.lateness import BLOOD_COUNT, Awaited, Look, look
from alerts.rules.rule import Clear, Finding, Judgment, Rule, Settings, Severity
from alerts.rules.wording import NBSP, listed
from patients.history import History

NAME: Final = "tests_overdue"
VERSION: Final = 1
CITATION: Final = "Clinical specification B13, working values; Medscape, hemosiderosis follow-up."
CAPITALS: Final = 2
"""From how many capital letters on a name begins with an abbreviation: ECG."""


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return which regular tests are overdue; clear where none is, and of who has died."""
    seen = look(history, settings, at)
    urgent = seen.urgent_on(settings)
    told = {BLOOD_COUNT} if urgent is not None and urgent[1] <= seen.today else set()
    late = tuple(one for one in seen.awaited if one.overdue_on <= seen.today and one.subject not in told)
    answer = _finding(seen, late, settings) if late else Clear(NAME, "")
    return Judgment((answer,), seen.recheck(settings))


def _finding(seen: Look, late: tuple[Awaited, ...], settings: Settings) -> Finding:
    """Return the finding; its bout is that of the newest test, so that what is closed comes back for another one."""
    names = listed([_within(one.name) for one in late])
    verb = "regular test is" if len(late) == 1 else "regular tests are"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.LOW,
        sentence=f"{len(late)} {verb} overdue: {names}.",
        arithmetic=tuple(one.line() for one in late),
        clears_when="Each of them is recorded, or asked for no more.",
        evidence=tuple(row for one in late for row in one.evidence),
        threshold=f"Late by {settings[OVERDUE.name]:g}{NBSP}% of the interval, one day at least",
        citation=CITATION,
        numbers={"tests": len(late)},
        since=midnight(seen.history, max(one.overdue_on for one in late)),
    )


def _within(name: str) -> str:
    """Return a name as it stands within a sentence."""
    return name if name[:CAPITALS].isupper() else name[0].lower() + name[1:]


RULE: Final = Rule(
    name=NAME,
    title="Regular tests overdue",
    version=VERSION,
    thresholds=(
        "Low: one regular test or more is late by 20 % of its interval, one day at least; one finding for all.",
    ),
    rationale=(
        "A test that is forgotten is not missed by anybody: nothing on a page changes when nothing comes. All that are overdue are "
        "told together, so that nobody is told of each."
    ),
    citation=CITATION,
    settings=(OVERDUE, BLOOD_OVERDUE),
    judge=judge,
)
