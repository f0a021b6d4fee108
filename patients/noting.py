"""The issues of one row while it is judged, and what they make of the row."""

from patients.parsers.raw import RawResult, information, warning
from patients.readings import IssueSeverity, RowState


class Notes:
    """Collects every issue of one row; begins with those that its parser found.

    An error keeps the row out, a parser's warning holds it. Of ours, `hold` holds, `mark` warns and lets the result in, and
    `inform` only tells.
    """

    def __init__(self, raw: RawResult) -> None:
        self.row, self.column, self.original = raw.row, raw.column, raw.original
        self.issues = list(raw.issues)
        severities = {issue.severity for issue in raw.issues}
        self.rejected = IssueSeverity.ERROR in severities
        self.held = IssueSeverity.WARNING in severities

    def hold(self, code: str, message: str, original: str = "") -> None:
        """Ask a person about this row."""
        self.held = True
        self.mark(code, message, original)

    def mark(self, code: str, message: str, original: str = "") -> None:
        """Warn of what the row is let in with."""
        self.issues.append(warning(self.row, self.column, code, message, original or self.original))

    def inform(self, code: str, message: str, original: str = "") -> None:
        """Tell what was seen."""
        self.issues.append(information(self.row, self.column, code, message, original or self.original))

    def has(self, *codes: str) -> bool:
        """Say whether one of these issues is there."""
        return any(issue.code in codes for issue in self.issues)

    def state(self, *, skipped: bool = False) -> RowState:
        """Return how the row ends; there is nothing to hold or reject in a row that says nothing."""
        if skipped:
            return RowState.SKIPPED
        if self.rejected:
            return RowState.REJECTED
        return RowState.HELD if self.held else RowState.ACCEPTED
