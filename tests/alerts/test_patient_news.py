"""What a patient may be told on a day: each piece of news on its own day, of a plan and of tests, and never of the dead."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.monitoring import TESTS
from alerts.patient_news import AT_HOME, News, changes_on, due_news
from patients.history import History, TreatmentRecord
from tests.alerts.rules.histories import CHILD, START, WOMAN, event, history, on, person, series, treatment
from tests.factories import history as made
from tests.factories import series as series_of

TODAY = START.date()


def step(day: int, dose: float | None, *, number: int, until: int | None = None, **fields: Any) -> TreatmentRecord:
    """Return a planned step of prednisolone."""
    plan = {"intent": "planned", "plan": "taper", "unit": "mg", **fields}
    return replace(treatment(day, "prednisolone", dose=dose, until=until, **plan), id=number)


TAPER = (step(0, 20, number=1, until=13), step(14, 15, number=2, until=27), step(28, 10, number=3))


def told(known: History, day: int) -> tuple[str, ...]:
    """Return the news that belong to a day of the story, as known on its morning."""
    today = TODAY + timedelta(days=day)
    return tuple(news for news, of in due_news(replace(known, at=on(day)), today).items() if of == today)


def still(known: History, day: int) -> dict[str, int]:
    """Return what may be told on a day of the story, each with the day to which it belongs."""
    found = due_news(replace(known, at=on(day)), TODAY + timedelta(days=day))
    return {news.value: (of - TODAY).days for news, of in found.items()}


def planned(*steps: TreatmentRecord, **fields: Any) -> History:
    """Return a history of nothing but a plan."""
    return history(treatments=list(steps), at=0, **fields)


def test_a_change_is_told_the_day_before_and_on_the_day() -> None:
    found = {day: [one for one in told(planned(*TAPER), day) if one.startswith("step")] for day in range(1, 40)}
    assert {day: news for day, news in found.items() if news} == {
        13: ["step_tomorrow"],
        14: ["step_today"],
        27: ["step_tomorrow"],
        28: ["step_today"],
    }


def test_what_steroids_ask_for_falls_due_too() -> None:
    """Glucose and blood pressure 28 days after the first dose (clinical specification, B4)."""
    assert "test_due" in told(planned(*TAPER), 28)


def test_a_first_step_is_a_change() -> None:
    assert told(planned(step(5, 20, number=1)), 4) == ("step_tomorrow",)
    assert told(planned(step(5, 20, number=1)), 5) == ("step_today",)


def test_steps_a_day_apart_are_told_together() -> None:
    known = planned(step(0, 20, number=1, until=4), step(5, 15, number=2, until=5), step(6, 10, number=3))
    assert told(known, 5) == ("step_tomorrow", "step_today")


def test_a_step_of_the_same_dose_changes_nothing() -> None:
    known = planned(step(0, 20, number=1, until=6), step(7, 20, number=2))
    assert told(known, 6) == told(known, 7) == ()


def test_a_step_whose_amount_nobody_wrote_is_told_all_the_same() -> None:
    known = planned(step(0, 20, number=1, until=6), step(7, None, number=2))
    assert told(known, 6) == ("step_tomorrow",)


def test_of_a_plan_that_was_stopped_nothing_is_told() -> None:
    stop = replace(treatment(10, "prednisolone", dose=0.0, unit="mg"), id=9, recorded_revision=2)
    known = planned(*TAPER, stop)
    assert told(known, 13) == told(known, 14) == ()


def test_no_plan_is_no_news() -> None:
    assert not any(told(planned(), day) for day in range(40))


@pytest.mark.parametrize(
    ("day", "news"), [(27, ()), (28, ("test_due",)), (29, ()), (33, ()), (34, ("test_overdue",)), (35, ()), (56, ())]
)
def test_a_test_is_told_on_the_day_it_falls_due_and_on_the_first_of_its_being_late(
    day: int, news: tuple[str, ...]
) -> None:
    assert told(history(series([(0, 120)]), at=0), day) == news


@pytest.mark.parametrize(
    ("day", "news"),
    [(27, {}), (28, {"test_due": 28}), (29, {"test_due": 28}), (33, {"test_due": 28}), (34, {"test_overdue": 34}),
     (48, {"test_overdue": 34}), (49, {}), (300, {})],
)  # fmt: skip
def test_what_is_said_of_a_test_holds_until_it_is_overdue_or_two_weeks_are_over(day: int, news: dict[str, int]) -> None:
    assert still(history(series([(0, 120)]), at=0), day) == news


def test_of_several_tests_the_newest_day_counts() -> None:
    known = history(series([(0, 10)], "FE"), series([(2, 60)], "CREA"), at=2)
    assert [still(known, day) for day in (90, 91, 92, 93)] == [{"test_due": 90}] * 2 + [{"test_due": 92}] * 2


def test_a_change_is_not_told_on_a_later_day() -> None:
    assert [one for one in still(planned(*TAPER), 15) if one.startswith("step")] == []
    assert still(planned(*TAPER), 14)["step_today"] == 14


def test_a_test_that_was_done_is_not_told() -> None:
    assert told(history(series([(0, 120), (20, 121)]), at=20), 28) == ()


def test_several_tests_of_a_day_are_one_piece_of_news() -> None:
    known = history(series([(0, 10)], "FE"), series([(0, 60)], "CREA"), at=0)
    assert told(known, 90) == ("test_due",)


def test_a_reading_at_home_each_day_is_no_news() -> None:
    bout = event(0, "exacerbation", status="confirmed")
    known = history(series([(0, 98)], "SPO2"), events=[bout], at=0, patient=person(WOMAN, oximeter_at_home=True))
    assert not any(told(known, day) for day in (1, 2, 3))
    assert {one.subject for one in TESTS} >= AT_HOME


def test_a_control_film_stands_for_the_regular_one() -> None:
    known = history(events=[event(0, "chest_xray", infiltrates="new")], at=0, patient=CHILD)
    due = {day for day in range(1, 60) if "test_due" in told(known, day)}
    assert len(due) <= 1


@pytest.mark.parametrize("died_on", [TODAY, TODAY + timedelta(days=13)])
def test_nothing_is_told_of_who_has_died(died_on: date) -> None:
    known = planned(*TAPER, patient=person(WOMAN, death_date=died_on))
    assert not any(told(known, day) for day in range(13, 40))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),  # an hour is left out
        ("Europe/Berlin", date(2026, 10, 25)),  # an hour comes twice
        ("America/New_York", date(2026, 11, 1)),
        ("Pacific/Apia", date(2011, 12, 31)),  # the day before was left out
        ("UTC", date(2028, 2, 29)),
        ("UTC", date(2028, 3, 1)),
        ("Asia/Tokyo", date(2026, 1, 1)),
    ],
)
def test_days_are_those_of_the_calendar(zone: str, day: date) -> None:
    rows = tuple(
        replace(row, started_on=start, ended_on=None)
        for row, start in zip(TAPER, (day - timedelta(days=30), day, day + timedelta(days=30)), strict=True)
    )
    morning = datetime(day.year, day.month, day.day, 7, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = [due_news(made(at=morning, zone=zone, treatments=rows), day + timedelta(days=days)) for days in (-1, 0, 1)]
    before, at, after = (tuple(news for news in one if news.startswith("step")) for one in found)
    assert (before, at, after) == ((News.STEP_TOMORROW,), (News.STEP_TODAY,), ())


def test_a_test_falls_due_on_the_patients_day() -> None:
    """A count at 23:30 UTC is of the next day in Tokyo: it falls due there a day later."""
    taken = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    counts = series_of("HGB", [120.0], end=taken)
    for zone, day in (("UTC", date(2026, 3, 29)), ("Asia/Tokyo", date(2026, 3, 30))):
        known = made(counts, at=datetime(2026, 3, 30, 1, tzinfo=UTC), zone=zone)
        assert [dict(due_news(known, day + timedelta(days=days))) for days in (-1, 0, 1)] == [
            {}, {News.TEST_DUE: day}, {News.TEST_DUE: day}
        ]  # fmt: skip


@settings(max_examples=30)
@given(
    doses=st.lists(st.sampled_from([0.0, 5.0, 10.0, 20.0]), min_size=1, max_size=6),
    lengths=st.lists(st.integers(1, 9), min_size=6, max_size=6),
)
def test_each_change_is_told_twice_and_nothing_else_is(doses: list[float], lengths: list[int]) -> None:
    starts = [2 + sum(lengths[:place]) for place in range(len(doses))]
    known = planned(*(step(day, dose, number=n) for n, (day, dose) in enumerate(zip(starts, doses, strict=True), 1)))
    changed = {day for n, day in enumerate(starts) if n == 0 or doses[n] != doses[n - 1]}
    for day in range(70):
        news = told(known, day)
        assert (News.STEP_TODAY in news, News.STEP_TOMORROW in news) == (day in changed, day + 1 in changed)
        assert changes_on(replace(known, at=on(day)), TODAY + timedelta(days=day)) == (day in changed)


@pytest.mark.parametrize(
    ("zone", "begins", "expected"),
    [
        ("Pacific/Apia", 31, {29: ["step_tomorrow"], 31: ["step_today"]}),
        ("Pacific/Apia", 30, {29: ["step_tomorrow"], 31: ["step_today"]}),
        ("Pacific/Apia", 29, {28: ["step_tomorrow"], 29: ["step_today"]}),
        ("Pacific/Auckland", 30, {29: ["step_tomorrow"], 30: ["step_today"]}),
        ("", 30, {29: ["step_tomorrow"], 30: ["step_today"]}),
    ],
)
def test_a_date_that_was_left_out_counts_as_the_day_after(
    zone: str, begins: int, expected: dict[int, list[str]]
) -> None:
    """Samoa went from 29 to 31 December 2011 (IANA time zone database, australasia: Pacific/Apia)."""
    change = date(2011, 12, begins)
    days = [date(2011, 12, day) for day in (27, 28, 29, 30, 31) if (zone, day) != ("Pacific/Apia", 30)]
    ahead = (change - TODAY).days
    known = planned(
        step(ahead - 9, 20, number=1, until=ahead - 1), step(ahead, 15, number=2), patient=person(time_zone=zone)
    )
    found = {day.day: [one for one in due_news(known, day) if one.startswith("step")] for day in days}
    assert {day: news for day, news in found.items() if news} == expected


def test_a_test_that_fell_due_on_a_date_left_out_is_told_the_day_after() -> None:
    """28 days after the first dose: the same test from the 29th on, from no day, and from the 31st."""
    for first, told_on in ((1, 29), (2, 31), (3, 31)):
        ahead = (date(2011, 12, first) - TODAY).days
        known = planned(step(ahead, 20, number=1), patient=person(time_zone="Pacific/Apia"))
        known = replace(known, at=datetime(2011, 12, 28, tzinfo=UTC))
        days = [day for day in (28, 29, 31) if "test_due" in due_news(known, date(2011, 12, day))]
        assert min(days) == told_on
