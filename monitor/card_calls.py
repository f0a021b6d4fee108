"""How often people were told again of an alert, and the last time of whom: what its card says while it still asks for somebody."""

from collections.abc import Sequence
from typing import Final

from alerts.changes import Verb
from alerts.models import Alert, Transition
from monitor.templatetags.showing import moment

AGAIN: Final = (Verb.ESCALATED, Verb.REMINDED)
BEGINS: Final = (Verb.RAISED, Verb.RETURNED, Verb.WOKEN, Verb.ACKNOWLEDGED, Verb.SNOOZED, Verb.MUTED)
"""From what on calls are counted: a new bout, or what somebody did. What became worse meanwhile goes on (0013)."""
EVERYBODY: Final = "the whole chain"


def called(alert: Alert, trail: Sequence[Transition]) -> str:
    """Return how often people were called, when last, and to which level: "called 2×, last 23 Nov 2026, 09:31: level 2".

    What was taken on asks its owner: "reminded 2×, last …". Empty where nobody was told again, and of what sleeps or is closed.
    """
    if alert.state not in ("raised", "acknowledged"):
        return ""
    begun = max((place for place, one in enumerate(trail) if one.verb in BEGINS), default=0)
    again = [one for one in trail[begun:] if one.verb in AGAIN]
    if not again:
        return ""
    last = again[-1]
    times = f"{len(again)}×, last {moment(last.at)}"
    if alert.state == "acknowledged":
        return f"reminded {times}"
    level = last.detail.get("level") if isinstance(last.detail, dict) else None
    return f"called {times}: {f'level {level}' if level else EVERYBODY}"
