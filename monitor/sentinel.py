"""Tells administrators when the watching does not work, from the web process: it needs no worker, no beat, no Redis.

A thread looks once a minute. What it finds is an incident, one row for all processes: who changes the row writes the mail, straight
to the mail server. It says so again every six hours, and once when it is over. Where PostgreSQL itself is gone each process
remembers to whom it has to say so, and does at most once an hour. Counts only, and of nobody.
"""

import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from alerts.emails import Count, Letter, compose
from alerts.smtp import Outcome, hand_over
from monitor.health import STALE_AFTER, watch_state
from monitor.patience import at_most
from monitor.troubles import Trouble
from patients.models import User

LOG = structlog.get_logger(__name__)
EVERY_SECONDS: Final = 60.0
AGAIN: Final = timedelta(hours=6)
FLAPPING: Final = timedelta(minutes=30)
"""What comes and goes is told no more often."""
LOST_AGAIN: Final = timedelta(hours=1)
"""How often one process says that the database does not answer: it cannot know what the others said."""
PATIENCE: Final = "10s"
"""A statement that takes longer is a database that does not answer."""
SILENT: Final = 15.0
"""Seconds after which even the database's own clock has stopped: it is frozen, and keeps no limit of ours."""

BEGIN: Final = """
INSERT INTO alerts_incident (kind, began_at) SELECT * FROM unnest(%(kinds)s::text[], %(since)s::timestamptz[])
ON CONFLICT (kind) WHERE ended_at IS NULL DO NOTHING
"""
END: Final = """
UPDATE alerts_incident SET ended_at = greatest(began_at, %(at)s) WHERE ended_at IS NULL AND NOT kind = ANY (%(kinds)s::text[])
RETURNING kind, told_at IS NOT NULL
"""
TELL: Final = """
UPDATE alerts_incident i SET told_at = %(at)s WHERE ended_at IS NULL
  AND (told_at IS NULL OR told_at <= %(again)s AND kind = ANY (%(blind)s::text[]))
  AND NOT EXISTS (SELECT 1 FROM alerts_incident e WHERE e.kind = i.kind AND e.told_at > %(flapping)s)
RETURNING kind
"""
UNTELL: Final = "UPDATE alerts_incident SET told_at = NULL WHERE ended_at IS NULL AND told_at = %(at)s"


@dataclass(frozen=True, slots=True)
class Telling:
    """What one look makes this process say: whether something has begun or goes on, and what is over that was told."""

    begun: bool
    over: tuple[Trouble, ...]


def settle(troubles: Sequence[Trouble], *, at: datetime) -> Telling:
    """Open and end incidents, and return what this process, and no other, has to tell."""
    kinds = [one.kind for one in troubles]
    values: dict[str, datetime | list[str] | list[datetime]] = {
        "at": at,
        "kinds": kinds,
        "since": [one.since or at for one in troubles],
        "blind": [one.kind for one in troubles if one.blind],
        "again": at - AGAIN,
        "flapping": at - FLAPPING,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BEGIN, values)
        cursor.execute(END, values)
        over = tuple(Trouble(kind) for kind, told in cursor.fetchall() if told)
        cursor.execute(TELL, values)
        return Telling(bool(cursor.fetchall()), over)


def administrators() -> tuple[str, ...]:
    """Return the addresses of who keeps the service."""
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
    return tuple(staff.values_list("email", flat=True))


def tell(addresses: Iterable[str], troubles: Iterable[Trouble], *, over: bool, at: datetime) -> bool:
    """Hand over a mail to each administrator; return whether the server took any."""
    counts = tuple(Count(one.words, one.count) for one in troubles)
    reason = "over" if over else "incident"
    letters = [Letter(uuid4(), address, "incident", reason, counts=counts) for address in addresses]
    outcomes = [hand_over(compose(letter, at=at)).outcome for letter in letters]
    LOG.warning("incident_told", state=reason, count=outcomes.count(Outcome.ACCEPTED))
    return Outcome.ACCEPTED in outcomes


@dataclass(slots=True)
class Sentinel:
    """What one process remembers between looks: whom to tell, since when the database is lost, and when it said so."""

    addresses: tuple[str, ...] = field(default=())
    lost_at: datetime | None = None
    told_at: datetime | None = None

    def look(self, *, at: datetime) -> None:
        """Look once, and tell what there is to tell."""
        try:
            troubles, telling = self._find(at)
        except (DatabaseError, InterfaceError) as error:
            self._lost(at, error)
            return
        self._found_again(at)
        if telling.over:
            tell(self.addresses, telling.over, over=True, at=at)
        if telling.begun and not tell(self.addresses, troubles, over=False, at=at):
            with connection.cursor() as cursor:
                cursor.execute(UNTELL, {"at": at})  # nobody was told: the next look tries again

    def _find(self, at: datetime) -> tuple[tuple[Trouble, ...], Telling]:
        """Return what is wrong and what is to be told of it; remember whom to tell."""
        with at_most(SILENT), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
            found = watch_state(at, every=True)
            self.addresses = administrators()
        return found.troubles, settle(found.troubles, at=at)

    def _lost(self, at: datetime, error: Exception) -> None:
        """Say that the database does not answer, once it has not for as long as a sweep may be late."""
        self.lost_at = self.lost_at or at
        LOG.error("sentinel_lost_database", error_type=type(error).__name__, count=len(self.addresses))
        patient = at - self.lost_at < STALE_AFTER
        if patient or (self.told_at is not None and at - self.told_at < LOST_AGAIN):
            return
        if tell(self.addresses, [Trouble("database", since=self.lost_at)], over=False, at=at):
            self.told_at = at

    def _found_again(self, at: datetime) -> None:
        """Say that it answers again, where it was said that it did not."""
        if self.told_at is not None:
            tell(self.addresses, [Trouble("database")], over=True, at=at)
        self.lost_at = self.told_at = None


def run(stop: threading.Event, every: float = EVERY_SECONDS) -> None:
    """Look until told to stop, the first time after a pause: what starts together needs a moment."""
    sentinel = Sentinel()
    while not stop.wait(every):
        try:
            sentinel.look(at=timezone.now())
        except Exception as error:  # the one who watches the watch must not end
            LOG.exception("sentinel_failed", exc_info=error)
        finally:
            connection.close()


def start() -> threading.Thread | None:
    """Begin to look, in a process that serves; None for commands and tests, which come and go."""
    if settings.TESTING or Path(sys.argv[0]).name == "manage.py":
        return None
    thread = threading.Thread(target=run, args=(threading.Event(), EVERY_SECONDS), name="sentinel", daemon=True)
    thread.start()
    return thread
