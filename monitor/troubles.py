"""What may be wrong with the service itself: in words, and what to do about it. Counts only: of no patient. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of trouble: its words for one and for several, what a team must know of it, and what mends it.

    `blind`: new facts may stand unjudged or alerts untold. What is not is for administrators.
    """

    one: str
    many: str
    means: str
    mend: str
    blind: bool = True


PARTS: Final = ("sweep", "mail")
"""Heartbeats that must be there; others are expected once they were seen."""
UNJUDGED: Final = "New facts may not have been judged."
UNTOLD: Final = "Alerts may not have been mailed."
WORK: Final = "See that worker, beat and Redis run; until they do, manage.py sweep --forever does their work."
SORTS: Final[Mapping[str, Sort]] = {
    "database": Sort("The database does not answer", "", "Nothing can be read, judged or mailed.",
        "Start PostgreSQL and see DATABASE_URL; /health/ready says when it answers."),
    "sweep": Sort("Judging stands still", "", UNJUDGED, WORK),
    "mail": Sort("Mailing stands still", "", UNTOLD,
        "See that the server of EMAIL_URL answers and takes mail, and that the worker runs. " + WORK),
    "queue": Sort("The queue stands still", "", "Judging and mailing may be late.",
        "A message went from beat through Redis to the worker and none arrives: see that all three run. Who runs manage.py "
        "sweep --forever instead retires it: manage.py sweep --retire queue."),
    "unjudged": Sort("New facts of {} patient are not judged", "New facts of {} patients are not judged", UNJUDGED, WORK),
    "recheck": Sort("{} judgment is overdue", "{} judgments are overdue", "What changes with time may not have been judged.",
        WORK),
    "given_up": Sort("{} patient is not judged: the watch gave up after five attempts",
        "{} patients are not judged: the watch gave up after five attempts", "Their pages say so; look at them yourself.",
        "The log of the worker names the error (watch_gave_up, evaluation_failed). They are tried again when facts or the "
        "version change."),
    "rules": Sort("{} judgment by a rule was given up after five attempts",
        "{} judgments by a rule were given up after five attempts",
        "The patients' pages name the rules; judge these yourself.",
        "The log of the worker names the error (rule_failed); report it with the rule and the type of error. They are tried "
        "again when facts or the version change."),
    "unsent": Sort("{} mail is overdue", "{} mails are overdue", UNTOLD,
        "See that the server of EMAIL_URL takes mail: the log of the worker has its codes (mail). Mail waits up to 72 hours."),
    "failed_mail": Sort("{} mail could not be delivered in seven days", "{} mails could not be delivered in seven days", UNTOLD,
        "See that the recipients' addresses are right, and tell them by another way: the mail is not sent again.", blind=False),
}  # fmt: skip
"""Every sort, the worst first."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong: its kind, how many it concerns (0: nothing to count), since when (None: it never was well)."""

    kind: str
    count: int = 0
    since: datetime | None = None

    @property
    def sort(self) -> Sort:
        """What is known of its kind; a part that joined later stands still like any other."""
        return SORTS.get(self.kind) or Sort(f"The part “{self.kind}” stands still", "", UNJUDGED, WORK)

    @property
    def words(self) -> str:
        """What it is, as a sentence without its period."""
        sort = self.sort
        form = sort.one if self.count == 1 or not sort.many else sort.many
        return form.format(self.count or "Some" if form.startswith("{}") else self.count or "some")

    @property
    def blind(self) -> bool:
        """Whether facts may stand unjudged or alerts untold."""
        return self.sort.blind


def ordered(troubles: list[Trouble]) -> tuple[Trouble, ...]:
    """Return troubles, the worst first."""
    ranks = {kind: rank for rank, kind in enumerate(SORTS)}
    return tuple(sorted(troubles, key=lambda one: (ranks.get(one.kind, 0), one.kind)))
