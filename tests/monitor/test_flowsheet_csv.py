"""The flowsheet as a file: what a spreadsheet reads, and what it never takes for a formula."""

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.flowsheet import Result, Sheet, flowsheet
from monitor.flowsheet_csv import BYTE_ORDER_MARK, DANGEROUS, safe, sheet_csv, value_of
from tests.alerts.rules.histories import WOMAN
from tests.monitor.test_flowsheet import result, sheet


def lines(of: Sheet) -> list[list[str]]:
    """Return the file as a program reads it."""
    text = sheet_csv(of)
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def test_a_line_is_a_day_and_a_column_an_analyte() -> None:
    found = lines(sheet(result(124), result(9.25, code="FE"), result(98, days=2)))
    assert found == [
        ["Date", "Time", "Hemoglobin [g/L]", "Serum iron [umol/L]", "Notes"],
        ["2026-03-05", "", "98", "", "Hemoglobin: low"],
        ["2026-03-03", "", "124", "9.25", ""],
    ]


def test_lines_end_as_the_standard_says() -> None:
    assert sheet_csv(sheet(result(124))).count("\r\n") == 2
    assert "\n" not in sheet_csv(sheet(result(124))).replace("\r\n", "")


def test_a_repeated_test_has_its_time() -> None:
    found = lines(sheet(result(124), result(112, days=0.5)))
    assert [line[:3] for line in found[1:]] == [["2026-03-03", "20:00", "112"], ["2026-03-03", "08:00", "124"]]


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"usable": False}, "preliminary"),
        ({"unconfirmed": True}, "unconfirmed"),
        ({"computed": True}, "computed"),
        ({"corrected": True, "unconfirmed": True}, "corrected, unconfirmed"),
    ],
)
def test_what_is_to_be_known_of_a_value_stands_in_the_notes(fields: dict[str, Any], note: str) -> None:
    found = lines(sheet(result(130, **fields), result(9, code="FE")))
    assert found[1][-1] == f"Hemoglobin: {note}"


def test_notes_of_several_values_are_parted() -> None:
    found = lines(sheet(result(98), result(1, code="FE")))
    assert found[1][-1] == "Hemoglobin: low; Serum iron: low"


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (result(124.0), "124"),
        (result(0.123456789), "0.123456789"),
        (result(5, comparator="<"), "<5"),
        (result(None, text="negative"), "negative"),
        (result(1234567.0), "1234567"),
    ],
)
def test_a_value_keeps_every_digit_its_sign_or_its_words(one: Result, text: str) -> None:
    assert value_of(one) == text


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_made_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "124", "-3.5", "<5", ">= 200", "1e-05", "negative", "Hemoglobin [g/L]", "2026-03-03"]
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(st.text())
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    found = safe(text)
    assert found in (text, f"'{text}")
    assert not found.lstrip().startswith(("=", "+", "@"))
    assert not found.lstrip().startswith("-") or re.fullmatch(r"-\d[\d.]*(e[+-]?\d+)?", found)


@given(st.sampled_from(DANGEROUS), st.text(alphabet="abc!|'=()", min_size=1))
def test_a_formula_is_never_left(sign: str, rest: str) -> None:
    assert safe(sign + rest) == f"'{sign}{rest}"


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5))
def test_whatever_a_laboratory_wrote_is_read_back(texts: list[str]) -> None:
    """Quotes, separators and line ends within a result do not break the file."""
    results = [result(None, text=text, id=place, code="ANCA", days=place) for place, text in enumerate(texts)]
    found = lines(flowsheet(results, WOMAN, today=date(2026, 3, 10)))
    read = [
        line[2].removeprefix("'") if safe(text) != text else line[2]
        for line, text in zip(found[1:], reversed(texts), strict=True)
    ]
    assert read == list(reversed(texts))


def test_an_empty_sheet_is_a_heading() -> None:
    assert lines(Sheet()) == [["Date", "Time", "Notes"]]
