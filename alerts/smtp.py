"""Hands one message to the mail server and says how it ended. Knows no database."""

import math
import re
import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from threading import Timer
from typing import Any, Final

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

DIALOGUE: Final = 2.5
"""A whole dialogue, from connecting to leaving, takes at most so many times as long as one answer may."""

NO_SUCH_ADDRESS: Final = frozenset({550, 551, 553})
"""Answers to a recipient that speak of the address: no such mailbox, not here, not a name (RFC 5321, 4.2.3)."""
STATUS: Final = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
"""An enhanced status code (RFC 3463, 2)."""
BAD_ADDRESS: Final = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
"""Of 5.x.x those that speak of the address: no such mailbox, system or syntax, moved, no mail there, disabled (RFC 3463, 3.2
and 3.3; RFC 7505). Others speak of the sender (5.1.7, 5.1.8), of a full mailbox (5.2.2), of policy (5.7.x)."""


class Outcome(StrEnum):
    """How an attempt ended. UNCLEAR: the server may or may not have taken it."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome, with the server's code where it gave one. `bad_address`: it is the recipient's address that is not taken."""

    outcome: Outcome
    code: int | None = None
    bad_address: bool = False


class Talk(smtplib.SMTP):
    """What is known of a dialogue while it goes on: `began` tells of it before it connects; `offered` once a message was; its time
    is over at `until`, by the monotonic clock.
    """

    offered = False
    until = math.inf
    _sock: socket.socket | None = None

    def __init__(self, *given: Any, began: "Callable[[Talk], None]", **more: Any) -> None:
        began(self)
        super().__init__(*given, **more)

    def data(self, msg: Any) -> Any:
        """Offer the message: from here on only an answer says whether it was taken."""
        self.offered = True
        return super().data(msg)

    @property
    def sock(self) -> socket.socket | None:
        """The connection. One that comes when the time is over, while nobody could cut it, is cut at once."""
        return self._sock

    @sock.setter
    def sock(self, one: socket.socket | None) -> None:
        self._sock = one
        if time.monotonic() >= self.until:
            self.cut()

    def cut(self) -> None:
        """End the dialogue from another thread: whoever waits for an answer finds that none will come."""
        if (sock := self._sock) is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # below TLS, whose state is the other thread's

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect to the first address of the server that answers, as smtplib does, as long as there is time."""
        if self.until == math.inf:
            return self._connected(host, port, timeout)
        error: OSError = TimeoutError("there is no time left to connect")
        for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            if (left := self.until - time.monotonic()) <= 0:
                break
            try:
                sock = self._connected(str(address[0]), port, min(timeout, left))
            except OSError as one:
                error = one
                continue
            sock.settimeout(timeout)
            return sock
        raise error

    def _connected(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return what smtplib connects, with TLS where the dialogue begins with it."""
        sock: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc] # not in its types
        return sock


class Plain(Talk):
    """A dialogue in the clear, or one that turns to TLS."""


class Tls(Talk, smtplib.SMTP_SSL):
    """A dialogue that begins with TLS."""


class Backend(EmailBackend):
    """Django's, whose dialogues end: a server that sends a byte now and then keeps each answer within its time, and never ends."""

    talk: Talk | None = None
    _timer: Timer | None = None

    @property
    def connection_class(self) -> Any:
        """Return what begins a dialogue."""
        return partial(Tls if self.use_ssl else Plain, began=self._began)

    def close(self) -> None:
        """Leave the server; that, too, takes no longer than is left."""
        try:
            super().close()
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _began(self, talk: Talk) -> None:
        """Remember a dialogue and see that it ends."""
        self.talk = talk
        if self.timeout:
            talk.until = time.monotonic() + self.timeout * DIALOGUE
            self._timer = Timer(self.timeout * DIALOGUE, talk.cut)
            self._timer.daemon = True
            self._timer.start()


def hand_over(message: EmailMessage) -> Result:
    """Send one message to its one recipient within the times of the settings (10 s an answer, 25 s in all). Never raises.

    What fails before the message is begun concerns the service, not the message, and is deferred, whatever the code: a wrong
    password must not declare a day's mail undeliverable. Only a recipient or a content refused for good is REFUSED.
    """
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        _close(connection)
        return Result(Outcome.DEFERRED, _code(error))
    try:
        connection.send_messages([message])
        result = Result(Outcome.ACCEPTED, 250)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        talk = getattr(connection, "talk", None)
        result = judge(error, offered=talk is None or talk.offered)
    finally:
        _close(connection)
    return result


def judge(error: Exception, *, offered: bool = True) -> Result:
    """Return how an error during sending ended the attempt: 5xx for good, 4xx for now (RFC 5321, 4.2.1). No answer is unclear once
    the message was offered (DATA); before that nobody can have it.
    """
    code = _code(error)
    if isinstance(error, ValueError) and not isinstance(error, OSError | smtplib.SMTPException):
        return Result(Outcome.REFUSED)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Result(Outcome.DEFERRED, code)
    if code is None:
        return Result(Outcome.UNCLEAR if offered else Outcome.DEFERRED)
    outcome = Outcome.REFUSED if code >= 500 else Outcome.DEFERRED
    return Result(outcome, code, bad_address=_is_about_the_address(error))


def _is_about_the_address(error: Exception) -> bool:
    """Whether the server said of the recipient that there is no such address: by the enhanced code where it gave one."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return any(
        code in NO_SUCH_ADDRESS and ((status := STATUS.match(_text(words))) is None or is_bad_address(status))
        for code, words in error.recipients.values()
    )


def is_bad_address(status: re.Match[str]) -> bool:
    """Whether an enhanced status code says for good that an address is none."""
    return status[1] == "5" and (int(status[2]), int(status[3])) in BAD_ADDRESS


def _text(words: bytes | str) -> str:
    """Return an answer's words as text; servers say bytes."""
    return words if isinstance(words, str) else words.decode(errors="replace")


def _code(error: Exception) -> int | None:
    """Return the code by which the server refused, None where it gave none: half a line is no answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((int(code) for code, _ in error.recipients.values()), None)
    else:
        code = int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else None
    return code if code is not None and 400 <= code < 600 else None


def _close(connection: object) -> None:
    """Leave the server; what it says to that changes nothing about the message."""
    try:
        connection.close()  # type: ignore[attr-defined] # get_connection is untyped about its backends
    except (OSError, smtplib.SMTPException):
        return
