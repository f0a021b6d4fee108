"""The plain cohort interchange, both ways: a folder of CSV files with patients, what was known of them, and since when.

An import writes a patient whole or not at all, each in one transaction; the same folder again changes nothing. What the files
look like is in `patients.cohort_tables`, what their lines mean in `patients.cohort_rows`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from patients import cohort_tables, recording
from patients.cohort_reading import Case, Cohort, FileIssue, Registered, Told, in_order, read_folder
from patients.cohort_tables import PATIENTS, TABLES, Line
from patients.context import ALL, working_on
from patients.facts import Fact, Outcome
from patients.models import CareTeam, Patient, PatientIdentifier, PatientRevision, User
from patients.readings import Issue, IssueSeverity, RowState

WHY: Final = "cohort import"


class NoCohortError(Exception):
    """The folder cannot be read as a cohort; the message is one sentence for a person, `issue` where it is one of a file."""

    def __init__(self, message: str, issue: FileIssue | None = None) -> None:
        super().__init__(message)
        self.issue = issue


class _HeldError(Exception):
    """Lines contradict what is known: everything of the patient is rolled back."""

    def __init__(self, told: list[Told]) -> None:
        super().__init__()
        self.told = told


class Ended(NamedTuple):
    """A fact, the lines that say it, and what recording made of it."""

    fact: Fact
    lines: list[Told]
    outcome: Outcome


@dataclass(slots=True)
class Report:
    """What became of a folder: patients by how they ended, lines by file and state, and every issue in the files' order."""

    patients: Counter[str] = field(default_factory=Counter)
    states: Counter[tuple[str, RowState]] = field(default_factory=Counter)
    issues: list[FileIssue] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was left out."""
        return all(one.issue.severity is IssueSeverity.INFORMATION for one in self.issues)

    def as_json(self) -> dict[str, Any]:
        """Return the report as one document."""
        return {
            "patients": {word: self.patients[word] for word in ("created", "updated", "unchanged", "refused")},
            "files": [self._file(table.file) for table in TABLES],
            "issues": [described(one) for one in self.issues],
            "ok": self.ok,
        }

    def _file(self, name: str) -> dict[str, Any]:
        """Return how one file's lines ended; the five sum to `rows`."""
        counts = {
            "accepted": self.states[name, RowState.ACCEPTED],
            "duplicates": self.states[name, RowState.DUPLICATE],
            "held": self.states[name, RowState.HELD],
            "rejected": self.states[name, RowState.REJECTED],
            "skipped": self.states[name, RowState.SKIPPED],
        }
        return {"file": name, "rows": sum(counts.values()), **counts}


def described(one: FileIssue) -> dict[str, str]:
    """Return an issue as JSON holds it."""
    issue = one.issue
    return {
        "file": one.file,
        "row": issue.row,
        "column": issue.column,
        "code": issue.code,
        "severity": str(issue.severity),
        "message": issue.message,
        "original": issue.original,
    }


def import_folder(folder: Path, *, team: CareTeam, by: User | None, at: datetime) -> Report:
    """Take a cohort folder in for a team; patients whom the team follows already are added to.

    Raises NoCohortError where the folder is none. Call with the worker's log-in.
    """
    contents = contents_of(folder)
    try:
        cohort = read_folder(contents, find=lambda names: registered(names, team), time_zone=team.time_zone, at=at)
    except cohort_tables.UnreadableTableError as error:
        place = f"{error.file}, line {error.issue.row}" if error.issue.row else error.file
        raise NoCohortError(f"{place}: {error}", FileIssue(error.file, error.issue)) from error
    report = Report(states=cohort.states, issues=cohort.issues)
    for case in cohort.cases.values():
        word = "refused" if case.refused else _written(case, cohort, team=team, by=by, at=at)
        report.patients[word] += 1
        if word == "refused":
            cohort.states.update((told.file, RowState.SKIPPED) for told in case.told)
        if not case.rejected:
            state = {"created": RowState.ACCEPTED, "refused": RowState.SKIPPED}.get(word, RowState.DUPLICATE)
            cohort.states[PATIENTS.file, state] += 1
    order = {table.file: place for place, table in enumerate(TABLES)}
    report.issues.sort(key=lambda one: (order[one.file], int(one.issue.row or 0)))
    return report


def contents_of(folder: Path) -> dict[str, bytes]:
    """Return the files that are there; patients.csv must be."""
    found = {}
    for table in TABLES:
        try:
            found[table.file] = (folder / table.file).read_bytes()
        except FileNotFoundError:
            if table is PATIENTS:
                raise NoCohortError(f"{folder} is no cohort: it has no {PATIENTS.file}.") from None
        except OSError as error:
            raise NoCohortError(f"{folder / table.file} cannot be read: {error.strerror}.") from error
    return found


def registered(names: Sequence[str], team: CareTeam) -> Mapping[str, Sequence[Registered]]:
    """Return the patients of a team by the names that a folder uses: our id, or an identifier of whatever issuer."""
    found: dict[str, dict[UUID, Registered]] = {}
    columns = ("sex", "birth_date", "height_cm", "time_zone")
    with working_on(ALL):
        ids = [UUID(name) for name in names if _is_id(name)]
        rows = Patient.objects.filter(pk__in=ids, team=team).values_list("pk", *columns)
        named = [(str(row[0]), *row) for row in rows]
        mine = PatientIdentifier.objects.filter(value__in=names, patient__team=team)
        named += mine.values_list("value", "patient_id", *(f"patient__{column}" for column in columns))
    for name, patient_id, *rest in named:
        found.setdefault(name, {})[patient_id] = Registered(patient_id, *rest)
    return {name: list(those.values()) for name, those in found.items()}


def _is_id(name: str) -> bool:
    """Whether a name has the form of our ids."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _written(case: Case, cohort: Cohort, *, team: CareTeam, by: User | None, at: datetime) -> str:
    """Write one patient, whole or not at all; return whether they were created, updated, unchanged or refused."""
    try:
        with working_on(ALL):
            since = _last_change(case)
            if not case.registered:
                _create(case, team=team, by=by, at=at)
            ended = _record(case, by=by, at=at)
    except _HeldError as error:
        for told in error.told:
            case.told.remove(told)
            message = "Another value is known for this test at this time, and this one is no correction."
            cohort.reject(told.file, _issue(told.line, "value", "contradicts", message))
        return "refused"
    except recording.IdentifierTakenError:
        message = "A patient of another team has this identifier."
        cohort.reject(PATIENTS.file, _issue(case.line, "patient", "identifier_taken", message))
        case.rejected = True
        return "refused"
    return _counted(case, cohort, ended, since)


def _record(case: Case, *, by: User | None, at: datetime) -> list[Ended]:
    """Record a patient's facts; _HeldError where one contradicts what is known."""
    facts = in_order(case)
    outcomes = recording.record([fact for fact, _ in facts], by=by, at=at, why=WHY)
    ended = [Ended(fact, lines, outcome) for (fact, lines), outcome in zip(facts, outcomes, strict=True)]
    held = [told for one in ended if one.outcome.state is RowState.HELD for told in one.lines]
    if held:
        raise _HeldError(held)
    return ended


def _create(case: Case, *, team: CareTeam, by: User | None, at: datetime) -> None:
    """Begin to follow the patient of a case under the name that the folder uses."""
    person = case.person
    recording.create_patient(
        team_id=team.pk,
        by=by,
        at=at,
        identifiers=[("", person.name)],
        id=case.patient_id,
        sex=person.sex,
        birth_date=person.birth_date,
        height_cm=person.height_cm,
        time_zone=str(case.zone),
    )


def _last_change(case: Case) -> datetime | None:
    """Return when the last revision of a registered patient was made."""
    if not case.registered:
        return None
    found = PatientRevision.objects.filter(patient_id=case.patient_id).order_by("-n").values_list("at", flat=True)
    return found.first()


def _counted(case: Case, cohort: Cohort, ended: list[Ended], since: datetime | None) -> str:
    """Count the lines of a patient who was written, and say what counts as known later than the folder says."""
    for one in ended:
        cohort.states.update((told.file, one.outcome.state) for told in one.lines)
    cohort.states.update((told.file, RowState.SKIPPED) for told in case.told if told.fact is None)
    new = [one for one in ended if one.outcome.state is RowState.ACCEPTED]
    later = sum(since is not None and (one.fact.recorded_at or since) < since for one in new)
    if later and since is not None:
        message = f"Not known here when the folder says, but since {since.isoformat()}: {later} of the facts."
        cohort.note(PATIENTS.file, _issue(case.line, "patient", "known_later", message, IssueSeverity.WARNING))
    if not case.registered:
        return "created"
    return "updated" if new else "unchanged"


def _issue(line: Line, column: str, code: str, message: str, severity: IssueSeverity = IssueSeverity.ERROR) -> Issue:
    """Return an issue of a line that could be read."""
    return Issue(line.row, column, code, severity, message, line.original)
