"""The shape that every parser yields, and the three weights of an issue."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields

import pytest

from patients.parsers.csv import CsvParser
from patients.parsers.raw import ORIGINAL_LENGTH, Parser, RawResult, error, information, warning
from patients.readings import Issue, IssueSeverity


@pytest.mark.parametrize(
    ("make", "severity"),
    [(error, IssueSeverity.ERROR), (warning, IssueSeverity.WARNING), (information, IssueSeverity.INFORMATION)],
)
def test_an_issue_has_its_place_its_weight_and_a_bounded_original(
    make: Callable[..., Issue], severity: IssueSeverity
) -> None:
    issue = make("7", "Value", "odd", "This is odd.", "x" * 10_000)
    assert issue == Issue("7", "Value", "odd", severity, "This is odd.", "x" * ORIGINAL_LENGTH)
    assert make("", "", "odd", "This is odd.").original == ""


def test_a_result_is_text_only_and_cannot_be_changed() -> None:
    raw = RawResult("1", value="13.3")
    given = {one.name: getattr(raw, one.name) for one in fields(raw) if one.name != "issues"}
    assert {type(value) for value in given.values()} == {str}
    assert raw.decimal_mark == "."
    with pytest.raises(FrozenInstanceError):
        raw.value = "14"  # type: ignore[misc]


def test_the_parser_of_tables_is_a_parser() -> None:
    parser: Parser = CsvParser()
    assert parser.name == "csv"
