"""manage.py figures: starts a demo of its own and prints every figure of the house, each measured now."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from monitor import (
    figures,
    figures_browser,
    figures_chain,
    figures_demo,
    figures_inside,
    figures_judging,
    figures_mail,
)
from monitor.embedded_places import CHECKOUT
from monitor.figures import Figure, read_json
from monitor.figures_demo import NotMeasuredError, OwnDemo

PARTS: Final[dict[str, tuple[str, Callable[[], list[Figure]]]]] = {
    "pages": ("web", figures_inside.pages),
    "intake": ("worker", figures_inside.intake_rates),
    "judging": ("worker", figures_judging.judged),
    "published": ("worker", figures_judging.published),
    "budget": ("worker", figures_judging.spent),
}
"""What is measured in a process of its own beside the demo, and with which log-in."""


class Command(BaseCommand):
    """Exit status: 0 every goal is reached, 1 one is missed, 2 something could not be measured."""

    help = "Starts a demo in a folder that vanishes; prints start-up, memory, latency, mail, pages, intake, alerts, journeys."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer, and for a process of our own the part that it measures."""
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--part", choices=PARTS, help="measure this in the services that run, and print JSON")

    def handle(self, **options: Any) -> None:
        """Measure and print, each figure as soon as it is known."""
        if options["part"]:
            found = PARTS[options["part"]][1]()
            self.stdout.write(json.dumps([one.as_json() for one in found]))
            return
        told = []
        try:
            for one in measure():
                told.append(one)
                if not options["json"]:
                    self.stdout.write(one.line())
                    self.stdout.flush()
        except NotMeasuredError as error:
            raise CommandError(str(error), returncode=2) from error
        good = all(one.ok for one in told)
        if options["json"]:
            self.stdout.write(json.dumps({"figures": [one.as_json() for one in told], "ok": good}))
        if not good:
            raise SystemExit(1)


def measure() -> Iterator[Figure]:
    """Yield every figure, the quickest first; what needs a browser that is missing is said at the end."""
    yield from figures.sizes(CHECKOUT)
    lacking = figures_browser.lacking()
    with figures_demo.own_demo() as demo:
        yield from figures_demo.starts(demo)
        yield from figures_demo.memory(demo)
        yield from figures_chain.upload_to_alert(demo)
        yield from part(demo, "pages")
        yield from part(demo, "published")
        if not lacking:
            yield from figures_browser.looked_at(demo)
        yield from figures_mail.fact_to_mail(demo)
        yield from figures_mail.told(demo)
        demo.stop()  # so that its worker does not judge what intake writes
        yield from part(demo, "intake")
        yield from part(demo, "judging")
        yield from part(demo, "budget")
    if lacking:
        raise NotMeasuredError(lacking)
    yield from figures_browser.journeys()


def part(demo: OwnDemo, name: str) -> list[Figure]:
    """Return what a process of its own measured."""
    printed = demo.manage("figures", "--part", name, role=PARTS[name][0])
    return [read_json(one) for one in json.loads(printed.strip().splitlines()[-1])]
