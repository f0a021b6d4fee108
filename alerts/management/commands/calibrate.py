"""manage.py calibrate: what each team's own remissions say, kept as numbers of the team."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from alerts.calibrating import Calibrated, calibrate_all


class Command(BaseCommand):
    """Exit status 0. The worker does the same once a day."""

    help = "Computes the median first remission of each team, and whether windows of dates have proved right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to keep what is found, and the form of the answer."""
        parser.add_argument("--dry-run", action="store_true", help="compute and print, and keep nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Compute, keep, print."""
        found = list(calibrate_all(at=timezone.now(), write=not options["dry_run"]))
        if options["json"]:
            self.stdout.write(json.dumps({"teams": [one.as_json() for one in found]}))
            return
        for one in found:
            self.stdout.write(_line(one))


def _line(one: Calibrated) -> str:
    """Return what was found of a team in words."""
    clinic = one.clinic
    first = (
        "no first remission is known"
        if clinic.first_median is None
        else f"first remission {clinic.first_median:g} days"
    )
    window = "windows are shown" if clinic.holds else f"windows are withheld: {clinic.words}"
    changed = f"; changed: {', '.join(one.changed)}" if one.changed else ""
    return f"team {one.team_id}: {one.patients} patients with a closed remission; {first}; {window}{changed}"
