"""With what a new part of a story is told: by whom it was mailed, who has it, how urgent each is. In whatever order they come."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.routing_calls import CHAIN_EVERY
from alerts.routing_stories import OF_LATE, STILL_CALLED, Standing, carrier
from alerts.rules.rule import Severity
from tests.alerts.scenes import MORNING

HOUR = timedelta(hours=1)
HIGH, MODERATE, LOW = Severity.HIGH, Severity.MODERATE, Severity.LOW


def told(severity: Severity = HIGH, state: str = "raised", **fields: Any) -> Standing:
    """Return an open alert that was mailed two hours ago and is called about in half an hour."""
    usual = {"mailed_at": MORNING - 2 * HOUR, "next_call_at": MORNING + HOUR / 2, "told": frozenset({1})}
    return Standing(severity, state, **{**usual, **fields})


@pytest.mark.parametrize(
    ("one", "severity", "at_once", "carries"),
    [
        (told(), HIGH, False, True),
        (told(), MODERATE, False, True),
        (told(), MODERATE, True, True),
        (told(MODERATE), HIGH, False, False),  # worse than what was told
        (told(next_call_at=MORNING + 72 * HOUR), HIGH, False, False),  # a high one that was no hurry
        (told(next_call_at=None), HIGH, False, False),
        (told(MODERATE, next_call_at=MORNING + 70 * HOUR), MODERATE, False, True),
        (told(MODERATE, next_call_at=MORNING + 70 * HOUR), MODERATE, True, True),
        (told(MODERATE, mailed_at=MORNING - 25 * HOUR), MODERATE, True, False),  # nobody was told of late
        (told(MODERATE, mailed_at=MORNING - 60 * HOUR, next_call_at=MORNING + 12 * HOUR), MODERATE, False, True),
        (told(MODERATE, mailed_at=MORNING - 23 * HOUR, next_call_at=None), MODERATE, False, True),
        (told(MODERATE, mailed_at=MORNING - 25 * HOUR, next_call_at=None), MODERATE, False, False),  # nor will be
        (told(state="acknowledged"), MODERATE, False, True),
        (told(state="acknowledged"), MODERATE, True, False),  # who has it may not look again today
        (told(state="acknowledged"), HIGH, False, False),
        (told(state="snoozed"), MODERATE, False, False),  # it is off the list
        (told(), LOW, False, False),  # the weekly digest as ever
    ],
)
def test_what_was_told_carries_a_part_or_not(one: Standing, severity: Severity, at_once: bool, carries: bool) -> None:
    assert carrier([one], severity, at_once=at_once, at=MORNING) == (one if carries else None)


def test_of_several_the_one_that_nobody_has_comes_first_then_the_worst_then_the_next_called() -> None:
    taken, slow, soon = told(state="acknowledged"), told(MODERATE), told(MODERATE, next_call_at=MORNING)
    assert carrier([taken, slow, soon], MODERATE, at_once=False, at=MORNING) == soon
    assert carrier([taken, slow, told()], MODERATE, at_once=False, at=MORNING) == told()
    other = told(MODERATE, told=frozenset({2, 3}))
    assert carrier([taken, other, told()], MODERATE, at_once=False, at=MORNING) == told(told=frozenset({1, 2, 3}))
    assert (
        carrier([told(state="acknowledged", told=frozenset({9})), other], MODERATE, at_once=False, at=MORNING) == other
    )
    assert carrier([taken], MODERATE, at_once=False, at=MORNING) == taken
    assert carrier([], HIGH, at_once=False, at=MORNING) is None


def test_who_joins_calls_waits_no_longer_than_the_chain() -> None:
    assert (STILL_CALLED, OF_LATE) == (CHAIN_EVERY, 24 * HOUR)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Return any open alert."""
    calls = draw(st.none() | st.integers(-1, 80))
    return Standing(
        severity=draw(st.sampled_from(Severity)),
        state=draw(st.sampled_from(["raised", "acknowledged", "snoozed"])),
        mailed_at=MORNING - draw(st.integers(0, 100)) * HOUR,
        next_call_at=None if calls is None else MORNING + calls * HOUR,
    )


@given(st.lists(standings(), max_size=4), st.sampled_from(Severity), st.booleans())
def test_no_high_alert_is_silent_unless_somebody_is_called_within_the_hour(
    known: list[Standing], severity: Severity, at_once: bool
) -> None:
    found = carrier(known, severity, at_once=at_once, at=MORNING)
    again = carrier(reversed(known), severity, at_once=at_once, at=MORNING)
    assert (found is None) == (again is None)
    if found is None or again is None:
        return
    assert (found.severity, found.state, found.next_call_at, found.told) == (
        again.severity, again.state, again.next_call_at, again.told)  # fmt: skip
    assert found.severity >= severity > LOW
    if severity is HIGH:
        assert found.state == "raised"
        assert found.next_call_at is not None
        assert found.next_call_at <= MORNING + HOUR
