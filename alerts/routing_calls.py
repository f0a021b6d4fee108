"""Who is called again, while nobody has taken an alert on, and when. Pure: asked when a call is due, with the team as of then.

High: a reminder after 30 minutes, the next level of the chain after 60 and each further 60, then all of the chain each 60, until a
person has it. Moderate: the next level once, 72 hours after it was first told, in whichever way. What waited for a digest though
it is high (old, or found by a first look) goes at the pace of 72 hours, and does not stop. What was taken on and is still open is
asked of its owner again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from alerts.routing import Channel, Reason, Team, Told, chain, each, holders, on_duty
from alerts.rules.rule import Severity

REMINDER_AFTER: Final = timedelta(minutes=30)
CHAIN_EVERY: Final = timedelta(minutes=60)
NEXT_LEVEL_AFTER: Final = timedelta(hours=72)
FORGOTTEN_AFTER: Final[Mapping[Severity, timedelta]] = {
    Severity.HIGH: timedelta(hours=24),
    Severity.MODERATE: timedelta(days=7),
    Severity.LOW: timedelta(days=28),
}
"""After how long what somebody took on is asked of them again (working values: a day's round, a week's, the longest digest cycle
of a month; no source gives any)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert whose call is due: `due_at` when, `calls` how many there were since the news was new.

    `quiet`: the news waited for a digest; `told` heard of the news when it was new; `owner` has taken it on.
    """

    severity: Severity
    state: str
    due_at: datetime
    calls: int = 0
    quiet: bool = False
    told: frozenset[int] = field(default_factory=frozenset)
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Who is told now, and when to ask again (None: never). `level` is the level of the chain that hears of it, 0 for no one level.

    `further`: it goes to people who had not been told.
    """

    told: tuple[Told, ...]
    next_at: datetime | None
    level: int = 0
    further: bool = False


def first_call(severity: Severity, state: str, at: datetime, *, quiet: bool = False) -> datetime | None:
    """Return when somebody is to be told again of an alert that came into a state now; None where nobody will be."""
    if state == "acknowledged":
        return at + FORGOTTEN_AFTER[severity]
    if state != "raised" or severity is Severity.LOW:
        return None
    return at + (REMINDER_AFTER if severity is Severity.HIGH and not quiet else NEXT_LEVEL_AFTER)


def after_worse(
    severity: Severity, at: datetime, *, due_at: datetime | None, quiet: bool = False
) -> tuple[datetime | None, bool]:
    """Return when a call is due of what became worse while nobody had it, and whether it goes on from where it was.

    Nothing is put off by it: else a value that falls hour by hour would never reach the second level, nor would what an old sample
    made worse go on at the pace it had. What went at the slow pace and is urgent now begins with who is on duty.
    """
    fresh = first_call(severity, "raised", at, quiet=quiet)
    if fresh is None or due_at is None:
        return fresh, False
    was_slow = due_at > at + CHAIN_EVERY
    if was_slow and severity is Severity.HIGH and not quiet:
        return fresh, False
    return min(fresh, due_at), True


def call(waiting: Waiting, team: Team, *, at: datetime) -> Call:
    """Return whom to tell again. A team of nobody is asked again at the next turn. Nobody is named twice."""
    if waiting.state == "acknowledged":
        people = holders(waiting.owner, waiting.severity, team)
        turn = FORGOTTEN_AFTER[waiting.severity]
        return Call(each(people, Channel.EMAIL, at, Reason.STILL_YOURS), _after(waiting, turn, at))
    if waiting.state != "raised" or waiting.severity is Severity.LOW:
        return Call((), None)
    if waiting.severity is Severity.MODERATE or waiting.quiet:
        return _slow(waiting, team, at)
    return _urgent(waiting, team, at)


def _urgent(waiting: Waiting, team: Team, at: datetime) -> Call:
    """On duty once more, then each further level, then everybody in the chain, hour by hour."""
    levels = chain(team)
    if waiting.calls == 0:
        next_at = _after(waiting, CHAIN_EVERY - REMINDER_AFTER, at)
        return Call(each(on_duty(team), Channel.EMAIL, at, Reason.REMINDER), next_at, level=1)
    next_at = _after(waiting, CHAIN_EVERY, at)
    if waiting.calls < len(levels):
        people = levels[waiting.calls]
        return Call(each(people, Channel.EMAIL, at, Reason.NEXT_IN_CHAIN), next_at, waiting.calls + 1, further=True)
    return Call(each(_everybody(levels), Channel.EMAIL, at, Reason.REMINDER), next_at)


def _slow(waiting: Waiting, team: Team, at: datetime) -> Call:
    """The first level of which nobody was told; where all were, everybody in the chain. Only a high one goes on."""
    levels = chain(team)
    next_at = _after(waiting, NEXT_LEVEL_AFTER, at) if waiting.severity is Severity.HIGH else None
    if not levels:
        next_at = _after(waiting, CHAIN_EVERY, at)
    fresh = [] if waiting.calls else [place for place, one in enumerate(levels) if not waiting.told & set(one)]
    if fresh:
        people = each(levels[fresh[0]], Channel.EMAIL, at, Reason.NEXT_IN_CHAIN)
        return Call(people, next_at, fresh[0] + 1, further=True)
    return Call(each(_everybody(levels), Channel.EMAIL, at, Reason.REMINDER), next_at)


def _everybody(levels: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """Return the people of all levels."""
    return tuple(person for level in levels for person in level)


def _after(waiting: Waiting, turn: timedelta, at: datetime) -> datetime:
    """Return the next turn, counted from when this one was due, so that lateness does not add up; from now where that is past."""
    planned = waiting.due_at + turn
    return planned if planned > at else at + turn
