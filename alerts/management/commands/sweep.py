"""manage.py sweep: takes in, judges and sends whatever is due, with neither Celery nor Redis."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Final

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from alerts import tasks
from alerts.models import Heartbeat
from patients import tasks as uploads

LOG = structlog.get_logger(__name__)
EVERY_SECONDS: Final = 5.0


class Command(BaseCommand):
    """Exit status: 0 all steps done, 1 one of them failed."""

    help = "Does once what Celery does all the time: files, watch, digests and mail. --forever goes on until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to go on, or which part is expected no more."""
        parser.add_argument("--forever", action="store_true")
        parser.add_argument("--retire", metavar="PART", help="expect no more life of a part that does not run any more")

    def handle(self, **options: Any) -> None:
        """Make one pass, or passes until SIGTERM or SIGINT; a pass is always finished. Or retire a part."""
        if options["retire"]:
            retire(options["retire"])
            return
        if not options["forever"]:
            if not one_pass():
                raise SystemExit(1)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            close_old_connections()
            one_pass()
            stop.wait(EVERY_SECONDS)


def retire(part: str) -> None:
    """Forget the heartbeat of a part, so that its silence is no alarm; one that runs after all is expected again."""
    if not Heartbeat.objects.filter(name=part).delete()[0]:
        raise CommandError(f"No part called {part} ever showed life.", returncode=2)


def one_pass() -> bool:
    """Do every step; a step that fails is logged and stops no other. Return whether all went well."""
    done = [_guarded(step) for step in (_take_in, tasks.watch, _send)]
    return all(done)


def _guarded(step: Callable[[], None]) -> bool:
    """Run one step."""
    try:
        step()
    except Exception as error:  # the next step, and the next pass, must go on
        LOG.exception("sweep_step_failed", task=step.__name__.strip("_"), exc_info=error)
        return False
    return True


def _take_in() -> None:
    """Read files that were received."""
    uploads.sweep_uploads()


def _send() -> None:
    """Send mail that is due."""
    tasks.post()
