"""What became of every notification: the outbox beside a ledger that stands outside it, the mails that a server took. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.figures import Figure


@dataclass(frozen=True, slots=True)
class Row:
    """A notification that was due: by which mail it is told (its own, or one that carries it), and how it ended, "" not yet."""

    mail: str
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Killed:
    """How many senders died, how many mails they had in hand, and how many possible repeats the outbox knows of."""

    senders: int
    in_hand: int
    possible: int


def agreement(rows: Sequence[Row], ledger: Mapping[str, Sequence[bool]], killed: Killed) -> list[Figure]:
    """Return what was due, sent, repeated and lost.

    `ledger` holds the copies that were taken of each mail, in the order of time: whether each says that it may be a repeat. Lost
    is what was due and neither came nor was given up in sight of everybody (failed, or dropped with a reason).
    """
    known = {row.mail for row in rows}
    came = {mail: copies for mail, copies in ledger.items() if mail in known and copies}
    again = [said for copies in came.values() for said in copies[1:]]
    lost = sum(row.mail not in came and row.ended not in {"failed", "dropped"} for row in rows)
    sent = {row.mail for row in rows if row.ended == "sent"}
    hit = f"{killed.senders} senders killed, {killed.in_hand} mails in their hands"
    return [
        Figure("notifications due", len(rows), note=f"{len(known)} mails; {hit}"),
        Figure("notifications sent", _ended(rows, "sent")),
        Figure("notifications dropped", _ended(rows, "dropped"), note="needed no more, each with its reason"),
        Figure("notifications failed", _ended(rows, "failed"), goal=0),
        Figure("notifications lost", lost, goal=0, note="due, and the mail server never had them"),
        Figure("mails that came once", sum(len(copies) == 1 for copies in came.values())),
        Figure("mails repeated", len(again), goal=killed.in_hand, note="copies after the first, of mails in the hand of who died"),
        Figure("repeats unmarked", again.count(False), goal=0, note="copies that do not say that they may be a repeat"),
        Figure("possible repeats", killed.possible, note="mails sent with that word, whether the first had come or not"),
        Figure("mails taken, not marked sent", sum(mail not in sent for mail in came), goal=0),
    ]  # fmt: skip


def _ended(rows: Sequence[Row], how: str) -> int:
    """Return how many ended so."""
    return sum(row.ended == how for row in rows)
