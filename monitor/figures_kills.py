"""The senders of a running demo die: processes of its worker's pool are killed; what they had in hand is free after a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import sql

from alerts import claiming, sending
from monitor import embedded_places, embedded_postgres, embedded_secrets, supervising
from monitor.figures_demo import NotMeasuredError, OwnDemo
from patients import claiming_uploads

Database = psycopg.Connection[tuple[Any, ...]]
SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01
LEASES: Final = {
    "patients_upload": claiming_uploads.LEASE,
    "alerts_watchstate": claiming.LEASE,
    "alerts_notification": sending.LEASE,
}
FREE: Final = "UPDATE {} SET lease_until = now() WHERE lease_until > now() AND lease_until <= %s"


def worker_of(demo: OwnDemo) -> psutil.Process:
    """Return the demo's worker, of which the processes of its pool are children."""
    found = {one.pid: one for one in supervising.leftovers(demo.local) if "monitor worker" in " ".join(one.cmdline())}
    (worker,) = [one for one in found.values() if one.ppid() not in found]
    return worker


def kill(worker: psutil.Process, pool: list[psutil.Process], database: Database) -> datetime:
    """Kill -9 the processes of the worker's pool, which send among other things, wait for new ones, and return when.

    The worker itself lives, or the demo would end with it.
    """
    for one in pool:
        one.kill()
    at = clock(database)
    deadline = time.monotonic() + SECONDS
    while len({one.pid for one in worker.children()} - {one.pid for one in pool}) < len(pool):
        if time.monotonic() > deadline:
            raise NotMeasuredError("The worker made no new processes after its own were killed.")
        time.sleep(POLL_SECONDS)
    return at


def leases_end(demo: OwnDemo, killed: list[datetime]) -> None:
    """Let what the dead had in hand be free, as after the two minutes that a lease lasts; who lives keeps theirs."""
    with _past_all_walls(demo.local) as database:
        for table, lease in LEASES.items() if killed else ():
            database.execute(sql.SQL(FREE).format(sql.Identifier(table)), (killed[-1] + lease,))


def clock(database: Database) -> datetime:
    """Return the database's time, by which rows are written."""
    ((at,),) = database.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchall()
    return datetime.fromtimestamp(float(at), tz=UTC)


@contextmanager
def _past_all_walls(local: Path) -> Iterator[Database]:
    """Ask the demo's database as its administrator."""
    secret = embedded_secrets.load(local / "secrets.json")
    place = embedded_places.choose(local, secret.identity)
    with psycopg.connect(embedded_postgres.url(place, "postgres", secret.admin), autocommit=True) as database:
        yield database
