"""manage.py seed_demo: makes the demo's team, people and invented patients, once; a second run changes nothing."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitor import demo


class Command(BaseCommand):
    """Exit status: 0 the demo is there, 2 it may not be made here."""

    help = "Makes the demo's team, people and patients; their passwords are in demo-users.json of the local folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say whether there are patients."""
        parser.add_argument("--empty", action="store_true", help="make people to log in as, and no patient")

    def handle(self, **options: Any) -> None:
        """Make what is missing."""
        if settings.PRODUCTION:
            raise CommandError("Invented patients are for a demo: in production nothing is made.", returncode=2)
        done = demo.seed(settings.LOCAL_DIR, at=timezone.now(), empty=options["empty"])
        self.stdout.write("The demo is there." if done else "The demo was there already.")
