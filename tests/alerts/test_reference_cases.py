"""Files of reference cases: what comes with the code, every way in which a file can be wrong, and what a case gives."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.reference_cases import LUNG, NEEDED, Case, CaseError, Section, bundled, finite, parse
from tests.alerts.vectors import VECTORS

HEADINGS = ",".join(NEEDED)
ROW = "A1,GLI-2012,Caucasian,male,40,175,FEV1,L,3.5,0.001"


def made(**values: Any) -> Case:
    """Return a case."""
    return Case("x-01", values)


def document(**body: Any) -> bytes:
    """Return a JSON file with one section, `rcv`, of one case unless told otherwise."""
    section = {"tolerance": 1e-6, "cases": [{"id": "x-01"}], **body}
    return json.dumps({"sections": {"rcv": section}}).encode()


def refused(content: bytes) -> str:
    """Return why a file is refused."""
    with pytest.raises(CaseError) as caught:
        parse("mine", content)
    return str(caught.value)


def test_what_comes_with_the_code_is_complete() -> None:
    sections = bundled()
    assert len(sections) == 25
    assert [section.name for section in sections][-1] == LUNG
    assert sum(len(section.cases) for section in sections[:-1]) == 199
    assert len(sections[-1].cases) == 364
    assert all(section.definition and section.tolerance >= 0 for section in sections)


@pytest.mark.parametrize("name", VECTORS)
def test_what_other_tests_carry_is_what_comes_with_the_code(name: str) -> None:
    (section,) = [one for one in bundled() if one.name == name]
    assert [case.values for case in section.cases] == VECTORS[name]["cases"]
    assert (section.tolerance, section.definition) == (VECTORS[name]["tolerance"], VECTORS[name]["description"])


def test_no_two_cases_of_the_bundle_have_one_name() -> None:
    names = [case.id for section in bundled() for case in section.cases]
    assert len(set(names)) == len(names)


def test_a_json_file_holds_sections_with_their_tolerance() -> None:
    content = document(description="How.", tolerance=0, cases=[{"id": "a", "z": 1.5}, {"id": "b", "z": None}])
    (found,) = parse("mine", content)
    assert found == Section("rcv", (Case("a", {"id": "a", "z": 1.5}), Case("b", {"id": "b", "z": None})), 0.0, "How.")


def test_a_csv_file_is_one_section_with_the_widest_tolerance() -> None:
    rows = f"{HEADINGS},z\n{ROW},-0.5\nA2{ROW[2:-5]}0.005,\n".encode()
    (found,) = parse("mine", rows)
    assert (found.name, found.tolerance, len(found.cases)) == (LUNG, 0.005, 2)
    assert (found.cases[0].number("z"), found.cases[0].text("sex"), found.cases[1].has("z")) == (-0.5, "male", False)


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    (found,) = parse("mine", b"\xef\xbb\xbf" + f"{HEADINGS}\r\n{ROW}\r\n".encode())
    assert found.cases[0].id == "A1"
    assert parse("mine", b"\xef\xbb\xbf \n" + document())[0].name == "rcv"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither JSON nor a table with the columns id, equation"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"hello", "neither JSON nor a table"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "holds no sections"),
        (b"{}", "holds no sections"),
        (b'{"sections": []}', "holds no sections"),
        (b'{"sections": {}}', "holds no sections"),
        (b'{"sections": {"rcv": 1}}', "rcv is not an object"),
        (b'{"sections": {"rcv": {"tolerance": NaN, "cases": [{"id": "a"}]}}}', "NaN is not a finite number"),
        (
            b'{"sections": {"rcv": {"tolerance": 1e999, "cases": [{"id": "a"}]}}}',
            "rcv: tolerance is not a finite number",
        ),
        (b'{"sections": {"rcv": {"cases": [{"id": "a"}]}}}', "rcv: tolerance is missing"),
        (document(tolerance="1e-6"), "rcv: tolerance is not a number"),
        (document(tolerance=True), "rcv: tolerance is not a number"),
        (document(tolerance=-1), "rcv: tolerance is below zero"),
        (document(cases={}), "rcv: cases is not a list of 1 or more"),
        (document(cases=[]), "rcv: cases is not a list of 1 or more"),
        (document(cases=[1]), "rcv: cases is not an object"),
        (document(cases=[{}]), "rcv: cases 0: id is missing"),
        (document(cases=[{"id": 7}]), "rcv: cases 0: id is not a word"),
    ],
)
def test_a_malformed_json_file_is_named_with_its_reason(content: bytes, reason: str) -> None:
    found = refused(content)
    assert found.startswith("mine: ")
    assert reason in found


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (HEADINGS, "it holds no rows"),
        (HEADINGS.replace("sex,", "") + f"\n{ROW}", "a table with the columns sex"),
        (f"{HEADINGS}\n{ROW},1", "row 2: not as many cells as headings"),
        (f"{HEADINGS}\n{ROW}\nA2,GLI-2012", "row 3: not as many cells as headings"),
        (f"{HEADINGS}\n{ROW.replace('3.5', 'NaN')}", "A1: value is not a finite number"),
        (f"{HEADINGS}\n{ROW.replace('3.5', '-inf')}", "A1: value is not a finite number"),
        (f"{HEADINGS}\n{ROW.replace('3.5', '3,5 L'.replace(',', '.'))}", "A1: value is not a finite number"),
        (f"{HEADINGS}\n{ROW.replace('0.001', '')}", "A1: tolerance_z is missing"),
        (f'{HEADINGS}\n"A1', "mine: after line 1: unexpected end of data."),
    ],
)
def test_a_malformed_table_is_named_with_its_row(rows: str, reason: str) -> None:
    assert reason in refused(rows.encode())


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    try:
        found = parse("mine", content)
    except CaseError as error:
        found, said = [], str(error)
    assert found or said.startswith("mine: ")


@pytest.mark.parametrize(
    ("values", "ask", "reason"),
    [
        ({}, lambda case: case.number("z"), "z is missing"),
        ({"z": None}, lambda case: case.number("z"), "z is missing"),
        ({"z": "1"}, lambda case: case.number("z"), "z is not a number"),
        ({"z": False}, lambda case: case.number("z"), "z is not a number"),
        ({"z": float("nan")}, lambda case: case.number("z"), "z is not a finite number"),
        ({"z": 10**400}, lambda case: case.number("z"), "z is not a finite number"),
        ({"z": 1.5}, lambda case: case.whole("z"), "z is not a whole number from 0 to 100000"),
        ({"z": -1}, lambda case: case.whole("z"), "z is not a whole number from 0"),
        ({"z": 9}, lambda case: case.whole("z", least=1, most=8), "z is not a whole number from 1 to 8"),
        ({"z": 1}, lambda case: case.text("z"), "z is not a word"),
        ({"z": 1}, lambda case: case.flag("z"), "z is neither true nor false"),
        ({"z": 1}, lambda case: case.numbers("z"), "z is not a list of 1 or more"),
        ({"z": [1]}, lambda case: case.numbers("z", least=2), "z is not a list of 2 or more"),
        ({"z": [1, None]}, lambda case: case.numbers("z"), "z: 1 is missing"),
        ({"z": [1] * 101}, lambda case: case.numbers("z"), "z holds more than 100 numbers"),
        ({"z": [1]}, lambda case: case.parts("z"), "z is not an object"),
        ({"z": [1]}, lambda case: case.part("z"), "z is not an object"),
    ],
)
def test_what_a_case_does_not_give_is_named(values: dict[str, Any], ask: Callable[[Case], Any], reason: str) -> None:
    with pytest.raises(CaseError) as caught:
        ask(made(**values))
    assert str(caught.value).startswith(f"x-01: {reason}")


def test_what_a_case_gives_is_given() -> None:
    case = made(z=2, word="low", true=True, many=[1, 2.5], inside={"a": 1}, several=[{"b": 2}, {"b": 3}])
    assert (case.number("z"), case.whole("z"), case.number_or("other", 7.5), case.number_or("z", 7.5)) == (2, 2, 7.5, 2)
    assert (case.text("word"), case.flag("true"), case.numbers("many")) == ("low", True, [1.0, 2.5])
    assert case.part("inside").number("a") == 1
    assert [part.number("b") for part in case.parts("several")] == [2, 3]


def test_what_was_not_read_is_what_is_expected() -> None:
    case = made(id="x-01", z=2, note="by hand", source="a book", limit=1.0, fell=None)
    assert case.number("z") == 2
    assert list(case.unread()) == ["limit", "fell"]
    assert not case.has("fell")
    assert list(case.unread()) == ["limit"]


def test_parts_remember_what_was_read_of_them() -> None:
    case = made(inside={"a": 1, "b": 2}, several=[{"c": 3}])
    case.part("inside").number("a")
    case.parts("several")
    assert [list(part.unread()) for part in case.inner] == [["b"], ["c"]]
    assert [part.id for part in case.inner] == ["x-01: inside", "x-01: several 0"]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300))
def test_finite_lets_finite_numbers_through(value: float) -> None:
    assert finite(value, "it") == float(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_finite_lets_nothing_else_through(value: float) -> None:
    with pytest.raises(CaseError, match="it is not a finite number"):
        finite(value, "it")
