"""What a team's page shows: who would be called now, the chain, who is away, gaps of the next weeks, and what was changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from alerts import notifying, rota
from alerts.routing import Team, chain
from monitor.team_desk import Desk
from monitor.team_mail import Failed, failed_mail
from monitor.templatetags.showing import moment
from patients import teams
from patients.models import Absence, CareTeam, Membership, TeamChange, User

AHEAD: Final = timedelta(weeks=8)
SHOWN_CHANGES: Final = 40
CHANGED: Final[Mapping[str, str]] = {
    "hours": "Hours",
    "member added": "Added",
    "member ended": "Ended the place of",
    "place": "Place in the chain of",
    "duty": "On duty",
    "duty ended": "Duty ended of",
    "absence": "Away",
    "absence ended": "Absence ended of",
}
HOUR_WORDS: Final[Mapping[str, str]] = {
    "time_zone": "time zone",
    "digest_hour": "hour of the digest",
    "working_from": "works from",
    "working_until": "works until",
    "emergency_text": "emergency text",
}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the chain as it stands now."""

    number: int
    people: str


@dataclass(frozen=True, slots=True)
class Person:
    """One member: their place, the level on which they stand now (0 = none), until when they are away, and mail that failed."""

    place: Membership
    level: int
    away: Absence | None
    failed: Failed | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """A span in which nobody stands on any level; `people` would be called instead."""

    starts_at: datetime
    ends_at: datetime
    people: str


@dataclass(frozen=True, slots=True)
class Line:
    """One change of the team, in words."""

    change: TeamChange
    words: str


def desk_of(team: CareTeam, by: User, *, arranges: bool, at: datetime) -> Desk:
    """Return a team as a person sees it: who belongs to it now, its duties and absences of the next weeks."""
    ahead = at + AHEAD
    places = {one.user_id: one for one in teams.members_in(team.pk, starts_at=at, ends_at=at)}
    duties = teams.duties_in(team.pk, starts_at=at, ends_at=ahead).filter(user__in=list(places))
    away = teams.absences_in(list(places), starts_at=at, ends_at=ahead)
    return Desk(team, by, at, arranges, tuple(places.values()), tuple(duties), tuple(away))


def shown(desk: Desk) -> dict[str, Any]:
    """Return what the page shows of a team."""
    known = notifying.rota_of(desk.team.pk, starts_at=desk.at, ends_at=desk.at + AHEAD)
    members, instead = rota.present(known, desk.at)
    names = {one.user_id: str(one.user) for one in desk.places}
    levels = {one.user_id: one.on_call_order for one in members}
    called = chain(Team(members=members, instead=instead))
    in_chain = any(level > 0 for level in levels.values())
    failed = failed_mail(desk.team.pk, at=desk.at)
    return {
        "levels": [Level(place, _listed(people, names)) for place, people in enumerate(called, start=1)],
        "in_chain": in_chain,
        "people": [
            Person(one, levels.get(one.user_id, 0), _away(desk, one.user_id), failed.get(one.user_id))
            for one in desk.places
        ],
        "holes": [
            Hole(one.starts_at, one.ends_at, _listed(one.people, names))
            for one in rota.gaps(known, desk.at, desk.at + AHEAD)
        ],
        "changes": lines_of(desk.team.pk),
    }


def lines_of(team_id: int) -> list[Line]:
    """Return the newest changes of a team in words; the people whom they name are read at once."""
    changes = list(teams.changes_of(team_id)[:SHOWN_CHANGES])
    ids = {one.detail.get(key) for one in changes for key in ("user", "stand_in")}
    people = {key: str(user) for key, user in User.objects.in_bulk([one for one in ids if one]).items()}
    return [Line(one, _words(one, people)) for one in changes]


def _away(desk: Desk, person: int) -> Absence | None:
    """Return the absence that holds now."""
    return next((one for one in desk.absences if one.user_id == person and one.starts_at <= desk.at), None)


def _listed(people: Iterable[int], names: Mapping[int, str]) -> str:
    """Return names, one after the other."""
    return ", ".join(names.get(person, f"user {person}") for person in people)


def _words(change: TeamChange, people: Mapping[int, str]) -> str:
    """Return what was changed."""
    detail = change.detail
    title = CHANGED.get(change.what, change.what)
    if change.what == "hours":
        return f"{title}: " + "; ".join(_hours(name, detail) for name in teams.HOURS if name in detail["after"])
    parts = [f"{title} {people.get(detail.get('user'), 'somebody whose account is gone')}"]
    if "before" in detail:
        parts.append(f"{_place(detail['before'])} → {_place(detail['after'])}")
    if "role" in detail:
        parts.append(str(detail["role"]))
    if detail.get("level") or detail.get("order"):
        parts.append(_place(detail.get("level") or detail["order"]))
    if "from" in detail:
        parts.append(f"{_moment(detail['from'])} to {_moment(detail['until'])}")
    if detail.get("stand_in"):
        parts.append(f"{people.get(detail['stand_in'], 'somebody')} stands in")
    return ", ".join(parts)


def _hours(name: str, detail: Mapping[str, Any]) -> str:
    """Return one change of the hours; of a text only that it was changed."""
    words = HOUR_WORDS.get(name, name)
    return words if name == "emergency_text" else f"{words} {detail['before'][name]} → {detail['after'][name]}"


def _place(order: int) -> str:
    """Return a place in the chain in words."""
    return f"level {order}" if order else "not in the chain"


def _moment(written: str) -> str:
    """Return a stored moment as the page writes it."""
    return str(moment(datetime.fromisoformat(written)))
