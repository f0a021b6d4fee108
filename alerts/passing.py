"""Whether the mail server takes mail at all: what a pass that found nothing due cannot say."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q

from alerts.models import Delivery
from alerts.smtp import Outcome

REMEMBERED: Final = timedelta(hours=1)
"""Attempts longer ago say nothing of now; a mail that still waits is tried more often than that."""
SEVERAL: Final = 3
"""One address may be wrong, so many together are the server's doing."""
BY_SERVICE: Final = Q(outcome=Outcome.UNCLEAR) | Q(outcome=Outcome.DEFERRED) & (
    Q(smtp_code=None) | Q(smtp_code__gte=500)
)
"""No answer, no connection, or a log-in or sender refused for good: never a recipient's fault (alerts.smtp.hand_over)."""


def takes_mail(*, at: datetime) -> bool:
    """Return False where the last hour's attempts say that the server takes nothing: since it last took one, an attempt ended
    without an answer or before a recipient was named, or three people's mail was turned away.
    """
    ended = Delivery.objects.filter(ended_at__gt=at - REMEMBERED, ended_at__lte=at).exclude(outcome="started")
    taken = ended.filter(outcome=Outcome.ACCEPTED).aggregate(last=Max("ended_at"))["last"]
    since = ended.exclude(outcome=Outcome.ACCEPTED) if taken is None else ended.filter(ended_at__gt=taken)
    found = since.aggregate(
        service=Count("pk", filter=BY_SERVICE), people=Count("notification__recipient", distinct=True)
    )
    return not found["service"] and found["people"] < SEVERAL
