"""manage.py backtest: judges whole lives and counts what they bring, beside the design's budget of alerts. Writes nothing."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts.rules.rule import Severity
from monitor import backtesting
from monitor.backtesting import Lives
from monitor.budget import LOW_GOAL, URGENT, URGENT_GOAL, Budget
from patients.interchange import NoCohortError


class Command(BaseCommand):
    """Exit status: 0 within the budget, 1 beyond it, 2 nothing to judge."""

    help = "Judges whole lives and counts alerts and to-dos a patient-year, beside what the design allows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose lives, and the form of the answer."""
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--demo", action="store_true", help="the patients of the demo")
        whose.add_argument("--cohort", type=Path, metavar="DIR", help="a folder as `cohort export` writes it")
        whose.add_argument("--simulate", type=int, metavar="N", help="so many invented patients")
        parser.add_argument("--years", type=float, default=3.0, metavar="Y", help="of invented patients; 3 unless told")
        parser.add_argument(
            "--seed", type=int, default=0, metavar="S", help="what makes invented patients; 0 unless told"
        )
        parser.add_argument(
            "--jobs",
            type=int,
            default=os.cpu_count() or 1,
            metavar="N",
            help="processes at once; one a core unless told",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Judge, and print one document."""
        lives = _lives(options)
        found = backtesting.spent(lives, jobs=options["jobs"])
        if options["json"]:
            self.stdout.write(json.dumps(_document(lives, found)))
        else:
            self._tell(lives, found)
        if not found.ok:
            raise SystemExit(1)

    def _tell(self, lives: Lives, found: Budget) -> None:
        """Print the counts as lines."""
        document = found.as_json()
        self.stdout.write(f"{found.patients} patients, {found.years:.1f} patient-years. {lives.note}".rstrip())
        self.stdout.write(
            f"moderate and high: {found.urgent:.2f} cards a patient-year (goal: {URGENT_GOAL:g} at most), of "
            f"{found.alerts_of(*URGENT):.2f} alerts; "
            f"{found.urgent_of_bleeding:.2f} of the cards speak of bleeding{_true(lives, found)}"
        )
        self.stdout.write(
            f"low: {found.of(Severity.LOW):.2f} cards a patient-year (goal: {LOW_GOAL:g} at most), of "
            f"{found.alerts_of(Severity.LOW):.2f} alerts"
        )
        self.stdout.write(f"to-dos: {document['todos_per_patient_year']:.1f} a patient-year")
        for row in document["by_rule"]:
            self.stdout.write(
                f"  {row['rule']}, {row['severity']}: {row['alerts']}, {row['per_patient_year']:.3f} a patient-year"
            )
        for name in document["failed"]:
            self.stdout.write(f"  {name} failed")
        self.stdout.write("within the budget" if found.ok else "NOT within the budget")


def _true(lives: Lives, found: Budget) -> str:
    """Return how many bleeds there were, where that is known."""
    return "" if lives.onsets is None else f", of which there were {found.a_year(lives.onsets):.2f}"


def _lives(options: dict[str, Any]) -> Lives:
    """Return the lives that are asked for; CommandError (status 2) where there are none."""
    at = timezone.now()
    try:
        if options["demo"]:
            return backtesting.of_demo(at)
        if options["cohort"] is not None:
            return backtesting.of_folder(options["cohort"], time_zone=settings.TIME_ZONE, at=at)
        return backtesting.simulated(options["simulate"], options["years"], options["seed"])
    except NoCohortError as error:
        raise CommandError(str(error), returncode=2) from error
    except ValueError as error:
        raise CommandError(f"Nothing to judge: {error}.", returncode=2) from error


def _document(lives: Lives, found: Budget) -> dict[str, Any]:
    """Return the document of `--json`."""
    cohort = {"patients": found.patients, "patient_years": round(found.years, 3), "onsets": lives.onsets}
    known = {"detectors": [one.as_json() for one in backtesting.detectors_of(lives)]} if lives.bleeds else {}
    return {"cohort": cohort, "note": lives.note, "budget": found.as_json(), **known}
