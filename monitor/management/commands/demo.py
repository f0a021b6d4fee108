"""`manage.py demo`: everything on this machine, for trying it out."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from monitor import embedded
from monitor.embedded_places import CHECKOUT
from monitor.supervising import EMPTY, MARK


class Command(BaseCommand):
    """Become the supervisor: one process less, and none of Django in it."""

    help = "Run web, worker, scheduler and mail sink on this machine, with demo patients."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the port, and whether there are patients."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument(EMPTY, action="store_true", help="people to log in as, and no invented patient")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace this process; the servers it attached to stay up, since exec runs no exit handler."""
        environ = {**os.environ, MARK: str(embedded.local_folder(os.environ))}
        os.chdir(CHECKOUT)
        program = [
            sys.executable,
            "-m",
            "monitor.supervising",
            "--port",
            str(options["port"]),
            *([EMPTY] if options["empty"] else []),
        ]
        os.execve(sys.executable, program, environ)  # noqa: S606 - our own program
