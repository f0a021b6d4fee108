"""Hostile files, read by the real child within its limits: one ends as issues, or is refused; the parent goes on."""

import time

import pytest

from patients.parsers.raw import RawResult
from patients.readings import Issue
from patients.sandbox import LIMITS, Limits, Unreadable, parse

HEADINGS = b"Date,Test,Result,Unit\n"
ROW = b"2024-03-18,Hemoglobin,9.8,g/dL\n"
CELL = 9_900_000


def outcome(content: bytes, *, limits: Limits = LIMITS) -> tuple[str, int]:
    """Return how a file ends, "read" or why not, and how many results it gave."""
    try:
        parsed = parse(content, "labs.csv", limits=limits)
    except Unreadable as reason:
        return reason.code, 0
    return "read", sum(isinstance(item, RawResult) for item in parsed.items)


def issues(content: bytes) -> list[Issue]:
    return [item for item in parse(content, "labs.csv").items if isinstance(item, Issue)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_is_read(encoding: str) -> None:
    assert outcome((HEADINGS + ROW * 3).decode().encode(encoding)) == ("read", 3)


def test_a_nul_in_a_cell_is_told_and_kept_out() -> None:
    (result,) = parse(HEADINGS + b"2024-03-18,Hemo\0globin,9.8,g/dL\n", "labs.csv").items
    assert isinstance(result, RawResult)
    assert [issue.code for issue in result.issues] == ["nul_byte"]
    assert "\0" not in result.name


def test_an_unclosed_quote_costs_its_own_line_and_is_told_with_its_number() -> None:
    content = HEADINGS + b'2024-03-18,"Hemoglobin,9.8,g/dL\n' + ROW
    broken, good = parse(content, "labs.csv").items
    assert isinstance(broken, RawResult)
    assert isinstance(good, RawResult)
    assert [(issue.row, issue.code) for issue in broken.issues] == [("2", "unclosed_quote")]
    assert (broken.value, good.row, good.issues) == ("", "3", ())


@pytest.mark.parametrize(
    "cell", [b"9" * CELL, b'"' + b"9" * CELL + b'"', b'"' * CELL], ids=["bare", "quoted", "quotes"]
)
def test_a_cell_of_ten_megabytes_ends_in_time(cell: bytes) -> None:
    started = time.monotonic()
    code, results = outcome(HEADINGS + b"2024-03-18,Hemoglobin," + cell + b",g/dL\n")
    assert (code, results) in {("read", 0), ("read", 1)}
    assert time.monotonic() - started < LIMITS.wall_seconds


def test_more_rows_than_allowed_are_refused_and_not_read_on() -> None:
    assert outcome(HEADINGS + ROW * 30_000, limits=Limits(rows=500)) == ("too_large", 0)


@pytest.mark.parametrize(
    "content", [HEADINGS + b",,9.8,\n" * 1_000_000, b'"' + b"\n" * CELL], ids=["rows", "lines in a quote"]
)
def test_a_million_rows_end_with_the_time_they_are_given(content: bytes) -> None:
    assert outcome(content, limits=Limits(cpu_seconds=1)) == ("too_slow", 0)


def test_reading_that_needs_more_memory_than_there_is_ends_as_too_large() -> None:
    content = HEADINGS + b"1\n" * 4_000_000
    assert outcome(content, limits=Limits(memory_bytes=64 * 1024 * 1024)) == ("too_large", 0)


def test_reading_that_needs_more_time_than_there_is_ends_as_too_slow() -> None:
    content = HEADINGS + ROW * 250_000
    assert outcome(content, limits=Limits(cpu_seconds=1)) == ("too_slow", 0)


SHAPES = [
    b"," * 500_000, b"a" + b",a" * 500_000, b'"a\n' * 5_000, b"sep=\0\n" + ROW, HEADINGS + b"\r" * 100_000, HEADINGS * 5_000,
    HEADINGS + b"=cmd|' /C calc'!A0,@SUM(1+1),+1,-1\n", b"\xff\xfe" + b"\xd8\x00" * 1000, b"\xef\xbb\xbf",
    b"(" * 100_000 + b"\n", b"Test,Result\n" + b"[" * 300 + b"a" * 300 + b"],1\n",
]  # fmt: skip


@pytest.mark.parametrize("content", SHAPES, ids=lambda content: repr(content[:12]))
def test_no_shape_of_a_table_breaks_the_reader(content: bytes) -> None:
    assert outcome(content)[0] == "read"
