"""A real mail server on the loopback that keeps what it takes and answers as told: no double of SMTP anywhere."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """What came, and what to answer: `recipients` and `contents` by address; `DROP` hangs up unanswered, a number sleeps."""

    kept: list[tuple[str, EmailMessage]] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str | float] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take a recipient or answer as told."""
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message, and answer as told."""
        (address,) = envelope.rcpt_tos
        answer = self.contents.get(address, "250 OK")
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = "250 OK"
        if answer.startswith(("250", DROP)):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.kept.append((address, email.message_from_bytes(content, EmailMessage, policy=email.policy.default)))
        if answer == DROP and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return answer

    @property
    def addresses(self) -> list[str]:
        """Return to whom mail came, in order."""
        return [address for address, _ in self.kept]

    @property
    def messages(self) -> list[EmailMessage]:
        """Return what came, in order."""
        return [message for _, message in self.kept]


DROP = "drop"
Kind = TypeVar("Kind", bound=Sink)


@contextmanager
def serving(sink: Kind) -> Iterator[Kind]:
    """Run a server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sink.port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def running() -> AbstractContextManager[Sink]:
    """Run the server on a free port."""
    return serving(Sink())


def plain(message: EmailMessage, kind: str = "plain") -> str:
    """Return the text, or the HTML, of a message."""
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())
