"""Words for patients: what is said, and what never is."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import monitoring, todos
from alerts.due import Todo
from monitor import me_words
from monitor.chart_frame import Band
from monitor.me_words import REPEATS, TESTS, day_words, emergency, flare_words, greeting, next_of, usual

TODAY = date(2026, 11, 24)
START = datetime(2026, 1, 1, tzinfo=UTC)
BAND = Band(START, START + timedelta(days=90), 124.0, 114.5, 133.5)


def numbers(text: str) -> list[str]:
    """Return the telephone numbers found in a text."""
    return [piece.number for piece in emergency(text).pieces if piece.number]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call the ward: +49 30 1234-567.", ["+49301234567"]),
        ("Ward (030) 123 45 67, at night 0170/1234567", ["0301234567", "01701234567"]),
        ("Call +49 (0)30 12345678 or 112.", ["+493012345678", "112"]),
        ("Dial 911", ["911"]),
        ("Call 144, day or night", ["144"]),
        ("Anything above 100 ml is urgent", []),
        ("Open 24 hours, 7 days, from 8:00 to 17:30", []),
        ("Valid from 2026-11-24 until 24.12.2026", []),
        ("More than 112 ml, or 112 % of it", []),
        ("Room 4711, floor 3", []),
        ("It is 1.112 or 112.5", []),
    ],
)
def test_telephone_numbers_are_found_and_other_numbers_are_not(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


def test_a_number_never_reaches_into_the_next_line() -> None:
    assert numbers("Ward 030 1234567\n112 for an ambulance") == ["0301234567", "112"]


def test_the_first_number_is_the_one_to_call() -> None:
    found = emergency("Call us: 030 1234567. Cannot breathe? 112")
    assert found.first is not None
    assert (found.first.words, found.first.number) == ("030 1234567", "0301234567")


def test_a_text_without_a_number_has_nobody_to_call() -> None:
    assert emergency("Come to the hospital at once.").first is None


@pytest.mark.parametrize("nothing", ["", "  \n "])
def test_where_a_team_wrote_nothing_its_patients_are_told_whom_to_call(nothing: str) -> None:
    found = emergency(nothing)
    assert (found.written, "".join(piece.words for piece in found.pieces)) == (False, me_words.CALL)


def test_a_team_may_say_itself_that_nobody_watches() -> None:
    assert emergency("This is not watched Around the Clock.").says_unwatched
    assert not emergency("Call 112.").says_unwatched


@pytest.mark.parametrize(("length", "short"), [(160, True), (161, False)])
def test_only_a_short_text_stands_on_every_page(length: int, short: bool) -> None:
    assert emergency("x" * length).short is short


@given(st.text(alphabet=st.sampled_from("0123456789 +()/-.\nabc"), max_size=60))
def test_no_word_of_a_teams_text_is_lost(text: str) -> None:
    found = emergency(text)
    said = "".join(piece.words for piece in found.pieces)
    assert said == (text.strip() or me_words.CALL)
    for piece in found.pieces:
        assert not piece.number or re.fullmatch(r"\+?\d{3}|\+?\d{6,}", piece.number)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (4, "Saturday 28\u00a0November"),
        (-2, "Sunday 22\u00a0November"),
        (40, "Sunday 3\u00a0January\u00a02027"),
    ],
)
def test_days_as_people_say_them(days: int, expected: str) -> None:
    assert day_words(TODAY + timedelta(days=days), TODAY) == expected


def test_every_regular_test_has_words_for_patients() -> None:
    assert set(TESTS) == {test.subject for test in monitoring.TESTS}


TEAMS = {
    "confirm_step", "decide_cortisol", "tuberculin", "verify_value", "episode", "held_rows", "lung_volumes", "film_conflict",
    "confirm_stage", "screening",
}  # fmt: skip
"""Kinds of to-do that are the team's own work."""


def test_every_kind_of_to_do_is_a_patients_or_left_out_on_purpose() -> None:
    assert set(REPEATS) | {"test"} == set(todos.KINDS) - TEAMS


@pytest.mark.parametrize("kind", todos.KINDS)
def test_a_to_do_is_told_without_its_reason(kind: str) -> None:
    todo = Todo(kind, "film" if kind == "test" else "7", "Hb 98 g/L is below the 95 % limit", TODAY, overdue=True)
    found = next_of(todo)
    if kind in TEAMS:
        assert found is None
        return
    assert found is not None
    assert (found.on, found.late) == (TODAY, True)
    assert "98" not in found.words
    assert "limit" not in found.words


def test_a_to_do_without_a_day_is_not_told() -> None:
    assert next_of(Todo("repeat_sputum", "1", "", None, overdue=False)) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (114.4, "lower than usual for you"),
        (114.5, "as usual for you"),
        (133.5, "as usual for you"),
        (133.6, "higher than usual for you"),
    ],
)
def test_how_a_value_stands_is_said_beside_the_own_range(value: float, words: str) -> None:
    assert usual(value, BAND) == words


def test_nothing_is_said_where_nothing_is_usual_yet() -> None:
    assert usual(98, None) == ""


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "evening"), (4, "morning"), (11, "morning"), (12, "afternoon"), (17, "afternoon"), (18, "evening")],
)
def test_greetings_follow_the_hour(hour: int, words: str) -> None:
    assert greeting(hour) == f"Good {words}"


def test_days_without_a_flare_are_counted_in_words() -> None:
    assert flare_words(1).endswith("for 1\u00a0day.")
    assert flare_words(88).endswith("for 88\u00a0days.")
