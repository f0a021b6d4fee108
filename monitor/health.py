"""Is the service alive, is it ready, and does the watch still watch?

The web process asks, so that the answer comes with every worker dead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitor.patience import at_most
from monitor.troubles import PARTS, Trouble, ordered

STALE_AFTER: Final = timedelta(minutes=3)
"""Two sweeps and a half: one may be late, two may not (reliability: P6). As in `watch_figures` (alerts/migrations/0012)."""

PATIENCE: Final = 5.0
"""Seconds after which a statement of a check is a database that does not answer: who asks does not wait much longer."""

# One query: every heartbeat, and every figure, past row-level security: counts and times, of nobody in particular.
QUESTION: Final = """
SELECT true, name::text, 0, beat_at FROM alerts_heartbeat
UNION ALL
SELECT false, kind, found, since FROM watch_figures(%s, %s)
"""


@dataclass(frozen=True, slots=True)
class Beat:
    """A part that shows life, when it last did (None: never), and whether that is too long ago."""

    name: str
    at: datetime | None
    silent: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """How well the watching works at `at`: the signs of life of its parts, and what is wrong, the worst first."""

    at: datetime
    beats: tuple[Beat, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def silent(self) -> tuple[str, ...]:
        """Parts that show no life."""
        return tuple(beat.name for beat in self.beats if beat.silent)

    @property
    def last_at(self) -> datetime | None:
        """The oldest sign of life among the parts that ever showed one, None where none did."""
        return min((beat.at for beat in self.beats if beat.at is not None), default=None)

    @property
    def blind(self) -> tuple[Trouble, ...]:
        """What makes it blind."""
        return tuple(one for one in self.troubles if one.blind)

    @property
    def lacking(self) -> tuple[Trouble, ...]:
        """What is wrong beside that: for administrators."""
        return tuple(one for one in self.troubles if not one.blind)

    @property
    def stale(self) -> bool:
        """Whether new facts may stand unjudged or alerts untold."""
        return bool(self.blind)

    @property
    def never_started(self) -> bool:
        """Whether no part of it has shown life yet: a service that is just being set up."""
        return self.last_at is None


def watch_state(at: datetime, *, every: bool = False) -> Watch:
    """Return how the watching stands, by one query.

    Whose newest facts were not judged takes a look at `every` patient; else it is what the sentinel last found.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [at, every])
        rows = cursor.fetchall()
    seen = {name: since for is_beat, name, _, since in rows if is_beat}
    beats = tuple(_beat(name, seen.get(name), at) for name in sorted({*PARTS, *seen}))
    found = [Trouble(beat.name, 0, beat.at) for beat in beats if beat.silent]
    found += [Trouble(kind, count, since) for is_beat, kind, count, since in rows if count and not is_beat]
    return Watch(at, beats, ordered(found))


def _beat(name: str, beat_at: datetime | None, at: datetime) -> Beat:
    """Return one part as it stands."""
    return Beat(name, beat_at, beat_at is None or beat_at < at - STALE_AFTER)


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
        with at_most(PATIENCE):
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
    """Answer 503 while the watch is blind: for an outside ping. `troubles` says where, `attention` what else is wrong."""
    try:
        with at_most(PATIENCE):
            found = watch_state(timezone.now(), every=True)
    except (DatabaseError, InterfaceError):
        return _answer({"watching": False, "silent": sorted(PARTS), "troubles": ["database"]}, well=False)
    body = {
        "watching": not found.stale,
        "silent": list(found.silent),
        "troubles": [one.kind for one in found.blind],
        "attention": [one.kind for one in found.lacking],
    }
    return _answer(body, well=not found.stale)


def _answer(body: Mapping[str, object], *, well: bool) -> JsonResponse:
    """Return a check's answer."""
    return JsonResponse(
        {"status": "ok" if well else "failing", **body},
        status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE,
    )
