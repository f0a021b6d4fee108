"""How a row ends: empty cells, names, status, persons, texts; and that what it comes with counts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from patients.parsers.raw import RawResult, error, information, warning
from patients.readings import Issue, Reading, RowState
from patients.validation import LENGTHS, validate
from tests.patients.raws import GIRL, INFORMATION, WARNING, codes, framed, judged, message, raw, read, told


def test_a_plain_result_is_accepted_with_all_that_is_known() -> None:
    reading = read(
        "13.2", patient="IPH-1006", code="718-7", status="F", specimen="EDTA blood", performer="Labor Berlin", interpretation="L",
        reference="11.5-15.0", effective_at="2024-03-18T07:30", issued_at="2024-03-18T11:00",
    )  # fmt: skip
    assert reading == Reading(
        row="2", column="Value", state=RowState.ACCEPTED, patient="IPH-1006", code="HGB", value=132.0, unit="g/L",
        original_value="13.2", original_unit="g/dL", effective_at=datetime(2024, 3, 18, 6, 30, tzinfo=UTC), precision="minute",
        issued_at=datetime(2024, 3, 18, 10, 0, tzinfo=UTC), status="final", specimen="EDTA blood", performer="Labor Berlin",
        reference_low=115.0, reference_high=150.0, interpretation="L", original="Hemoglobin;13.2;g/dL",
    )  # fmt: skip


def test_items_come_in_order_one_reading_a_result_and_file_issues_as_they_are() -> None:
    of_file = [error("", "", "empty_file", "Empty."), information("9", "", "text_line", "No result.", "Page 1")]
    out = list(validate([of_file[0], raw(row="2"), raw(row="3", value=""), of_file[1], raw(row="4")], framed()))
    assert [out[0], out[3]] == of_file
    assert [(one.row, one.state) for one in out if isinstance(one, Reading)] == [
        ("2", RowState.ACCEPTED),
        ("3", RowState.SKIPPED),
        ("4", RowState.ACCEPTED),
    ]


def test_results_are_read_one_by_one_as_they_are_asked_for() -> None:
    taken: list[str] = []

    def items() -> Any:
        for row in ("2", "3"):
            taken.append(row)
            yield raw(row=row)

    readings = validate(items(), framed())
    next(readings)
    assert taken == ["2"]


@pytest.mark.parametrize("blank", ["", "  ", "-", "--", "—", "...", "n/a", "NaN", "#N/A", "null"])
def test_an_empty_cell_is_skipped_without_a_word(blank: str) -> None:
    reading = read(blank)
    assert (reading.state, reading.issues, reading.original_value) == (RowState.SKIPPED, (), blank)


def test_an_empty_cell_is_skipped_whatever_is_wrong_with_its_name_or_date() -> None:
    assert read("", name="Hämoglubin", effective_at="").state is RowState.SKIPPED
    bad_date = error("2", "Date", "impossible_date", "There is no such day.", "30.02.2024")
    assert read("", issues=(bad_date,)).state is RowState.SKIPPED


def test_an_empty_cell_of_a_broken_row_is_rejected_for_its_value_may_be_lost() -> None:
    short = error("2", "", "short_row", "The row has fewer cells than there are headings.", "2024-03-18;Hemoglobin")
    reading = read("", effective_at="", issues=(short,))
    assert (reading.state, reading.issues) == (RowState.REJECTED, (short,))


def test_an_error_of_the_parser_rejects_and_keeps_our_reading_beside_it() -> None:
    bad_date = error("2", "Date", "impossible_date", "There is no such day.", "30.02.2024")
    reading = read("13.2", effective_at="", issues=(bad_date,))
    assert (reading.state, reading.issues, reading.value) == (RowState.REJECTED, (bad_date,), 132.0)


@pytest.mark.parametrize("code", ["ambiguous_date", "unreadable_date"])
def test_a_warning_of_the_parser_holds_and_is_not_said_twice(code: str) -> None:
    doubt = warning("2", "Date", code, "Day and month could be exchanged.", "03/04/2024")
    reading = read("13.2", effective_at="", issues=(doubt,))
    assert (reading.state, reading.issues, reading.effective_at) == (RowState.HELD, (doubt,), None)


def test_what_the_parser_only_tells_is_passed_on() -> None:
    seen = information("2", "", "seen", "Seen.")
    assert (read("13.2", issues=(seen,)).state, read("13.2", issues=(seen,)).issues) == (RowState.ACCEPTED, (seen,))


@pytest.mark.parametrize(
    ("code", "name"), [("", "Sodium"), ("", "Natrium"), ("2951-2", "Sodium"), ("", "Натрий"), ("", "Cholesterol")]
)
def test_a_test_that_is_not_followed_is_skipped_and_told(code: str, name: str) -> None:
    reading = read("139", "mmol/L", name, code=code, effective_at="")
    assert (reading.state, told(reading)) == (RowState.SKIPPED, [("not_followed", INFORMATION)])
    assert reading.original_value == "139"


NAMES = [
    ("", "Hämoglubin", "g/dL", "unknown_name", ""),
    ("", "", "g/dL", "unknown_name", ""),
    ("", "=HYPERLINK(1)", "g/dL", "unknown_name", ""),
    ("718-7", "Ferritin", "g/dL", "name_conflict", "HGB (Hemoglobin), FERRITIN (Ferritin)"),
    ("59260-0", "Hemoglobin", "g/dL", "unknown_code", "HGB (Hemoglobin)"),
]


@pytest.mark.parametrize(("code", "name", "unit", "issue", "candidates"), NAMES)
def test_a_name_that_does_not_lead_to_one_test_is_held(
    code: str, name: str, unit: str, issue: str, candidates: str
) -> None:
    reading = read("13.2", unit, name, code=code)
    assert (reading.state, told(reading), reading.code, reading.value) == (RowState.HELD, [(issue, WARNING)], "", None)
    assert candidates in message(reading, issue)


def test_a_name_with_several_meanings_is_decided_by_the_unit_or_held_with_all_of_them() -> None:
    assert read("62", "%", "Neutrophils").code == "NEUT_SEG"
    assert read("4.1", "10*9/L", "Neutrophils").code == "NEUT_ABS"
    assert read("4.1 10*9/L", "", "Neutrophils").code == "NEUT_ABS"


def test_the_section_tells_a_urine_protein_from_a_serum_protein() -> None:
    assert read("71", "g/L", "Protein").code == "PROT_T"
    assert read("0.3", "g/L", "Protein", category="Urinalysis").code == "U_PROT"
    assert read("0.3", "g/L", "Protein", specimen="urine").code == "U_PROT"


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("", "final"),
        ("F", "final"),
        ("vorläufig", "preliminary"),
        ("C", "corrected"),
        ("удалён", "unknown"),
        ("entered-in-error", "entered-in-error"),
    ],
)
def test_a_status_is_understood_or_the_row_is_held(written: str, status: str) -> None:
    reading = read("13.2", status=written)
    assert reading.status == status
    assert (reading.state, codes(reading)) == (
        (RowState.HELD, ["unknown_status"]) if written == "удалён" else (RowState.ACCEPTED, [])
    )


@pytest.mark.parametrize("value", ["", "-"])
def test_a_withdrawal_without_a_value_is_not_skipped(value: str) -> None:
    reading = read(value, status="W")
    assert (reading.state, reading.status, reading.data_absent_reason) == (
        RowState.ACCEPTED,
        "entered-in-error",
        "unknown",
    )
    assert (reading.code, reading.value, reading.issues) == ("HGB", None, ())


@pytest.mark.parametrize(
    ("flag", "kept"), [("L", "L"), ("erhöht", "H"), ("ниже", "L"), ("HH", "HH"), ("N", "N"), ("", "")]
)
def test_a_flag_is_kept_as_hl7_writes_it(flag: str, kept: str) -> None:
    reading = read("13.2", interpretation=flag)
    assert (reading.state, reading.interpretation, reading.issues) == (RowState.ACCEPTED, kept, ())


@pytest.mark.parametrize(
    ("flag", "reference", "kept"),
    [("-", "14-16", "L"), ("--", "14-16", "LL"), ("-", "11-16", ""), ("-", "", ""), ("--", "", "")],
)
def test_a_dash_is_a_flag_only_beside_a_low_value(flag: str, reference: str, kept: str) -> None:
    reading = read("13.2", interpretation=flag, reference=reference)
    assert (reading.state, reading.interpretation, reading.issues) == (RowState.ACCEPTED, kept, ())


def test_an_unknown_flag_is_told_and_holds_nothing() -> None:
    reading = read("13.2", interpretation="whoa")
    assert (reading.state, told(reading), reading.interpretation) == (
        RowState.ACCEPTED,
        [("unknown_flag", INFORMATION)],
        "",
    )
    assert reading.issues[0].original == "whoa"


def test_a_flag_glued_to_the_number_is_kept_with_the_held_row() -> None:
    reading = read("9,8 L", decimal_mark=",")
    assert (reading.state, reading.interpretation, reading.value) == (RowState.HELD, "L", 98.0)


@pytest.mark.parametrize(("name", "length"), LENGTHS.items())
def test_a_long_text_is_cut_to_its_column_and_told(name: str, length: int) -> None:
    exact, long = judged(raw(**{name: "x" * length})), judged(raw(**{name: "x" * (length + 1)}))
    column = {"value": "original_value", "unit": "original_unit"}.get(name, name)
    assert getattr(long, column) == getattr(exact, column) == "x" * length
    assert ("text_cut" in codes(exact), "text_cut" in codes(long)) == (False, True)


def test_no_nul_or_half_letter_goes_further() -> None:
    reading = judged(raw(performer="Lab\0", original="a\ud800b", row="2\0"))
    assert (reading.state, codes(reading)) == (RowState.HELD, ["unreadable_letters"])
    assert (reading.performer, reading.row) == ("Lab␀", "2␀")
    reading.original.encode()


def test_the_patient_is_passed_on_uncut() -> None:
    assert judged(raw(patient="P" * 300)).patient == "P" * 300


def test_a_result_is_judged_alike_in_whatever_company() -> None:
    items: list[RawResult | Issue] = [raw(), raw("2.9"), raw("", name="Ferritin"), raw("13.2", "")]
    together = list(validate(items, GIRL))
    assert together == [next(validate([item], GIRL)) for item in items]
    assert together == list(validate(items, GIRL))
