"""A cohort folder read as a whole: every line beside its patient, every fault named, before anything is written. Pure.

A patient of whom one line is wrong is refused as a whole, so that no history is half there; the other patients go on.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from patients import cohort_rows
from patients.cohort_rows import Person, Whose
from patients.cohort_tables import EVENTS, PATIENTS, RESULTS, TREATMENTS, Cells, Line, Table, read
from patients.facts import Fact, NewEvent, NewObservation
from patients.readings import Issue, IssueSeverity, RowState
from patients.reconciling import CORRECTING, PROVISIONAL

READERS: Final[Mapping[Table, Callable[[Line, Whose], tuple[Fact | None, Cells]]]] = {
    RESULTS: cohort_rows.result,
    EVENTS: cohort_rows.event,
    TREATMENTS: cohort_rows.treatment,
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A patient who is followed already."""

    patient_id: UUID
    sex: str
    birth_date: date | None
    height_cm: float | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class FileIssue:
    """An issue and the file that it is of."""

    file: str
    issue: Issue


@dataclass(slots=True)
class Told:
    """A line that could be read: what it says, None where nothing was examined; `line` is kept for what is found out later."""

    file: str
    line: Line
    fact: Fact | None


@dataclass(slots=True)
class Case:
    """One patient of the folder, with all that is told of them; refused where any of it is wrong, rejected where `line` is."""

    person: Person
    line: Line
    patient_id: UUID
    registered: bool
    zone: ZoneInfo
    told: list[Told] = field(default_factory=list)
    refused: bool = False
    rejected: bool = False


@dataclass(slots=True)
class Cohort:
    """The folder: its patients by name, what is wrong, and how the lines ended that are decided already."""

    cases: dict[str, Case] = field(default_factory=dict)
    issues: list[FileIssue] = field(default_factory=list)
    states: Counter[tuple[str, RowState]] = field(default_factory=Counter)

    def note(self, file: str, *issues: Issue) -> None:
        """Keep issues of a file."""
        self.issues += [FileIssue(file, issue) for issue in issues]

    def reject(self, file: str, *issues: Issue) -> None:
        """Keep what is wrong with a line, and count it as rejected."""
        self.note(file, *issues)
        self.states[file, RowState.REJECTED] += 1


def read_folder(
    contents: Mapping[str, bytes],
    *,
    find: Callable[[Sequence[str]], Mapping[str, Sequence[Registered]]],
    time_zone: str,
    at: datetime,
) -> Cohort:
    """Return what the files hold. `find` answers who is registered under which names; `time_zone` is for patients without one.

    Raises UnreadableTableError for a file that is no such table.
    """
    cohort = Cohort()
    people: list[tuple[Person, Line]] = list(_people(contents[PATIENTS.file], cohort, at))
    known = find([person.name for person, _ in people])
    for person, line in people:
        _open(cohort, person, line, known.get(person.name, ()), time_zone)
    for table, reader in READERS.items():
        if table.file in contents:
            _read(cohort, table, reader, contents[table.file], at)
    return cohort


def _people(content: bytes, cohort: Cohort, at: datetime) -> Iterator[tuple[Person, Line]]:
    """Yield the persons of patients.csv that can be read."""
    for line in read(content, PATIENTS):
        if isinstance(line, Issue):
            _of_a_line(cohort, PATIENTS, line)
            continue
        person, cells = cohort_rows.person(line, at)
        if cells.failed:
            cohort.reject(PATIENTS.file, *cells.issues)
        else:
            yield person, line


def _of_a_line(cohort: Cohort, table: Table, issue: Issue) -> None:
    """Keep an issue of a line that could not be taken apart, or of the heading."""
    if issue.severity is IssueSeverity.ERROR:
        cohort.reject(table.file, issue)
    else:
        cohort.note(table.file, issue)


def _open(cohort: Cohort, person: Person, line: Line, known: Sequence[Registered], time_zone: str) -> None:
    """Open the case of a person, new or registered; one whose line contradicts what is known is refused."""
    cells = Cells(line)
    if person.name in cohort.cases:
        cells.note("patient", "repeated_patient", "This patient has a line already.")
        cohort.cases[person.name].refused = True
    if len(known) > 1:
        cells.note("patient", "ambiguous_patient", "Several patients have this identifier.")
    if len(known) == 1:
        _compare(cells, person, known[0])
    if cells.failed:
        cohort.reject(PATIENTS.file, *cells.issues)
        if person.name in cohort.cases:
            return
    else:
        cohort.note(PATIENTS.file, *cells.issues)
    zone = ZoneInfo((known[0].time_zone if known else person.time_zone) or time_zone)
    patient_id = known[0].patient_id if known else uuid4()
    cohort.cases[person.name] = Case(person, line, patient_id, bool(known), zone)
    cohort.cases[person.name].refused = cohort.cases[person.name].rejected = cells.failed


def _compare(cells: Cells, person: Person, known: Registered) -> None:
    """Note where a registered patient is somebody else, or only known otherwise: an import changes no person."""
    for column in ("sex", "birth_date", "height_cm", "time_zone"):
        there, here = getattr(known, column), getattr(person, column)
        if not here or here == there:
            continue
        if there and column in {"sex", "birth_date"}:
            cells.note(column, "differs", "Another one is known of this patient.")
        else:
            message = "The patient is registered with another one, or none: it stays."
            cells.note(column, "not_changed", message, IssueSeverity.INFORMATION)


def _read(
    cohort: Cohort,
    table: Table,
    reader: Callable[[Line, Whose], tuple[Fact | None, Cells]],
    content: bytes,
    at: datetime,
) -> None:
    """Read the lines of a file of facts, each for its patient."""
    for line in read(content, table):
        if isinstance(line, Issue):
            _of_a_line(cohort, table, line)
            continue
        case = cohort.cases.get(line["patient"])
        if case is None:
            cells = Cells(line)
            cells.note("patient", "unknown_patient", "No usable line of patients.csv has this patient.")
            cohort.reject(table.file, *cells.issues)
            continue
        fact, cells = reader(line, Whose(case.patient_id, case.zone, case.person.birth_date, at))
        if cells.failed:
            case.refused = True
            cohort.reject(table.file, *cells.issues)
        else:
            cohort.note(table.file, *cells.issues)
            case.told.append(Told(table.file, line, fact))


def in_order(case: Case) -> list[tuple[Fact, list[Told]]]:
    """Return a patient's facts by when they became known, each with its lines: findings of one event are put together."""
    gathered: dict[Any, tuple[Fact, list[Told]]] = {}
    for place, told in enumerate(case.told):
        fact: Fact | None = told.fact
        if fact is None:
            continue
        key: object = place
        if isinstance(fact, NewEvent) and told.file == RESULTS.file:
            key = (fact.kind, fact.effective_at, fact.precision, fact.recorded_at, fact.retracted_at)
            if key in gathered:
                before = gathered[key][0]
                if isinstance(before, NewEvent) and not before.findings.keys() & fact.findings.keys():
                    gathered[key] = (
                        replace(before, findings={**before.findings, **fact.findings}),
                        [*gathered[key][1], told],
                    )
                    continue
                key = place
        gathered[key] = (fact, [told])
    return _ended(sorted(gathered.values(), key=lambda one: (one[0].recorded_at is not None, one[0].recorded_at)))


def _ended(facts: list[tuple[Fact, list[Told]]]) -> list[tuple[Fact, list[Told]]]:
    """Let a result that is corrected by a later line end there, as it does where it was recorded by and by."""
    current: dict[object, int] = {}
    for place, (fact, _) in enumerate(facts):
        if not isinstance(fact, NewObservation) or fact.retracted_at is not None:
            continue
        before = current.get(fact.key)
        if before is not None:
            old, told = facts[before]
            if not (isinstance(old, NewObservation) and _replaces(fact, old)):
                continue
            facts[before] = (replace(old, retracted_at=fact.recorded_at), told)
        current[fact.key] = place
    return facts


def _replaces(new: NewObservation, old: NewObservation) -> bool:
    """Whether a later result corrects an earlier one of the same key (design: facts)."""
    later = old.recorded_at is not None and new.recorded_at is not None and old.recorded_at < new.recorded_at
    corrects = new.status in CORRECTING or (old.status in PROVISIONAL and new.status not in PROVISIONAL)
    return later and corrects and (new.says, new.status) != (old.says, old.status)
