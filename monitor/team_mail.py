"""Mail of a team that did not reach its people: how often in the last 30 days, when last, and why, in words. No address.

The database answers present members of the team and administrators (`team_mail`, alerts/migrations/0014), and of this team's mail
alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

QUESTION: Final = "SELECT person, failed, last_at, outcome, code FROM team_mail(%s, %s)"
REFUSED: Final[Mapping[int | None, str]] = {
    550: "the mail server takes nothing for this recipient",
    551: "the mail server does not know the recipient",
    552: "the mailbox is full, or the mail too large",
    553: "the mail server does not accept the address",
    None: "the mail could not be written",
}
"""Why what was refused for good was, by the server's answer (RFC 5321, 4.2.3)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Mails to one person that failed for good: how many, when the last did, how its last attempt ended, and the server's code."""

    count: int
    at: datetime
    outcome: str
    code: int | None

    @property
    def words(self) -> str:
        """Return why the last one failed: "the mailbox is full, or the mail too large (552)"."""
        return self._why() + (f" ({self.code})" if self.code is not None else "")

    def _why(self) -> str:
        """Return why, without the code. What is put off is given up after three days (`alerts.sending`)."""
        if self.outcome == "refused":
            return REFUSED.get(self.code, "the mail server refused it for good")
        if self.outcome == "deferred":
            return "for three days " + ("no mail server was reached" if self.code is None else "no mail server took it")
        return "the mail server never answered clearly"


def failed_mail(team_id: int, *, at: datetime) -> dict[int, Failed]:
    """Return, by account, what failed; nobody whose mail arrives. One query."""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, [team_id, at])
        return {person: Failed(*found) for person, *found in cursor.fetchall()}
