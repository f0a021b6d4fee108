"""What may happen in a life of alerts, and what may become of what: see `life_machine`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from alerts import handling, muting
from alerts.changes import WORDS_ONLY, ResolveReason, Verb
from alerts.models import Alert
from alerts.rules.rule import Severity, Telling
from tests.alerts.scenes import ACUTE, FALL, SEVERE, Scene

RULES: Final = (FALL, ACUTE, SEVERE)
STEPS: Final = {
    Verb.RAISED: ({""}, {"raised"}),
    Verb.WORSENED: ({"raised", "acknowledged", "snoozed"}, {"raised"}),
    Verb.UPDATED: ({"raised", "acknowledged", "snoozed"}, {"raised", "acknowledged", "snoozed"}),
    Verb.RETURNED: ({"recovered"}, {"raised"}),
    Verb.RECOVERED: ({"raised", "acknowledged", "snoozed"}, {"recovered"}),
    Verb.ACKNOWLEDGED: ({"raised", "snoozed"}, {"acknowledged"}),
    Verb.RESOLVED: ({"raised", "acknowledged", "snoozed"}, {"resolved"}),
    Verb.SNOOZED: ({"raised", "acknowledged", "snoozed"}, {"snoozed"}),
    Verb.WOKEN: ({"snoozed"}, {"raised"}),
    Verb.ASSIGNED: ({"raised", "acknowledged", "snoozed"}, {"raised", "acknowledged", "snoozed"}),
    Verb.MUTED: ({"raised", "acknowledged", "snoozed"}, {"snoozed"}),
}
"""From which states a verb leads to which: the whole life of an alert. What is said about it changes nothing."""
SAID: Final = frozenset(WORDS_ONLY)
LONG: Final = timedelta(days=4)
"""Longer than any mail is tried."""
FINDINGS: Final = st.builds(
    lambda severity, level, latching, at_once: {
        "severity": severity,
        "level": level,
        "latching": latching,
        "telling": Telling.AT_ONCE if at_once else Telling.USUAL,
    },
    st.sampled_from(Severity),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
)
SAYS: Final = st.one_of(FINDINGS, st.sampled_from(["clear", "unknown", "nothing", "breaks"]))
TO_BE_SEEN: Final = {"D17", "D18"}
"""Not faults: what doctor shows because a person must look."""
Act = Callable[[Scene, Alert, datetime], object]
ACTS: Final[dict[str, Act]] = {
    "acknowledge": lambda stage, one, at: handling.acknowledge(one.pk, by=stage.nurse, at=at),
    "snooze": lambda stage, one, at: handling.snooze(
        one.pk, by=stage.nurse, at=at, until=at + timedelta(hours=20), reason="seen today"
    ),
    "assign": lambda stage, one, at: handling.assign(one.pk, by=stage.nurse, at=at, to=stage.physician),
    "resolve": lambda stage, one, at: handling.resolve(one.pk, by=stage.physician, at=at, reason=ResolveReason.TREATED),
    "comment": lambda stage, one, at: handling.comment(one.pk, by=stage.nurse, at=at, text="told the family"),
    "mute": lambda stage, one, at: muting.mute(
        one.patient, one.rule, by=stage.physician, at=at, until=at + timedelta(days=3), reason="known, and treated"
    ),
    "rate": lambda stage, one, at: handling.feedback(one.pk, by=stage.nurse, at=at, useful=True),
}
"""What a person does with an alert."""


class CrashedError(Exception):
    """The process died here."""


@contextmanager
def dies(where: Any, name: str) -> Iterator[None]:
    """Let a function end the process the first time it is called, after which it is itself again."""
    usual = getattr(where, name)

    def die(*_: Any, **__: Any) -> Any:
        setattr(where, name, usual)
        raise CrashedError

    setattr(where, name, die)
    try:
        yield
    finally:
        setattr(where, name, usual)
