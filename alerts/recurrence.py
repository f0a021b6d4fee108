"""Exacerbations and the remissions between them, the open one censored; the phase a patient is in. Pure.

Lengths and words only: whether remissions shorten is tested elsewhere. All dates are days of the patient's calendar, seen from
`history.at`. A remission is counted from the last day of an exacerbation to the first of the next (clinical specification, B3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from alerts.rules.circumstances import OPEN_EPISODE
from alerts.rules.results import known
from alerts.rules.rule import Setting
from alerts.rules.wording import NBSP
from patients.history import EventRecord, History

MERGED: Final = Setting("merged_days", 28, "d", "clinical specification B3: starts closer than 28 days merge", 7, 90)
LEAST: Final = Setting(
    "remission_least_days", 28, "d", "clinical specification B3: remissions of 28 days and more", 7, 90
)
SETTINGS: Final = (MERGED, LEAST)

EXACERBATION, REMISSION, PARTIAL, UNKNOWN, DIED = "exacerbation", "remission", "incomplete remission", "unknown", "died"
SAID: Final = {
    "acute": "acute",
    "exacerbation": EXACERBATION,
    "incomplete_remission": PARTIAL,
    "remission": REMISSION,
}
"""A phase as a diagnosis states it, in words."""
ACTIVE: Final = frozenset({"acute", EXACERBATION})
"""Phases in which the disease is active."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An exacerbation from its first day to its last; `proposed` where no physician has confirmed it yet."""

    start: date
    end: date
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Remission:
    """The days from the end of an exacerbation to the start of the next. An open one has no end; it lasts `days` so far, and how
    long it will be is not known. `proposed` where it rests on an exacerbation that no physician has confirmed yet."""

    start: date
    end: date | None
    days: int
    open: bool
    proposed: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase by name; `since` is its first day and day 1; in words "remission, day 88"."""

    name: str
    since: date | None
    day: int | None
    words: str


def local_day(history: History, moment: datetime) -> date:
    """Return the date on the patient's calendar at a moment."""
    return moment.astimezone(ZoneInfo(history.patient.time_zone or "UTC")).date()


def episodes(history: History) -> tuple[Episode, ...]:
    """Return the exacerbations that a physician confirmed, oldest first, those that overlap or begin close together as one.

    One whose end nobody stated ends 14 days after its start (no evidence after it is known here), or the day before a remission
    was recorded within these.
    """
    remitted = [local_day(history, event.effective_at) for event in _known(history, "remission")]
    found = [
        _episode(history, event, remitted)
        for event in _known(history, "exacerbation")
        if event.findings.get("status") == "confirmed"
    ]
    return tuple(_merged(sorted(found, key=lambda one: (one.start, one.end))))


def remissions(history: History) -> tuple[Remission, ...]:
    """Return every remission, oldest first: closed ones of 28 days and more, and the open one from its first day on."""
    all_ = episodes(history)
    found = [
        Remission(before.end, after.start, days, open=False, proposed=before.proposed or after.proposed)
        for before, after in pairwise(all_)
        if (days := (after.start - before.end).days) >= LEAST.default
    ]
    so_far = (_last_day(history) - all_[-1].end).days if all_ else 0
    if so_far > 0:
        found.append(Remission(all_[-1].end, None, so_far, open=True, proposed=all_[-1].proposed))
    return tuple(found)


def phase(history: History) -> Phase:
    """Return the phase on the patient's today: within an exacerbation that one, else what was said last; unknown where nothing was.

    After an exacerbation comes remission, until a physician records another phase (a `remission` that is not complete, or a
    diagnosis with a phase).
    """
    died = history.patient.death_date
    today = local_day(history, history.at)
    if died is not None and died <= today:
        return Phase(DIED, died, None, f"died on {died.day}{NBSP}{died:%b}{NBSP}{died.year}")
    last = next(reversed(episodes(history)), None)
    if last is not None and today <= last.end:
        return _phase(EXACERBATION, last.start, today)
    said = [(day, name) for day, name in _statements(history) if last is None or day > last.end]
    if last is not None:
        said.insert(0, (last.end + timedelta(days=1), REMISSION))
    if not said:
        return Phase(UNKNOWN, None, None, UNKNOWN)
    since, name = said[0]
    for day, following in said[1:]:
        since, name = (since, name) if following == name else (day, following)
    return _phase(name, since, today)


def chain(history: History) -> str:
    """Return the lengths of all remissions, oldest first: "212 → 140 → 88 → 41+ days"; empty where there was none."""
    lengths = [f"{one.days}+" if one.open else str(one.days) for one in remissions(history)]
    if not lengths:
        return ""
    return f"{' → '.join(lengths)}{NBSP}{'day' if lengths in (['1'], ['1+']) else 'days'}"


def trend_words(history: History) -> str:
    """Return what can be said of the closed remissions without a test, empty for nothing."""
    lengths = [one.days for one in remissions(history) if not one.open]
    shrinks = len(lengths) >= 3 and lengths[-1] < lengths[-2] < lengths[-3]
    said = "Each of the last two closed remissions was shorter than the one before." if shrinks else ""
    return f"{said} Three are too few to test." if shrinks and len(lengths) == 3 else said


def _known(history: History, kind: str) -> list[EventRecord]:
    """Return the events of a kind that were true at `history.at`."""
    return known(history, history.at.timestamp(), kind)


def _episode(history: History, event: EventRecord, remitted: Sequence[date]) -> Episode:
    """Return a confirmed exacerbation with its end."""
    start = local_day(history, event.effective_at)
    until = event.findings.get("until")
    if until:
        return Episode(start, max(start, date.fromisoformat(until)))
    ends = (day - timedelta(days=1) for day in remitted if day > start)
    return Episode(start, min([start + OPEN_EPISODE, *ends]))


def _merged(found: Sequence[Episode]) -> Iterator[Episode]:
    """Yield episodes in order, those as one that overlap or whose starts are too close."""
    current: Episode | None = None
    newest_start = date.min
    for one in found:
        if current is not None and (one.start <= current.end or (one.start - newest_start).days < MERGED.default):
            proposed = current.proposed and one.proposed
            current = Episode(current.start, max(current.end, one.end), proposed)
        else:
            if current is not None:
                yield current
            current = one
        newest_start = one.start
    if current is not None:
        yield current


def _last_day(history: History) -> date:
    """Return the last day of which something can be said: today, or that of death."""
    today = local_day(history, history.at)
    return min(today, history.patient.death_date or today)


def _statements(history: History) -> list[tuple[date, str]]:
    """Return what physicians said of the phase, by day; of one day a diagnosis comes last."""
    found = [
        (
            local_day(history, event.effective_at),
            0,
            REMISSION if event.findings.get("complete") is not False else PARTIAL,
        )
        for event in _known(history, "remission")
    ]
    found += [
        (local_day(history, event.effective_at), 1, SAID[event.findings["phase"]])
        for event in _known(history, "diagnosis")
        if event.findings.get("phase") in SAID
    ]
    return [(day, name) for day, _, name in sorted(found, key=lambda one: one[:2])]


def _phase(name: str, since: date, today: date) -> Phase:
    """Return a phase with its day counted from 1."""
    day = (today - since).days + 1
    return Phase(name, since, day, f"{name}, day {day}")
