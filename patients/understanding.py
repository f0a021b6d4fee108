"""What a file says, row by row: whose each result is, and how it was understood. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from patients.naming import Unnamed
from patients.parsers.raw import RawResult, warning
from patients.readings import Issue, Reading, RowState
from patients.validation import Frame, validate

MESSAGES: Final[Mapping[Unnamed, str]] = {
    Unnamed.NO_PATIENT: "The row names no patient, and the file was sent for none.",
    Unnamed.UNKNOWN: "Nobody who is followed here has the identifier that the row names.",
    Unnamed.AMBIGUOUS: "Several patients have the identifier that the row names.",
    Unnamed.OTHER: "The row names somebody else than the patient for whom the file was sent.",
}
"""What a person is told; never the name itself."""


@dataclass(frozen=True, slots=True)
class Row:
    """One result as understood: whose it is, in which time zone its day is told, and the fact it became or meets."""

    reading: Reading
    patient_id: UUID | None
    time_zone: str = "UTC"
    fact_kind: str = ""
    fact_id: int | None = None

    def ends(self, state: RowState, *issues: Issue) -> "Row":
        """Return the row ending otherwise, with more issues."""
        return replace(self, reading=replace(self.reading, state=state, issues=(*self.reading.issues, *issues)))


@dataclass(frozen=True, slots=True)
class Understood:
    """A whole file: its format, every result in the file's order, and what is odd about the file or rows that are no result."""

    format: str
    rows: tuple[Row, ...]
    issues: tuple[Issue, ...]


def names(items: Iterable[RawResult | Issue]) -> frozenset[str]:
    """Return the patients whom a file names, "" among them where a row names none."""
    return frozenset(item.patient for item in items if isinstance(item, RawResult))


def understand(
    format_: str,
    items: Sequence[RawResult | Issue],
    *,
    owners: Mapping[str, UUID | Unnamed],
    frames: Mapping[UUID, Frame],
    unknown: Frame,
) -> Understood:
    """Return what a file says. `owners` tells whom each name means, `unknown` is the frame of rows that lead to nobody."""
    results = [item for item in items if isinstance(item, RawResult)]
    groups: dict[UUID | Unnamed, list[int]] = defaultdict(list)
    for place, raw in enumerate(results):
        groups[owners[raw.patient]].append(place)
    rows: dict[int, Row] = {}
    for owner, places in groups.items():
        frame = unknown if isinstance(owner, Unnamed) else frames[owner]
        found = (item for item in validate((results[place] for place in places), frame) if isinstance(item, Reading))
        for place, reading in zip(places, found, strict=True):
            rows[place] = _row(reading, owner, frame)
    file_issues = tuple(item for item in items if isinstance(item, Issue))
    return Understood(format_, tuple(rows[place] for place in range(len(results))), file_issues)


def _row(reading: Reading, owner: UUID | Unnamed, frame: Frame) -> Row:
    """Return a row; one that leads to nobody, or to somebody else, waits for a person unless there is nothing in it."""
    if not isinstance(owner, Unnamed):
        return Row(reading, owner, frame.time_zone)
    row = Row(reading, None, frame.time_zone)
    if reading.state not in {RowState.ACCEPTED, RowState.HELD}:
        return row
    issue = warning(reading.row, reading.column, owner.value, MESSAGES[owner], reading.original)
    return row.ends(RowState.HELD, issue)
