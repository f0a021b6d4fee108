"""The demo's mail server: takes every mail on the loopback and keeps it as a file, to be read at `/demo/mail/`.

A mail is on the disk under its last name before the sender hears 250, as with a real server.
"""

import argparse
import asyncio
import email.policy
import os
import re
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Final

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST: Final = "127.0.0.1"
NAME: Final = re.compile(r"[0-9]{20}-[0-9a-f]{8}\.eml")
"""Nanoseconds since 1970 and a random part: names sort by arrival, and no name leads out of the folder."""


@dataclass(frozen=True)
class Mail:
    """One kept mail: what a list shows of it."""

    name: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str


def keep(folder: Path, sender: str, recipients: Sequence[str], content: bytes) -> str:
    """Write a mail with its envelope as two headers, whole or not at all; return its name."""
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
    draft = folder / f".{name}.new"
    envelope = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(envelope.encode() + content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)
    return name


def list_mail(folder: Path, limit: int = 200) -> list[Mail]:
    """Return the newest mails first, at most `limit`; a folder that does not exist holds none."""
    if not folder.is_dir():
        return []
    names = sorted((one.name for one in folder.iterdir() if NAME.fullmatch(one.name)), reverse=True)
    return [_describe(folder, name) for name in names[:limit]]


def read_mail(folder: Path, name: str) -> EmailMessage:
    """Return a kept mail; KeyError for a name that is none of ours or not there."""
    if not NAME.fullmatch(name) or not (folder / name).is_file():
        raise KeyError(name)
    with (folder / name).open("rb") as file:
        return BytesParser(EmailMessage, policy=email.policy.default).parse(file)


def _describe(folder: Path, name: str) -> Mail:
    """Read the headers of a mail."""
    with (folder / name).open("rb") as file:
        headers = BytesHeaderParser(policy=email.policy.default).parse(file)
    return Mail(
        name=name,
        received_at=datetime.fromtimestamp(int(name[:20]) / 1e9, tz=UTC),
        sender=str(headers["X-Envelope-From"]),
        recipients=tuple(str(headers["X-Envelope-To"]).split(", ")),
        subject=str(headers["Subject"] or ""),
        message_id=str(headers["Message-ID"] or ""),
    )


class Keeper:
    """What aiosmtpd calls with each mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail; a full disk is a temporary refusal, so the sender tries again."""
        content = envelope.original_content or b""
        try:
            keep(self.folder, envelope.mail_from or "", envelope.rcpt_tos, content)
        except OSError:
            return "452 Insufficient system storage"
        return "250 Message accepted for delivery"


def serve(port: int, folder: Path) -> None:
    """Take mail until SIGTERM or SIGINT; OSError if the port is in use."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for draft in folder.glob(".*.new"):
        draft.unlink()
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(Keeper(folder), hostname=HOST, port=port, loop=loop, enable_SMTPUTF8=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, loop.stop)
    try:
        controller.begin()  # type: ignore[no-untyped-call] # aiosmtpd types only half
        try:
            loop.run_forever()
        finally:
            controller.end()  # type: ignore[no-untyped-call] # the same
    finally:
        loop.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server from the command line."""
    parser = argparse.ArgumentParser(prog="mailsink", description=__doc__)
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        serve(options.port, options.folder)
    except OSError as error:
        sys.stderr.write(f"The mail sink cannot start on port {options.port}: {os.strerror(error.errno or 0)}.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
