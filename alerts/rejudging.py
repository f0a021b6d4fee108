"""Judges alerts again at their own time, on what is known today: would they fire now? Nothing of them is written or rewritten.

Replay (`alerts.replaying`) asks what was known then, and must give the same bytes for ever; this asks what is known since.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from alerts import judging, rules
from alerts.models import Alert
from patients import timeline


def fire_now(alerts: Iterable[Alert], *, revision: int) -> dict[UUID, bool]:
    """Return, by id, whether each of one patient's alerts would fire at its own time on what a revision knows.

    With the numbers that were chosen then, so that only facts differ. Of an alert whose rule is gone, raises, or cannot judge any
    more, nothing is said: not knowing is no Clear. A history is read once for all alerts of one moment.
    """
    moments: dict[tuple[datetime, int], list[Alert]] = defaultdict(list)
    for alert in alerts:
        moments[alert.evaluated_at, alert.settings_version].append(alert)
    found: dict[UUID, bool] = {}
    for (at, numbers), of_moment in moments.items():
        asked = [rule for rule in rules.RULES if rule.name in {alert.rule for alert in of_moment}]
        if not asked:
            continue
        history = timeline.read(of_moment[0].patient_id, at=at, revision=revision, settings_version=numbers)
        verdict = judging.judge(history, at, rules=asked)
        fired = {(one.rule, one.subject) for one in verdict.findings}
        answered = {rule.name for rule in asked} - {failure.rule for failure in verdict.failures}
        unknown = {(one.rule, one.subject) for one in verdict.cannot_judge}
        for alert in of_moment:
            would = (alert.rule, alert.subject) in fired
            known = alert.rule in answered and not unknown & {(alert.rule, alert.subject), (alert.rule, "")}
            found |= {alert.pk: would} if would or known else {}
    return found
