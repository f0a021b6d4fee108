"""Exacerbations and the remissions between them, the open one censored; the phase a patient is in. Pure.

Exacerbations are those that a physician confirmed and those that are proposed (`alerts.episodes`) and not decided yet: both count,
and what rests on a proposed one says so. All dates are days of the patient's calendar, seen from `history.at`. A remission is
counted from the last day of an exacerbation to the first of the next (clinical specification, B3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from alerts.episodes import Proposal
from alerts.rules import hemoglobin_fall, support
from alerts.rules.circumstances import OPEN_EPISODE
from alerts.rules.evidence import local_day as local_day
from alerts.rules.proposing import LEAST as LEAST
from alerts.rules.proposing import MERGED as MERGED
from alerts.rules.remembering import REMEMBERED, Remembered
from alerts.rules.results import hemoglobin, known
from alerts.rules.rule import number_of
from alerts.rules.wording import NBSP
from patients.history import EventRecord, History

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


def proposals(history: History) -> tuple[Proposal, ...]:
    """Return the exacerbations that wait for a physician's decision, oldest first, as far as they are known at `history.at`.

    A remission that was recorded after the last sign ends one.
    """
    remitted = _remitted(history)
    return tuple(
        replace(one, end=_ended(one.last_sign, one.end, remitted))
        for one in _proposed(Remembered(history))
        if not _is_stated(one)
    )


def episodes(history: History) -> tuple[Episode, ...]:
    """Return the exacerbations, confirmed and proposed, oldest first, those that overlap or begin close together as one.

    One whose end nobody stated ends 14 days after its start, or after the last sign that followed without a longer gap; earlier
    where a remission was recorded.
    """
    remitted = _remitted(history)
    found = [
        _episode(history, event, remitted)
        for event in _known(history, "exacerbation")
        if event.findings.get("status") == "confirmed"
    ]
    found += [Episode(one.start, one.end, proposed=True) for one in proposals(history)]
    apart = int(number_of(history, MERGED))
    return tuple(_merged(sorted(found, key=lambda one: (one.start, one.end)), apart))


def remissions(history: History) -> tuple[Remission, ...]:
    """Return every remission, oldest first: closed ones of 28 days and more, and the open one from its first day on."""
    all_ = episodes(history)
    found = [
        Remission(before.end, after.start, days, open=False, proposed=before.proposed or after.proposed)
        for before, after in pairwise(all_)
        if (days := (after.start - before.end).days) >= number_of(history, LEAST)
    ]
    so_far = (_last_day(history) - all_[-1].end).days if all_ else 0
    if so_far > 0:
        found.append(Remission(all_[-1].end, None, so_far, open=True, proposed=all_[-1].proposed))
    return tuple(found)


def phase(history: History) -> Phase:
    """Return the phase on the patient's today: within an exacerbation that one, else what was said last; unknown where nothing was.

    What a physician said since a proposed exacerbation began goes before it. After an exacerbation comes remission, until a
    physician records another phase (a `remission` that is not complete, or a diagnosis with a phase).
    """
    died = history.patient.death_date
    today = local_day(history, history.at)
    if died is not None and died <= today:
        return Phase(DIED, died, None, f"died on {died.day}{NBSP}{died:%b}{NBSP}{died.year}")
    last, stated = next(reversed(episodes(history)), None), _statements(history)
    if last is not None and today > last.end:
        stated = [(last.end + timedelta(days=1), REMISSION), *(one for one in stated if one[0] > last.end)]
    elif last is not None:
        stated = [one for one in stated if last.proposed and one[0] >= last.start]
        if not stated:
            words = "proposed exacerbation" if last.proposed else EXACERBATION
            return _phase(EXACERBATION, last.start, today, words)
    if not stated:
        return Phase(UNKNOWN, None, None, UNKNOWN)
    since, name = stated[0]
    for day, following in stated[1:]:
        since, name = (since, name) if following == name else (day, following)
    return _phase(name, since, today)


def chain(history: History) -> str:
    """Return the lengths of all remissions, oldest first: "212 → 140 → 88 → 41+ days"; empty where there was none."""
    lengths = [f"{one.days}+" if one.open else str(one.days) for one in remissions(history)]
    if not lengths:
        return ""
    return f"{' → '.join(lengths)}{NBSP}{'day' if lengths in (['1'], ['1+']) else 'days'}"


def _known(history: History, kind: str) -> list[EventRecord]:
    """Return the events of a kind that were true at `history.at`."""
    return known(history, history.at.timestamp(), kind)


@lru_cache(maxsize=REMEMBERED)
def _proposed(seen: Remembered) -> tuple[Proposal, ...]:
    """Return everything that signs propose, those of a physician's word without an end among it."""
    history = seen.history
    settings = hemoglobin_fall.RULE.resolved(history.settings)
    return hemoglobin_fall.proposed(hemoglobin(history, settings, history.at, also=support.CODES), settings)


def _is_stated(one: Proposal) -> bool:
    """Whether a physician's word is one of the signs: then nothing is left to decide."""
    return any(sign.source == "physician" for sign in one.signs)


def _remitted(history: History) -> list[date]:
    """Return the days on which a remission was recorded."""
    return [local_day(history, event.effective_at) for event in _known(history, "remission")]


def _ended(last: date, end: date, remitted: Sequence[date]) -> date:
    """Return the end of an exacerbation, the day before a remission that was recorded after its last sign."""
    return min([end, *(day - timedelta(days=1) for day in remitted if day > last)])


def _episode(history: History, event: EventRecord, remitted: Sequence[date]) -> Episode:
    """Return a confirmed exacerbation with its end."""
    start = local_day(history, event.effective_at)
    until = event.findings.get("until")
    if until:
        return Episode(start, max(start, date.fromisoformat(until)))
    signs = [
        one
        for one in _proposed(Remembered(history))
        if any((sign.kind, sign.id) == ("event", event.id) for sign in one.signs)
    ]
    last = max((one.last_sign for one in signs), default=start)
    return Episode(start, _ended(last, max([start + OPEN_EPISODE, *(one.end for one in signs)]), remitted))


def _merged(found: Sequence[Episode], apart: int) -> Iterator[Episode]:
    """Yield episodes in order, those as one that overlap or whose starts are too close."""
    current: Episode | None = None
    newest_start = date.min
    for one in found:
        if current is not None and (one.start <= current.end or (one.start - newest_start).days < apart):
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


def _phase(name: str, since: date, today: date, words: str = "") -> Phase:
    """Return a phase with its day counted from 1; `words` where it is called otherwise."""
    day = (today - since).days + 1
    return Phase(name, since, day, f"{words or name}, day {day}")
