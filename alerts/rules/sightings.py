"""What somebody saw and a person must close: acid-fast bacilli, atypical cells, a cavity. Seen again, it is one alert. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from alerts.rules.results import DAY, moment, next_fact
from alerts.rules.rule import Answer, Clear, Finding, Judgment, Setting, Settings
from patients.history import EventRecord, History

SEEN: Final = Setting(
    "seen_days",
    180,
    "d",
    "working value: what was seen so long ago is no news; seen again before, it is the same",
    28,
    730,
)
CLOSED: Final = "A person closes it, with a reason."


def runs(events: Sequence[EventRecord], days: float) -> list[list[EventRecord]]:
    """Return events grouped into runs, oldest first: each not more than so many days after the one before."""
    found: list[list[EventRecord]] = []
    for event in events:
        if found and (event.effective_at - found[-1][-1].effective_at).total_seconds() <= days * DAY:
            found[-1].append(event)
        else:
            found.append([event])
    return found


def judged(
    name: str,
    seen: Sequence[EventRecord],
    history: History,
    settings: Settings,
    at: datetime,
    finding: Callable[[list[EventRecord]], Finding],
) -> Judgment:
    """Return the finding of the newest run, while its last event is recent; clear otherwise: the alert waits for a person anyway.

    `seen` are the events that show it and were true at `at`, oldest first.
    """
    coming = next_fact(history, at.timestamp(), ())
    changes = [] if coming is None else [coming]
    found = runs(seen, settings[SEEN.name])
    answer: Answer = Clear(name, "")
    if found:
        until = found[-1][-1].effective_at.timestamp() + settings[SEEN.name] * DAY
        if at.timestamp() < until:
            answer = finding(found[-1])
            changes.append(until)
    return Judgment((answer,), moment(min(changes)) if changes else None)
