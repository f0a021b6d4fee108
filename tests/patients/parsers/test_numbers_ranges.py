"""Reference ranges as laboratories print them beside a result."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.parsers.numbers import NUMBER_LENGTH, Range, parse_range

PLACES = st.decimals(min_value=0, max_value=99_999, places=1, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "mark", "low", "high", "unit"),
    [
        ("11.5-15.0", ".", "11.5", "15.0", ""),
        ("11,5-15,0", ",", "11.5", "15.0", ""),
        ("115 - 150", ".", "115", "150", ""),
        ("3.9–5.3", ".", "3.9", "5.3", ""),
        ("3.9 — 5.3", ".", "3.9", "5.3", ""),
        ("0.5..2.0", ".", "0.5", "2.0", ""),
        ("0,5 … 2,0", ",", "0.5", "2.0", ""),
        ("3,5 bis 5,0", ",", "3.5", "5.0", ""),
        ("9 to 30", ".", "9", "30", ""),
        ("9 à 30", ",", "9", "30", ""),
        ("9 до 30", ",", "9", "30", ""),
        ("(11.5-15.0)", ".", "11.5", "15.0", ""),
        ("[0 - 5]", ".", "0", "5", ""),
        ("9 - 30 µg/dl", ".", "9", "30", "µg/dl"),
        ("115-150 (g/L)", ".", "115", "150", "g/L"),
        ("150-450 10*9/L", ".", "150", "450", "10*9/L"),
        ("0.5-2.0%", ".", "0.5", "2.0", "%"),
        ("1.000-2.000", ",", "1000", "2000", ""),
        ("1 000-2 000", ".", "1000", "2000", ""),
        ("5-5", ".", "5", "5", ""),
        ("<5", ".", None, "5", ""),
        ("< 0,5 mg/l", ",", None, "0.5", "mg/l"),
        ("<=5", ".", None, "5", ""),
        ("≤ 5", ".", None, "5", ""),
        ("up to 20", ".", None, "20", ""),
        ("bis 20", ",", None, "20", ""),
        ("jusqu'à 20", ",", None, "20", ""),
        ("до 20", ",", None, "20", ""),
        ("unter 20", ",", None, "20", ""),
        ("> 90", ".", "90", None, ""),
        ("≥60 mL/min", ".", "60", None, "mL/min"),
        ("über 60", ",", "60", None, ""),
        ("от 60", ",", "60", None, ""),
    ],
)
def test_printed_ranges(text: str, mark: str, low: str | None, high: str | None, unit: str) -> None:
    expected = Range(None if low is None else Decimal(low), None if high is None else Decimal(high), unit)
    assert parse_range(text, mark) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "negative", "siehe Befund", "5", "10-5", "-5-5", "-2 - 2", "M: 13-17", "13-17 male; 12-15 female", "13-17-20",
        "11.5-15.0 (Männer)", "<5 negativ", "1-", "-1", "<", "3/4", "1_0-2_0", "٣-٥", "2023-01-09", "4-10 103/µL", "< 5 106/µl",
        "5 - NaN", "see note 5", "1.2.3-4.5.6", "9" * 90,
    ],
)  # fmt: skip
def test_prose_and_two_numbers_out_of_order_are_no_range(text: str) -> None:
    assert parse_range(text, ".") is None


def test_a_range_whose_thousands_are_not_settled_is_none() -> None:
    assert parse_range("1.234-2.345", "") is None
    assert parse_range("1.234-2.345", ".") == Range(Decimal("1.234"), Decimal("2.345"))


@given(PLACES, PLACES, st.sampled_from(["-", " - ", "–", " to ", " bis ", ".."]), st.sampled_from([".", ","]))
def test_a_range_in_order_is_read_back_and_another_refused(
    low: Decimal, high: Decimal, between: str, mark: str
) -> None:
    text = f"{low}{between}{high}".replace("..", "\0").replace(".", mark).replace("\0", "..")
    found = parse_range(text, mark)
    assert found == (Range(low, high) if low <= high else None)


@given(PLACES, st.sampled_from([("<", False), (">", True), ("≤", False), ("bis ", False), ("от ", True)]))
def test_a_bound_leaves_the_other_end_open(bound: Decimal, sign: tuple[str, bool]) -> None:
    text, lower = sign
    assert parse_range(f"{text}{bound}") == (Range(bound, None) if lower else Range(None, bound))


@given(st.text(max_size=2 * NUMBER_LENGTH + 10), st.sampled_from([".", ",", ""]))
def test_any_text_is_read_or_refused_and_never_raises(text: str, mark: str) -> None:
    found = parse_range(text, mark)
    assert found is None or found.low is None or found.high is None or found.low <= found.high
