"""manage.py bounce: reads a report that mail came back, and marks the address. For a mailbox's pipe, or a folder of files."""

import email
import sys
from argparse import ArgumentParser
from email import policy
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts.bouncing import is_report, take_in

LARGEST: int = 10_000_000


class Command(BaseCommand):
    """Exit status: 0 read, 1 no report of delivery among them, 2 a file could not be read."""

    help = (
        "Reads reports of mail that came back (RFC 3464) from files or the standard input, and marks their addresses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take files; - or none is the standard input."""
        parser.add_argument("files", nargs="*", default=["-"], metavar="FILE")

    def handle(self, **options: Any) -> None:
        """Read each, and say how many addresses were marked: never which."""
        at, marked, others = timezone.now(), 0, 0
        for content in [_read(name) for name in options["files"]]:
            message = email.message_from_bytes(content, policy=policy.compat32)
            if is_report(message):
                marked += take_in(message, at=at)
            else:
                others += 1
        self.stdout.write(f"{marked} {'address' if marked == 1 else 'addresses'} marked")
        if others:
            self.stderr.write(f"{others} of {len(options['files'])} are no reports of delivery")
            raise SystemExit(1)


def _read(name: str) -> bytes:
    """Return a file's content; CommandError (status 2) where it cannot be read or is larger than any report."""
    try:
        content = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.", returncode=2) from error
    if len(content) > LARGEST:
        raise CommandError(f"{name} is larger than 10 MB: no report of delivery is.", returncode=2)
    return content
