"""Whatever a file or its name holds can be stored, and a name never becomes a path."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from patients.storable import file_name, storable

ANY_TEXT = st.text(st.characters(), max_size=400)


@given(ANY_TEXT)
def test_what_is_storable_is_valid_and_without_nul(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    assert kept.encode().decode() == kept
    assert len(kept) == len(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=100))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert storable(text) == text


def test_signs_stand_for_what_cannot_be_stored() -> None:
    assert storable("a\x00b\udc80") == "a␀b\N{REPLACEMENT CHARACTER}"


def test_a_text_is_cut_to_its_column() -> None:
    assert storable("Hämoglobin", 3) == "Häm"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "Ж\udfff\x00"])
def test_postgresql_takes_it(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text", [storable(text)])
        assert cursor.fetchone() == (storable(text),)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("labs.csv", "labs.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\labs.csv", "labs.csv"),
        ("/labs.csv", "labs.csv"),
        ("labs.csv/", "labs.csv"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("\x00", "file"),
        ("la\x00bs.csv", "labs.csv"),
        ("labs\r\nX-Header: 1.csv", "labsX-Header: 1.csv"),
        ("labs\N{RIGHT-TO-LEFT OVERRIDE}vsc.exe", "labsvsc.exe"),
        ("zero\N{ZERO WIDTH SPACE}width.csv", "zerowidth.csv"),
        ("Befund März.csv", "Befund März.csv"),
        ("анализ.csv", "анализ.csv"),
    ],
)
def test_a_file_name_is_its_last_part_as_it_can_be_shown(written: str, shown: str) -> None:
    assert file_name(written) == shown


def test_a_long_name_keeps_its_ending() -> None:
    assert file_name("x" * 400 + ".csv") == "x" * 251 + ".csv"
    assert len(file_name("x" * 400)) == 255
    assert len(file_name("x." + "y" * 400)) == 255


@given(ANY_TEXT)
def test_no_name_is_a_path_or_empty_or_too_long(written: str) -> None:
    shown = file_name(written)
    assert 0 < len(shown) <= 255
    assert not set(shown) & {"/", "\\", "\x00", "\n", "\r"}
    assert shown not in {".", ".."}
