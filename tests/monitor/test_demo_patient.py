"""One invented patient: age on any day, mornings in the clinic, and when something became known."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo_cohort import COHORT
from monitor.demo_course import Course
from monitor.demo_patient import ZONE, DemoPatient, id_of, identifier_of, known, morning

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2021, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
NUMBERS, AGES = st.integers(1, 400), st.integers(0, 95)


def somebody(number: int, age: int) -> DemoPatient:
    """Return a patient of an age."""
    return DemoPatient(number, "Test Person", "female", age, 160, Course(128), 100)


@given(NUMBERS, AGES, MOMENTS)
def test_a_patient_is_as_old_as_it_says_on_every_day(number: int, age: int, at: datetime) -> None:
    born, today = somebody(number, age).birth_date(at), at.astimezone(ZONE).date()
    assert today.year - born.year - ((born.month, born.day) > (today.month, today.day)) == age
    assert born <= today


@given(NUMBERS, AGES, MOMENTS, st.integers(1, 90))
def test_a_later_birthday_is_the_same_day_of_the_year(number: int, age: int, at: datetime, years: int) -> None:
    one = somebody(number, age)
    born, later = one.birth_date(at), one.grown_up(at, years)
    assert (later.year - born.year, later.month, later.day) == (years, born.month, born.day)


@given(NUMBERS)
def test_nobody_is_born_on_a_leap_day_so_that_every_birthday_comes(number: int) -> None:
    born = somebody(number, 10).birth_date(AT)
    assert (born.month, born.day) != (2, 29)


@pytest.mark.parametrize("one", COHORT, ids=lambda one: one.identifier)
def test_whoever_is_a_child_grows_up_later(one: DemoPatient) -> None:
    assert (one.grown_up(AT) > AT.astimezone(ZONE).date()) is (one.age_years < 18)


def test_an_identifier_makes_the_id() -> None:
    one = somebody(77, 5)
    assert one.identifier == identifier_of(77) == "DEMO-77"
    assert one.id == id_of("DEMO-77") == somebody(77, 50).id
    assert one.id.version == 5


@given(MOMENTS, st.integers(0, 900), st.integers(0, 300))
def test_a_morning_is_of_its_day_and_past(at: datetime, days_ago: int, minutes: int) -> None:
    found = morning(at, days_ago, minutes)
    assert found <= at - timedelta(minutes=90)
    local = found.astimezone(ZONE)
    if days_ago:
        assert local.date() == at.astimezone(ZONE).date() - timedelta(days=days_ago)
        assert (local.hour, local.minute) == ((450 + minutes) // 60, (450 + minutes) % 60) or _clock_changed(
            local.date()
        )


def _clock_changed(day: date) -> bool:
    """Whether the clock was set on a day: then minutes after half past seven are no clock time of that day."""
    before, after = (datetime(one.year, one.month, one.day, 12, tzinfo=ZONE) for one in (day - timedelta(days=1), day))
    return before.utcoffset() != after.utcoffset()


@given(MOMENTS, MOMENTS, st.floats(0, 500))
def test_nothing_is_known_after_now(effective_at: datetime, at: datetime, hours: float) -> None:
    found = known(effective_at, at, hours)
    assert found <= at
    assert found == at or timedelta(hours=hours) - timedelta(minutes=1) < found - effective_at <= timedelta(hours=hours)


def test_a_morning_is_half_past_seven_in_the_clinic() -> None:
    assert morning(AT, 1) == datetime(2026, 11, 23, 6, 30, tzinfo=UTC)  # CET is UTC+1
    assert morning(AT, 150) == datetime(2026, 6, 27, 5, 30, tzinfo=UTC)  # CEST is UTC+2


def test_a_morning_that_is_still_to_come_was_a_little_earlier() -> None:
    early = datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert morning(early, 0) == early - timedelta(minutes=90)
    assert known(morning(early, 0), early, 8) == early
