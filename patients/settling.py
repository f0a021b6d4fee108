"""Settles a file: its facts, its rows and how each ended, in one transaction."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from patients import keeping, recording, reporting, vouching
from patients.facts import Fact, NewEvent, Outcome
from patients.models import Event, Upload, UploadState, User
from patients.naming import Unnamed
from patients.parsers.raw import warning
from patients.persons import OTHER_PERSON
from patients.proposing import Proposal, propose
from patients.readings import Issue, IssueSeverity, Reading, RowState
from patients.understanding import Row, Understood

WHY: Final = "file"
CAME: Final = frozenset({RowState.ACCEPTED, RowState.DUPLICATE, RowState.HELD})
"""A file with such a row has come: what is held waits for the team, what is known was sent. One rejected whole has not."""
DOUBTFUL: Final = frozenset({*Unnamed, OTHER_PERSON})
"""Whose a row is that is held with one of these, nobody knows: by it a file has come for nobody."""
MESSAGES: Final = {
    "contradicts": "Another value, or a later report, is known for this test at this time.",
    "near_duplicate": "The same value is known within half an hour of this time, or for the same day without a time.",
    "corrects": "An event of this kind is known at this time; a person must say whether this one replaces it.",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nothing of a file can be recorded."""

    code: str
    message: str


def why_unread(understood: Understood) -> Unread | None:
    """Return why a file says nothing at all, None where it has a row or nothing is wrong with it."""
    if understood.rows:
        return None
    errors = (issue for issue in understood.issues if issue.severity is IssueSeverity.ERROR)
    return next((Unread(issue.code, issue.message) for issue in errors), None)


def state_of(understood: Understood, rows: Sequence[Row]) -> UploadState:
    """Return where a file ends whose rows ended like this."""
    if why_unread(understood) is not None:
        return UploadState.FAILED
    return UploadState.HELD if any(row.reading.state is RowState.HELD for row in rows) else UploadState.DONE


def settle(upload: Upload, understood: Understood, *, at: datetime) -> None:
    """Record what a file says and write how each row ended. Call within a transaction that holds the upload's row."""
    unread = why_unread(understood)
    if unread is not None:
        fail(upload, unread, at=at, format_=understood.format, issues=understood.issues)
        return
    rows = vouching.marked(understood.rows, by=upload.by, at=upload.received_at)
    rows = conclude(rows, by=upload.by, at=at, upload_id=upload.pk, read_for=read_for(upload, rows))
    keeping.keep(upload.pk, keeping.kept_rows(rows))
    counted = Counter(row.reading.state for row in rows)
    for state, name in reporting.COUNTS.items():
        setattr(upload, name, counted[state])
    upload.rows = len(rows)
    upload.format = understood.format
    upload.state = state_of(understood, rows)
    upload.file_issues = [reporting.described(issue) for issue in understood.issues]
    _finish(upload, at)


def fail(upload: Upload, unread: Unread, *, at: datetime, format_: str = "", issues: Sequence[Issue] = ()) -> None:
    """Write that a file cannot be read, and why in words that a person understands. Nothing of it is recorded."""
    described = [reporting.described(issue) for issue in issues]
    if not any(issue["code"] == unread.code for issue in described):
        described.append(reporting.described(Issue("", "", unread.code, IssueSeverity.ERROR, unread.message, "")))
    upload.format = format_
    upload.state, upload.reason, upload.file_issues = UploadState.FAILED, unread.message[:300], described
    _finish(upload, at)


def _finish(upload: Upload, at: datetime) -> None:
    """Let go of a file that is read to its end."""
    upload.finished_at, upload.lease_until = at, None
    upload.save()


def read_for(upload: Upload, rows: Sequence[Row]) -> frozenset[UUID]:
    """Return the patients for whom a file has come: whoever its rows belong to, without doubt, and whom it was sent for."""
    whose = {row.patient_id or upload.patient_id for row in rows if row.reading.state in CAME and not _is_doubtful(row)}
    return frozenset(one for one in whose if one is not None)


def _is_doubtful(row: Row) -> bool:
    """Whether a row may be of somebody else than the file says."""
    return any(issue.code in DOUBTFUL for issue in row.reading.issues)


def conclude(
    rows: Sequence[Row],
    *,
    by: User | None,
    at: datetime,
    upload_id: UUID | None,
    why: str = WHY,
    read_for: Collection[UUID] = (),
) -> list[Row]:
    """Record what the accepted rows propose, and for whom the file was read; return every row as it ended, in order."""
    record = partial(recording.record, by=by, at=at, why=why, upload_id=upload_id, read_for=read_for)
    return _ended(rows, record, always=bool(read_for))


def foresee(rows: Sequence[Row], *, at: datetime) -> list[Row]:
    """Return every row as it would end, in order, and write nothing."""
    return _ended(rows, partial(recording.foresee, at=at))


def _ended(
    rows: Sequence[Row], record: Callable[[Sequence[Fact]], list[Outcome]], *, always: bool = False
) -> list[Row]:
    """Return every row with what `record` says of the fact that it proposes; `always`: it is asked though nothing is proposed."""
    proposals = propose(rows)
    ended = list(rows)
    for place, issues in proposals.held.items():
        ended[place] = ended[place].ends(RowState.HELD, *issues)
    ready, waiting = _without_replacements(proposals.facts)
    for proposal in waiting:
        for place in proposal.places:
            ended[place] = _held(ended[place], "corrects")
    outcomes = record([one.fact for one in ready]) if ready or always else []
    for proposal, outcome in zip(ready, outcomes, strict=True):
        for place in proposal.places:
            ended[place] = _with_outcome(ended[place], outcome)
    return ended


def _without_replacements(proposals: Sequence[Proposal]) -> tuple[list[Proposal], list[Proposal]]:
    """Part the events that say they correct another of their kind and time: events have no key by which one could be replaced."""
    events = [one.fact for one in proposals if one.corrects and isinstance(one.fact, NewEvent)]
    if not events:
        return list(proposals), []
    known: dict[tuple[UUID, str, datetime], list[object]] = {}
    mine = Event.objects.filter(retracted_revision=None, patient_id__in={event.patient_id for event in events})
    for patient_id, kind, at, findings in mine.values_list("patient_id", "kind", "effective_at", "findings"):
        known.setdefault((patient_id, kind, at), []).append(findings)
    ready: list[Proposal] = []
    waiting: list[Proposal] = []
    for one in proposals:
        fact = one.fact
        there = known.get((fact.patient_id, fact.kind, fact.effective_at), []) if isinstance(fact, NewEvent) else []
        replaces = one.corrects and isinstance(fact, NewEvent) and bool(there) and dict(fact.findings) not in there
        (waiting if replaces else ready).append(one)
    return ready, waiting


def _with_outcome(row: Row, outcome: Outcome) -> Row:
    """Return a row as recording ended it, with the fact that it became, repeats or contradicts."""
    with_fact = replace(row, fact_kind=outcome.fact_kind, fact_id=outcome.fact_id)
    if outcome.state is RowState.HELD:
        return _held(with_fact, outcome.issue_code)
    return with_fact.ends(outcome.state)


def _held(row: Row, code: str) -> Row:
    """Return a row that waits for a person."""
    reading: Reading = row.reading
    return row.ends(RowState.HELD, warning(reading.row, reading.column, code, MESSAGES[code], reading.original))
