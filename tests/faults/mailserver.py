"""A mail server that does something at a moment, or sticks."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.alerts.sink import Sink


@dataclass(frozen=True, slots=True)
class Tar:
    """A server that does not come to an end with one address: at RCPT, or once it has the message (DATA).

    One that `drips` says a line of an answer now and then, so that none is late, and never the last.
    """

    address: str
    step: str
    drips: bool
    stuck: list[float] = field(default_factory=list)
    """When it began with each mail."""

    async def stick(self, server: SMTP) -> None:
        """Go on for a minute, or until the client hangs up."""
        self.stuck.append(time.monotonic())
        for _ in range(60):
            if self.drips:
                await server.push("250-wait")
            await asyncio.sleep(1.0)


class Watching(Sink):
    """A mail server that does something at a moment: once, when it is given a recipient, or when it has taken a mail."""

    at_recipient: Callable[[], object] | None = None
    at_taken: Callable[[], object] | None = None
    usual: str = "250 OK"
    """What every mail is answered; only after 250 it is taken."""
    tar: Tar | None = None
    """Who is answered as by a tarpit."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Do it, then answer."""
        what, self.at_recipient = self.at_recipient, None
        if what is not None:
            what()
        if self.tar is not None and (self.tar.address, self.tar.step) == (address, "RCPT"):
            await self.tar.stick(server)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the mail, do it, then answer."""
        if self.tar is not None and (*envelope.rcpt_tos, "DATA") == (self.tar.address, self.tar.step):
            await self.tar.stick(server)
        if not self.usual.startswith("250"):
            return self.usual
        answer = await super().handle_DATA(server, session, envelope)
        what, self.at_taken = self.at_taken, None
        if what is not None:
            what()
        return answer
