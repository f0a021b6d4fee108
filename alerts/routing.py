"""Who is told of what, by which way, when and why. Pure: the clock is an argument, the answer a list of named reasons.

Product's table: high goes to whoever is on duty at once; moderate to the patient's own clinician in working hours, else in the
morning digest; low weekly. A rule may ask for a moderate finding to be told at once. What was already true when a patient or a
rule set was looked at for the first time is told in the digest, unless it is urgent and fresh (docs/decisions/0006). Who is called
later, while nobody takes it on, is asked when that is due: `alerts.routing_calls`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from alerts.hours import at_work, next_instant
from alerts.routing_stories import Standing
from alerts.rules.rule import Severity, Telling

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
    STORY = "story"
    RECOVERED = "recovered"
    ASSIGNED = "assigned"
    REMINDER = "reminder"
    NEXT_IN_CHAIN = "next_in_chain"
    STILL_YOURS = "still_yours"
    DIGEST = "digest"
    WEEKLY = "weekly"


CONDITIONAL: Final = frozenset({Reason.REMINDER, Reason.NEXT_IN_CHAIN})
"""Reasons that hold only while nobody has acknowledged: looked at again when the mail is due."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a team now; `on_call_order` 0 = not in the chain; `reachable`: mail to them does not come back."""

    user_id: int
    role: str
    on_call_order: int = 0
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """A team's hours and people who are there; `clinician` is the patient's own, None where there is none in the team.

    `instead` names who stands in for whom: the absent, and the member who is told in their place.
    """

    time_zone: str = "UTC"
    digest_hour: int = 7
    working_from: int = 8
    working_until: int = 17
    members: tuple[Member, ...] = ()
    clinician: int | None = None
    instead: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What happened to an alert, or to several of one family: `cause` is FIRST, WORSE, RETURNED, WOKEN (its snooze is over),
    RECOVERED or ASSIGNED.

    `first_look` says that the patient, or the rule set, was judged for the first time; `evidence_at` is the newest result it
    rests on; `told` are the people who had a mail about it; `owner` has it; `story` is what may carry it.
    """

    severity: Severity
    cause: Reason
    telling: Telling = Telling.USUAL
    first_look: bool = False
    evidence_at: datetime | None = None
    told: frozenset[int] = field(default_factory=frozenset)
    owner: int | None = None
    story: Standing | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One person, one way, one moment, one reason."""

    recipient: int
    channel: Channel
    due_at: datetime
    reason: Reason


def route(news: News, team: Team, *, at: datetime) -> tuple[Told, ...]:
    """Return who is to be told; empty where the team has nobody (or nobody heard of what recovered). Nobody twice at once.

    Of what a story carries, whoever was mailed of that finds it in the digest; so does who has taken that on, and nobody is mailed.
    """
    told = _route(news, team, at)
    mailed = [one for one in told if one.channel is Channel.EMAIL]
    if news.story is None or not mailed:
        return told
    if news.story.state == "acknowledged":
        return _part(holders(news.story.owner, news.severity, team), team, at)
    known = tuple(one.recipient for one in mailed if one.recipient in news.story.told)
    return (*(one for one in told if one.recipient not in known), *_part(known, team, at))


def _route(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """Return who is to be told of news that no story carries."""
    if news.cause is Reason.RECOVERED:
        return _recovered(news, team, at)
    if news.cause is Reason.ASSIGNED:
        return _assigned(news, team, at)
    if news.severity is Severity.LOW:
        due = next_instant(at, team.digest_hour, team.time_zone, weekday=MONDAY)
        return each(own(team), Channel.WEEKLY, due, Reason.WEEKLY)
    if _is_old(news, at) or not (news.severity is Severity.HIGH or _at_once(news, team, at)):
        people = on_duty(team) if news.severity is Severity.HIGH else own(team)
        due = next_instant(at, team.digest_hour, team.time_zone)
        return each(people, Channel.DIGEST, due, Reason.DIGEST)
    if news.severity is Severity.HIGH:
        return each(on_duty(team), Channel.EMAIL, at, news.cause)
    return _moderate(news, team, at)


def chain(team: Team) -> tuple[tuple[int, ...], ...]:
    """Return the people on call, level by level; where nobody is, all physicians; where there is none, all members.

    Whose mail comes back is left out, and a level of such people alone goes to the next; nobody is left out where all are so.
    """
    for members in (tuple(one for one in team.members if one.reachable), team.members):
        orders = sorted({one.on_call_order for one in members if one.on_call_order > 0})
        if orders:
            return tuple(tuple(one.user_id for one in members if one.on_call_order == order) for order in orders)
        if everyone := _physicians(members) or tuple(one.user_id for one in members):
            return (everyone,)
    return ()


def on_duty(team: Team) -> tuple[int, ...]:
    """Return the first level of the chain, empty where the team has nobody."""
    levels = chain(team)
    return levels[0] if levels else ()


def _moderate(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """The own clinician now, and whoever is on duty, outside working hours."""
    now = dict.fromkeys(own(team) if _working(team, at) else (*own(team), *on_duty(team)))
    return each(tuple(now), Channel.EMAIL, at, news.cause)


def _recovered(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """Who was mailed about a high alert, and is still in the team, hears that it is over. Others see it on the screen."""
    if news.severity is not Severity.HIGH:
        return ()
    here = {member.user_id for member in team.members}
    return each(tuple(sorted(news.told & here)), Channel.EMAIL, at, Reason.RECOVERED)


def _assigned(news: News, team: Team, at: datetime) -> tuple[Told, ...]:
    """Who was given it, or has it while they are not there: at once if it is high, else with the digest. Whoever else is due stays
    due."""
    people = () if news.owner is None else holders(news.owner, news.severity, team)
    if news.severity is Severity.HIGH:
        return each(people, Channel.EMAIL, at, Reason.ASSIGNED)
    weekly = news.severity is Severity.LOW
    due = next_instant(at, team.digest_hour, team.time_zone, weekday=MONDAY if weekly else None)
    return each(people, Channel.WEEKLY if weekly else Channel.DIGEST, due, Reason.ASSIGNED)


def _part(people: tuple[int, ...], team: Team, at: datetime) -> tuple[Told, ...]:
    """These people find one more part of a story in the digest."""
    return each(people, Channel.DIGEST, next_instant(at, team.digest_hour, team.time_zone), Reason.STORY)


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


def own(team: Team) -> tuple[int, ...]:
    """Return the patient's clinician, if mail reaches them; else the physicians, else all members."""
    if any(one.user_id == team.clinician and one.reachable for one in team.members) and team.clinician is not None:
        return (team.clinician,)
    for members in (tuple(one for one in team.members if one.reachable), team.members):
        if found := _physicians(members) or tuple(one.user_id for one in members):
            return found
    return ()


def holders(owner: int | None, severity: Severity, team: Team) -> tuple[int, ...]:
    """Return who has an alert: its owner, or who stands in; else whoever would be told of it were it new."""
    here = {one.user_id for one in team.members if one.reachable}
    holder = owner if owner in here or owner is None else team.instead.get(owner)
    if holder is not None and holder in here:
        return (holder,)
    return on_duty(team) if severity is Severity.HIGH else own(team)


def _physicians(members: tuple[Member, ...]) -> tuple[int, ...]:
    """Return the physicians among members."""
    return tuple(member.user_id for member in members if member.role == "physician")


def each(people: tuple[int, ...], channel: Channel, due_at: datetime, reason: Reason) -> tuple[Told, ...]:
    """Tell each person alike."""
    return tuple(Told(person, channel, due_at, reason) for person in people)
