"""`manage.py mailsink`: a mail server for development that keeps what it gets as files."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitor import mailsink


class Command(BaseCommand):
    """Take mail on the loopback until interrupted."""

    help = "Take mail on the loopback and keep it below .local/mail."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare port and folder."""
        parser.add_argument("--port", type=int, default=8025)
        parser.add_argument("--folder", type=Path, default=settings.LOCAL_DIR / "mail")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        try:
            mailsink.serve(options["port"], options["folder"])
        except OSError as error:
            raise CommandError(
                f"The mail sink cannot start on port {options['port']}: {error}.", returncode=2
            ) from error
