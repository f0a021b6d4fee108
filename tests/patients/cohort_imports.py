"""What an import says and leaves behind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from patients.interchange import Report, import_folder
from patients.models import CareTeam, Event, Observation, Patient, PatientRevision, Treatment
from tests.patients.cohort_folders import NOW, SMALL, folder


def take(path: Path, team: CareTeam, files: Mapping[str, str] = SMALL) -> Report:
    """Import a folder."""
    return import_folder(folder(path, files), team=team, by=None, at=NOW)


def issues(report: Report) -> list[tuple[str, str, str, str]]:
    """Return file, row, column and code of each issue."""
    return [(one.file, one.issue.row, one.issue.column, one.issue.code) for one in report.issues]


def counts(report: Report, file: str) -> dict[str, Any]:
    """Return how one file's lines ended, without zeros."""
    (found,) = [one for one in report.as_json()["files"] if one["file"] == file]
    return {word: count for word, count in found.items() if count and word != "file"}


def person(name: str) -> Patient:
    """Return a patient by identifier."""
    return Patient.objects.get(identifiers__value=name)


def stored() -> list[int]:
    """Return how many rows of each kind there are."""
    return [model.objects.count() for model in (Patient, PatientRevision, Observation, Event, Treatment)]
