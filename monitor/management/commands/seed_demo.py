"""manage.py seed_demo: makes the demo's team, people and invented patients, once; a second run changes nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitor import demo


class Command(BaseCommand):
    """Exit status: 0 the demo is there, 2 it may not be made here."""

    help = "Makes the demo's team, people and patients; their passwords are in demo-users.json of the local folder."

    def handle(self, **_: Any) -> None:
        """Make what is missing."""
        if settings.PRODUCTION:
            raise CommandError("Invented patients are for a demo: in production nothing is made.", returncode=2)
        done = demo.seed(settings.LOCAL_DIR, at=timezone.now())
        self.stdout.write("The demo is there." if done else "The demo was there already.")
