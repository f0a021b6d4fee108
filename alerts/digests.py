"""The morning digest and the weekly one: one mail a person, team and local date, counts only, nothing when nothing is open.

A digest speaks of what was open at the team's digest hour, and not asleep. It carries the rows of the outbox that waited for it, so
that each telling ends: sent with its digest, or dropped because the alert is over, or sleeps and will be told of anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Q

from alerts.hours import last_instant
from alerts.models import Alert, Notification
from alerts.routing import MONDAY, Channel
from alerts.rules.rule import Severity
from alerts.sending import OPEN
from patients.context import ALL, working_on
from patients.models import CareTeam, Membership


@dataclass(frozen=True, slots=True)
class Edition:
    """A kind of digest: whose severities it counts, which rows wait for it, on which weekday it comes (None = daily)."""

    kind: str
    channel: Channel
    severities: tuple[Severity, ...]
    weekday: int | None


DAILY: Final = Edition("digest", Channel.DIGEST, (Severity.HIGH, Severity.MODERATE), None)
WEEKLY: Final = Edition("weekly", Channel.WEEKLY, (Severity.LOW,), MONDAY)


def write_due(*, at: datetime) -> int:
    """Write every digest that is due and not yet written, at any time after its hour; return how many. Safe to repeat."""
    with working_on(ALL):
        _drop_over(at)
        return sum(_write(edition, team, at) for edition in (DAILY, WEEKLY) for team in _teams(edition))


def _teams(edition: Edition) -> Iterable[CareTeam]:
    """Return teams with something open that the edition counts: a team at rest costs nothing."""
    severities = [int(one) for one in edition.severities]
    found = Alert.objects.filter(state__in=Alert.OPEN_STATES, severity__in=severities).values("patient__team_id")
    return CareTeam.objects.filter(pk__in=found).order_by("pk")


def _write(edition: Edition, team: CareTeam, at: datetime) -> int:
    """Write one edition of one team to each member who has not got it, and let it carry what waited."""
    day, moment = last_instant(at, team.digest_hour, team.time_zone, weekday=edition.weekday)
    counts = _counts(edition, team, moment)
    people = _missing(edition, team, day, at) if counts else []
    for person in people:
        Notification.objects.bulk_create([_row(edition, team, person, day, moment, counts, at)], ignore_conflicts=True)
        carrier = Notification.objects.get(dedup_key=_key(edition, team, person, day))
        waiting = Notification.objects.filter(
            OPEN, channel=edition.channel, recipient_id=person, team=team, carried_by=None, created_at__lte=moment
        )
        waiting.update(carried_by=carrier)
    return len(people)


def _counts(edition: Edition, team: CareTeam, moment: datetime) -> list[tuple[str, int]]:
    """Return (severity, open alerts) as of the digest's hour, the most severe first."""
    rows = (
        Alert.objects.filter(
            ~Q(state="snoozed") | Q(snoozed_until__lte=moment),
            patient__team=team,
            state__in=Alert.OPEN_STATES,
            severity__in=[int(one) for one in edition.severities],
            raised_at__lte=moment,
        )
        .values("severity")
        .annotate(count=Count("pk"))
        .order_by("-severity")
    )
    return [(Severity(row["severity"]).word, row["count"]) for row in rows]


def _missing(edition: Edition, team: CareTeam, day: date, at: datetime) -> list[int]:
    """Return members who can log in and have no mail of this edition for the day."""
    members = Membership.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at), team=team, starts_at__lte=at, user__is_active=True
    ).values_list("user_id", flat=True)
    keys = {_key(edition, team, person, day): person for person in members}
    written = set(Notification.objects.filter(dedup_key__in=keys).values_list("dedup_key", flat=True))
    return sorted(person for key, person in keys.items() if key not in written)


def _row(
    edition: Edition,
    team: CareTeam,
    person: int,
    day: date,
    moment: datetime,
    counts: list[tuple[str, int]],
    at: datetime,
) -> Notification:
    """Return the outbox row of one person's digest."""
    return Notification(
        recipient_id=person,
        team=team,
        channel=Channel.EMAIL,
        kind=edition.kind,
        reason=edition.kind,
        dedup_key=_key(edition, team, person, day),
        detail={"counts": counts, "todos": 0, "day": day.isoformat(), "as_of": moment.isoformat()},
        created_at=at,
        due_at=at,
    )


def _key(edition: Edition, team: CareTeam, person: int, day: date) -> str:
    """Return what makes a digest come once a local date."""
    return f"{edition.kind}:{team.pk}:{person}:{day.isoformat()}"


def _drop_over(at: datetime) -> None:
    """End rows that wait for a digest in vain: the alert is over or asleep, or the person has left or may not log in."""
    waiting = Notification.objects.filter(
        OPEN, channel__in=(Channel.DIGEST, Channel.WEEKLY), carried_by=None, due_at__lte=at
    )
    for state in ("resolved", "recovered", "snoozed"):
        waiting.filter(alert__state=state).update(dropped_at=at, dropped_reason=state)
    here = Membership.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at, user__is_active=True)
    for team_id in set(waiting.values_list("team_id", flat=True)):
        gone = waiting.filter(team_id=team_id).exclude(recipient__in=here.filter(team_id=team_id).values("user_id"))
        gone.update(dropped_at=at, dropped_reason="recipient_left")
