"""The plan by months and as iCalendar: doses and days, nothing that says whose, of what or against what."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from monitor.plan_calendar import MOST_MONTHS, changes, feed, months, said
from patients.history import History
from patients.taking import DayDose, Part
from tests.alerts.rules.dosages import day, planned, story, taken, taper

AT = datetime(2024, 1, 3, 12, tzinfo=UTC)
TODAY = date(2024, 1, 3)


def parts(content: bytes) -> list[Any]:
    """Return the events of a feed."""
    return list(Calendar.from_ical(content).walk("VEVENT"))


def events(known: History, today: date = TODAY) -> dict[str, date]:
    """Return the summaries of a feed with their days, as a calendar program reads them."""
    return {str(one["summary"]): one["dtstart"].dt for one in parts(feed(known, AT, today))}


def test_a_change_is_a_day_on_which_the_planned_dose_is_another() -> None:
    known = story(taper(15, 12.5, 12.5, 10), now=2)
    assert [(one.day, one.words) for one in changes(known, TODAY)] == [
        (day(14), "12.5 mg"), (day(42), "10 mg"),
    ]  # fmt: skip
    assert changes(known, day(15))[0].day == day(42)


def test_a_plan_in_its_place_is_the_one_that_is_shown() -> None:
    known = story(planned(0, 15, 19), planned(20, 5, plan="old"), planned(20, 30, plan="new"), now=2)
    assert [(one.day, one.words) for one in changes(known, TODAY)] == [(day(20), "30 mg")]


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        (DayDose((), known=True), "none"),
        (DayDose((), known=False), ""),
        (DayDose((), known=False, unclear=True), "ask your team"),
        (DayDose((Part("prednisolone", 10, "mg", "oral", 1), Part("other", 2, "mg", "oral", 1)), known=True), "10 mg + 2 mg"),
        (DayDose((Part("prednisolone", 5, "mg", "oral", 2),), known=True), "2 × 5 mg"),
    ],
)  # fmt: skip
def test_a_dose_in_words_names_no_medicine(dose: DayDose, words: str) -> None:
    assert said(dose) == words


def test_a_month_is_weeks_from_monday_to_sunday() -> None:
    first, *_ = months(story(taper(15, 12.5), now=2), TODAY)
    assert first.first == date(2024, 1, 1)
    assert {len(week) for week in first.weeks} == {7}
    cells = [cell for week in first.weeks for cell in week if cell is not None]
    assert [cell.day.day for cell in cells] == list(range(1, 32))
    assert cells[0].day.weekday() == 0  # 1 Jan 2024 was a Monday
    assert [cell.words for cell in cells[12:16]] == ["15 mg", "15 mg", "12.5 mg", "12.5 mg"]
    assert [cell.day.day for cell in cells if cell.changed] == [1, 15]
    assert [cell.day.day for cell in cells if cell.today] == [3]


def test_days_without_a_plan_are_empty() -> None:
    (first, _) = months(story(planned(10, 15), now=2), TODAY)
    cells = [cell for week in first.weeks for cell in week if cell is not None]
    assert [bool(cell.words) for cell in cells] == [False] * 10 + [True] * 21


def test_a_dose_every_other_day_has_days_without() -> None:
    (first, *_) = months(story(planned(0, 40, every_days=2.0), now=2), TODAY)
    cells = [cell for week in first.weeks for cell in week if cell is not None]
    assert [cell.words for cell in cells[:4]] == ["40 mg", "none", "40 mg", "none"]


def test_months_reach_four_weeks_beyond_the_last_step_and_a_year_at_most() -> None:
    assert [one.first.month for one in months(story(taper(15, 10, days=30), now=2), TODAY)] == [1, 2]
    assert len(months(story(taper(*range(40, 2, -1), days=28), now=2), TODAY)) == MOST_MONTHS
    assert months(story(taken(0, 15), now=2), TODAY) == ()
    assert months(story(planned(0, 15, 1), now=2), TODAY) == ()


def test_a_program_reads_the_step_under_way_and_those_ahead() -> None:
    known = story(taper(15, 12.5, 0), now=2)
    assert events(known) == {
        "From today on: 15 mg a day": day(0),
        "From today on: 12.5 mg a day": day(14),
        "From today on: no dose": day(28),
    }
    assert events(known, day(20)) == {"From today on: 12.5 mg a day": day(14), "From today on: no dose": day(28)}


def test_an_event_keeps_its_name_and_its_day() -> None:
    known = story(taper(15, 12.5), now=2)
    first, later = (parts(feed(known, at, TODAY)) for at in (AT, AT + timedelta(hours=5)))
    uids = [[str(one["uid"]) for one in found] for found in (first, later)]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == 2
    for one in first:
        assert one["dtend"].dt - one["dtstart"].dt == timedelta(days=1)
        assert (one["transp"], one["class"]) == ("TRANSPARENT", "PRIVATE")
        assert one["dtstamp"].dt == AT


def test_the_lines_are_those_of_the_standard() -> None:
    """RFC 5545: lines end with CR LF and hold 75 octets at most."""
    content = feed(story(taper(15, 12.5), now=2), AT, TODAY)
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize("word", ["predniso", "iph", "hemosid", "steroid", "taper", "disease", "http", "female"])
def test_nothing_says_whose_of_what_or_against_what(word: str) -> None:
    content = feed(story(taper(15, 12.5), now=2), AT, TODAY).decode().casefold()
    assert word not in content
    assert "00000000-0000" not in content


def test_nothing_planned_is_an_empty_calendar() -> None:
    assert events(story(taken(0, 15), now=2)) == {}
    assert events(story(now=2)) == {}
