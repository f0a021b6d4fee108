"""The weekly mail to administrators: what the service did, in counts. It comes from the worker, so that its absence tells, too."""

from datetime import UTC, datetime, timedelta
from typing import Final

from alerts.models import Alert, Delivery, Incident, Notification, WatchState
from alerts.routing import Channel
from patients.context import ALL, working_on
from patients.models import User

WEEK: Final = timedelta(days=7)
HOUR: Final = 7
"""Monday at seven, UTC: no administrator's morning in particular."""
WITHIN: Final = timedelta(days=1)
"""What was down on Monday morning still writes it that day; later its silence is what was meant."""


def write_due(*, at: datetime) -> int:
    """Write the mail of this week, once for each administrator, if it is Monday; return how many were written."""
    moment = moment_of(at)
    if not moment <= at < moment + WITHIN or Notification.objects.filter(kind="quiet", due_at__gte=moment).exists():
        return 0
    with working_on(ALL):
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk").values_list("pk", flat=True)
        detail = {"counts": counts(moment)}
        rows = [
            Notification(
                recipient_id=person,
                kind="quiet",
                reason="quiet",
                dedup_key=f"quiet:{moment.date().isoformat()}:{person}",
                detail=detail,
                created_at=moment,
                due_at=moment,
            )
            for person in staff
        ]
        return len(Notification.objects.bulk_create(rows, ignore_conflicts=True))


def moment_of(at: datetime) -> datetime:
    """Return when the mail of the week of `at` is due."""
    day = at.astimezone(UTC)
    return (day - timedelta(days=day.weekday())).replace(hour=HOUR, minute=0, second=0, microsecond=0)


def counts(moment: datetime) -> list[tuple[str, int]]:
    """Return what happened in the week before `moment`, each in words with its count. For a worker that sees everybody."""
    week = (moment - WEEK, moment)
    mails = Notification.objects.filter(channel=Channel.EMAIL, carried_by=None)
    return [
        ("patients judged", WatchState.objects.filter(evaluated_at__gte=week[0]).count()),
        ("patients given up", WatchState.objects.filter(failed_at__isnull=False).count()),
        ("alerts raised", Alert.objects.filter(raised_at__range=week).count()),
        ("mails sent", mails.filter(sent_at__range=week).count()),
        ("mails that failed", mails.filter(failed_at__range=week).count()),
        ("mails sent as possible repeats", Delivery.objects.filter(started_at__range=week, marked_repeat=True).count()),
        ("incidents of the service", Incident.objects.filter(began_at__range=week).count()),
    ]
