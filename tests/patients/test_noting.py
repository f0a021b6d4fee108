"""Issues of one row: what its parser found counts first, and the worst decides."""

import pytest

from patients.noting import Notes
from patients.parsers.raw import RawResult, error, information, warning
from patients.readings import Issue, IssueSeverity, RowState

SEEN = information("7", "Value", "seen", "Seen.")
DOUBTED = warning("7", "Value", "doubted", "Doubted.")
BROKEN = error("7", "Value", "broken", "Broken.")


def notes(*issues: Issue) -> Notes:
    return Notes(RawResult(row="7", column="Value", original="a;b;c", issues=issues))


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ([], RowState.ACCEPTED),
        ([SEEN], RowState.ACCEPTED),
        ([DOUBTED], RowState.HELD),
        ([BROKEN], RowState.REJECTED),
        ([BROKEN, DOUBTED, SEEN], RowState.REJECTED),
        ([SEEN, DOUBTED], RowState.HELD),
    ],
)
def test_what_the_parser_found_decides_at_first(found: list[Issue], state: RowState) -> None:
    assert notes(*found).state() is state


def test_a_row_that_says_nothing_is_skipped_whatever_else_is_wrong() -> None:
    assert notes(BROKEN, DOUBTED).state(skipped=True) is RowState.SKIPPED


def test_holding_warns_and_holds() -> None:
    row = notes()
    row.hold("unit_missing", "There is no unit.")
    assert row.state() is RowState.HELD
    assert row.issues == [Issue("7", "Value", "unit_missing", IssueSeverity.WARNING, "There is no unit.", "a;b;c")]


def test_marking_warns_and_lets_in() -> None:
    row = notes()
    row.mark("outside_soft_limits", "Unusually low.", "3.9")
    assert row.state() is RowState.ACCEPTED
    assert row.issues == [Issue("7", "Value", "outside_soft_limits", IssueSeverity.WARNING, "Unusually low.", "3.9")]


def test_informing_lets_in() -> None:
    row = notes()
    row.inform("unknown_flag", "Not known.")
    assert row.state() is RowState.ACCEPTED
    assert row.issues[0].severity is IssueSeverity.INFORMATION


def test_a_later_mark_does_not_free_a_held_row() -> None:
    row = notes(DOUBTED)
    row.mark("more", "More.")
    row.inform("still_more", "Still more.")
    assert row.state() is RowState.HELD
    assert [issue.code for issue in row.issues] == ["doubted", "more", "still_more"]


def test_issues_are_found_by_code() -> None:
    row = notes(DOUBTED)
    assert row.has("doubted")
    assert row.has("other", "doubted")
    assert not row.has("other")
