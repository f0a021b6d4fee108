"""Who is asking: names the acting user, the patients a worker handles, or maintenance, to PostgreSQL's row-level security.

Each context opens a transaction and sets what the policies read for that transaction only (`set_config(…, true)`): a session
setting would leak to the next user of the connection. Without a context every patient table is empty.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection, transaction

ALL: Final = "*"
"""For a worker that must see every patient (a sweep over the cohort, resolving identifiers); say it explicitly."""


@contextmanager
def acting_as(user_id: int) -> Iterator[None]:
    """Run as a person: rows of the patients they may see. For the web's log-in."""
    with _setting("app.user_id", str(int(user_id))):
        yield


@contextmanager
def working_on(patients: Iterable[UUID] | str) -> Iterator[None]:
    """Run as the worker on these patients, or `ALL`. For the worker's log-in."""
    named = ALL if patients == ALL else "{" + ",".join(str(UUID(str(one))) for one in patients) + "}"
    with _setting("app.patient_ids", named):
        yield


@contextmanager
def maintaining() -> Iterator[None]:
    """Run as the owner with every row in sight: migrations of data and tests only."""
    with _setting("app.maintaining", "on"):
        yield


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    """Set a transaction-local setting within `atomic()`; restore what it was on the way out of a nested context."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s, true), set_config(%s, %s, true)", [name, name, value])
            row = cursor.fetchone()
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [name, (row and row[0]) or ""])
