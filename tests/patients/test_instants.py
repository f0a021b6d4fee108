"""Dates as ISO 8601 made instants: local days, changes of clocks, and texts that are no date.

Transitions are those of the IANA time zone database: Berlin, 31 March and 27 October 2024; Apia left out 30 December 2011;
Havana turns its clocks back at 1:00 to midnight; Cairo skips from midnight to 1:00.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.instants import Instant, Oddity, is_later_than_tomorrow, is_partial, read_instant

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Havana", "Africa/Cairo"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "at", "day"),
    [
        ("2024-01-15", "Europe/Berlin", "2024-01-14T23:00", date(2024, 1, 15)),
        ("2024-07-15", "Europe/Berlin", "2024-07-14T22:00", date(2024, 7, 15)),
        ("2024-01-15", "America/New_York", "2024-01-15T05:00", date(2024, 1, 15)),
        ("2024-01-15", "UTC", "2024-01-15T00:00", date(2024, 1, 15)),
        ("2024-02-29", "Asia/Kathmandu", "2024-02-28T18:15", date(2024, 2, 29)),
        ("2024-04-26", "Africa/Cairo", "2024-04-25T22:00", date(2024, 4, 26)),
        ("2024-11-03", "America/Havana", "2024-11-03T04:00", date(2024, 11, 3)),
    ],
)
def test_a_day_begins_when_it_begins_where_the_patient_lives(text: str, zone: str, at: str, day: date) -> None:
    assert read_instant(text, ZoneInfo(zone)) == Instant(utc(at), "day", day)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-01-15T07:30", "2024-01-15T06:30"),
        ("2024-07-15T07:30", "2024-07-15T05:30"),
        ("2024-07-15T07:30:45", "2024-07-15T05:30:45"),
        ("2024-07-15T07:30:45.250", "2024-07-15T05:30:45.250"),
        ("2024-07-15T07:30Z", "2024-07-15T07:30"),
        ("2024-07-15T07:30-04:00", "2024-07-15T11:30"),
        ("2024-07-15T00:15+05:45", "2024-07-14T18:30"),
    ],
)
def test_a_time_without_offset_is_local_and_one_with_offset_is_not(text: str, at: str) -> None:
    instant = read_instant(text, BERLIN)
    assert instant is not None
    assert (instant.at, instant.precision, instant.oddity) == (utc(at), "minute", Oddity.NONE)


def test_the_local_day_is_the_patients_not_the_laboratorys() -> None:
    instant = read_instant("2024-07-15T23:30Z", BERLIN)
    assert instant is not None
    assert instant.day == date(2024, 7, 16)


def test_a_repeated_time_is_the_first_of_the_two() -> None:
    instant = read_instant("2024-10-27T02:30", BERLIN)
    assert instant == Instant(utc("2024-10-27T00:30"), "minute", date(2024, 10, 27), Oddity.REPEATED)


def test_a_skipped_time_counts_on_from_before_the_change() -> None:
    instant = read_instant("2024-03-31T02:30", BERLIN)
    assert instant == Instant(utc("2024-03-31T01:30"), "minute", date(2024, 3, 31), Oddity.MISSING)


@pytest.mark.parametrize("text", ["2024-10-27T02:30+02:00", "2024-10-27T02:30+01:00", "2024-03-31T02:30Z"])
def test_a_time_with_offset_is_never_odd(text: str) -> None:
    instant = read_instant(text, BERLIN)
    assert instant is not None
    assert instant.oddity is Oddity.NONE


def test_a_day_that_a_zone_left_out_is_told() -> None:
    instant = read_instant("2011-12-30", ZoneInfo("Pacific/Apia"))
    assert instant == Instant(utc("2011-12-30T10:00"), "day", date(2011, 12, 31), Oddity.MISSING)


@pytest.mark.parametrize(
    "text",
    [
        "", "2024", "2024-03", "2024-3-1", "24-03-01", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "20240301",
        "2024-W10-5", "2024-061", "2024-03-01 07:30", "2024-03-01T24:00", "2024-03-01T07:60", "2024-03-01T7:30",
        "2024-03-01T07", "2024-03-01T07:30+25:00", "2024-03-01T07:30+0100", "2024-03-01T07:30 Z", "٢٠٢٤-٠٣-٠١",
        "2024-03-01\n", " 2024-03-01", "0000-01-01", "0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00",
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_instant(text, BERLIN) is None


@pytest.mark.parametrize(
    ("text", "partial"), [("2024", True), ("2024-03", True), ("2024-03-01", False), ("", False), ("24", False)]
)
def test_a_date_without_a_day_is_known_as_such(text: str, *, partial: bool) -> None:
    assert is_partial(text) is partial


@pytest.mark.parametrize(("hours", "later"), [(-1, False), (0, False), (24, False), (25, True), (24 * 400, True)])
def test_a_day_ahead_is_a_wrong_clock_and_more_is_a_wrong_date(hours: int, *, later: bool) -> None:
    now = utc("2024-03-20T09:00")
    instant = Instant(now + timedelta(hours=hours), "minute", date(2024, 3, 20))
    assert is_later_than_tomorrow(instant, now) is later


@settings(deadline=None)
@given(st.dates(date(1930, 1, 1), date(2090, 12, 31)), st.sampled_from(ZONES))
def test_a_day_is_the_local_day_of_its_own_instant(day: date, zone: str) -> None:
    instant = read_instant(day.isoformat(), ZoneInfo(zone))
    assert instant is not None
    assert instant.at.utcoffset() == timedelta(0)
    assert instant.day == day or instant.oddity is Oddity.MISSING
    before = (instant.at - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).date()
    assert before < instant.day or zone in {"America/Havana", "Pacific/Apia"}  # these have turned back across midnight


@settings(deadline=None)
@given(st.datetimes(datetime(1930, 1, 1), datetime(2090, 12, 31), timezones=st.sampled_from(ZONES).map(ZoneInfo)))  # noqa: DTZ001 - bounds of local times
def test_an_instant_written_with_its_offset_comes_back(moment: datetime) -> None:
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
    instant = read_instant(minute.isoformat(timespec="minutes"), BERLIN)
    assert instant is not None
    assert instant.at == minute


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[0-9T:Z+.-]{0,30}"))
def test_no_text_raises(text: str) -> None:
    instant = read_instant(text, BERLIN)
    assert instant is None or instant.at.tzinfo is UTC
