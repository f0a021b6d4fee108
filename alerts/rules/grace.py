"""From how many days late on something counts as overdue, and what share of its interval that is. Pure."""

import math
from typing import Final

from alerts.rules.rule import Setting

OVERDUE: Final = Setting(
    "overdue_percent", 20, "%", "clinical specification B13: info at due + 20 % of the interval", 0, 100
)
BLOOD_OVERDUE: Final = Setting(
    "blood_count_overdue_percent", 100, "%", "clinical specification B13: warning at + 100 % of the interval", 20, 400
)
"""Of a blood count in active disease or during a taper."""


def grace_of(interval: int, percent: float = OVERDUE.default) -> int:
    """Return from how many days late on something is overdue that is due after an interval: the set share of it, a day at least."""
    return max(1, math.ceil(percent * interval / 100))
