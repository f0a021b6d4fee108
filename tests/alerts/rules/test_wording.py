"""Numbers and dates in sentences."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.wording import day, first_sentence, grams, limit_percent, listed, number, percent

NB = "\u00a0"


@pytest.mark.parametrize(
    ("value", "text"), [(98, "98"), (98.0, "98"), (98.44, "98.4"), (139.5, "139.5"), (-3.2, "−3.2"), (0.04, "0")]
)
def test_numbers_have_one_decimal_at_most(value: float, text: str) -> None:
    assert number(value) == text


def test_a_unit_never_leaves_its_number() -> None:
    assert grams(98) == f"98{NB}g/L"
    assert percent(21.4) == f"21{NB}%"
    assert limit_percent(10) == f"10.0{NB}%"


@pytest.mark.parametrize(("value", "text"), [(9.94, "9.9"), (10.4, "10"), (-20.97, "−21"), (-5.5, "−5.5"), (0, "0")])
def test_percentages_are_whole_from_ten_on(value: float, text: str) -> None:
    assert percent(value) == f"{text}{NB}%"


def test_a_day_is_the_patients_own() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert day(late, "UTC") == f"2{NB}Mar{NB}2026"
    assert day(late, "Europe/Berlin") == f"3{NB}Mar{NB}2026"
    assert day(late, "America/New_York") == f"2{NB}Mar{NB}2026"
    assert day(late, "") == f"2{NB}Mar{NB}2026"


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["one"], "one"), (["one", "two"], "one and two"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined_as_a_sentence_has_them(words: list[str], text: str) -> None:
    assert listed(words) == text


@given(st.floats(-300, 300))
def test_no_hyphen_stands_for_a_minus(value: float) -> None:
    for text in (number(value), grams(value), percent(value)):
        assert "-" not in text
        assert " " not in text


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Hb 98.5 g/L on 3 Mar 2026, 21 % below 124. More.", "Hb 98.5 g/L on 3 Mar 2026, 21 % below 124."),
        ("Shadows moved: new in one zone; gone in none. 2 count.", "Shadows moved: new in one zone; gone in none."),
        ("Silent bleeding? Again on 3 Mar 2026.", "Silent bleeding?"),
        ("One line.\nAnother.", "One line."),
        ("Without an end", "Without an end"),
        ("", ""),
    ],
)
def test_the_first_sentence_ends_where_it_ends(words: str, first: str) -> None:
    assert first_sentence(words) == first


@given(st.lists(st.text("abc 1.5:;()", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=4))
def test_the_first_sentence_is_the_beginning_and_has_one_end(parts: list[str]) -> None:
    words = ". ".join(parts) + "."
    first = first_sentence(words)
    assert words.startswith(first)
    assert first.endswith(".")
    assert not re.search(r"[^.]\.\s", first)
