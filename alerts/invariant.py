"""What one check of the database is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """One check: `sql` returns the ids that break it, `broken` says what is wrong, `mend` what to do about it."""

    id: str
    sql: str
    broken: str
    mend: str
