"""When a result was measured, and whose it is."""

from datetime import UTC, datetime

import pytest

from patients.readings import RowState
from tests.patients.raws import GIRL, INFORMATION, WARNING, codes, framed, judged, raw, read, told

TUESDAY = framed(now=datetime(2024, 3, 19, 22, 30, tzinfo=UTC))


def test_a_date_is_the_start_of_the_patients_day() -> None:
    reading = read("13.2", effective_at="2024-03-18")
    assert (reading.effective_at, reading.precision) == (datetime(2024, 3, 17, 23, 0, tzinfo=UTC), "day")
    utc = judged(raw(effective_at="2024-03-18"), framed(time_zone="UTC"))
    assert utc.effective_at == datetime(2024, 3, 18, tzinfo=UTC)


def test_a_time_is_local_unless_it_says_where() -> None:
    assert read("13.2", effective_at="2024-03-18T08:47").effective_at == datetime(2024, 3, 18, 7, 47, tzinfo=UTC)
    assert read("13.2", effective_at="2024-03-18T08:47-05:00").effective_at == datetime(2024, 3, 18, 13, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "code"), [("2023-10-29T02:30", "repeated_time"), ("2023-03-26T02:30", "missing_time")]
)
def test_a_time_that_clocks_showed_twice_or_never_is_told(when: str, code: str) -> None:
    reading = read("13.2", effective_at=when)
    assert (reading.state, told(reading)) == (RowState.ACCEPTED, [(code, INFORMATION)])
    assert reading.effective_at is not None


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("", "date_missing"), ("2024", "incomplete_date"), ("2024-02", "incomplete_date"), ("18.03.2024", "unreadable_date"),
        ("2024-02-30", "unreadable_date"), ("yesterday", "unreadable_date"),
    ],
)  # fmt: skip
def test_without_a_date_a_result_is_held(when: str, code: str) -> None:
    reading = read("13.2", effective_at=when)
    assert (reading.state, told(reading), reading.effective_at, reading.value) == (
        RowState.HELD,
        [(code, WARNING)],
        None,
        132.0,
    )


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ("2024-03-20", False),
        ("2024-03-20T23:00", False),
        ("2024-03-21", True),
        ("2024-03-21T00:00", True),
        ("2025-03-18", True),
    ],
)
def test_more_than_a_day_ahead_is_the_future(when: str, *, held: bool) -> None:
    reading = judged(raw(effective_at=when), TUESDAY)
    assert (reading.state, codes(reading)) == ((RowState.HELD, ["future_date"]) if held else (RowState.ACCEPTED, []))
    assert reading.effective_at is not None


@pytest.mark.parametrize(
    ("when", "held"),
    [("2015-04-16", True), ("2015-04-17", False), ("2015-04-16T23:59", True), ("2015-04-16T22:30Z", False)],
)
def test_before_birth_nothing_was_measured(when: str, *, held: bool) -> None:
    reading = judged(raw(effective_at=when), GIRL)
    assert (reading.state, codes(reading)) == ((RowState.HELD, ["before_birth"]) if held else (RowState.ACCEPTED, []))


def test_a_date_of_another_century_is_held_where_no_birth_date_is_known() -> None:
    assert codes(read("13.2", effective_at="1024-03-18")) == ["implausible_date"]
    assert read("13.2", effective_at="1900-01-01").state is RowState.ACCEPTED


def test_the_time_of_the_report_is_kept_and_never_holds() -> None:
    assert read("13.2", issued_at="2024-03-19").issued_at == datetime(2024, 3, 18, 23, 0, tzinfo=UTC)
    reading = read("13.2", issued_at="soon")
    assert (reading.state, told(reading), reading.issued_at) == (
        RowState.ACCEPTED,
        [("unread_issued_at", INFORMATION)],
        None,
    )


@pytest.mark.parametrize(
    ("born", "sex"),
    [
        ("2015-04-17", ""),
        ("", "F"),
        ("2015-04-17", "weiblich"),
        ("2015-04-17T00:00", "femme"),
        ("", "женский"),
        ("", "w"),
        ("", ""),
    ],
)
def test_a_row_of_the_same_person_is_accepted(born: str, sex: str) -> None:
    reading = judged(raw(birth_date=born, sex=sex), GIRL)
    assert (reading.state, reading.issues) == (RowState.ACCEPTED, ())


@pytest.mark.parametrize(
    ("born", "sex", "times"),
    [("2015-04-18", "", 1), ("2014-04-17", "female", 1), ("", "male", 1), ("", "м", 1), ("2010-01-01", "M", 2)],
)
def test_a_row_of_another_person_is_held(born: str, sex: str, times: int) -> None:
    reading = judged(raw(birth_date=born, sex=sex), GIRL)
    assert (reading.state, told(reading)) == (RowState.HELD, [("other_person", WARNING)] * times)
    assert not any("2015" in issue.message for issue in reading.issues)


@pytest.mark.parametrize(("born", "sex", "code"), [("17.4.15", "", "unread_birth_date"), ("", "2", "unread_sex")])
def test_what_cannot_be_compared_is_told(born: str, sex: str, code: str) -> None:
    reading = judged(raw(birth_date=born, sex=sex), GIRL)
    assert (reading.state, told(reading)) == (RowState.ACCEPTED, [(code, INFORMATION)])


def test_nothing_is_compared_with_what_is_not_known() -> None:
    assert judged(raw(birth_date="1950-01-01", sex="male"), framed()).issues == ()


def test_every_reason_is_told_at_once() -> None:
    reading = judged(
        raw("9.8 L", "", status="perhaps", effective_at="2031-01-01", birth_date="2010-01-01", interpretation="?!"),
        GIRL,
    )
    assert reading.state is RowState.HELD
    assert set(codes(reading)) >= {"unknown_status", "doubtful_number", "unit_missing", "other_person", "future_date"}
    assert {issue.row for issue in reading.issues} == {"2"}
