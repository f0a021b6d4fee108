"""How long the web process waits for the database: a server that is stopped, or a network that swallows all, is one that is gone.

Neither says so: a connection is taken and a statement accepted, and no answer comes, for hours. PostgreSQL's own limits are kept by
the server, which does not run. So whoever waits looks at the clock.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

SECONDS: Final = ContextVar("seconds", default=30.0)
"""How long a statement may take: longer than a file's rows hold the lock of their patient."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Wait no longer for any statement within the block."""
    token = SECONDS.set(seconds)
    try:
        yield
    finally:
        SECONDS.reset(token)


def limit(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Let a new connection give up a statement that is not answered, and be a lost one: it is closed. For `connection_created`."""
    raw: psycopg.Connection[Any] = connection.connection
    own = weakref.proxy(raw)

    def wait(gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return psycopg.Connection.wait(own, gen, interval, SECONDS.get() if timeout is None else timeout)
        except psycopg.OperationalError:
            if own.pgconn.transaction_status == TransactionStatus.ACTIVE:  # no answer came
                own.close()
            raise

    raw.wait = wait  # type: ignore[method-assign] # every statement, commit and rollback passes here
