"""The mornings that a snooze may end at: each is a day of the team's calendar, ahead, and within the longest snooze."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import handling
from monitor.mornings import DAYS, Offer
from patients.models import CareTeam

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday, ten o'clock in Berlin."""
LONGEST = handling.LONGEST_SNOOZE
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]


def offered(at: datetime = NOW, zone: str = "Europe/Berlin", hour: int = 8) -> Offer:
    """Return what the forms of a team's alerts choose from."""
    return Offer(at, CareTeam(name="north", time_zone=zone, working_from=hour))


@given(
    minutes=st.integers(0, 60 * 24 * 800),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
    hour=st.integers(0, 23),
    days=st.integers(-3, 20),
)
def test_every_end_that_is_taken_can_be_snoozed_to(minutes: int, zone: str, hour: int, days: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    offer = offered(at, zone, hour)
    found = offer.morning(offer.after(days))
    assert (found is not None) == (1 <= days <= 13) or days in (0, 14)
    if found is not None:
        assert at < found <= at + LONGEST
        assert found.astimezone(ZoneInfo(zone)).date() == offer.after(days)


@given(
    minutes=st.integers(0, 60 * 24 * 800),
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    within=st.sampled_from([timedelta(days=1), LONGEST]),
)
def test_the_mornings_are_all_that_are_taken_in_order(minutes: int, zone: str, hour: int, within: timedelta) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    offer = offered(at, zone, hour)
    found = offer.mornings(within)
    assert list(found) == [day for n in range(-2, 20) if offer.morning(day := offer.after(n), within)]
    assert len(found) in {within.days - 1, within.days, within.days + 1}  # a day that is 23 or 25 hours long


def test_a_day_that_a_zone_left_out_is_none() -> None:
    """Pacific/Apia had no 30 December 2011 (IANA time zone database)."""
    found = offered(datetime(2011, 12, 29, 22, tzinfo=UTC), "Pacific/Apia").mornings(timedelta(days=3))
    assert date(2011, 12, 30) not in found
    assert found[:2] == (date(2011, 12, 31), date(2012, 1, 1))


@pytest.mark.parametrize(("hour", "first", "last"), [(6, 24, 7), (7, 25, 8), (9, 25, 8)])
def test_before_the_hour_today_counts_and_the_last_day_does_not(hour: int, first: int, last: int) -> None:
    found = offered(NOW.replace(hour=hour)).mornings(LONGEST)
    assert (found[0], found[-1], len(found)) == (date(2026, 11, first), date(2026, 12, last), 14)


def test_what_is_offered_at_once_lies_within_the_longest() -> None:
    assert max(DAYS) <= LONGEST.days
    assert list(DAYS) == sorted(DAYS)
