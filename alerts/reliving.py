"""The life that alerts would have had if no person had touched them: `alerts.lifecycle` without a database. Pure.

Only what the watch does by itself: raise, worsen, recover, return within seven days. A latching alert waits for a person there;
here it is taken to have been closed seven days after it was raised, so that the next bout counts as another alert.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from alerts.judging import Verdict
from alerts.rules.rule import Finding, Severity
from alerts.stories import Part, as_part, stories

RETURNS_WITHIN: Final = timedelta(days=7)
"""As `alerts.lifecycle` has it; the tests compare both."""
CLOSED_AFTER: Final = timedelta(days=7)
"""When a person is taken to have closed a latching alert (working value)."""


@dataclass(slots=True)
class Lived:
    """One alert: when it was raised, the highest severity and level it had, and where it stands. `finding` is the newest.

    `matter` is the same number for alerts that were one card when they were raised (`alerts.stories`): that of the first of them.
    """

    rule: str
    subject: str
    raised_at: datetime
    severity: Severity
    level: int
    finding: Finding
    open: bool = True
    resolved: bool = False
    closed_at: datetime | None = None
    clear_seen: bool = False
    matter: int = -1

    @property
    def latching(self) -> bool:
        """Whether it waits for a person."""
        return self.finding.latching


@dataclass(slots=True)
class Life:
    """The alerts of one patient, in the order in which they were raised."""

    alerts: list[Lived] = field(default_factory=list)
    _latest: dict[tuple[str, str], Lived] = field(default_factory=dict)

    def settle(self, verdict: Verdict, at: datetime) -> None:
        """Bring the alerts in line with a verdict; moments never go back."""
        self.close_latching(at)
        known = len(self.alerts)
        for finding in verdict.findings:
            self._found(finding, at)
        if len(self.alerts) > known:
            self._join(known)
        for clear in verdict.clears:
            alert = self._latest.get((clear.rule, clear.subject))
            if alert is None:
                continue
            alert.clear_seen = True
            if alert.open and not alert.latching:
                alert.open, alert.closed_at = False, at

    def _join(self, known: int) -> None:
        """Say of each alert from number `known` on whether it came to a card that was open, or is one of its own."""
        for story in stories(self._part(number) for number, one in enumerate(self.alerts) if one.open):
            numbers = sorted(part.id.int for part in story.parts)
            matter = min((self.alerts[number].matter for number in numbers if number < known), default=numbers[0])
            for number in numbers:
                if number >= known:
                    self.alerts[number].matter = matter

    def _part(self, number: int) -> Part:
        """Return an alert as its story sees it, its number as its id."""
        one = self.alerts[number]
        results = [row.effective_at for row in one.finding.evidence if row.role == "result"]
        return as_part(
            UUID(int=number), one.rule, int(one.severity), one.raised_at, results=results, since=one.finding.since
        )

    def close_latching(self, at: datetime) -> None:
        """Let a person have closed each latching alert in time."""
        for alert in self._latest.values():
            due = alert.raised_at + CLOSED_AFTER
            if alert.open and alert.latching and due <= at:
                alert.open, alert.resolved, alert.closed_at = False, True, due

    def _found(self, finding: Finding, at: datetime) -> None:
        """Raise, worsen, bring up to date, bring back, or leave alone."""
        alert = self._latest.get((finding.rule, finding.subject))
        if alert is None or self._is_another(finding, alert, at):
            raised = Lived(finding.rule, finding.subject, at, finding.severity, finding.level, finding)
            self._latest[finding.rule, finding.subject] = raised
            self.alerts.append(raised)
        elif alert.open or not alert.resolved:
            alert.severity, alert.level = max((alert.severity, alert.level), (finding.severity, finding.level))
            alert.open, alert.closed_at, alert.clear_seen, alert.finding = True, None, False, finding

    def _is_another(self, finding: Finding, alert: Lived, at: datetime) -> bool:
        """Whether what was over and is found now is another alert; what is resolved and no other stays closed."""
        if alert.open:
            return False
        if (finding.severity, finding.level) > (alert.severity, alert.level):
            return True
        closed = alert.closed_at or alert.raised_at
        if not alert.resolved:
            return at - closed > RETURNS_WITHIN
        return alert.clear_seen or (finding.since is not None and finding.since > closed)
