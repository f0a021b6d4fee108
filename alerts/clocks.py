"""The one clock of what is claimed: the database's, the same for every machine."""

from datetime import datetime

from django.db import connection


def clock() -> datetime:
    """Return the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[datetime] = cursor.fetchone()
    return row[0]
