"""What somebody saw and a person must close: acid-fast bacilli, atypical cells, a cavity. Seen again, it is one alert. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from alerts.rules.results import DAY, moment, next_fact
from alerts.rules.rule import Answer, Clear, Evidence, Finding, Judgment, Setting, Settings, Severity
from alerts.rules.wording import day
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


def seen_in_samples(
    run: Sequence[EventRecord],
    history: History,
    *,
    rule: str,
    version: int,
    sentence: str,
    said: Callable[[EventRecord], str],
    level: int,
    threshold: str,
    citation: str,
) -> Finding:
    """Return the high finding of what samples showed, as often as they did; `said` is what one says, in words."""
    zone = history.patient.time_zone
    return Finding(
        rule=rule,
        rule_version=version,
        subject=str(run[0].origin),
        severity=Severity.HIGH,
        sentence=sentence,
        arithmetic=tuple(f"{day(one.effective_at, zone)}: {said(one)}" for one in run),
        clears_when=CLOSED,
        evidence=tuple(Evidence("result", "event", one.id, one.kind, one.effective_at, said(one), "") for one in run),
        threshold=threshold,
        citation=citation,
        latching=True,
        level=level,
        numbers={"samples": float(len(run))},
        since=run[0].effective_at,
    )


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
