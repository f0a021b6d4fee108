"""What is seen again is the same; what was seen long ago is no news."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.findings import to_json
from alerts.rules.rule import Clear, Finding, Severity
from alerts.rules.sightings import SEEN, judged, runs
from patients.history import EventRecord
from tests.alerts.rules.histories import event, history, on


def at(*days: float) -> list[EventRecord]:
    """Return events of these days."""
    return [event(day, "sputum", id=1 + place) for place, day in enumerate(days)]


def told(run: list[EventRecord]) -> Finding:
    """Return a finding of a run."""
    return Finding(
        "seen", 1, str(run[0].origin), Severity.HIGH, "Seen.", (), "A person.", (), "any", "none", latching=True
    )


def days(found: list[list[EventRecord]]) -> list[list[float]]:
    """Return runs by their days."""
    return [[(one.effective_at - on(0)).days for one in run] for run in found]


@pytest.mark.parametrize(
    ("given_days", "grouped"),
    [([], []), ([3], [[3]]), ([0, 10], [[0, 10]]), ([0, 11], [[0], [11]]), ([0, 10, 20, 40], [[0, 10, 20], [40]])],
)
def test_each_is_at_most_so_many_days_after_the_one_before(given_days: list[float], grouped: list[list[float]]) -> None:
    assert days(runs(at(*given_days), 10)) == grouped


@given(st.lists(st.integers(0, 400), max_size=12).map(sorted), st.integers(1, 100))
def test_no_event_is_lost_and_runs_are_apart(some: list[int], gap: int) -> None:
    found = runs(at(*some), gap)
    assert [one for run in days(found) for one in run] == some
    assert all(later[0] - earlier[-1] > gap for earlier, later in zip(days(found), days(found)[1:], strict=False))


def test_the_newest_run_is_told_while_it_is_news() -> None:
    events = at(0, 300, 310)
    seen = history(events=events, at=320)
    judgment = judged("seen", events, seen, {SEEN.name: 180}, seen.at, told)
    assert [to_json(one)["subject"] for one in judgment.answers if isinstance(one, Finding)] == ["2"]
    assert judgment.recheck_at == on(490)


def test_nothing_seen_and_nothing_of_late_are_clear() -> None:
    seen = history(events=at(0), at=180)
    for events in ([], at(0)):
        judgment = judged("seen", events, seen, {SEEN.name: 180}, seen.at, told)
        assert judgment.answers == (Clear("seen", ""),)
        assert judgment.recheck_at is None
