"""manage.py replay: judges alerts again from what was known then; says identical, or shows the difference."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from alerts.models import Alert
from alerts.replaying import Replay, replay
from patients.context import ALL, working_on


class Command(BaseCommand):
    """Exit status: 0 all identical, 1 something differs, 2 an alert is not there."""

    help = "Judges alerts again from what was known when they were raised, and compares byte by byte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take alerts or all."""
        parser.add_argument("alert", nargs="*", metavar="ALERT")
        parser.add_argument("--all", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Replay each alert and print one document."""
        if bool(options["alert"]) == bool(options["all"]):
            raise CommandError("Name alerts, or give --all.", returncode=2)
        found = [replay(alert) for alert in _alerts(options["alert"])]
        good = all(one.identical for one in found)
        if options["json"]:
            document = {"alerts": [one.as_json() for one in found], "ok": good}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            self._tell(found)
        if not good:
            raise SystemExit(1)

    def _tell(self, found: list[Replay]) -> None:
        """Print a line an alert, and one a difference."""
        for one in found:
            self.stdout.write(f"{one.alert_id} {'identical' if one.identical else 'differs'}")
            for difference in one.differences:
                self.stdout.write(f"  {difference.path}: {difference.then!r} then, {difference.now!r} now")
        self.stdout.write(f"{sum(one.identical for one in found)} of {len(found)} alerts identical")


def _alerts(named: list[str]) -> Iterator[Alert]:
    """Yield the named alerts, or all by time."""
    with working_on(ALL):
        ids = [_known(one) for one in named] or list(Alert.objects.order_by("raised_at").values_list("pk", flat=True))
    for alert_id in ids:
        with working_on(ALL):
            alert = Alert.objects.get(pk=alert_id)
        yield alert


def _known(name: str) -> UUID:
    """Return the id of an alert that exists; CommandError (status 2) otherwise."""
    try:
        found = Alert.objects.filter(pk=UUID(name)).values_list("pk", flat=True).first()
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"There is no alert {name}.", returncode=2)
    return found
