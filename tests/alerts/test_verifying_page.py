"""The table for a terminal, and the page of the documents, which is what the command prints now."""

import math
import re
from dataclasses import replace

import pytest

from alerts.agreements import Difference
from alerts.reference_cases import bundled
from alerts.verifying import SECTIONS, Agreement, Disagreement, verify
from alerts.verifying_page import CODE, WRAPPED, lines, page
from tests.documents import ROOT, text

GOOD = Agreement("rcv", 14, 14, 3.51e-10, 1e-6)
BAD = Agreement(
    "aki_alert", 5, 4, 1.0, 0.0, (Disagreement("aki_alert-02", Difference("stage", 1, 3, 2.0, agrees=False)),)
)


def test_the_page_of_the_documents_is_what_the_code_computes() -> None:
    sections = bundled()
    assert text("docs/verification.md") == page(sections, verify(sections)) + "\n", (
        "run: manage.py verify --markdown > docs/verification.md"
    )


def test_the_code_of_every_section_is_named_and_there() -> None:
    assert set(CODE) == set(SECTIONS)
    assert all((ROOT / path).is_file() for path in CODE.values())


@pytest.mark.parametrize("name", SECTIONS)
def test_the_code_that_is_named_computes_the_section(name: str) -> None:
    """The function of a section calls into the module that the page names."""
    module = CODE[name].removesuffix(".py").replace("/", ".")
    known = SECTIONS[name].__globals__
    sources = {getattr(value, "__module__", None) or getattr(value, "__name__", None) for value in known.values()}
    modules = {value.__name__ for value in known.values() if type(value).__name__ == "module"}
    assert module in sources | modules


def test_a_section_is_a_line_and_the_sum_is_the_last() -> None:
    assert list(lines([GOOD])) == [
        "section                    cases agreed largest difference tolerance",
        "rcv                           14     14              4e-10     1e-06",
        "14 of 14 cases in 1 sections agree",
    ]


def test_columns_stand_below_their_headings() -> None:
    head, *rows = list(lines([GOOD, BAD]))[:2]
    assert {len(line) for line in (head, *rows)} == {len(head)}


def test_what_disagrees_is_told_below_its_section() -> None:
    told = list(lines([BAD, GOOD]))
    assert told[1].split() == ["aki_alert", "5", "4", "1", "0"]
    assert told[2] == "  aki_alert-02: stage is 3, expected 1"
    assert told[-1] == "18 of 19 cases in 2 sections agree"


@pytest.mark.parametrize(
    ("size", "told"), [(0.0, "0"), (9e-13, "0"), (1.2e-12, "1e-12"), (0.00271, "0.003"), (math.inf, "none at all")]
)
def test_a_difference_is_told_to_one_digit(size: float, told: str) -> None:
    assert told in list(lines([replace(GOOD, largest_difference=size)]))[1]


def test_every_section_of_the_page_has_a_row_and_its_definition() -> None:
    words = text("docs/verification.md")
    rows = re.findall(r"^\| \[`(\w+)`\]\(#(\w+)\) \| ([^|]+) \|", words, re.MULTILINE)
    assert [name for name, _, _ in rows] == [section.name for section in bundled()]
    assert all(name == anchor and title.strip() for name, anchor, title in rows)
    assert re.findall(r"^## (\w+)$", words, re.MULTILINE) == [name for name, _, _ in rows]


def test_definitions_are_wrapped_and_whole() -> None:
    words = text("docs/verification.md")
    blocks = re.findall(r"```text\n(.*?)\n```", words, re.DOTALL)
    assert max(len(line) for block in blocks for line in block.splitlines()) <= WRAPPED
    assert [" ".join(block.split()) for block in blocks] == [" ".join(one.definition.split()) for one in bundled()]


def test_the_page_says_what_agreement_does_not_mean() -> None:
    words = " ".join(text("docs/verification.md").split())
    assert "It does not say that a threshold is right for a patient" in words
    assert "Not checked against their primary text" in words
