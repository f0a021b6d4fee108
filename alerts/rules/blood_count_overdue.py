"""A blood count that does not come while it matters most: clinical specification, B13. Pure.

Inputs: hemoglobin results, by when they were taken; the phase of the disease and the doses of steroids, which say how often blood
is to be counted. A patient without any result waits for the first work-up, not for this.
"""

from datetime import date, datetime
from typing import Final

from alerts.rules.doses import midnight, on
from alerts.rules.grace import BLOOD_OVERDUE, OVERDUE
from alerts.rules.lateness import Awaited, Look, look
from alerts.rules.rule import Clear, Finding, Judgment, Rule, Settings, Severity
from alerts.rules.wording import NBSP
from patients.history import History

NAME: Final = "blood_count_overdue"
VERSION: Final = 1
CITATION: Final = "Clinical specification B13, working values; Medscape, hemosiderosis follow-up."


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether a blood count has failed to come for a whole interval more, in active disease or during a taper."""
    seen = look(history, settings, at)
    urgent = seen.urgent_on(settings)
    if urgent is None or urgent[1] > seen.today:
        return Judgment((Clear(NAME, ""),), seen.recheck(settings))
    return Judgment((_finding(seen, *urgent, settings),), seen.recheck(settings))


def _finding(seen: Look, blood: Awaited, since: date, settings: Settings) -> Finding:
    """Return the finding."""
    every = f"every {blood.interval}{NBSP}days"
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.MODERATE,
        sentence=f"No blood count since it was due on {on(blood.due_on)}: during {seen.closely} blood is counted {every}.",
        arithmetic=(blood.line(), f"Told as such from {on(since)}"),
        clears_when="A blood count is recorded, or the disease is not active and no steroid taper goes on.",
        evidence=blood.evidence,
        threshold=f"In active disease or during a taper late by more than {settings[BLOOD_OVERDUE.name]:g}{NBSP}% of the interval",
        citation=CITATION,
        numbers={"interval_days": blood.interval},
        since=midnight(seen.history, since),
    )


RULE: Final = Rule(
    name=NAME,
    title="Blood count overdue",
    version=VERSION,
    thresholds=(
        "Moderate: in active disease or during a steroid taper the blood count is late by more than 100 % of its interval.",
    ),
    rationale=(
        "Every watch of bleeding looks at hemoglobin: while none comes, all of them are silent, and a silent patient looks like a "
        "well one. It is told where a bleed is most likely; elsewhere the blood count is one of the overdue tests."
    ),
    citation=CITATION,
    settings=(BLOOD_OVERDUE, OVERDUE),
    judge=judge,
)
