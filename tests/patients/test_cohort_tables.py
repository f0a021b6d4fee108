"""Cohort files as tables: what is CSV of the right heading, and what each kind of cell can hold."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.cohort_tables import (
    EVENTS,
    PATIENTS,
    RESULTS,
    TABLES,
    TREATMENTS,
    Cells,
    Line,
    Table,
    UnreadableTableError,
    instant,
    read,
    write,
)
from patients.readings import Issue, IssueSeverity
from tests.patients.cohort_folders import NOW, table

PLAIN = Table("plain.csv", ("a", "b"), ("c",))
BERLIN, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Chicago")
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def lines(content: bytes, of: Table = PLAIN) -> list[Line]:
    """Return the lines of a file of which nothing is wrong."""
    found = list(read(content, of))
    assert not [one for one in found if isinstance(one, Issue)]
    return [one for one in found if isinstance(one, Line)]


def issues(content: bytes, of: Table = PLAIN) -> list[Issue]:
    """Return what is wrong with a file."""
    return [one for one in read(content, of) if isinstance(one, Issue)]


def refused(content: bytes, of: Table = PLAIN) -> Issue:
    """Return why a file is no table."""
    with pytest.raises(UnreadableTableError) as caught:
        list(read(content, of))
    assert caught.value.file == of.file
    return caught.value.issue


def cells(**values: str) -> Cells:
    """Return the cells of one line."""
    return Cells(Line("7", {name: place for place, name in enumerate(values)}, tuple(values.values())))


def codes(of: Cells) -> list[tuple[str, str]]:
    """Return column and code of what is wrong."""
    return [(issue.column, issue.code) for issue in of.issues]


def test_lines_know_their_row_and_their_cells() -> None:
    one, two = lines(b'a,b\r\n1,"x, ""y"""\r\n2,\r\n')
    assert (one.row, one["a"], one["b"]) == ("2", "1", 'x, "y"')
    assert (two.row, two["b"]) == ("3", "")


def test_a_column_that_the_file_lacks_is_blank() -> None:
    assert lines(b"a,b\n1,2\n")[0]["c"] == ""


def test_columns_may_stand_in_any_order() -> None:
    assert lines(b"c,b,a\n3,2,1\n")[0]["a"] == "1"


def test_a_cell_of_several_lines_moves_the_rows_that_follow() -> None:
    one, two = lines(b'a,b\n"first\nsecond",x\n2,y\n')
    assert (one.row, two.row) == ("2", "4")


def test_blank_lines_are_none_but_count() -> None:
    one, two = lines(b"a,b\n\n1,2\n\n\n3,4\n")
    assert (one.row, two.row) == ("3", "6")


def test_a_byte_order_mark_is_no_part_of_the_heading() -> None:
    assert lines(b"\xef\xbb\xbfa,b\n1,2\n")[0]["a"] == "1"


def test_a_heading_alone_is_an_empty_table() -> None:
    assert lines(b"a,b\n") == []


def test_a_line_of_another_length_is_an_issue_and_the_next_is_read() -> None:
    short, long, good = read(b"a,b\n1\n1,2,3\n4,5\n", PLAIN)
    assert isinstance(short, Issue)
    assert isinstance(long, Issue)
    assert (short.row, short.code, short.original) == ("2", "wrong_length", "1")
    assert (long.row, long.message, long.original) == ("3", "This line has 3 cells, the heading 2.", "1,2,3")
    assert isinstance(good, Line)
    assert good.row == "4"


def test_a_column_that_nobody_knows_is_told_and_not_dropped_in_silence() -> None:
    (issue,) = issues(b"a,b,height\n1,2,3\n")
    assert (issue.row, issue.column, issue.code) == ("1", "height", "unknown_column")
    assert issue.severity is IssueSeverity.WARNING


@pytest.mark.parametrize(
    ("content", "row", "code"),
    [
        (b"", "", "no_heading"),
        (b"\n\n", "", "no_heading"),
        (b"a\n1\n", "1", "missing_column"),
        (b"a,b,a\n1,2,3\n", "1", "repeated_column"),
        (b"a,b\n1,2\n3,\xff\n", "3", "not_utf8"),
        (b'a,b\n1,2\n3,"open\n4,5\n', "3", "not_csv"),
        (b'a,b\n1,"x"y\n', "2", "not_csv"),
        ("a,b\n1,2\n".encode("utf-16"), "1", "not_utf8"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(content: bytes, row: str, code: str) -> None:
    issue = refused(content)
    assert (issue.row, issue.code, issue.severity) == (row, code, IssueSeverity.ERROR)


def test_a_refusal_names_what_is_missing() -> None:
    assert refused(b"patient,kind\n", EVENTS).message == "The heading lacks effective_at, recorded_at, findings."


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = list(read(content, PLAIN))
    except UnreadableTableError:
        return
    assert all(one.row.isdigit() for one in found)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    assert write(({"a": a, "b": b} for a, b in rows), PLAIN, text) == len(rows)
    found = lines(text.getvalue().encode())
    assert [(one["a"], one["b"]) for one in found] == rows


def test_an_optional_column_is_written_where_it_is_asked_for() -> None:
    text = io.StringIO()
    write([{"a": "1", "b": "2", "c": "3", "d": "4"}, {"a": "5", "b": "6"}], PLAIN, text, optional=["c"])
    assert text.getvalue() == "a,b,c\r\n1,2,3\r\n5,6,\r\n"


def test_the_original_of_a_line_is_bounded_csv() -> None:
    line = lines(b'a,b\n"x,y",2\n')[0]
    assert line.original == '"x,y",2'
    assert len(Line("2", {"a": 0}, ("z" * 9000,)).original) == 500


def test_every_table_names_the_patient_first() -> None:
    assert [one.always[0] for one in TABLES] == ["patient"] * 4
    assert RESULTS.columns[-4:] == ("comparator", "specimen", "performer", "retracted_at")
    assert {"every_days", "recorded_at", "plan"} <= set(TREATMENTS.optional)
    assert PATIENTS.optional == ()


def test_a_text_is_bounded_and_may_be_needed() -> None:
    found = cells(long="x" * 9, nul="a\0b", blank=" ", good="ok")
    for name in ("long", "nul", "good"):
        found.text(name, 8)
    found.text("blank", 8, needed=True)
    assert codes(found) == [("long", "too_long"), ("nul", "invalid_text"), ("blank", "missing_value")]
    assert found.failed


def test_a_choice_is_one_of_the_words() -> None:
    found = cells(good="taken", wrong="Taken", blank="")
    assert found.choice("good", ("planned", "taken")) == "taken"
    for name in ("wrong", "blank"):
        found.choice(name, ("planned", "taken"))
    found.choice("blank", ("", "male"), needed=False)
    assert codes(found) == [("wrong", "invalid_value"), ("blank", "missing_value")]
    assert found.issues[0].message == "Allowed: planned, taken."


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5.0), ("-2.50", -2.5), ("+1e2", 100.0), ("0.001", 0.001), ("", None), ("100", 100.0)]
)
def test_a_number_has_a_point(text: str, value: float | None) -> None:
    found = cells(x=text)
    assert found.number("x", -5, 100) == value
    assert not found.failed


@pytest.mark.parametrize(
    "text", ["5,2", " 5", "5 ", ".5", "5.", "1_0", "nan", "inf", "٣", "0x1", "--1", "1e", "1e9999"]
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    found = cells(x=text)
    assert found.number("x", -5, 100) is None
    assert codes(found) == [("x", "invalid_number")]


@pytest.mark.parametrize("text", ["100.1", "-6", "1e999"])
def test_a_number_has_limits(text: str) -> None:
    found = cells(x=text)
    assert found.number("x", -5, 100) is None
    assert codes(found) == [("x", "outside_limits")]


def test_a_day_is_an_iso_date() -> None:
    found = cells(good="2026-03-03", blank="", wrong="03.03.2026", impossible="2026-02-30", old="1066-10-14")
    assert found.day("good") == date(2026, 3, 3)
    assert found.day("blank") is None
    for name in ("wrong", "impossible", "old"):
        assert found.day(name) is None
    found.day("blank", needed=True)
    assert codes(found) == [
        ("wrong", "invalid_date"),
        ("impossible", "invalid_date"),
        ("old", "invalid_date"),
        ("blank", "missing_value"),
    ]


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-03", BERLIN, (datetime(2026, 3, 2, 23, tzinfo=UTC), "day")),  # CET is UTC+1
        ("2026-07-03", CHICAGO, (datetime(2026, 7, 3, 5, tzinfo=UTC), "day")),  # CDT is UTC−5
        ("2026-03-03T08:00Z", BERLIN, (datetime(2026, 3, 3, 8, tzinfo=UTC), "minute")),
        ("2026-03-03T08:00:30+02:00", BERLIN, (datetime(2026, 3, 3, 6, 0, 30, tzinfo=UTC), "minute")),
        ("2026-03-03 08:00:00+00:00", BERLIN, (datetime(2026, 3, 3, 8, tzinfo=UTC), "minute")),
        ("2026-07-03T08:00", CHICAGO, (datetime(2026, 7, 3, 13, tzinfo=UTC), "minute")),
        ("2026-03-03T00:00", BERLIN, (datetime(2026, 3, 2, 23, tzinfo=UTC), "minute")),
        ("1776-07-04", CHICAGO, None),
        ("2026-03", BERLIN, None),
        ("2026-03-03T25:00", BERLIN, None),
        ("9999-12-31T23:59-14:00", BERLIN, None),
        ("yesterday", BERLIN, None),
    ],
)
def test_an_instant_is_iso_in_the_patients_zone(text: str, zone: ZoneInfo, expected: object) -> None:
    assert instant(text, zone) == expected


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_instants(text: str) -> None:
    found = instant(text, BERLIN)
    assert found is None or found[0].tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-11-24T09:01Z", "in_the_future"), ("2026-11-25", "in_the_future"), ("soon", "invalid_time")],
)
def test_a_moment_is_known_and_past(text: str, code: str) -> None:
    found = cells(x=text)
    assert found.moment("x", BERLIN, NOW) == (NOW, "minute")
    assert codes(found) == [("x", code)]


def test_a_blank_moment_is_now_unless_it_is_needed() -> None:
    found = cells(x="")
    assert found.moment("x", BERLIN, NOW) == (NOW, "minute")
    assert not found.issues
    found.moment("x", BERLIN, NOW, needed=True)
    assert codes(found) == [("x", "missing_value")]


def test_an_issue_carries_row_and_line() -> None:
    found = cells(x="a", y="b,c")
    found.note("y", "odd", "Odd.", IssueSeverity.INFORMATION)
    assert found.issues == [Issue("7", "y", "odd", IssueSeverity.INFORMATION, "Odd.", 'a,"b,c"')]
    assert not found.failed


def test_the_folder_of_the_tests_is_csv_as_python_reads_it() -> None:
    written = table(("a", "b"), ("1", 'x"y'))
    assert list(csv.reader(io.StringIO(written.decode()))) == [["a", "b"], ["1", 'x"y']]
