"""Whether what is found now is worse than what an alert was put off on. Pure.

An alert keeps the worst it ever had, and a finding the level of the worst since its onset: neither tells that a value fell further
within the highest level, or fell again after it had risen. Whoever put an alert off looked at one finding, and that is the measure
(docs/decisions/0012).
"""

from datetime import datetime
from typing import Final

from alerts.rules.findings import rounded
from alerts.rules.rule import Evidence, Finding

FURTHER_PERCENT: Final = 5
"""How much further the result of a low or moderate alert must fall to wake it. Working value: half of the fall of 10 % that is told
at once (clinical specification B1, R2+), and above what the hemoglobin of one healthy person varies by (CV 2.8 %, Dot et al., Arch
Pathol Lab Med 1992;116:825)."""
RESULT: Final = "result"


def worsened(now: Finding, slept_on: Finding, *, high: bool) -> bool:
    """Return whether new facts make a finding worse than the one that somebody put off; the same facts never do.

    Worse is a higher severity or level, or a lower newest result: any lower one where `high`, the highest severity that the alert
    had, else one by a further `FURTHER_PERCENT`. Where a rule names no result, a newer one of whatever kind is worse if `high`.
    """
    known = {(row.kind, row.id) for row in slept_on.evidence}
    fresh = [row for row in now.evidence if (row.kind, row.id) not in known]
    if not fresh:
        return False
    if (now.severity, now.level) > (slept_on.severity, slept_on.level):
        return True
    newest, before = _newest(fresh), _newest(slept_on.evidence)
    if newest is None or (before is not None and newest < before):
        return False
    if RESULT in now.numbers and RESULT in slept_on.numbers:
        limit = slept_on.numbers[RESULT] * (1 if high else 1 - FURTHER_PERCENT / 100)
        return rounded(now.numbers[RESULT]) < rounded(limit)
    return high and (before is None or newest > before)


def _newest(rows: list[Evidence] | tuple[Evidence, ...]) -> datetime | None:
    """Return when the newest result among rows of evidence was true."""
    return max((row.effective_at for row in rows if row.role == RESULT), default=None)
