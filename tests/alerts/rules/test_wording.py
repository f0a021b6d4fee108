"""Numbers and dates in sentences."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.wording import day, grams, limit_percent, listed, number, percent

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
