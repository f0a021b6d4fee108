"""manage.py doctor: checks every invariant of the database and the set-up; names what is broken and how to mend it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from alerts.invariants import examine


class Command(BaseCommand):
    """Exit status: 0 all holds, 1 something is broken, 2 the database could not be asked."""

    help = "Checks every invariant in the database and the set-up. Reads only."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Examine, and print one document."""
        try:
            checks = examine(at=timezone.now())
        except DatabaseError as error:
            raise CommandError(f"The database could not be asked: {type(error).__name__}.", returncode=2) from error
        good = all(one.ok for one in checks)
        if options["json"]:
            self.stdout.write(json.dumps({"checks": [one.as_json() for one in checks], "ok": good}))
        else:
            for one in checks:
                self.stdout.write(f"{'ok    ' if one.ok else 'BROKEN'} {one.id}: {one.message}")
        if not good:
            raise SystemExit(1)
