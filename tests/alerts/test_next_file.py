"""The next file as something to be done: ahead, due, overdue, by the same days as the rule."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.next_file import next_file
from alerts.rules.rule import Finding
from alerts.rules.upload_missing import RULE
from tests.alerts.rules.histories import answer, awaiting, history, on

NB = "\u00a0"
KNOWN = awaiting(history(at=10), 14, 2, files=(5,))


def test_none_is_awaited_where_none_is_expected() -> None:
    assert next_file(history(at=10)) is None


@pytest.mark.parametrize(
    ("at", "late", "overdue"),
    [(18, None, False), (19, "due today", False), (20, "1 day late", False), (22, "3 days late", True)],
)
def test_it_is_due_then_overdue(at: int, late: str | None, overdue: bool) -> None:
    due = next_file(KNOWN)
    assert due is not None
    assert due.due_on == date(2024, 1, 20)
    todo = due.todo(on(at).date())
    if late is None:
        assert todo is None
    else:
        assert todo is not None
        assert (todo.kind, todo.subject, todo.due_on, todo.overdue) == ("upload", "", due.due_on, overdue)
        words = todo.words.replace(NB, " ")
        assert words == f"Laboratory file {late}: last read on 6 Jan 2024, expected every 14 days"


@given(st.integers(1, 365), st.integers(0, 800))
def test_it_is_overdue_exactly_while_the_rule_finds_it_missing(every: int, at: int) -> None:
    known = awaiting(history(at=at), every)
    due = next_file(known)
    todo = due.todo(on(at).date()) if due is not None else None
    assert (todo is not None and todo.overdue) == isinstance(answer(RULE, known), Finding)
