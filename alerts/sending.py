"""Empties the outbox: claim (commit) → send → mark. A repeat happens only after a crash or an unclear answer, and says so.

Rows are claimed oldest first, one for each place that is free, and handed over side by side, so that a slow recipient holds up
nobody; whom the server let wait without an answer before comes after the others, but a high alert never loses its place. A mail
that only holds while nobody has acknowledged is looked at again when it is due.
"""

import hashlib
import math
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from alerts import bouncing, patient_mail, unsubscribing
from alerts.alone import TIME_IS_UP
from alerts.changes import TAKING
from alerts.clocks import clock
from alerts.emails import Count, Letter, compose
from alerts.models import Alert, Delivery, Notification, Transition
from alerts.routing import CONDITIONAL, Channel, Reason
from alerts.rules.rule import Severity
from alerts.smtp import Outcome, Result, hand_over
from patients.context import ALL, working_on
from patients.models import Membership

LOG = structlog.get_logger(__name__)
PLACES: Final = 8
"""So many are handed over side by side."""
LEASE: Final = timedelta(seconds=120)
LONGEST: Final = timedelta(hours=1)
"""No wait is longer: one that looks so was given before the clock was set back, and does not hold."""
FIRST_WAIT: Final = timedelta(seconds=60)
LONGEST_WAIT: Final = timedelta(minutes=15)
GIVE_UP_AFTER: Final = timedelta(hours=72)
MOST_UNCLEAR: Final = 5
"""Each unclear attempt may have left a copy: after so many it is failed, visibly."""
LATE_AFTER: Final = timedelta(minutes=10)
NO_ANSWER: Final = (Outcome.UNCLEAR, Outcome.DEFERRED)
OPEN: Final = Q(sent_at=None, failed_at=None, dropped_at=None)
HIGH: Final = Q(kind="alert", alert__severity=Severity.HIGH)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed notification with what will be sent; `delivery` is the row of this attempt."""

    notification: Notification
    delivery: Delivery
    letter: Letter
    unclear: int


@dataclass(slots=True)
class Sent:
    """What a pass did."""

    accepted: int = 0
    deferred: int = 0
    failed: int = 0


def send_due(*, at: datetime | None = None, seconds: float | None = None) -> Sent:
    """Send whatever is due until nothing is or the time is used up; what is being handed over then is waited for (at most 25 s, see
    `alerts.smtp`), and marked: also when a task's time is up. `at` is the database's clock unless given.
    """
    sent, until = Sent(), math.inf if seconds is None else time.monotonic() + seconds
    waiting: dict[Future[Result], Attempt] = {}
    with ThreadPoolExecutor(max_workers=PLACES) as pool:
        try:
            attempts = claim(at or clock())
            while attempts or waiting:
                for attempt, one in _messages(attempts, at, sent):
                    waiting[pool.submit(hand_over, one)] = attempt
                _mark_ended(waiting, at, sent)
                attempts = claim(at or clock(), PLACES - len(waiting)) if time.monotonic() < until else []
        except TIME_IS_UP:
            while waiting:
                _mark_ended(waiting, at, sent)
            raise
    return sent


def _mark_ended(waiting: "dict[Future[Result], Attempt]", at: datetime | None, sent: Sent) -> None:
    """Wait until something that was handed over has ended, and mark what has; what is marked leaves `waiting`."""
    for done in wait_for(waiting, return_when=FIRST_COMPLETED).done:
        _mark(waiting[done], _result(done), at or clock(), sent)
        del waiting[done]


def claim(at: datetime, limit: int = PLACES) -> list[Attempt]:
    """Take due mails, oldest first, and commit attempt, lease and delivery. What is needed no more is dropped, with the reason,
    and others are taken instead: nothing is only where nothing is due.
    """
    while rows := _claim(at, limit):
        if attempts := [one for one in rows if one is not None]:
            return attempts
    return []


def _claim(at: datetime, limit: int) -> list[Attempt | None]:
    """Take so many due mails at once; None stands for one that was dropped or put off."""
    with working_on(ALL):
        rows = (
            _due(at)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("recipient", "alert", "alert__patient")[:limit]
        )
        return [_take(row, at) for row in rows]


def _due(at: datetime) -> QuerySet[Notification]:
    """Return mails that are due and nobody has: the oldest first, those that once got no answer last, unless of a high alert."""
    free = Q(lease_until=None) | Q(lease_until__lte=at) | Q(lease_until__gt=at + LONGEST)
    due = Notification.objects.filter(OPEN, free, channel=Channel.EMAIL, carried_by=None, due_at__lte=at)
    unanswered = Delivery.objects.filter(notification=OuterRef("pk"), outcome__in=NO_ANSWER, smtp_code=None)
    return due.order_by(Case(When(HIGH, then=0), When(Exists(unanswered), then=1), default=0), "due_at", "id")


def _take(row: Notification, at: datetime) -> Attempt | None:
    """Count one more attempt, or drop what is needed no more; None is that, and what was put off or given up."""
    reason = _needless(row, at)
    if reason is None:
        row.attempts += 1
        row.lease_until = at + wait(row)
        row.save(update_fields=["attempts", "lease_until"])
        return None
    if reason:
        ended = "failed_at" if reason == patient_mail.NOT_JUDGED else "dropped_at"
        _whole(row).update(**{ended: at, "dropped_reason": reason})
        return None
    row.deliveries.filter(outcome="started").update(outcome=Outcome.UNCLEAR, ended_at=at)
    unclear = row.deliveries.filter(outcome=Outcome.UNCLEAR).count()
    row.attempts += 1
    row.lease_until = at + LEASE
    row.save(update_fields=["attempts", "lease_until"])
    delivery = Delivery.objects.create(notification=row, attempt=row.attempts, started_at=at, marked_repeat=unclear > 0)
    return Attempt(row, delivery, _letter(row, at, repeat=unclear > 0), unclear)


def _needless(row: Notification, at: datetime) -> str | None:
    """Return why a mail need not be sent any more, "" where it must, None where that cannot be asked now. First news is always
    sent, to whoever may still have it.
    """
    if not row.recipient.is_active:
        return "recipient_inactive"
    if row.team_id is not None and not _is_member(row, at):
        return "recipient_left"
    if row.kind == "patient":
        return patient_mail.needless(row, at=at)
    if row.alert is None or row.kind != "alert":
        return ""
    if not row.alert.patient.active:
        return "patient_not_followed"
    if row.reason not in (*CONDITIONAL, Reason.STILL_YOURS):
        return ""
    reasons = [_passed(one) for one in _whole(row).select_related("alert")]
    return "" if "" in reasons else min(reasons, default="alert_gone")


def _passed(row: Notification) -> str:
    """Return why one telling of a mail holds no more, "" where it does: somebody has the alert, or not the one who was asked."""
    if row.alert is None:
        return "alert_gone"
    if row.reason in CONDITIONAL:
        return "" if row.alert.state == "raised" else row.alert.state
    if row.reason != Reason.STILL_YOURS:
        return ""
    if row.alert.state not in Alert.OPEN_STATES:
        return row.alert.state
    taken = Transition.objects.filter(alert=row.alert, verb__in=TAKING, at__gt=row.created_at)
    return "has_another_owner" if row.alert.owner_id not in (None, row.recipient_id) and taken.exists() else ""


def _is_member(row: Notification, at: datetime) -> bool:
    """Whether the recipient has a place in the team of the mail."""
    holds = Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))
    return Membership.objects.filter(holds, team_id=row.team_id, user_id=row.recipient_id).exists()


def _letter(row: Notification, at: datetime, *, repeat: bool) -> Letter:
    """Return what a notification says."""
    template = "recovered" if row.reason == Reason.RECOVERED else row.kind
    detail = row.detail
    return Letter(
        id=row.pk,
        address=row.recipient.email,
        template=template,
        reason=row.reason,
        alert_id=row.alert_id,
        severity=str(detail.get("severity", "")),
        alerts=1 + (row.carries.filter(dropped_at=None).count() if row.alert_id else 0),
        counts=tuple(Count(*one) for one in detail.get("counts", [])),
        open=tuple(Count(*one) for one in detail.get("open", [])),
        taken=tuple(Count(*one) for one in detail.get("taken", [])),
        due=int(detail.get("due", 0)),
        overdue=int(detail.get("overdue", 0)),
        repeat=repeat,
        late=at - row.due_at > LATE_AFTER,
        language=row.recipient.language,
        stop=unsubscribing.address(row.recipient_id, row.kind),
    )


def _messages(attempts: list[Attempt], at: datetime | None, sent: Sent) -> Iterator[tuple[Attempt, EmailMessage]]:
    """Yield each attempt with its message; one that cannot be written is failed and stops no other."""
    for attempt in attempts:
        try:
            yield attempt, compose(attempt.letter, at=at or clock())
        except TIME_IS_UP:
            raise
        except Exception as error:  # whatever is wrong with one message must not reach the next
            LOG.exception("mail_not_written", notification_id=str(attempt.notification.pk), exc_info=error)
            _mark(attempt, Result(Outcome.REFUSED), at or clock(), sent)


def _result(done: "Future[Result]") -> Result:
    """Return how handing over ended; what nobody foresaw is unclear."""
    error = done.exception()
    if error is None:
        return done.result()
    LOG.error("mail_broke", error_type=type(error).__name__)
    return Result(Outcome.UNCLEAR)


def _mark(attempt: Attempt, result: Result, at: datetime, sent: Sent) -> None:
    """Write how an attempt ended: sent on 250 only, failed for good, or later again."""
    row = attempt.notification
    with transaction.atomic():
        Delivery.objects.filter(pk=attempt.delivery.pk).update(
            outcome=result.outcome, smtp_code=result.code, ended_at=at
        )
        bouncing.note(row.recipient_id, result, at=at)
        if result.outcome is Outcome.ACCEPTED:
            _whole(row).update(sent_at=at, lease_until=None)
            sent.accepted += 1
        elif _hopeless(attempt, result, at):
            _whole(row).update(failed_at=at, lease_until=None)
            sent.failed += 1
        else:
            Notification.objects.filter(pk=row.pk).update(lease_until=at + wait(row))
            sent.deferred += 1
    ids = {"notification_id": str(row.pk), "delivery_id": attempt.delivery.pk}
    LOG.info("mail", **ids, state=result.outcome.value, status=result.code, attempts=row.attempts)


def _hopeless(attempt: Attempt, result: Result, at: datetime) -> bool:
    """Whether an attempt that did not succeed was the last."""
    if result.outcome is Outcome.UNCLEAR and attempt.unclear + 1 >= MOST_UNCLEAR:
        return True
    return result.outcome is Outcome.REFUSED or at - attempt.notification.due_at >= GIVE_UP_AFTER


def _whole(row: Notification) -> QuerySet[Notification]:
    """Return a mail's row with the rows that it carries, those that have not ended."""
    return Notification.objects.filter(OPEN, Q(pk=row.pk) | Q(carried_by=row))


def wait(row: Notification) -> timedelta:
    """Return how long to wait after an attempt: a minute, doubled each time up to 15, ± 20 % by id so that mails spread."""
    plain = min(FIRST_WAIT * (1 << min(row.attempts - 1, 10)), LONGEST_WAIT)
    share = int.from_bytes(hashlib.sha256(f"{row.pk}:{row.attempts}".encode()).digest()[:4]) / 2**32
    return plain * (0.8 + 0.4 * share)
