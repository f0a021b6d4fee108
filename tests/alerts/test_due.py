"""When something is due, when overdue, and how that reads."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.due import OVERDUE, Due, Todo, days, grace_of, late_words, on, reached

NB = "\u00a0"
FILM = Due("test", "film", "Chest film", "last on 1 Feb", date(2026, 3, 1), 5)


def test_what_lies_ahead_is_no_to_do() -> None:
    assert FILM.todo(date(2026, 2, 28)) is None


def test_on_its_day_it_is_due() -> None:
    assert FILM.todo(date(2026, 3, 1)) == Todo(
        "test", "film", "Chest film due today: last on 1 Feb", date(2026, 3, 1), overdue=False
    )


@pytest.mark.parametrize(("late", "overdue"), [(1, False), (4, False), (5, True), (400, True)])
def test_it_is_overdue_after_its_grace(late: int, *, overdue: bool) -> None:
    found = FILM.todo(FILM.due_on + timedelta(days=late))
    assert found is not None
    assert (found.overdue, found.due_on) == (overdue, FILM.due_on)
    assert found.words.startswith(f"Chest film {late}{NB}day")


@pytest.mark.parametrize(
    ("interval", "grace"),
    [(1, 1), (3, 1), (5, 1), (6, 2), (7, 2), (14, 3), (21, 5), (28, 6), (90, 18), (180, 36), (365, 73)],
)
def test_grace_is_a_fifth_of_the_interval(interval: int, grace: int) -> None:
    assert grace_of(interval) == grace


def test_the_share_is_the_specifications() -> None:
    assert (OVERDUE.default, OVERDUE.unit) == (20, "%")
    assert "B13" in OVERDUE.source


@given(st.integers(1, 1000))
def test_nobody_is_overdue_on_the_day_itself_nor_before_the_share_has_passed(interval: int) -> None:
    grace = grace_of(interval)
    assert grace >= 1
    assert grace >= interval * OVERDUE.default / 100 > grace - 1 or grace == 1


@pytest.mark.parametrize(
    ("late", "words"), [(0, "due today"), (1, f"1{NB}day late"), (2, f"2{NB}days late"), (31, f"31{NB}days late")]
)
def test_lateness_is_said_in_words(late: int, words: str) -> None:
    assert late_words(late) == words


@pytest.mark.parametrize(("count", "words"), [(1, "day"), (2, f"2{NB}days"), (90.0, f"90{NB}days")])
def test_every_day_or_every_so_many(count: float, words: str) -> None:
    assert days(count) == words


def test_a_date_is_said_with_its_year() -> None:
    assert on(date(2028, 2, 29)) == f"29{NB}Feb{NB}2028"


@pytest.mark.parametrize(
    ("born", "years", "day"),
    [
        (date(2020, 5, 1), 6, date(2026, 5, 1)),
        (date(2020, 2, 29), 6, date(2026, 3, 1)),
        (date(2020, 2, 29), 8, date(2028, 2, 29)),
        (date(2096, 2, 29), 4, date(2100, 3, 1)),
        (date(2020, 5, 1), 0, date(2020, 5, 1)),
    ],
)
def test_a_birthday(born: date, years: int, day: date) -> None:
    assert reached(born, years) == day
