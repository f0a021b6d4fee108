"""What is said to who acts on an alert that has changed: what it is now, since when, and by whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from alerts.changes import WORDS_ONLY, ConflictError, Verb
from alerts.models import Alert, Transition
from monitor.alert_conflicts import DID, over, since
from patients.models import User

AT = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
ME = User(pk=1, first_name="Lena", last_name="Mayer")
OTHER = User(pk=2, first_name="Nora", last_name="Reyes")


def said(verb: Verb, by: User | None, *, state: str = "raised", closed_at: datetime | None = None) -> str:
    """Return what I am told after somebody's step, read in UTC."""
    last = Transition(verb=verb, by=by, at=AT)
    with timezone.override(UTC):
        words = since(Alert(state=state, closed_at=closed_at), ConflictError(last), by=ME)
    return words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("verb", "by", "words"),
    [
        (Verb.ACKNOWLEDGED, OTHER, "Nora Reyes acknowledged it"),
        (Verb.ACKNOWLEDGED, ME, "you acknowledged it"),
        (Verb.SNOOZED, OTHER, "Nora Reyes snoozed it"),
        (Verb.ASSIGNED, OTHER, "Nora Reyes assigned it"),
        (Verb.WORSENED, None, "the watch found it worse"),
        (Verb.UPDATED, None, "the watch found newer evidence"),
        (Verb.RETURNED, None, "the watch raised it again"),
        (Verb.WOKEN, None, "the watch raised it at the end of its snooze"),
    ],
)
def test_of_what_is_open_the_newest_change_is_told(verb: Verb, by: User | None, words: str) -> None:
    assert said(verb, by) == f"Not saved: {words} on 24 Nov 2026, 09:05."


@pytest.mark.parametrize(
    ("verb", "by", "state", "who"),
    [
        (Verb.RESOLVED, OTHER, "resolved", "Nora Reyes"),
        (Verb.RESOLVED, ME, "resolved", "you"),
        (Verb.RECOVERED, None, "recovered", "the watch"),
    ],
)
def test_of_what_is_over_it_is_told_since_when(verb: Verb, by: User | None, state: str, who: str) -> None:
    assert said(verb, by, state=state) == f"Not saved: it is {state} since 24 Nov 2026, 09:05 ({who})."
    earlier = said(verb, by, state=state, closed_at=AT - timedelta(days=40))
    assert earlier == f"Not saved: it is {state} since 15 Oct 2026, 09:05 ({who})."


def test_without_a_trail_it_is_told_that_it_has_changed() -> None:
    assert since(Alert(state="raised"), ConflictError(None), by=ME) == "Not saved: this alert has changed."


def test_what_is_over_says_so_by_itself() -> None:
    with timezone.override(UTC):
        words = over(Alert(state="resolved", closed_at=AT, changed_at=AT + timedelta(days=1)))
    assert words.replace("\u00a0", " ") == "It is resolved since 24 Nov 2026, 09:05; only words can be added."


def test_every_change_has_words() -> None:
    assert set(DID) == set(Verb) - set(WORDS_ONLY)
