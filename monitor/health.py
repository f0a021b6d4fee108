"""Is the service alive, is it ready, and does the watch still watch?

The web process asks, so that the answer comes with every worker dead.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

PARTS: Final = {"sweep": "judging", "mail": "mailing"}
"""Heartbeats that must be there: name, and what stands still without it."""
STALE_AFTER: Final = timedelta(minutes=3)
"""Two sweeps and a half: one may be late, two may not (reliability: P6)."""

# One query: every heartbeat, and the oldest judgment that is due. Row-level security narrows the second to whom one may see.
QUESTION: Final = """
SELECT name, beat_at FROM alerts_heartbeat
UNION ALL
SELECT '', (SELECT min(recheck_at) FROM alerts_watchstate WHERE recheck_at < %s AND failed_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """How well the watching works at `at`: parts that show no life, since when nothing was judged, and what is overdue.

    `last_at` is the oldest sign of life among the parts, None where one never showed any.
    """

    at: datetime
    silent: tuple[str, ...] = ()
    last_at: datetime | None = None
    overdue_since: datetime | None = None

    @property
    def stale(self) -> bool:
        """Whether new facts may stand unjudged or alerts untold."""
        return bool(self.silent) or self.overdue_since is not None

    @property
    def never_started(self) -> bool:
        """Whether no part of it has shown life yet: a service that is just being set up."""
        return self.last_at is None


def watch_state(at: datetime) -> Watch:
    """Return how the watching stands, by one query."""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [at - STALE_AFTER])
        found: dict[str, datetime | None] = dict(cursor.fetchall())
    overdue = found.pop("", None)
    beats = {name: found.get(name) for name in {*PARTS, *found}}
    silent = sorted(name for name, beat in beats.items() if beat is None or beat < at - STALE_AFTER)
    known = [beat for beat in beats.values() if beat is not None]
    return Watch(at, tuple(silent), min(known, default=None), overdue)


@transaction.non_atomic_requests  # opening one would need the database to answer
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer while the process serves requests at all."""
    return JsonResponse({"status": "ok"})


@transaction.non_atomic_requests  # as above
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 once the database answers and its tables are as this version needs them, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        database = True
    except (DatabaseError, InterfaceError):
        database = migrated = False
    return _answer({"database": database, "migrated": migrated}, well=database and migrated)


@transaction.non_atomic_requests  # as above
@require_safe
def watch(request: HttpRequest) -> JsonResponse:
    """Answer 503 while the watch is blind: for an outside ping."""
    try:
        found = watch_state(timezone.now())
    except (DatabaseError, InterfaceError):
        return _answer({"watching": False, "silent": sorted(PARTS)}, well=False)
    return _answer({"watching": not found.stale, "silent": list(found.silent)}, well=not found.stale)


def _answer(body: dict[str, object], *, well: bool) -> JsonResponse:
    """Return a check's answer."""
    return JsonResponse(
        {"status": "ok" if well else "failing"} | body,
        status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE,
    )
