"""manage.py intake: reads files of any supported format, and says how every row of each ended."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from patients import intake, naming, sandbox, uploading
from patients.claiming_uploads import UNDER_WAY
from patients.context import ALL, working_on
from patients.models import CareTeam, Patient, Upload, UploadState
from patients.parsers.raw import error
from patients.previewing import preview
from patients.reporting import described, report
from patients.understanding import names

WAIT_SECONDS: Final = 120.0
"""How long to wait for another process that is reading the same file."""
LOOK_SECONDS: Final = 0.2


class NotDoneError(Exception):
    """A file that could not be taken in: a code, and a sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Command(BaseCommand):
    """Exit status: 0 all well, 1 a row is held or rejected, 2 a file could not be read or a name not understood."""

    help = "Takes files in, for one patient or for whoever their rows name. --dry-run writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take files, whose they are, and the form of the answer."""
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--patient", metavar="ID", help="our id, or an identifier that only one patient has")
        parser.add_argument("--team", metavar="T", help="name or number of the team whose patients the rows name")
        parser.add_argument("--format", default="", metavar="F", help="the format, where the content does not tell")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        """Take in one file after the other, and print one document."""
        try:
            patient_id, team_id = whose(options["patient"], options["team"])
            done = [
                one(name, patient_id, team_id, wanted=options["format"], writes=not options["dry_run"])
                for name in options["files"]
            ]
        except DatabaseError as reason:  # its text may hold a value
            message = f"The database cannot be used ({type(reason).__name__}): nothing more was done."
            raise CommandError(message, returncode=2) from reason
        status = max(status_of(document) for document in done)
        self._print({"files": done, "ok": status == 0}, as_json=options["json"])
        if status:
            raise SystemExit(status)

    def _print(self, document: dict[str, Any], *, as_json: bool) -> None:
        """Print the document, or a line a file and a line an issue."""
        if as_json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False))
            return
        for file in document["files"]:
            counts = ", ".join(f"{file[name]} {name}" for name in COUNTED)
            self.stdout.write(f"{file['file']}: {file['format'] or 'not read'}, {file['rows']} rows: {counts}")
            for issue in file["issues"]:
                place = " ".join(filter(None, (issue["row"], issue["column"])))
                self.stdout.write(
                    f"  {issue['severity']} {issue['code']}{place and f' at {place}'}: {issue['message']}"
                )


COUNTED: Final = ("accepted", "duplicates", "held", "rejected", "skipped")


def whose(patient: str | None, team: str | None) -> tuple[UUID | None, int | None]:
    """Return the patient and the team that are named; CommandError (status 2) for a name that is nobody's."""
    team_id = None
    if team is not None:
        by_name = CareTeam.objects.filter(name=team) or CareTeam.objects.filter(pk=int(team) if team.isdecimal() else 0)
        found = by_name.first()
        if found is None:
            raise CommandError(f"There is no team {team}: give its name or number.", returncode=2)
        team_id = found.pk
    if patient is None:
        return None, team_id
    with working_on(ALL):
        try:
            return naming.patient(patient, among=None if team_id is None else intake.of_team(team_id)), team_id
        except naming.NotNamedError as reason:
            raise CommandError(str(reason), returncode=2) from reason


def one(name: str, patient_id: UUID | None, team_id: int | None, *, wanted: str, writes: bool) -> dict[str, Any]:
    """Take in one file; whatever is wrong with it is told and stops no other."""
    try:
        content = read(name)
        if writes:
            found = take(content, name, patient_id, team_id, wanted)
        else:
            found = preview(content, name, at=timezone.now(), patient_id=patient_id, team_id=team_id, wanted=wanted)
    except NotDoneError as reason:
        found = undone(reason.code, str(reason))
    except sandbox.Unreadable as reason:
        found = undone(reason.issue.code, reason.message)
    return {"file": name, **found}


def read(name: str) -> bytes:
    """Return the bytes of a file."""
    try:
        content = Path(name).read_bytes()
    except OSError as reason:
        raise NotDoneError("no_file", f"This file cannot be opened: {reason.strerror or 'unknown reason'}.") from reason
    if len(content) > settings.UPLOAD_BYTES:
        raise NotDoneError("too_large", f"A file may have at most {settings.UPLOAD_BYTES} bytes.")
    return content


def take(content: bytes, name: str, patient_id: UUID | None, team_id: int | None, wanted: str) -> dict[str, Any]:
    """Take a file in, read it here, and return its report; one that is known already changes nothing."""
    if patient_id is None and team_id is None:
        team_id = team_of(content, name, wanted)
    known = uploading.find(content=content, patient_id=patient_id, team_id=team_id)
    if known is not None and known.state in {UploadState.DONE, UploadState.HELD}:
        return {"upload": str(known.pk), "state": known.state, **uploading.report(known, again=True)}
    upload = uploading.receive(
        content=content,
        name=name,
        patient_id=patient_id,
        by=None,
        at=timezone.now(),
        team_id=team_id,
        wanted=wanted,
        wake=False,
    )
    finish(upload)
    return {"upload": str(upload.pk), "state": upload.state, **uploading.report(upload)}


def finish(upload: Upload) -> None:
    """Read a file, or wait for who does."""
    until = time.monotonic() + WAIT_SECONDS
    while upload.state in UNDER_WAY:
        tried = intake.read_upload(upload.pk)
        upload.refresh_from_db()
        if upload.state not in UNDER_WAY:
            return
        if tried or time.monotonic() > until:
            raise NotDoneError("not_finished", "Reading this file failed; it is kept and tried again by itself.")
        time.sleep(LOOK_SECONDS)


def team_of(content: bytes, name: str, wanted: str) -> int:
    """Return the team that is responsible for everybody whom a file names, or the only team there is."""
    teams = list(CareTeam.objects.order_by("pk").values_list("pk", flat=True)[:2])
    if len(teams) == 1:
        return teams[0]
    named = names(sandbox.parse(content, name, wanted).items)
    with working_on(ALL):
        found = {owner for owner in naming.resolve(named).values() if isinstance(owner, UUID)}
        teams = list(Patient.objects.filter(pk__in=found).order_by().values_list("team_id", flat=True).distinct()[:2])
    if len(teams) != 1:
        problem = "patients of several teams" if teams else "no patient who is known"
        raise NotDoneError("no_team", f"The file names {problem}: give --patient or --team.")
    return teams[0]


def undone(code: str, message: str) -> dict[str, Any]:
    """Return the report of a file that could not be taken in, with the reason as its only issue."""
    return {"state": UploadState.FAILED.value, **report("", [], [described(error("", "", code, message))])}


def status_of(document: dict[str, Any]) -> int:
    """Return the exit status of one file."""
    if document.get("state") == UploadState.FAILED:
        return 2
    lost = any(issue["severity"] == "error" for issue in document["issues"])
    return 1 if document["held"] or document["rejected"] or lost else 0
