"""A table of cells read as results: every cell in its place, by what the whole table shows of marks and dates."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.parsers.raw import RawResult
from patients.parsers.tables import CLEAR_MAJORITY, read_table
from patients.readings import Issue, IssueSeverity

LONG = "Date|Test|Result|Unit|Range\n"
DAYS = [f"{day:02}.01.2023" for day in range(1, 29)]


def rows(text: str) -> list[tuple[str, list[str]]]:
    """Return rows of cells divided by `|`, numbered from 1."""
    return [(str(number), line.split("|")) for number, line in enumerate(text.splitlines(), start=1)]


def read(text: str) -> list[RawResult]:
    """Return the results of a table."""
    return [item for item in read_table(rows(text)) if isinstance(item, RawResult)]


def issues(text: str) -> list[Issue]:
    """Return the issues of a table, those of its results among them."""
    found: list[Issue] = []
    for item in read_table(rows(text)):
        found += [item] if isinstance(item, Issue) else item.issues
    return found


def seen(text: str) -> list[tuple[str, str, str]]:
    """Return row, column and code of every issue."""
    return [(issue.row, issue.column, issue.code) for issue in issues(text)]


def test_a_line_of_a_long_table_is_one_result_as_written() -> None:
    text = (
        "Patient ID|Geburtsdatum|Geschlecht|Datum|Uhrzeit|Code|Parameter|Operator|Ergebnis|Einheit|Referenzbereich|Bewertung"
        "|Status|Material|Labor|Befunddatum|Gruppe\n"
        "P-7|17.04.2015|w|09.01.2023|08:47|718-7|Hämoglobin|<|13,3|g/dl|11,5-15,0|-|Endbefund|Blut|Labor Nord|10.01.2023|Blutbild"
    )
    (raw,) = read(text)
    assert raw == RawResult(
        row="2", column="Ergebnis", patient="P-7", birth_date="2015-04-17", sex="w", code="718-7", name="Hämoglobin",
        value="13,3", unit="g/dl", decimal_mark=",", comparator="<", effective_at="2023-01-09T08:47", issued_at="2023-01-10",
        status="Endbefund", specimen="Blut", category="Blutbild", performer="Labor Nord", reference="11,5-15,0",
        interpretation="-", original="P-7;17.04.2015;w;" + text.splitlines()[1].replace("|", ";").split(";", 3)[3],
    )  # fmt: skip


def test_sdtm_keeps_the_original_result_and_falls_back_on_the_standard_one() -> None:
    text = (
        "USUBJID|LBTESTCD|LBTEST|LBORRES|LBORRESU|LBORNRLO|LBORNRHI|LBSTRESN|LBSTRESU|LBNRIND|LBDTC\n"
        "01-701|HGB|Hemoglobin|14.3|g/dL|11.5|15.8|8.87|mmol/L|NORMAL|2013-12-26T14:45\n"
        "01-701|HGB|Hemoglobin||||| 8.32 |mmol/L||2014-01-16T13:17"
    )
    one, two = read(text)
    assert (one.value, one.unit, one.reference_low, one.reference_high) == ("14.3", "g/dL", "11.5", "15.8")
    assert (one.patient, one.code, one.effective_at, one.interpretation) == (
        "01-701",
        "HGB",
        "2013-12-26T14:45",
        "NORMAL",
    )
    assert (two.value, two.unit) == ("8.32", "mmol/L")


def test_synthea_keeps_its_zone() -> None:
    text = (
        "DATE|PATIENT|ENCOUNTER|CATEGORY|CODE|DESCRIPTION|VALUE|UNITS|TYPE\n"
        "2021-08-23T03:26:50Z|593aaa05|33dc326d|laboratory|718-7|Hemoglobin [Mass/volume] in Blood|17.2|g/dL|numeric"
    )
    (raw,) = read(text)
    assert (raw.effective_at, raw.code, raw.value, raw.unit) == ("2021-08-23T03:26:50Z", "718-7", "17.2", "g/dL")
    assert (raw.decimal_mark, raw.category) == (".", "laboratory")


def test_a_wide_line_is_a_result_for_every_measured_column_empty_ones_too() -> None:
    found = read("Date|Hemoglobin (g/dL)|Comment|Ferritin\n|||ng/mL\n2023-01-09|13.3|well|\n2023-01-23||| 30 ")
    assert [(raw.row, raw.column, raw.name, raw.unit, raw.value) for raw in found] == [
        ("3", "Hemoglobin (g/dL)", "Hemoglobin", "g/dL", "13.3"),
        ("3", "Ferritin", "Ferritin", "ng/mL", ""),
        ("4", "Hemoglobin (g/dL)", "Hemoglobin", "g/dL", ""),
        ("4", "Ferritin", "Ferritin", "ng/mL", "30"),
    ]


def test_a_line_of_a_transposed_table_is_a_result_for_every_date() -> None:
    found = read("Parameter|Einheit|Norm|09.01.23|23.01.23\nHb|g/dL|11,5-15,0|13,8|\nEisen (µmol/l)|||9,1|8")
    assert [(raw.row, raw.column, raw.name, raw.unit, raw.reference, raw.value, raw.effective_at) for raw in found] == [
        ("2", "09.01.23", "Hb", "g/dL", "11,5-15,0", "13,8", "2023-01-09"),
        ("2", "23.01.23", "Hb", "g/dL", "11,5-15,0", "", "2023-01-23"),
        ("3", "09.01.23", "Eisen", "µmol/l", "", "9,1", "2023-01-09"),
        ("3", "23.01.23", "Eisen", "µmol/l", "", "8", "2023-01-23"),
    ]


def test_a_preamble_stands_in_where_the_lines_say_nothing() -> None:
    head = "MRN: 1006\nDOB: 2015-04-17\nSex: female\nSpecimen: Serum\nLaboratory: North\nCollection date: 2023-01-09\n"
    (raw,) = read(head + "Test|Result|Unit\nHb|98|g/L")
    assert (raw.patient, raw.birth_date, raw.sex, raw.specimen) == ("1006", "2015-04-17", "female", "Serum")
    assert (raw.performer, raw.effective_at) == ("North", "2023-01-09")


def test_what_a_line_says_goes_before_the_preamble() -> None:
    (raw,) = read("MRN: 1006\nSpecimen: Serum\nPatient ID|Test|Result|Specimen\nP2|Hb|98|Blood")
    assert (raw.patient, raw.specimen) == ("P2", "Blood")


def test_headings_repeated_and_blank_lines_hold_no_result() -> None:
    found = read(LONG + "2023-01-09|Hb|98|g/L|\n||||\n\n" + LONG + "2023-01-10|Hb|97|g/L|")
    assert [(raw.row, raw.value) for raw in found] == [("2", "98"), ("6", "97")]


def test_headings_repeated_in_a_transposed_table_hold_no_result() -> None:
    found = read("Datum|09.01.2023|23.01.2023\nHb|13,8|13,1\nDatum|09.01.2023|23.01.2023\nFerritin|30|31")
    assert [raw.name for raw in found] == ["Hb", "Hb", "Ferritin", "Ferritin"]


@pytest.mark.parametrize(
    "line",
    ["*** End of report ***||||", "Comment: hemolysis index normal||||", "|Blutbild|||", "|see attached|note||"],
)
def test_a_remark_is_no_result(line: str) -> None:
    text = LONG + "2023-01-09|Hb|98|g/L|\n" + line
    assert len(read(text)) == 1
    assert seen(text) == [("3", "", "text_line")]


def test_a_remark_in_a_wide_and_in_a_transposed_table_is_no_result() -> None:
    assert seen("Date|Hb|Fe\n2023-01-09|98|9\nend of list||") == [("3", "", "text_line")]
    assert seen("Test|09.01.2023|23.01.2023\nBlutbild||\nHb|98|97") == [("2", "", "text_line")]


def test_a_test_that_is_not_known_stays_a_result_for_a_person_to_judge() -> None:
    (raw,) = read(LONG + "2023-01-09|Frobnicase|12|U/L|")
    assert (raw.name, raw.value) == ("Frobnicase", "12")


def test_short_and_long_rows_are_told() -> None:
    text = LONG + "2023-01-09|Hb\n2023-01-09|Hb|98\n2023-01-09|Hb|98|g/L||surplus"
    assert seen(text) == [("2", "", "short_row"), ("3", "", "short_row"), ("4", "", "extra_cells")]
    severities = [issue.severity for issue in issues(text)]
    assert severities == [IssueSeverity.ERROR, IssueSeverity.WARNING, IssueSeverity.WARNING]


def test_a_column_that_is_not_known_is_told_once() -> None:
    assert seen("Date|Hb|Fe|Weather\n2023-01-09|98|9|rain\n2023-01-10|97|8|sun") == [("1", "Weather", "unknown_column")]


def test_a_retracted_result_is_entered_in_error() -> None:
    (raw,) = read(
        "patient|code|value|unit|effective_at|status|retracted_at\nP|HGB|98|g/L|2023-01-09|final|2023-01-10T08:00Z"
    )
    assert raw.status == "entered-in-error"


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["03/04/2023", "23/04/2023"], ["2023-04-03", "2023-04-23"]),
        (["03/04/2023", "04/23/2023"], ["2023-03-04", "2023-04-23"]),
        (["03.04.2023", "05.04.2023"], ["2023-04-03", "2023-04-05"]),
        (["2023-04-03", "03/04/2023"], ["2023-04-03", ""]),
    ],
)
def test_the_order_of_day_and_month_is_decided_by_all_rows(dates: list[str], order: list[str]) -> None:
    found = read(LONG + "\n".join(f"{day}|Hb|98|g/L|" for day in dates))
    assert [raw.effective_at for raw in found] == order


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ("03/04/2023", "04/04/2023", ["ambiguous_date"]),
        ("31.04.2023", "01.04.2023", ["impossible_date"]),
        ("gestern", "01.04.2023", ["unreadable_date"]),
        ("23/04/2023", "04/23/2023", ["contradictory_dates", "ambiguous_date", "ambiguous_date"]),
        ("", "2023-04-03", []),
    ],
)
def test_a_date_that_cannot_be_read_is_told_and_its_result_kept(first: str, second: str, codes: list[str]) -> None:
    text = LONG + f"{first}|Hb|98|g/L|\n{second}|Hb|97|g/L|"
    assert [issue.code for issue in issues(text)] == codes
    assert [raw.value for raw in read(text)] == ["98", "97"]
    assert read(text)[0].effective_at == ""


@pytest.mark.parametrize("heading", ["DOB", "Reported"])
def test_another_date_that_cannot_be_read_is_told_and_holds_nothing(heading: str) -> None:
    (found,) = issues(f"Date|Test|Result|{heading}\n2023-01-09|Hb|98|soon")
    assert (found.row, found.column, found.code, found.original) == ("2", heading, "unreadable_date", "soon")
    assert found.severity is IssueSeverity.INFORMATION


def test_midnight_everywhere_is_no_time_and_somewhere_is_one() -> None:
    head = "Date|Test|Result\n"
    assert [raw.effective_at for raw in read(head + "2023-01-09 00:00|Hb|98\n2023-01-10 00:00|Hb|97")] == [
        "2023-01-09",
        "2023-01-10",
    ]
    assert read(head + "2023-01-09 00:00|Hb|98\n2023-01-10 08:30|Hb|97")[0].effective_at == "2023-01-09T00:00"


@pytest.mark.parametrize(
    ("values", "head", "mark"),
    [
        (["13.3", "12.9"], LONG, "."),
        (["13,3", "12,9"], "Datum|Parameter|Ergebnis|Einheit|Norm\n", ","),
        (["13,3", "12,9"], LONG, ","),
        (["133", "1,234"], LONG, "."),
        (["133", "1.234"], "Datum|Parameter|Ergebnis|Einheit|Norm\n", ""),
        (["13.3", "12,9"], LONG, ""),
        (["13,3"] * CLEAR_MAJORITY + ["12.9"], LONG, ","),
        (["13,3"] * (CLEAR_MAJORITY - 1) + ["12.9"], LONG, ""),
    ],
)
def test_the_decimal_mark_is_decided_by_all_cells(values: list[str], head: str, mark: str) -> None:
    text = head + "\n".join(f"2023-01-09|Hb|{value}|g/dL|" for value in values)
    assert Counter(raw.decimal_mark for raw in read(text)) == {mark: len(values)}


def test_a_reference_range_shows_the_mark_too() -> None:
    assert read(LONG + "2023-01-09|Hb|133|g/L|115,5-150,0")[0].decimal_mark == ","


@pytest.mark.parametrize(("text", "code"), [("", "empty_file"), ("\n  \n", "empty_file"), ("a|b\n1|2", "no_heading")])
def test_a_table_without_data_or_headings_is_an_error_of_the_file(text: str, code: str) -> None:
    (issue,) = issues(text)
    assert (issue.code, issue.severity) == (code, IssueSeverity.ERROR)
    assert issue.row == ("1" if code == "no_heading" else "")


@given(st.lists(st.sampled_from(["", "13,3", "neg", "< 5", "x"]), min_size=1, max_size=8), st.sampled_from(DAYS))
def test_the_original_of_a_result_is_its_row(values: list[str], day: str) -> None:
    found = read("Datum|Hb|Ferritin\n" + "\n".join(f"{day}|{value}|30" for value in values))
    assert [raw.original for raw in found[::2]] == [f"{day};{value};30" for value in values]
    assert {raw.effective_at for raw in found} == {f"2023-01-{day[:2]}"}


def test_a_day_on_which_nothing_was_measured_is_all_empty_results() -> None:
    assert [raw.value for raw in read("Datum|Hb|Ferritin\n09.01.2023||\n10.01.2023|98|")] == ["", "", "98", ""]
