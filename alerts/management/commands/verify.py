"""manage.py verify: computes reference cases with the code that judges patients, and prints how far they agree."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alerts.reference_cases import CaseError, Section, bundled, parse
from alerts.verifying import verify
from alerts.verifying_page import lines, page


class Command(BaseCommand):
    """Exit status: 0 all cases agree, 1 something differs, 2 a file or case could not be computed."""

    help = "Computes the bundled reference cases, or those of files, and prints agreement by section. Needs no data."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take files, and the form of the answer."""
        parser.add_argument("file", nargs="*", metavar="FILE")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true")
        form.add_argument("--markdown", action="store_true", help="prints docs/verification.md")

    def handle(self, **options: Any) -> None:
        """Compute everything, then print one document."""
        try:
            sections = [section for name in options["file"] for section in _sections(name)] or bundled()
            found = verify(sections)
        except CaseError as error:
            raise CommandError(str(error), returncode=2) from error
        good = all(one.ok for one in found)
        if options["json"]:
            self.stdout.write(json.dumps({"sections": [one.as_json() for one in found], "ok": good}))
        elif options["markdown"]:
            self.stdout.write(page(sections, found))
        else:
            for line in lines(found):
                self.stdout.write(line)
        if not good:
            raise SystemExit(1)


def _sections(name: str) -> list[Section]:
    """Return the sections of a file; CommandError (status 2) for one that cannot be read."""
    try:
        return parse(name, Path(name).read_bytes())
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.", returncode=2) from error
