"""The next file of a patient: from when it is counted, when it is due, from when on it is missing."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.uploads import LONG_MISSING, MISSING, Expected, expected
from patients.history import History
from tests.alerts.rules.histories import awaiting, history, on, person

NB = "\u00a0"


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def found(known: History) -> Expected:
    """Return the next file, which must be expected."""
    one = expected(known)
    assert one is not None
    return one


def test_nothing_is_expected_unless_somebody_said_so() -> None:
    assert expected(history(at=900)) is None
    assert expected(replace(history(at=900), files=(on(3),))) is None
    half = history(patient=person(upload_expected_from=day(0)), at=900)
    assert expected(half) is None


def test_the_first_is_due_an_interval_after_counting_began() -> None:
    one = found(awaiting(history(at=3), 14, 2))
    assert (one.every, one.first, one.last, one.due_on) == (14, day(2), None, day(16))
    assert one.why() == f"counted from 3{NB}Jan{NB}2024, expected every 14{NB}days"


def test_each_file_counts_anew_from_its_day() -> None:
    known = awaiting(history(at=30), 14, 2, files=(5, 20.5, 9))
    one = found(known)
    assert (one.last, one.due_on) == (day(20), day(34))
    assert one.why() == f"last read on 21{NB}Jan{NB}2024, expected every 14{NB}days"
    assert found(replace(known, at=on(12))).due_on == day(23)


def test_what_was_read_before_counting_began_is_none_of_them() -> None:
    one = found(awaiting(history(at=30), 7, 25, files=(3, 24)))
    assert (one.last, one.due_on) == (None, day(32))
    same_day = found(awaiting(history(at=30), 7, 25, files=(24.9,)))
    assert (same_day.last, same_day.due_on) == (day(25), day(32))


def test_a_day_is_the_patients_own() -> None:
    east = person(
        time_zone="Pacific/Auckland"
    )  # on 1 January 13 hours before UTC: the evening there is the next morning
    late = datetime(2024, 1, 10, 20, tzinfo=UTC)
    known = replace(awaiting(history(patient=east, at=30), 7), files=(late,))
    assert found(known).last == date(2024, 1, 11)


def test_every_day_is_said_so() -> None:
    assert found(awaiting(history(at=0), 1)).why().endswith(f"expected every 1{NB}day")


@pytest.mark.parametrize(
    ("every", "percent", "late"), [(14, 20, 3), (7, 20, 2), (1, 20, 1), (30, 20, 6), (14, 0, 1), (14, 100, 14)]
)
def test_it_is_missing_a_share_of_the_interval_later_a_day_at_least(every: int, percent: float, late: int) -> None:
    """As regular tests: `ceil(percent * interval / 100)`, worked out by hand."""
    assert found(awaiting(history(at=0), every)).missing_on(percent) == day(every + late)


def test_the_last_of_all_days_is_no_error() -> None:
    known = awaiting(history(at=0), 365)
    end = replace(known, patient=replace(known.patient, upload_expected_from=date(9999, 12, 1)))
    assert found(end).missing_on(MISSING.default) == date.max


@given(st.integers(1, 365), st.lists(st.integers(0, 500), max_size=6), st.integers(0, 500), st.integers(0, 500))
def test_a_file_never_makes_the_next_due_earlier(every: int, files: list[int], first: int, more: int) -> None:
    known = awaiting(history(at=500), every, first, files=files)
    later = awaiting(history(at=500), every, first, files=[*files, more])
    assert found(later).due_on >= found(known).due_on
    assert found(later).missing_on(MISSING.default) <= found(later).missing_on(LONG_MISSING.default)
