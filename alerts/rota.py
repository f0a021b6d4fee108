"""Who of a team is there at a moment, on which level of the chain, and when nobody stands on one. Pure: rows come from
`patients.teams`.

A duty puts a member on a level for its time, whatever their usual place; the others keep theirs. Who is away is not told of
anything; who stands in takes their place and level. Where everybody is away, or mail reaches only people who are, the team is
told as if nobody were.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from alerts.routing import Member, Team, chain


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's dated place; `order` is the usual one in the chain, 0 = none."""

    user_id: int
    role: str
    order: int
    starts_at: datetime
    ends_at: datetime | None = None
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """A duty: a member on a level for a time."""

    user_id: int
    level: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Away:
    """An absence, with who stands in, if somebody does."""

    user_id: int
    stand_in: int | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Rota:
    """What is known of a team's people over time."""

    seats: Sequence[Seat] = ()
    shifts: Sequence[Shift] = ()
    away: Sequence[Away] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no level of the chain has anybody; `people` would be called instead, nobody where it is empty."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[int, ...]


def present(rota: Rota, at: datetime) -> tuple[tuple[Member, ...], Mapping[int, int]]:
    """Return who is there at a moment, by level, and who stands in for whom."""
    seats = {
        one.user_id: one for one in rota.seats if one.starts_at <= at and (one.ends_at is None or one.ends_at > at)
    }
    levels = {person: one.order for person, one in seats.items()}
    levels |= _duties(rota.shifts, set(levels), at)
    absent = {one.user_id: one.stand_in for one in rota.away if one.starts_at <= at < one.ends_at}
    absent = {person: other for person, other in absent.items() if person in levels}
    reached = {one.user_id for one in seats.values() if one.reachable}
    if not levels.keys() - absent.keys() or (reached and reached <= absent.keys()):
        absent = {}
    instead = {person: other for person in absent if (other := _stand_in(person, absent, levels)) is not None}
    for person, other in instead.items():
        both = [level for level in (levels[person], levels[other]) if level > 0]
        levels[other] = min(both, default=0)
    here = [one for one in seats.values() if one.user_id not in absent]
    members = (Member(one.user_id, one.role, levels[one.user_id], one.reachable) for one in here)
    return tuple(sorted(members, key=lambda one: (one.on_call_order, one.user_id))), instead


def gaps(rota: Rota, starts_at: datetime, ends_at: datetime) -> tuple[Gap, ...]:
    """Return when, between two moments, nobody stands on any level of the chain."""
    found: list[Gap] = []
    for begins, ends in _spans(rota, starts_at, ends_at):
        members, _ = present(rota, begins)
        if any(one.on_call_order > 0 and one.reachable for one in members):
            continue
        people = tuple(person for level in chain(Team(members=members)) for person in level)
        joins = bool(found) and found[-1].ends_at == begins and found[-1].people == people
        found.append(Gap(found.pop().starts_at if joins else begins, ends, people))
    return tuple(found)


def _duties(shifts: Sequence[Shift], members: set[int], at: datetime) -> dict[int, int]:
    """Return the level on which each member has a duty now; the first where there are several."""
    found: dict[int, int] = {}
    for one in shifts:
        if one.user_id in members and one.starts_at <= at < one.ends_at:
            found[one.user_id] = min(one.level, found.get(one.user_id, one.level))
    return found


def _stand_in(person: int, absent: Mapping[int, int | None], levels: Mapping[int, int]) -> int | None:
    """Return who is told in an absent person's place: a member who is there; who is away too passes it on. None for nobody."""
    seen = {person}
    other = absent[person]
    while other is not None and other in absent and other not in seen:
        seen.add(other)
        other = absent[other]
    return other if other is not None and other in levels and other not in absent else None


def _spans(rota: Rota, starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans between two moments in which nothing of the rota changes."""
    rows: list[Seat | Shift | Away] = [*rota.seats, *rota.shifts, *rota.away]
    moments = {starts_at, ends_at}
    for row in rows:
        moments |= {one for one in (row.starts_at, row.ends_at) if one is not None and starts_at < one < ends_at}
    steps = sorted(moments)
    yield from pairwise(steps)
