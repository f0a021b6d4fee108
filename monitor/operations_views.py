"""The service itself, for its administrators: signs of life, what was given up, what was not delivered, and what to do about it.

Counts, codes and ids: administrators read nothing of a patient. The database answers `watch_failures` to them alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import rules
from alerts.models import Incident
from monitor.asking import AskedRequest, asked
from monitor.health import watch_state
from monitor.troubles import Trouble

MOST: Final = 50
"""So many of a sort are named; the counts above the lists are of all."""
INCIDENTS: Final = 20
QUESTION: Final = "SELECT kind, name, detail, found, first_at, last_at FROM watch_failures(%s, %s)"


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that was given up. `name`: a patient's id, a rule, a kind of mail; `detail`: the error's type or the code."""

    kind: str
    name: str
    detail: str
    count: int
    first_at: datetime
    last_at: datetime

    @property
    def title(self) -> str:
        """What a rule is called; of one that is no more its name."""
        return next((rule.title for rule in rules.RULES if rule.name == self.name), self.name)


@dataclass(frozen=True, slots=True)
class Past:
    """An incident: what it was, when it began, was told and ended."""

    trouble: Trouble
    incident: Incident


@require_safe
@asked
def operations(request: AskedRequest) -> HttpResponse:
    """Show how the service stands."""
    if not request.asker.may("service", "read"):
        raise PermissionDenied
    found = failures(request.at)
    context = {
        "watch": watch_state(request.at, every=True),
        "given_up": [one for one in found if one.kind == "given_up"],
        "rules": [one for one in found if one.kind in ("rules", "retried")],
        "mails": [one for one in found if one.kind == "failed_mail"],
        "incidents": [
            Past(Trouble(one.kind), one) for one in Incident.objects.order_by("-began_at", "-pk")[:INCIDENTS]
        ],
        "most": MOST,
        "at": request.at,
        "nav": "operations",
    }
    return render(request, "operations.html", context)


def failures(at: datetime) -> list[Failure]:
    """Return what was given up, as the database tells an administrator: to anybody else it tells nothing."""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [at, MOST])
        return [Failure(*row) for row in cursor.fetchall()]
