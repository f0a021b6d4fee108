"""Local hours as instants. Expected instants were taken from zdump(8) of the IANA time zone database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.hours import at_work, instant, last_instant, next_instant

BERLIN, NEW_YORK, APIA = "Europe/Berlin", "America/New_York", "Pacific/Apia"
ZONES = st.sampled_from([BERLIN, NEW_YORK, APIA, "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"])
INSTANTS = st.datetimes(datetime(2009, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
HOURS = st.integers(0, 23)


def utc(*parts: int) -> datetime:
    """Return an instant."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("zone", "day", "hour", "expected"),
    [
        (BERLIN, date(2026, 3, 28), 7, utc(2026, 3, 28, 6)),  # CET, one day before the clocks go forward
        (BERLIN, date(2026, 3, 29), 7, utc(2026, 3, 29, 5)),  # CEST since 01:00 UTC
        (BERLIN, date(2026, 10, 25), 7, utc(2026, 10, 25, 6)),  # CET since 01:00 UTC
        (NEW_YORK, date(2026, 3, 8), 7, utc(2026, 3, 8, 11)),  # EDT since 07:00 UTC
        (NEW_YORK, date(2026, 11, 1), 7, utc(2026, 11, 1, 12)),  # EST since 06:00 UTC
        (APIA, date(2011, 12, 29), 7, utc(2011, 12, 29, 17)),  # −10 (summer), the last day east of the date line
        (APIA, date(2011, 12, 31), 7, utc(2011, 12, 30, 17)),  # +14, the first day west of it
        (BERLIN, date(2028, 2, 29), 7, utc(2028, 2, 29, 6)),
        (NEW_YORK, date(2028, 2, 29), 7, utc(2028, 2, 29, 12)),
    ],
)
def test_an_hour_of_a_day_is_one_instant(zone: str, day: date, hour: int, expected: datetime) -> None:
    assert instant(day, hour, zone) == expected


def test_an_hour_shown_twice_is_the_first() -> None:
    assert instant(date(2026, 10, 25), 2, BERLIN) == utc(2026, 10, 25, 0)  # 02:00 CEST, not 02:00 CET at 01:00 UTC


def test_an_hour_left_out_is_the_moment_of_the_change() -> None:
    assert instant(date(2026, 3, 29), 2, BERLIN) == utc(2026, 3, 29, 1)
    assert instant(date(2026, 3, 8), 2, NEW_YORK) == utc(2026, 3, 8, 7)


def test_a_day_left_out_has_no_hour() -> None:
    assert instant(date(2011, 12, 30), 7, APIA) is None


def test_the_day_after_a_day_left_out_is_not_told_twice() -> None:
    first = next_instant(utc(2011, 12, 29, 0), 7, APIA)
    second = next_instant(first, 7, APIA)
    assert (first, second) == (utc(2011, 12, 29, 17), utc(2011, 12, 30, 17))


def test_the_next_is_later_than_now_even_on_the_hour() -> None:
    assert next_instant(utc(2026, 11, 24, 6), 7, BERLIN) == utc(2026, 11, 25, 6)


def test_the_next_monday() -> None:
    assert next_instant(utc(2026, 11, 24, 9), 7, BERLIN, weekday=0) == utc(2026, 11, 30, 6)


def test_the_last_includes_now() -> None:
    assert last_instant(utc(2026, 11, 24, 6), 7, BERLIN) == (date(2026, 11, 24), utc(2026, 11, 24, 6))
    assert last_instant(utc(2026, 11, 24, 5, 59), 7, BERLIN) == (date(2026, 11, 23), utc(2026, 11, 23, 6))


def test_the_leap_day_is_a_day_like_others() -> None:
    assert last_instant(utc(2028, 2, 29, 12), 7, BERLIN)[0] == date(2028, 2, 29)
    assert next_instant(utc(2028, 2, 28, 12), 7, BERLIN) == utc(2028, 2, 29, 6)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (utc(2026, 11, 24, 7), True),  # Tuesday 08:00
        (utc(2026, 11, 24, 6, 59), False),
        (utc(2026, 11, 24, 15, 59), True),  # 16:59
        (utc(2026, 11, 24, 16), False),  # 17:00
        (utc(2026, 11, 28, 9), False),  # Saturday
        (utc(2026, 7, 24, 6), True),  # Friday 08:00 in summer
    ],
)
def test_working_hours_are_local(at: datetime, expected: bool) -> None:
    assert at_work(at, 8, 17, BERLIN) is expected


@given(at=INSTANTS, hour=HOURS, zone=ZONES)
def test_next_and_last_enclose_now(at: datetime, hour: int, zone: str) -> None:
    day, last = last_instant(at, hour, zone)
    following = next_instant(at, hour, zone)
    assert last <= at < following
    assert following - last <= timedelta(hours=50)
    assert last.astimezone(ZoneInfo(zone)).date() == day


@given(at=INSTANTS, hour=HOURS, zone=ZONES)
def test_every_local_date_is_told_at_most_once(at: datetime, hour: int, zone: str) -> None:
    days = []
    for _ in range(5):
        at = next_instant(at, hour, zone)
        days.append(at.astimezone(ZoneInfo(zone)).date())
    assert len(set(days)) == 5
    assert days == sorted(days)
