"""Numbers as laboratories write them: every locale, comparators, flags, and what is no number."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.parsers.numbers import NUMBER_LENGTH, Number, mark_of, parse_number

NARROW, THIN, NO_BREAK = "\u202f", "\u2009", "\u00a0"
LOCALES = {
    "plain point": ("", "."),
    "plain comma": ("", ","),
    "United States": (",", "."),
    "German": (".", ","),
    "Swiss": ("'", "."),
    "Swiss, curly": ("’", "."),
    "French": (NARROW, ","),
    "French, no-break": (NO_BREAK, ","),
    "SI": (THIN, "."),
    "Russian": (" ", ","),
}


def written(value: Decimal, group: str, mark: str) -> str:
    """Return a number as a locale writes it."""
    whole, _, decimals = f"{value:,f}".partition(".")
    return whole.replace(",", group) + (mark + decimals if decimals else "")


VALUES = st.decimals(min_value=-99_999_999, max_value=99_999_999, places=2, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("locale", LOCALES)
@given(value=VALUES)
def test_a_number_written_in_a_locale_is_read_back(locale: str, value: Decimal) -> None:
    group, mark = LOCALES[locale]
    assert parse_number(written(value, group, mark), mark) == Number(value)


@pytest.mark.parametrize("locale", LOCALES)
@given(value=VALUES)
def test_two_decimals_prove_their_mark(locale: str, value: Decimal) -> None:
    group, mark = LOCALES[locale]
    assert mark_of(written(value, group, mark)) == mark
    assert parse_number(written(value, group, mark), "") == Number(value)


@given(VALUES, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["", " ", "  "]))
def test_a_comparator_before_any_number_is_kept(value: Decimal, comparator: str, space: str) -> None:
    assert parse_number(f"{comparator}{space}{value}") == Number(value, comparator)


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("5", "", "5"),
        (" 13.3 ", ".", "13.3"),
        ("13,3", ",", "13.3"),
        ("0,5", "", "0.5"),
        (".5", ".", "0.5"),
        ("4.", ".", "4"),
        ("+4", ".", "4"),
        ("-4.5", ".", "-4.5"),
        ("−4,5", ",", "-4.5"),
        ("1234", ".", "1234"),
        ("1,234", ".", "1234"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1,234", ",", "1.234"),
        ("0.234", ",", "0.234"),
        ("1,234,567", "", "1234567"),
        ("1.234.567,8", "", "1234567.8"),
        ("1 234", "", "1234"),
        ("1'234.5", ".", "1234.5"),
        ("1e5", ".", "100000"),
        ("1.5E-3", ".", "0.0015"),
        ("2,5e3", ",", "2500"),
    ],
)
def test_what_number_a_text_is(text: str, mark: str, value: str) -> None:
    found = parse_number(text, mark)
    assert found is not None
    assert found.value == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "1,234", "999.999", "-1,234", "< 1.234", "1.234 g/L"])
def test_thousands_or_decimals_is_not_guessed_where_the_mark_is_unknown(text: str) -> None:
    assert parse_number(text, "") is None
    assert mark_of(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "neg", "NaN", "nan", "inf", "-inf", "Infinity", "1_0", "1__000", "0x10", "1e", "1e999", "e5", "1.5.3",
        "1,23,456", "1.23.45", "12.34.567,8", "1'23", "1 23", "5 6", "12 1", "--5", "+-5", "<", "<<5", "< >5", "5;6", "1/2",
        "1:40", "12:30", "2023-01-09", "09.01.2023", "5-10", "5-1", "0-1", "0-1 /HPF", "3..5", "1²", "½", "٣", "٣٫٥", "１２",
        "५", "四", "5?", "5 foo", "HH 5", "до 5", "siehe Kommentar", "10^9", "1e5e5", "100000000000000000000", "9" * 41,
        "\u202e5", "5\u200b", "5\x00", "=5", "'5", "$5",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", [".", ",", ""])
def test_what_is_no_number(text: str, mark: str) -> None:
    assert parse_number(text, mark) is None


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("<5", "<"),
        ("< 5", "<"),
        ("<=5", "<="),
        ("=<5", "<="),
        ("≤ 5", "<="),
        ("⩽5", "<="),
        ("> 5", ">"),
        (">=5", ">="),
        ("=>5", ">="),
        ("≥5", ">="),
        ("⩾ 5", ">="),
        ("less than 5", "<"),
        ("Greater than 5", ">"),
        ("more than 5", ">"),
        ("kleiner 5", "<"),
        ("kleiner als 5", "<"),
        ("unter 5", "<"),
        ("größer als 5", ">"),
        ("über 5", ">"),
        ("inférieur à 5", "<"),
        ("Inférieure à 5", "<"),
        ("inferieur a 5", "<"),
        ("supérieur à 5", ">"),
        ("менее 5", "<"),
        ("Более 5", ">"),
        ("5", ""),
    ],
)
def test_comparators_in_signs_and_words(text: str, comparator: str) -> None:
    assert parse_number(text) == Number(Decimal(5), comparator)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("9.8 L", "L"),
        ("9.8L", "L"),
        ("9.8 H", "H"),
        ("9.8 LL", "LL"),
        ("9.8HH", "HH"),
        ("9.8*", "*"),
        ("9.8 **", "**"),
        ("9.8 (L)", "L"),
        ("9.8(h)", "H"),
        ("9.8 (+)", "+"),
        ("9.8 +", "+"),
        ("9.8--", "--"),
        ("9.8↑", "↑"),
        ("9.8 ↓↓", "↓↓"),
        ("9.8 !", "!"),
        ("9.8 #", "#"),
    ],
)
def test_a_flag_glued_on_makes_a_proposal(text: str, flag: str) -> None:
    assert parse_number(text) == Number(Decimal("9.8"), flag=flag, doubt="glued")


@pytest.mark.parametrize(
    ("text", "flag", "unit"),
    [
        ("9.8 g/dL", "", "g/dL"),
        ("9.8g/dl", "", "g/dl"),
        ("9.8 %", "", "%"),
        ("9.8%", "", "%"),
        ("9.8 L/min", "", "L/min"),
        ("9.8 l", "", "l"),
        ("9.8 x10^9/L", "", "x10^9/L"),
        ("9.8 10^9/L", "", "10^9/L"),
        ("9.8 10⁹/L", "", "10⁹/L"),
        ("9.8 /nl", "", "/nl"),
        ("9.8 г/л", "", "г/л"),
        ("9.8 °C", "", "°C"),
        ("9.8 µmol/L", "", "µmol/L"),
        ("9.8 H g/dL", "H", "g/dL"),
        ("9.8 g/dL H", "H", "g/dL"),
        ("9.8 g/dL (L)", "L", "g/dL"),
        ("9.8 g/dL*", "*", "g/dL"),
        ("9.8 L/s L", "L", "L/s"),
        ("9.8 - g/dL", "-", "g/dL"),
    ],
)
def test_a_unit_behind_a_number_is_given_back(text: str, flag: str, unit: str) -> None:
    assert parse_number(text) == Number(Decimal("9.8"), flag=flag, unit=unit, doubt="glued" if flag else "")


@pytest.mark.parametrize("text", ["~98", "≈98", "ca. 98", "ca.98", "circa 98", "около 98", "env. 98"])
def test_an_approximate_number_is_a_proposal(text: str) -> None:
    assert parse_number(text) == Number(Decimal(98), doubt="approximate")


@pytest.mark.parametrize(
    ("text", "mark", "doubt"),
    [
        ("5,5", ".", "mark"),
        ("5.5", ",", "mark"),
        ("<0,5", ".", "mark"),
        ("9,8 L", ".", "mark"),
        ("1.234,5", ".", "separator"),
        ("1,234.5", ",", "separator"),
        ("1.234.567", ".", "separator"),
        ("1 234,5", ".", "separator"),
        ("1.234,5", ",", ""),
        ("1 234", ".", ""),
        ("5,5", "", ""),
        ("5.5", "", ""),
    ],
)
def test_a_mark_that_is_not_the_file_s_is_doubted(text: str, mark: str, doubt: str) -> None:
    found = parse_number(text, mark)
    assert found is not None
    assert found.doubt == doubt


@pytest.mark.parametrize(("text", "unit"), [("5 10*9/L", "10*9/L"), ("4.5 10^12/л", "10^12/л"), ("5 1012/L", "1012/L")])
def test_a_power_in_the_unit_is_no_group_of_thousands(text: str, unit: str) -> None:
    found = parse_number(text)
    assert found is not None
    assert (found.value, found.unit) == (Decimal(text.split()[0]), unit)


@pytest.mark.parametrize("text", ["5 103/µl", "250 103/µL", "5 109/L", f"5{NO_BREAK}106/µl"])
def test_a_superscript_that_was_lost_is_not_guessed(text: str) -> None:
    assert parse_number(text) is None  # five thousand, or five times ten to the third


def test_thousands_of_cells_are_read() -> None:
    assert parse_number("5 400/µl") == Number(Decimal(5400), unit="/µl")


@pytest.mark.parametrize(
    ("text", "mark"),
    [("13.3", "."), ("13,3", ","), ("1.234,5", ","), ("1,234.5", "."), ("1.234.567", ","), ("1,234,567", "."),
     ("1 234,56", ","), ("0.234", "."), ("12.34", "."), ("< 0,5", ","), ("13,3 g/dl", ","), ("5.", "."), ("9,8 L", ","),
     ("13", ""), ("1 234", ""), ("1'234", ""), ("neg", ""), ("", ""), ("1.5.3", ""), ("9" * 41, "")],
)  # fmt: skip
def test_which_mark_a_number_proves(text: str, mark: str) -> None:
    assert mark_of(text) == mark


@given(st.text(max_size=NUMBER_LENGTH + 10), st.sampled_from([".", ",", ""]))
def test_any_text_is_read_or_refused_and_never_raises(text: str, mark: str) -> None:
    found = parse_number(text, mark)
    assert mark_of(text) in {"", ".", ","}
    assert found is None or (found.value.is_finite() and Fraction(found.value) == found.value)


@given(st.text(alphabet="0123456789.,'’ -+<>=eE~*HLg/%dl\u202f²٣_", max_size=16), st.sampled_from([".", ",", ""]))
def test_a_number_read_never_has_other_digits_than_the_text(text: str, mark: str) -> None:
    found = parse_number(text, mark)
    if found is not None and "e" not in text.casefold():
        digits = "".join(letter for letter in text if letter in "0123456789")
        read = "".join(map(str, found.value.as_tuple().digits))
        assert digits.lstrip("0").startswith(read.lstrip("0"))


@given(VALUES, st.sampled_from([".", ",", ""]))
def test_space_around_a_number_changes_nothing(value: Decimal, mark: str) -> None:
    assert parse_number(f"  {value}\t", mark) == parse_number(str(value), mark)
