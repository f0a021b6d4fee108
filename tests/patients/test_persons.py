"""Whether a row is of the patient: birth date, sex and name, held where they do not fit, and never told."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.persons import PARTICLES, may_be_one
from patients.readings import RowState
from tests.patients.raws import WARNING, codes, framed, judged, raw, told

ANNA = framed(name="Anna Sommer")
FITS = [
    ("Anna Sommer", "Anna Sommer"),
    ("Sommer, Anna", "Anna Sommer"),
    ("SOMMER Anna", "Anna Sommer"),
    ("Sommer, A.", "Anna Sommer"),
    ("A. Sommer", "Anna Sommer"),
    ("A. S.", "Anna Sommer"),
    ("S.A.", "Anna Sommer"),
    ("Anna Sommer", "A. S."),
    ("Anna Sommer-Lang", "Anna Sommer"),
    ("Frau Dr. Sommer", "Anna Sommer"),
    ("Zoé Lefèvre", "LEFEVRE ZOE"),
    ("Muller", "Jörg Müller"),
    ("Joerg Mueller", "Jörg Müller"),
    ("Weiss", "Ida Weiß"),
    ("Иванова Анна", "Анна Иванова"),
    ("Иванова А.П.", "Анна Иванова"),
    ("Li", "Li Wei"),
    ("De La", "De La"),
]
OTHERS = [
    ("Jane Doe", "Anna Sommer"),
    ("Doe, J.", "Anna Sommer"),
    ("J. D.", "Anna Sommer"),
    ("A. D.", "Anna Sommer"),
    ("A. Doe", "Anna Sommer"),
    ("Winter, A.", "Anna Sommer"),
    ("Ann", "Anna Sommer"),
    ("Juan de Souza", "Maria de la Cruz"),
    ("Петрова Мария", "Анна Иванова"),
    ("Anonymous", "Anna Sommer"),
]


@pytest.mark.parametrize(("written", "known"), FITS)
def test_one_word_in_common_or_fitting_initials_are_enough(written: str, known: str) -> None:
    assert may_be_one(written, known)
    assert may_be_one(known, written)


@pytest.mark.parametrize(("written", "known"), OTHERS)
def test_nothing_in_common_is_somebody_else(written: str, known: str) -> None:
    assert not may_be_one(written, known)
    assert not may_be_one(known, written)


@pytest.mark.parametrize("written", ["", " ", "-", "–", "...", "12345", "unknown", "unbekannt"])
def test_a_name_that_says_nothing_fits_everybody(written: str) -> None:
    assert may_be_one(written, "Anna Sommer")


def test_whose_name_is_not_known_may_be_anybody() -> None:
    assert may_be_one("Jane Doe", "")


@given(st.lists(st.text("abcdefgäéñöü", min_size=2, max_size=9), min_size=1, max_size=4), st.randoms())
def test_order_case_signs_and_accents_make_nobody_else(words: list[str], shuffle: st.DataObject) -> None:
    mixed = [unicodedata.normalize("NFD", word).upper() for word in words]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined] # a random.Random
    assert may_be_one(", ".join(mixed), " ".join(words))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_are_compared_alike_from_both_sides(one: str, other: str) -> None:
    assert may_be_one(one, one)
    if one.strip() and other.strip() and all(letter.isalpha() or letter == " " for letter in one + other):
        assert may_be_one(one, other) == may_be_one(other, one)


@pytest.mark.parametrize("particle", sorted(PARTICLES))
def test_a_particle_is_nothing_in_common(particle: str) -> None:
    assert not may_be_one(f"Juan {particle} Ferrer", f"Maria {particle} Quint")


def test_a_row_with_another_name_is_held_and_the_message_says_neither() -> None:
    reading = judged(raw(person="Jane Doe"), ANNA)
    assert (reading.state, told(reading)) == (RowState.HELD, [("other_person", WARNING)])
    assert reading.issues[0].message == "The name is not that of this patient."
    assert reading.issues[0].original == reading.original  # the row as it stands in the file


@pytest.mark.parametrize("person", ["", "Anna Sommer", "Sommer, A."])
def test_a_row_with_the_right_name_or_none_is_as_before(person: str) -> None:
    reading = judged(raw(person=person), ANNA)
    assert (reading.state, reading.issues) == (RowState.ACCEPTED, ())


def test_without_a_name_of_the_patient_no_row_is_held_for_one() -> None:
    assert judged(raw(person="Jane Doe"), framed()).state is RowState.ACCEPTED


def test_each_thing_that_does_not_fit_is_told() -> None:
    frame = framed(name="Anna Sommer", birth_date=date(2015, 4, 17), sex="female")
    reading = judged(raw(person="Jim Doe", birth_date="2014-04-17", sex="m"), frame)
    assert codes(reading) == ["other_person"] * 3
    fitting = judged(raw(person="A. Sommer", birth_date="2015-04-17", sex="w"), frame)
    assert (fitting.state, fitting.issues) == (RowState.ACCEPTED, ())


def test_an_empty_row_of_somebody_else_says_nothing() -> None:
    assert judged(raw("", person="Jane Doe"), ANNA).state is RowState.SKIPPED
