"""manage.py cohort: takes a folder of plain CSV files in, or writes one (the interchange of `patients.interchange`)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patients import cohort_export, interchange
from patients.interchange import NoCohortError, Report
from patients.models import CareTeam

TEAM: Final = "Cohort"
"""Who follows patients that come to a service which has no team yet."""


class Command(BaseCommand):
    """Exit status: 0 all well, 1 done but something was left out or differs, 2 could not be done."""

    help = "Takes in, or writes, a folder with patients.csv, results.csv, events.csv and treatments.csv."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the direction, the folder and the team."""
        parser.add_argument("direction", choices=["import", "export"])
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--team", metavar="T", help="a team's name or number; not needed where there is one team")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Do it and print one document."""
        if options["direction"] == "export":
            self._export(options["folder"], options["team"], as_json=options["json"])
        else:
            self._import(options["folder"], options["team"], as_json=options["json"])

    def _export(self, folder: Path, team: str | None, *, as_json: bool) -> None:
        """Write a folder."""
        try:
            counts = cohort_export.export_folder(folder, team=None if team is None else named(team))
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.", returncode=2) from error
        if as_json:
            files = [{"file": name, "rows": rows} for name, rows in counts.items()]
            self.stdout.write(json.dumps({"files": files, "ok": True}))
        else:
            self.stdout.write(f"{folder}: " + ", ".join(f"{rows} rows in {name}" for name, rows in counts.items()))

    def _import(self, folder: Path, team: str | None, *, as_json: bool) -> None:
        """Take a folder in."""
        responsible = named(team) if team is not None else only_team()
        try:
            report = interchange.import_folder(folder, team=responsible, by=None, at=timezone.now())
        except NoCohortError as error:
            if as_json:
                issues = [] if error.issue is None else [error.issue]
                self.stdout.write(json.dumps(Report(issues=issues).as_json() | {"ok": False}, ensure_ascii=False))
            raise CommandError(str(error), returncode=2) from error
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)
        if not report.ok:
            raise SystemExit(1)

    def _tell(self, report: Report) -> None:
        """Print a line an issue, one a file, and one of the patients."""
        document = report.as_json()
        for one in document["issues"]:
            place = ", ".join(filter(None, [f"line {one['row']}" if one["row"] else "", one["column"]]))
            self.stdout.write(f"{one['file']}, {place}: {one['severity']}: {one['message']}")
        for one in document["files"]:
            counts = ", ".join(f"{count} {word}" for word, count in one.items() if word not in {"file", "rows"})
            self.stdout.write(f"{one['file']}: {one['rows']} rows: {counts}")
        self.stdout.write("patients: " + ", ".join(f"{count} {word}" for word, count in document["patients"].items()))


def named(team: str) -> CareTeam:
    """Return a team by its name or number; CommandError (status 2) where there is none."""
    found = CareTeam.objects.filter(name=team).first()
    if found is None and team.isascii() and team.isdigit():
        found = CareTeam.objects.filter(pk=int(team[:18])).first()
    if found is None:
        raise CommandError(f"There is no team {team}.", returncode=2)
    return found


def only_team() -> CareTeam:
    """Return the only team, made where there is none yet; CommandError (status 2) where there are several."""
    teams = list(CareTeam.objects.order_by("pk")[:2])
    if len(teams) > 1:
        raise CommandError("There are several teams: say with --team which one follows these patients.", returncode=2)
    return teams[0] if teams else CareTeam.objects.create(name=TEAM)
