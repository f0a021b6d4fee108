"""Who is told of what, by which way, when and why. Pure: the clock is an argument, the answer a list of named reasons.

Product's table: high goes to whoever is on duty at once, again after 30 minutes, down the chain after 60 and each further 60;
moderate to the patient's own clinician in working hours, else in the morning digest, and to the next level after 72 hours; low
weekly. A rule may ask for a moderate finding to be told at once. What was already true when a patient or a rule set was looked at
for the first time is told in the digest, unless it is urgent and fresh (docs/decisions/0006).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from alerts.hours import at_work, next_instant
from alerts.rules.rule import Severity, Telling

REMINDER_AFTER: Final = timedelta(minutes=30)
CHAIN_EVERY: Final = timedelta(minutes=60)
NEXT_LEVEL_AFTER: Final = timedelta(hours=72)
FRESH_FOR: Final = timedelta(days=7)
"""Evidence not older than this is news even at a first look. Working value, after B0's seven days."""
OLD_AFTER: Final = timedelta(days=14)
"""What rests on a sample older than this pages nobody, whenever it arrives (clinical specification, B0, Order)."""
MONDAY: Final = 0


class Channel(StrEnum):
    """How: a mail of its own, or as a count in a digest."""

    EMAIL = "email"
    DIGEST = "digest"
    WEEKLY = "weekly"


class Reason(StrEnum):
    """Why somebody is told."""

    FIRST = "first"
    WORSE = "worse"
    RETURNED = "returned"
    WOKEN = "woken"
    RECOVERED = "recovered"
    ASSIGNED = "assigned"
    REMINDER = "reminder"
    NEXT_IN_CHAIN = "next_in_chain"
    DIGEST = "digest"
    WEEKLY = "weekly"


CONDITIONAL: Final = frozenset({Reason.REMINDER, Reason.NEXT_IN_CHAIN})
"""Reasons that hold only while nobody has acknowledged: looked at again when the mail is due."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a team now; `on_call_order` 0 = not in the chain."""

    user_id: int
    role: str
    on_call_order: int = 0


@dataclass(frozen=True, slots=True)
class Team:
    """A team's hours and people; `clinician` is the patient's own, None where there is none in the team."""

    time_zone: str = "UTC"
    digest_hour: int = 7
    working_from: int = 8
    working_until: int = 17
    members: tuple[Member, ...] = ()
    clinician: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What happened to an alert, or to several of one family: `cause` is FIRST, WORSE, RETURNED, WOKEN (its snooze is over),
    RECOVERED or ASSIGNED.

    `first_look` says that the patient, or the rule set, was judged for the first time; `evidence_at` is the newest result it
    rests on; `told` are the people who had a mail about it; `owner` has it.
    """

    severity: Severity
    cause: Reason
    telling: Telling = Telling.USUAL
    first_look: bool = False
    evidence_at: datetime | None = None
    told: frozenset[int] = field(default_factory=frozenset)
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One person, one way, one moment, one reason."""

    recipient: int
    channel: Channel
    due_at: datetime
    reason: Reason


def route(news: News, team: Team, *, at: datetime) -> tuple[Told, ...]:
    """Return who is to be told; empty where the team has nobody (or nobody heard of what recovered). Nobody twice at once."""
    if news.cause is Reason.RECOVERED:
        return _recovered(news, team, at)
    if news.cause is Reason.ASSIGNED:
        return _assigned(news, team, at)
    if news.severity is Severity.LOW:
        due = next_instant(at, team.digest_hour, team.time_zone, weekday=MONDAY)
        return _each(_own(team), Channel.WEEKLY, due, Reason.WEEKLY)
    if _is_old(news, at) or not (news.severity is Severity.HIGH or _at_once(news, team, at)):
        people = on_duty(team) if news.severity is Severity.HIGH else _own(team)
        due = next_instant(at, team.digest_hour, team.time_zone)
        return _each(people, Channel.DIGEST, due, Reason.DIGEST)
    return _high(news, team, at) if news.severity is Severity.HIGH else _moderate(news, team, at)


def chain(team: Team) -> tuple[tuple[int, ...], ...]:
    """Return the people on call, level by level; where nobody is, all physicians; where there is none, all members."""
    orders = sorted({member.on_call_order for member in team.members if member.on_call_order > 0})
    if orders:
        return tuple(tuple(one.user_id for one in team.members if one.on_call_order == order) for order in orders)
    everyone = _physicians(team) or tuple(member.user_id for member in team.members)
    return (everyone,) if everyone else ()


def on_duty(team: Team) -> tuple[int, ...]:
    """Return the first level of the chain, empty where the team has nobody."""
    levels = chain(team)
    return levels[0] if levels else ()


def _high(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """On duty at once, a reminder, then each further level of the chain an hour later."""
    levels = chain(team)
    if not levels:
        return ()
    told = list(_each(levels[0], Channel.EMAIL, at, news.cause))
    told += _each(levels[0], Channel.EMAIL, at + REMINDER_AFTER, Reason.REMINDER)
    for step, level in enumerate(levels[1:], start=1):
        told += _each(level, Channel.EMAIL, at + step * CHAIN_EVERY, Reason.NEXT_IN_CHAIN)
    return tuple(told)


def _moderate(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """The own clinician now (and whoever is on duty, outside working hours); the next level after 72 hours."""
    now = dict.fromkeys(_own(team) if _working(team, at) else (*_own(team), *on_duty(team)))
    told = list(_each(tuple(now), Channel.EMAIL, at, news.cause))
    later = next((level for level in chain(team) if not now.keys() & set(level)), ())
    told += _each(later, Channel.EMAIL, at + NEXT_LEVEL_AFTER, Reason.NEXT_IN_CHAIN)
    return tuple(told)


def _recovered(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """Who was mailed about a high alert, and is still in the team, hears that it is over. Others see it on the screen."""
    if news.severity is not Severity.HIGH:
        return ()
    here = {member.user_id for member in team.members}
    return _each(tuple(sorted(news.told & here)), Channel.EMAIL, at, Reason.RECOVERED)


def _assigned(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """Who was given it, if still in the team: at once if it is high, else with the digest. Whoever else is due stays due."""
    here = tuple(member.user_id for member in team.members if member.user_id == news.owner)
    if news.severity is Severity.HIGH:
        return _each(here, Channel.EMAIL, at, Reason.ASSIGNED)
    weekly = news.severity is Severity.LOW
    due = next_instant(at, team.digest_hour, team.time_zone, weekday=MONDAY if weekly else None)
    return _each(here, Channel.WEEKLY if weekly else Channel.DIGEST, due, Reason.ASSIGNED)


def _at_once(news: News, team: Team, at: datetime) -> bool:
    """Whether moderate news is mailed now: the rule says so, or it is working hours. What returned waits for the digest."""
    return news.telling is Telling.AT_ONCE or (news.cause is not Reason.RETURNED and _working(team, at))


def _is_old(news: News, at: datetime) -> bool:
    """Whether it is no news: it rests on an old sample; or a first look found it, and it is not urgent or not fresh.

    What was put off until now is news however old its sample is: a person chose this moment.
    """
    if news.cause is Reason.WOKEN:
        return False
    if news.evidence_at is not None and at - news.evidence_at > OLD_AFTER:
        return True
    if not news.first_look:
        return False
    urgent = news.severity is Severity.HIGH or news.telling is Telling.AT_ONCE
    return not (urgent and news.evidence_at is not None and at - news.evidence_at <= FRESH_FOR)


def _working(team: Team, at: datetime) -> bool:
    """Whether the team is at work."""
    return at_work(at, team.working_from, team.working_until, team.time_zone)


def _own(team: Team) -> tuple[int, ...]:
    """Return the patient's clinician; else the physicians, else all members."""
    if team.clinician is not None:
        return (team.clinician,)
    return _physicians(team) or tuple(member.user_id for member in team.members)


def _physicians(team: Team) -> tuple[int, ...]:
    """Return the team's physicians."""
    return tuple(member.user_id for member in team.members if member.role == "physician")


def _each(people: tuple[int, ...], channel: Channel, due_at: datetime, reason: Reason) -> tuple[Told, ...]:
    """Tell each person alike."""
    return tuple(Told(person, channel, due_at, reason) for person in people)
