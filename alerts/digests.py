"""The morning digest and the weekly one: one mail a person, team and local date, counts only, the worst that nobody has first.

A digest speaks of what was open at the team's digest hour, and not asleep, and of to-dos. It comes where there is something to
count, or to who asked for it also where there is nothing new. It carries the rows of the outbox that waited for it, so that each
telling ends: sent with its digest; dropped because the alert is over, or sleeps and will be told of anew; or, of who wants no
digest, left to colleagues who are there and get it, and where there are none mailed by itself, as is what a person was given:
nobody else is told of that. An alert is no choice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Min, Q, QuerySet

from alerts import notifying, rota, unsubscribing
from alerts.alone import alone
from alerts.hours import last_instant
from alerts.models import Alert, MailChoice, Notification
from alerts.routing import MONDAY, Channel, Reason
from alerts.rules.rule import Severity
from alerts.sending import OPEN
from alerts.todo_counts import NONE, Todos, counted, followed
from patients.context import ALL, working_on
from patients.models import CareTeam, Membership


@dataclass(frozen=True, slots=True)
class Edition:
    """A kind of digest: whose severities it counts, which rows wait for it, on which weekday it comes (None = daily)."""

    kind: str
    channel: Channel
    severities: tuple[Severity, ...]
    weekday: int | None
    todos: bool = False


DAILY: Final = Edition("digest", Channel.DIGEST, (Severity.HIGH, Severity.MODERATE), None, todos=True)
WEEKLY: Final = Edition("weekly", Channel.WEEKLY, (Severity.LOW,), MONDAY)


@dataclass(frozen=True, slots=True)
class Issue:
    """One edition of one team for one local date; `detail` is what every member's mail counts, `nothing` that it counts nothing."""

    edition: Edition
    team: CareTeam
    day: date
    moment: datetime
    detail: dict[str, Any]
    nothing: bool


@dataclass(frozen=True, slots=True)
class Readers:
    """Members of a team who can log in: who gets an issue and has not got it yet, who wants none, and whether somebody gets it who
    may act on alerts, is there, and whose mail does not come back."""

    missing: tuple[int, ...]
    unwilling: tuple[int, ...]
    read: bool


def write_due(*, at: datetime) -> int:
    """Write every digest that is due and not yet written, at any time after its hour; return how many. Safe to repeat.

    Each team in a transaction of its own: one with which it fails stops no other, and is tried again.
    """
    with working_on(ALL):
        _drop_over(at)
        wanted = [(edition, team, busy) for edition in (DAILY, WEEKLY) for team, busy in _teams(edition)]
    written = 0
    for edition, team, busy in wanted:
        with alone("digest_failed", team_id=team.pk), working_on(ALL):
            written += _write(edition, team, at, busy=busy)
    return written


def _teams(edition: Edition) -> Iterable[tuple[CareTeam, bool]]:
    """Return the teams that may get an edition, and whether they do for certain: something is open, or somebody asked for each.

    The others follow patients who may need something done. A team at rest costs nothing.
    """
    severities = [int(one) for one in edition.severities]
    found = Alert.objects.filter(state__in=Alert.OPEN_STATES, severity__in=severities).values("patient__team_id")
    asked = MailChoice.objects.filter(edition=edition.kind, wanted=True, empty=True).values("user_id")
    busy = Q(pk__in=found) | Q(pk__in=Membership.objects.filter(user_id__in=asked).values("team_id"))
    certain = set(CareTeam.objects.filter(busy).values_list("pk", flat=True))
    following = followed().values("team_id") if edition.todos else []
    teams = CareTeam.objects.filter(Q(pk__in=certain) | Q(pk__in=following)).order_by("pk")
    return [(team, team.pk in certain) for team in teams]


def _write(edition: Edition, team: CareTeam, at: datetime, *, busy: bool) -> int:
    """Write one edition of one team to each member who has not got it, and let it carry what waited."""
    day, moment = last_instant(at, team.digest_hour, team.time_zone, weekday=edition.weekday)
    todos = counted(team.pk, moment) if edition.todos else NONE
    if not busy and todos == NONE:
        return 0
    issue = _issue(edition, team, day, moment, todos)
    readers = _readers(issue, at)
    for person in readers.missing:
        Notification.objects.bulk_create([_row(issue, person, at)], ignore_conflicts=True)
        carrier = Notification.objects.get(dedup_key=_key(issue, person))
        _waiting(issue, [person]).update(carried_by=carrier)
    _pass_on(issue, readers, at)
    return len(readers.missing)


def _issue(edition: Edition, team: CareTeam, day: date, moment: datetime, todos: Todos) -> Issue:
    """Return what an edition says."""
    untaken, taken = _counts(edition, team, moment)
    detail = {
        "open": untaken,
        "taken": taken,
        "due": todos.due,
        "overdue": todos.overdue,
        "day": day.isoformat(),
        "as_of": moment.isoformat(),
    }
    return Issue(edition, team, day, moment, detail, nothing=not (untaken or taken or todos != NONE))


def _counts(edition: Edition, team: CareTeam, moment: datetime) -> tuple[list[list[Any]], list[list[Any]]]:
    """Return (severity, open alerts, hours since the oldest was raised) as of the digest's hour, the most severe first: of what
    nobody has taken on, and of the rest."""
    rows = (
        Alert.objects.filter(
            ~Q(state="snoozed") | Q(snoozed_until__lte=moment),
            patient__team=team,
            state__in=Alert.OPEN_STATES,
            severity__in=[int(one) for one in edition.severities],
            raised_at__lte=moment,
        )
        .values("severity", acknowledged=Q(state="acknowledged"))
        .annotate(count=Count("pk"), oldest=Min("raised_at"))
        .order_by("-severity")
    )
    found: dict[bool, list[list[Any]]] = {False: [], True: []}
    for row in rows:
        hours = int((moment - row["oldest"]).total_seconds() // 3600)
        found[row["acknowledged"]].append([Severity(row["severity"]).word, row["count"], hours])
    return found[False], found[True]


def _readers(issue: Issue, at: datetime) -> Readers:
    """Return who of the members that can log in gets an issue, and who wants none. Nothing new is told to who asked for it."""
    members = list(
        Membership.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=at), team=issue.team, starts_at__lte=at, user__is_active=True
        ).values_list("user_id", flat=True)
    )
    said = unsubscribing.choices(members, issue.edition.kind)
    unwilling = {user for user, one in said.items() if not one.wanted}
    asked = {user for user, one in said.items() if one.empty}
    getting = [user for user in members if user not in unwilling and (not issue.nothing or user in asked)]
    keys = {_key(issue, user): user for user in getting}
    written = set(Notification.objects.filter(dedup_key__in=keys).values_list("dedup_key", flat=True))
    return Readers(
        missing=tuple(sorted(user for key, user in keys.items() if key not in written)),
        unwilling=tuple(sorted(unwilling)),
        read=bool(unwilling) and not _there(issue.team, at).isdisjoint(getting),
    )


def _there(team: CareTeam, at: datetime) -> set[int]:
    """Return who may act on alerts, is not away, and gets mail."""
    members, _ = rota.present(notifying.rota_of(team.pk, starts_at=at, ends_at=at), at)
    return {one.user_id for one in members if one.reachable}


def _pass_on(issue: Issue, readers: Readers, at: datetime) -> None:
    """End what waits for a digest that its recipient does not want: colleagues read of it, or it comes as a mail of its own.

    What was given to somebody is taken on: of that nobody else is told, whoever reads its count.
    """
    waiting = _waiting(issue, readers.unwilling).filter(due_at__lte=at)
    waiting.filter(reason=Reason.ASSIGNED).update(channel=Channel.EMAIL)
    if readers.read:
        waiting.update(dropped_at=at, dropped_reason="not_wanted")
    else:
        waiting.update(channel=Channel.EMAIL)


def _waiting(issue: Issue, people: Iterable[int]) -> QuerySet[Notification]:
    """Return the rows that waited for an issue of these people."""
    return Notification.objects.filter(
        OPEN,
        channel=issue.edition.channel,
        recipient_id__in=list(people),
        team=issue.team,
        carried_by=None,
        created_at__lte=issue.moment,
    )


def _row(issue: Issue, person: int, at: datetime) -> Notification:
    """Return the outbox row of one person's digest."""
    return Notification(
        recipient_id=person,
        team=issue.team,
        channel=Channel.EMAIL,
        kind=issue.edition.kind,
        reason=issue.edition.kind,
        dedup_key=_key(issue, person),
        detail=issue.detail,
        created_at=at,
        due_at=at,
    )


def _key(issue: Issue, person: int) -> str:
    """Return what makes a digest come once a local date."""
    return f"{issue.edition.kind}:{issue.team.pk}:{person}:{issue.day.isoformat()}"


def _drop_over(at: datetime) -> None:
    """End rows that wait for a digest in vain: the alert is over, asleep or worse by now, which is told anew, or the person has
    left or may not log in."""
    waiting = Notification.objects.filter(
        OPEN, channel__in=(Channel.DIGEST, Channel.WEEKLY), carried_by=None, due_at__lte=at
    )
    for state in ("resolved", "recovered", "snoozed"):
        waiting.filter(alert__state=state).update(dropped_at=at, dropped_reason=state)
    risen = waiting.filter(channel=Channel.WEEKLY, alert__severity__gt=int(Severity.LOW))
    risen.update(dropped_at=at, dropped_reason="worse")
    here = Membership.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at, user__is_active=True)
    for team_id in set(waiting.values_list("team_id", flat=True)):
        gone = waiting.filter(team_id=team_id).exclude(recipient__in=here.filter(team_id=team_id).values("user_id"))
        gone.update(dropped_at=at, dropped_reason="recipient_left")
