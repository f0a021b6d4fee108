"""Writes the outbox: one row an alert and recipient, in the transaction that changed the alert. Sends nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from alerts import lifecycle, retelling, rota
from alerts.lifecycle import Change, Verb
from alerts.models import Alert, Delivery, Notification
from alerts.retelling import Group
from alerts.routing import CONDITIONAL, Channel, News, Reason, Team, Told, route
from alerts.routing_calls import after_worse, first_call
from alerts.routing_stories import Standing, carrier
from alerts.rules.rule import Finding, Severity, Telling
from alerts.sending import OPEN
from patients import teams
from patients.access import MATRIX
from patients.models import Patient, User

CAUSES: Final[Mapping[Verb, Reason]] = {
    Verb.RAISED: Reason.FIRST,
    Verb.WORSENED: Reason.WORSE,
    Verb.RETURNED: Reason.RETURNED,
    Verb.WOKEN: Reason.WOKEN,
    Verb.RECOVERED: Reason.RECOVERED,
    Verb.ASSIGNED: Reason.ASSIGNED,
}
"""Changes that are news. Newer evidence that is no worse is seen on the screen."""
URGENCY: Final = (Verb.WOKEN, Verb.WORSENED, Verb.RAISED, Verb.RETURNED, Verb.RECOVERED, Verb.ASSIGNED)
"""Of several changes of one card the first of these says what happened: a person chose its moment, it is worse, it is new."""
TOLD_ANEW: Final = (Verb.WORSENED, Verb.WOKEN)
"""News that begins the chain again, also of what had been taken on or put off."""
BEGIN_CALLS: Final = (Verb.RAISED, Verb.RETURNED, *TOLD_ANEW)
"""News after which somebody is called until a person has the alert."""
NOBODY: Final = "nobody_to_tell"


@dataclass(frozen=True, slots=True)
class Item:
    """One alert's share of what one person is told at one moment."""

    change: Change
    told: Told

    @property
    def mail(self) -> tuple[object, ...]:
        """Return what rows of one mail have in common."""
        return (self.told.recipient, self.told.due_at, self.told.reason is Reason.RECOVERED)

    @property
    def rank(self) -> int:
        """Return the order within a mail: the most severe alert first."""
        return -self.change.alert.severity


def tell(changes: Iterable[Change], *, patient_id: UUID, at: datetime, first_look: bool) -> list[Notification]:
    """Write who is to be told of the changes of one evaluation of one patient; where nobody is, say so on the alert."""
    news = [change for change in changes if change.verb in CAUSES]
    if not news:
        return []
    patient = Patient.objects.select_related("team").get(pk=patient_id)
    team = team_of(patient, at=at)
    _drop_stale(news, at)
    items: list[Item] = []
    for group in retelling.grouped(news, patient_id):
        what = _news(group, first_look=first_look, at=at)
        told = route(what, team, at=at)
        items += [Item(change, one) for one in told for change in group.changes]
        quiet = bool(told) and all(one.channel is not Channel.EMAIL for one in told)
        joins = any(one.reason is Reason.STORY for one in told)
        _set_calls(group.changes, what.story if joins else None, quiet=quiet, at=at)
        if not told and group.changes[0].verb not in (Verb.RECOVERED, Verb.ASSIGNED):
            for change in group.changes:
                lifecycle.silence(change.alert.pk, NOBODY)
    return write(items, team_id=patient.team_id, at=at)


def team_of(patient: Patient, *, at: datetime) -> Team:
    """Return a patient's team as routing sees it: who is there now, can log in and may act on alerts."""
    known = rota_of(patient.team_id, starts_at=at, ends_at=at)
    members, instead = rota.present(known, at)
    here = {member.user_id for member in members}
    own = patient.clinician_id if patient.clinician_id in here else instead.get(patient.clinician_id or 0)
    team = patient.team
    return Team(team.time_zone, team.digest_hour, team.working_from, team.working_until, members, own, instead)


def rota_of(team_id: int, *, starts_at: datetime, ends_at: datetime) -> rota.Rota:
    """Return who of a team may be told of alerts in a span: those who may take them on. Three queries."""
    roles = MATRIX[("alert", "acknowledge")]
    span = {"starts_at": starts_at, "ends_at": ends_at}
    seats = tuple(
        rota.Seat(
            one.user_id, one.role, one.on_call_order, one.starts_at, one.ends_at, one.user.mail_refused_at is None
        )
        for one in teams.members_in(team_id, **span).filter(role__in=roles)
    )
    shifts = teams.duties_in(team_id, **span)
    away = teams.absences_in([one.user_id for one in seats], **span)
    return rota.Rota(
        seats,
        tuple(rota.Shift(one.user_id, one.level, one.starts_at, one.ends_at) for one in shifts),
        tuple(rota.Away(one.user_id, one.stand_in_id, one.starts_at, one.ends_at) for one in away),
    )


def tell_operators(about: str, *, at: datetime) -> None:
    """Tell every administrator, once a day and topic, that the service gave something up and needs a person."""
    staff = User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True)
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=person,
                kind="operator",
                reason="operator",
                dedup_key=f"operator:{about}:{at.date().isoformat()}:{person}",
                detail={"about": about},
                created_at=at,
                due_at=at,
            )
            for person in staff
        ],
        ignore_conflicts=True,
    )


def _news(group: Group, *, first_look: bool, at: datetime) -> News:
    """Return a card's news: the highest severity, the most urgent telling, the newest evidence of what is urgent."""
    changes = group.changes
    findings = [change.finding for change in changes if change.finding is not None]
    urgent = [one for one in findings if one.severity is Severity.HIGH or one.telling is Telling.AT_ONCE]
    at_once = any(one.telling is Telling.AT_ONCE for one in findings)
    severity = Severity(max(change.alert.severity for change in changes))
    first = min((one for one in changes if one.alert.severity == severity), key=lambda one: URGENCY.index(one.verb))
    known = retelling.standing(group.others) if group.joins else ()
    return News(
        severity=severity,
        cause=CAUSES[first.verb],
        telling=Telling.AT_ONCE if at_once else Telling.USUAL,
        first_look=first_look and all(change.verb is Verb.RAISED for change in changes),
        evidence_at=max(_evidence_times(urgent or findings), default=None),
        told=_mailed(changes, at) if first.verb is Verb.RECOVERED else frozenset(),
        owner=first.alert.owner_id,
        story=carrier(known, severity, at_once=at_once, at=at),
    )


def _set_calls(group: list[Change], story: Standing | None, *, quiet: bool, at: datetime) -> None:
    """Say when somebody is to be told again of what is news; of what is over, that nobody is. `quiet`: it waits for a digest.

    A high part of a story that was told is called about with what carries it, at its hour: that goes on until a person has it. A
    moderate one has its own call.
    """
    for change in group:
        alert, severity = change.alert, Severity(change.alert.severity)
        due, goes_on = first_call(severity, alert.state, at, quiet=quiet), False
        if story is not None and severity is Severity.HIGH and alert.state == "raised":
            due, goes_on, alert.calls = story.next_call_at, True, story.calls
        elif change.verb is Verb.WORSENED and change.transition.before == "raised":
            due, goes_on = after_worse(severity, at, due_at=alert.next_call_at, quiet=quiet)
        elif change.verb not in (*BEGIN_CALLS, Verb.RECOVERED):
            continue
        alert.next_call_at, alert.calls = due, alert.calls if goes_on else 0
        Alert.objects.filter(pk=alert.pk).update(next_call_at=alert.next_call_at, calls=alert.calls)


def _evidence_times(findings: list[Finding]) -> Iterator[datetime]:
    """Yield when the results were true that the findings rest on."""
    for finding in findings:
        yield from (row.effective_at for row in finding.evidence if row.role == "result")


def _mailed(group: list[Change], at: datetime) -> frozenset[int]:
    """Return who had, or is about to have, a mail of these alerts."""
    rows = Notification.objects.filter(
        alert__in=[change.alert.pk for change in group], channel=Channel.EMAIL, due_at__lte=at, dropped_at=None
    )
    return frozenset(rows.values_list("recipient_id", flat=True))


def _drop_stale(news: list[Change], at: datetime) -> None:
    """End reminders of what had been put off or taken on, and is told anew: its chain begins again, and there is one.

    Where one of them carries others of its mail, the first of these carries the rest.
    """
    for change in news:
        state = change.transition.before
        if change.verb not in TOLD_ANEW or state not in ("snoozed", "acknowledged"):
            continue
        for row in _reminders(change.alert.pk).select_for_update(of=("self",)).order_by("id"):
            row.dropped_at, row.dropped_reason = at, state
            row.save(update_fields=["dropped_at", "dropped_reason"])
            first = row.carries.filter(OPEN).order_by("id").first()
            if first is not None:
                row.carries.filter(OPEN).update(carried_by=first)
                Notification.objects.filter(pk=first.pk).update(carried_by=None)


def _reminders(alert_id: UUID) -> QuerySet[Notification]:
    """Return what is due only while nobody has acknowledged an alert, and is not being sent at this moment."""
    under_way = Delivery.objects.filter(outcome="started").values("notification_id")
    rows = Notification.objects.filter(OPEN, alert=alert_id, reason__in=CONDITIONAL)
    return rows.exclude(pk__in=under_way).exclude(carried_by__in=under_way)


def write(items: list[Item], *, team_id: int, at: datetime) -> list[Notification]:
    """Insert the rows; rows of one mail name the first of them, which carries the others."""
    carriers: dict[tuple[object, ...], Notification] = {}
    rows = []
    for item in sorted(items, key=lambda one: one.rank):
        row = Notification(
            recipient_id=item.told.recipient,
            team_id=team_id,
            alert=item.change.alert,
            channel=item.told.channel,
            kind="alert",
            reason=item.told.reason,
            dedup_key=_key(item),
            detail={"severity": Severity(item.change.alert.severity).word},
            created_at=at,
            due_at=max(item.told.due_at, at),
        )
        if item.told.channel is Channel.EMAIL:
            carrier = carriers.setdefault(item.mail, row)
            row.carried_by = None if carrier is row else carrier
        rows.append(row)
    return Notification.objects.bulk_create(rows)


def _key(item: Item) -> str:
    """Return what makes a telling happen once: the transition, the person, the reason and the moment."""
    due = int(item.told.due_at.timestamp())
    return f"transition:{item.change.transition.pk}:{item.told.reason}:{item.told.recipient}:{due}"
