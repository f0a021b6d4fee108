"""What is told of a file: counts that sum to its rows, each row as written and as understood, each issue."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.analytes import catalogue
from patients.keeping import kept_rows
from patients.parsers.raw import warning
from patients.readings import Reading, RowState
from patients.reporting import COUNTS, as_written, described, kept, report, shown
from patients.understanding import Row
from tests.patients.files import NOON, SOMEBODY, reading, rows

KEYS = {
    "row", "patient", "code", "value", "unit", "canonical_value", "canonical_unit", "effective_at", "status",
}  # fmt: skip
"""What product.md promises of a result."""


def told(*readings: Reading, patient: UUID = SOMEBODY, again: bool = False) -> dict:
    """Return the report of a file with these readings."""
    return report("csv", kept_rows(rows(*readings, patient=patient)), [], again=again)


def test_a_result_is_told_as_written_and_as_understood() -> None:
    (result,) = told(reading())["results"]
    assert set(result) >= KEYS
    assert (result["value"], result["unit"]) == (9.8, "g/dL")
    assert (result["canonical_value"], result["canonical_unit"]) == (98.0, "g/L")
    assert (result["row"], result["code"], result["status"]) == ("2", "HGB", "final")
    assert result["effective_at"] == "2026-03-03T12:00:00+00:00"
    assert result["patient"] == str(SOMEBODY)
    assert result["state"] == "accepted"


def test_the_status_is_that_of_the_result_and_the_state_that_of_the_row() -> None:
    (result,) = told(reading(status="corrected", state=RowState.HELD))["results"]
    assert (result["status"], result["state"]) == ("corrected", "held")


def test_a_patient_not_found_is_told_as_the_file_names_them() -> None:
    named = Row(reading(patient="MRN-9", state=RowState.HELD), None)
    assert report("csv", kept_rows([named]), [])["results"][0]["patient"] == "MRN-9"


@given(st.lists(st.sampled_from(RowState), max_size=30), st.booleans())
def test_the_counts_sum_to_the_rows(states: list[RowState], again: bool) -> None:
    found = told(*(reading(state=state) for state in states), again=again)
    assert found["rows"] == len(states) == len(found["results"])
    assert sum(found[name] for name in COUNTS.values()) == len(states)
    assert [one["row"] for one in found["results"]] == ["2"] * len(states)


def test_to_who_sends_a_file_again_what_was_accepted_is_a_duplicate() -> None:
    found = told(reading(), reading(state=RowState.HELD), reading(state=RowState.DUPLICATE), again=True)
    assert (found["accepted"], found["duplicates"], found["held"]) == (0, 2, 1)
    assert [one["state"] for one in found["results"]] == ["duplicate", "held", "duplicate"]


def test_issues_of_the_file_come_before_those_of_its_rows_in_their_order() -> None:
    first = replace(reading(), issues=(warning("2", "Result", "a", "A.", "x"),))
    second = replace(reading(row="3"), issues=(warning("3", "Result", "b", "B."), warning("3", "Date", "c", "C.")))
    found = report("csv", kept_rows(rows(first, second)), [described(warning("", "", "file", "F."))])
    assert [one["code"] for one in found["issues"]] == ["file", "a", "b", "c"]
    assert found["issues"][1] == {
        "row": "2", "column": "Result", "code": "a", "severity": "warning", "message": "A.", "original": "x",
    }  # fmt: skip


def test_an_empty_file_is_told_too() -> None:
    nothing = {"format": "csv", "rows": 0, **dict.fromkeys(COUNTS.values(), 0), "results": [], "issues": []}
    assert report("csv", [], []) == nothing


@pytest.mark.parametrize(
    ("original", "unit", "canonical", "code", "expected"),
    [
        ("13,3", "g/dl", 133.0, "HGB", (13.3, "g/dL")),
        ("8.3", "µmol/l", 8.3, "FE", (8.3, "umol/L")),
        ("98", "г/л", 98.0, "HGB", (98.0, "g/L")),
        ("98.6", "°F", 37.0, "TEMP", (98.6, "[degF]")),
        ("<5", "g/L", 5.0, "HGB", (5.0, "g/L")),
    ],
)
def test_a_number_is_told_in_the_unit_it_was_written_in(
    original: str, unit: str, canonical: float, code: str, expected: tuple
) -> None:
    one = reading(original_value=original, original_unit=unit, value=canonical, code=code)
    assert as_written(one) == expected


def test_what_is_no_number_is_told_as_text() -> None:
    assert as_written(reading(value=None, original_value="clotted", original_unit="")) == ("clotted", "")
    assert as_written(reading(value=None, original_value="1,234", original_unit="g/dL")) == ("1,234", "g/dL")
    assert as_written(reading(value=None, value_text="not found", original_value="n.n.")) == ("not found", "g/dL")
    assert as_written(reading(value=None, original_value="", original_unit="")) == (None, "")


def test_a_number_without_a_known_unit_is_told_all_the_same() -> None:
    assert as_written(reading(value=None, original_value="12.1", original_unit="furlongs")) == (12.1, "furlongs")
    assert as_written(reading(value=1.1, code="INR", unit="1", original_value="1.1", original_unit="")) == (1.1, "")
    assert as_written(reading(value=None, code="", original_value="12.1")) == (12.1, "g/dL")


@given(st.decimals(min_value="0.001", max_value="999999", places=3), st.data())
def test_a_number_comes_back_from_the_canonical_unit(number, data: st.DataObject) -> None:
    analyte = data.draw(st.sampled_from([one for one in catalogue().values() if one.value_type == "number"]))
    unit = data.draw(st.sampled_from([analyte.unit, *(one.unit for one in analyte.other_units)]))
    conversion = analyte.conversion_of(unit)
    if conversion is None or conversion.logarithmic or conversion.unit != unit:
        return
    canonical = float(conversion.apply(number))
    one = reading(code=analyte.code, value=canonical, original_value=str(number), original_unit=unit)
    assert as_written(one)[0] == pytest.approx(float(number), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("precision", "zone", "expected"),
    [
        ("day", "UTC", "2026-03-02"),
        ("day", "Europe/Berlin", "2026-03-03"),
        ("day", "America/New_York", "2026-03-02"),
        ("minute", "UTC", "2026-03-02T23:30:00+00:00"),
        ("minute", "Europe/Berlin", "2026-03-03T00:30:00+01:00"),
        ("minute", "Asia/Kathmandu", "2026-03-03T05:15:00+05:45"),
    ],
)
def test_a_day_is_the_patients_and_a_minute_has_an_offset(precision: str, zone: str, expected: str) -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert shown(late, precision, zone) == expected
    assert shown(late.astimezone(timezone(timedelta(hours=9))), precision, zone) == expected


def test_no_time_is_told_as_none() -> None:
    assert shown(None, "day", "UTC") is None
    (result,) = told(reading(effective_at=None, state=RowState.HELD))["results"]
    assert result["effective_at"] is None


def test_whatever_was_read_is_kept() -> None:
    full = reading(
        value_text="t", comparator="<", issued_at=NOON, specimen="s", performer="p", reference_low=0.0, reference_high=1.0,
        interpretation="L", data_absent_reason="error", unconfirmed=True, event_kind="sputum", event_field="adequate",
        event_value=False, patient="MRN-1",
    )  # fmt: skip
    known = {"row", "column", "state", "original", "issues", "unit", "value", "effective_at"}
    assert {one.name for one in fields(Reading)} - known <= set(kept(Row(full, None)))
    found = kept(Row(full, None))
    assert (found["reference_low"], found["event_value"], found["unconfirmed"]) == (0.0, False, True)


def test_blanks_are_not_kept() -> None:
    assert not {"specimen", "performer", "reference_low", "interpretation", "event_kind"} & set(
        kept(Row(reading(), None))
    )


@given(st.text(st.characters(), max_size=50))
def test_what_is_kept_is_json_that_postgresql_takes(text: str) -> None:
    odd = reading(value=None, original_value=text, original_unit=text, patient=text, performer=text)
    written = json.dumps([kept(Row(odd, None)), described(warning(text, text, "code", text, text))], ensure_ascii=False)
    assert "\\u0000" not in written
    assert written.encode().decode() == written
