"""What the lines of a cohort folder say: each good cell a part of a fact, each bad one an issue with its column."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import cohort_rows
from patients.analytes import catalogue
from patients.cohort_rows import STATUSES, Whose, canonical
from patients.cohort_tables import EVENTS, RESULTS, TREATMENTS, Cells, Line, Table
from patients.facts import NewEvent, NewObservation, NewTreatment
from patients.models.observation import STATUSES as STORED_STATUSES
from tests.patients.cohort_folders import NOW

WHOSE = Whose(UUID(int=7), ZoneInfo("Europe/Berlin"), date(1990, 5, 17), NOW)
RESULT = {"code": "HGB", "value": "12.8", "unit": "g/dL", "effective_at": "2026-01-12", "status": "final"}
EVENT = {"kind": "sputum", "effective_at": "2026-01-12", "findings": '{"siderophages": "many"}'}
DOSE = {"drug": "prednisolone", "dose": "30", "unit": "mg", "started_on": "2026-01-12", "intent": "taken"}


def line(table: Table, values: dict[str, str]) -> Line:
    """Return a line of a table in which all else is blank."""
    return Line(
        "3", {name: place for place, name in enumerate(table.columns)}, tuple(values.get(n, "") for n in table.columns)
    )


def codes(cells: Cells) -> list[tuple[str, str]]:
    """Return column and code of what is odd."""
    return [(issue.column, issue.code) for issue in cells.issues]


def observed(**changes: str) -> NewObservation:
    """Return the observation of a line of which nothing is wrong."""
    fact, cells = cohort_rows.result(line(RESULTS, {**RESULT, **changes}), WHOSE)
    assert not cells.failed, cells.issues
    assert isinstance(fact, NewObservation)
    return fact


def wrong_result(**changes: str) -> list[tuple[str, str]]:
    """Return what is wrong with a line of results.csv."""
    fact, cells = cohort_rows.result(line(RESULTS, {**RESULT, **changes}), WHOSE)
    assert fact is None
    assert cells.failed
    return codes(cells)


def happened(**changes: str) -> NewEvent:
    """Return the event of a line of which nothing is wrong."""
    fact, cells = cohort_rows.event(line(EVENTS, {**EVENT, **changes}), WHOSE)
    assert fact is not None, cells.issues
    return fact


def wrong_event(**changes: str) -> list[tuple[str, str]]:
    """Return what is wrong with a line of events.csv."""
    fact, cells = cohort_rows.event(line(EVENTS, {**EVENT, **changes}), WHOSE)
    assert fact is None
    return codes(cells)


def taken(**changes: str) -> NewTreatment:
    """Return the dose of a line of which nothing is wrong."""
    fact, cells = cohort_rows.treatment(line(TREATMENTS, {**DOSE, **changes}), WHOSE)
    assert fact is not None, cells.issues
    return fact


def wrong_dose(**changes: str) -> list[tuple[str, str]]:
    """Return what is wrong with a line of treatments.csv."""
    fact, cells = cohort_rows.treatment(line(TREATMENTS, {**DOSE, **changes}), WHOSE)
    assert fact is None
    return codes(cells)


def test_a_result_is_canonical_beside_what_was_written() -> None:
    fact = observed(comparator="<", specimen="blood", performer="North")
    assert (fact.patient_id, fact.code, fact.value, fact.unit) == (UUID(int=7), "HGB", 128.0, "g/L")
    assert (fact.original_value, fact.original_unit, fact.comparator) == ("12.8", "g/dL", "<")
    assert (fact.specimen, fact.performer, fact.status, fact.unconfirmed) == ("blood", "North", "final", False)
    assert (fact.effective_at, fact.precision) == (datetime(2026, 1, 11, 23, tzinfo=UTC), "day")


def test_a_word_of_an_ordinal_analyte_is_kept_as_text() -> None:
    fact = observed(code="ANISO", value="2+", unit="")
    assert (fact.value, fact.value_text, fact.unit) == (None, "2+", "")


def test_a_number_without_unit_is_taken_only_where_there_can_be_none() -> None:
    assert observed(code="PH_A", value="7.36", unit="").value == 7.36
    assert wrong_result(unit="") == [("unit", "unit_missing")]


def test_an_unusual_value_is_unconfirmed() -> None:
    fact, cells = cohort_rows.result(line(RESULTS, {**RESULT, "value": "3.1"}), WHOSE)
    assert isinstance(fact, NewObservation)
    assert fact.unconfirmed
    assert codes(cells) == [("value", "outside_soft_limits")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "HB"}, [("code", "unknown_code")]),
        ({"value": ""}, [("value", "missing_value")]),
        ({"value": "12,8"}, [("value", "invalid_number")]),
        ({"value": "NaN"}, [("value", "invalid_number")]),
        ({"unit": "km"}, [("unit", "unknown_unit")]),
        ({"unit": "mL"}, [("unit", "unknown_unit")]),
        ({"value": "128"}, [("value", "implausible")]),  # 128 g/dL
        ({"value": "1e999"}, [("value", "implausible")]),
        ({"code": "ANISO", "value": "4+", "unit": ""}, [("value", "invalid_value")]),
        ({"effective_at": ""}, [("effective_at", "missing_value")]),
        ({"effective_at": "12.01.2026"}, [("effective_at", "invalid_time")]),
        ({"effective_at": "2026-11-25"}, [("effective_at", "in_the_future")]),
        ({"effective_at": "1990-05-16"}, [("effective_at", "before_birth")]),
        ({"recorded_at": "later"}, [("recorded_at", "invalid_time")]),
        ({"recorded_at": "2027-01-01"}, [("recorded_at", "in_the_future")]),
        ({"recorded_at": "2026-02-01", "retracted_at": "2026-02-01"}, [("retracted_at", "ends_before_start")]),
        ({"retracted_at": "2027-01-01"}, [("retracted_at", "in_the_future")]),
        ({"status": ""}, [("status", "missing_value")]),
        ({"status": "done"}, [("status", "invalid_value")]),
        ({"comparator": "~"}, [("comparator", "invalid_value")]),
        ({"specimen": "x" * 81}, [("specimen", "too_long")]),
        ({"performer": "a\0"}, [("performer", "invalid_text")]),
        ({"value": "?", "status": "?"}, [("value", "invalid_number"), ("status", "invalid_value")]),
    ],
)
def test_what_is_wrong_with_a_result_names_its_column(changes: dict[str, str], expected: list[Any]) -> None:
    assert wrong_result(**changes) == expected


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = wrong_result(value="x", effective_at="x", recorded_at="x", status="x", comparator="x")
    assert [column for column, _ in found] == ["value", "effective_at", "comparator", "status", "recorded_at"]


def test_born_on_the_day_is_no_result_before_birth() -> None:
    assert observed(effective_at="1990-05-17").effective_at == datetime(1990, 5, 16, 22, tzinfo=UTC)  # CEST


def test_when_it_became_known_is_now_where_the_file_does_not_say() -> None:
    assert observed().recorded_at == NOW
    assert observed().retracted_at is None
    fact = observed(recorded_at="2026-01-13T07:30Z", retracted_at="2026-01-14T07:30Z")
    assert (fact.recorded_at, fact.retracted_at) == (
        datetime(2026, 1, 13, 7, 30, tzinfo=UTC),
        datetime(2026, 1, 14, 7, 30, tzinfo=UTC),
    )


def test_statuses_are_those_that_are_stored() -> None:
    assert STATUSES == STORED_STATUSES
    assert [observed(status=status).status for status in STATUSES] == list(STATUSES)


@pytest.mark.parametrize(
    ("changes", "kind", "findings"),
    [
        ({"code": "SP_SIDERO", "value": "many", "unit": ""}, "sputum", {"siderophages": "many"}),
        ({"code": "BAL_SIDERO", "value": "35", "unit": "%"}, "lavage", {"siderophages_percent": 35.0}),
        ({"code": "HEMOPTYSIS_24H", "value": "20", "unit": "mL"}, "hemoptysis", {"volume_ml": 20.0}),
    ],
)
def test_a_result_that_is_a_finding_becomes_an_event(changes: dict[str, str], kind: str, findings: Any) -> None:
    fact, cells = cohort_rows.result(line(RESULTS, {**RESULT, **changes}), WHOSE)
    assert isinstance(fact, NewEvent), cells.issues
    assert (fact.kind, fact.precision) == (kind, "day")
    assert findings.items() <= dict(fact.findings).items()


def test_nothing_examined_is_no_finding() -> None:
    fact, cells = cohort_rows.result(
        line(RESULTS, {**RESULT, "code": "SP_AFB", "value": "not examined", "unit": ""}), WHOSE
    )
    assert fact is None
    assert not cells.failed
    assert codes(cells) == [("value", "nothing_examined")]


def test_every_number_of_the_catalogue_reads_in_its_own_unit() -> None:
    numbers = [one for one in catalogue().values() if one.value_type == "number"]
    assert len(numbers) > 60
    assert all(canonical(one, "5", one.unit) == 5.0 for one in numbers)


def test_conversion_is_exact() -> None:
    analyte = catalogue()["HGB"]
    assert (
        canonical(analyte, "10.1", "g/dL") == 101.0
    )  # 10.1 * 10 in floats is the same, 1.1 * 10 is 11.000000000000002
    assert canonical(analyte, "1.1", "g/dL") == 11.0
    assert canonical(catalogue()["TEMP"], "98.6", "[degF]") == 37.0


@given(st.dictionaries(st.sampled_from(RESULTS.columns), st.text(max_size=12)))
def test_no_line_of_results_breaks_the_reading(changes: dict[str, str]) -> None:
    fact, cells = cohort_rows.result(line(RESULTS, {**RESULT, **changes}), WHOSE)
    assert (fact is None) or not cells.failed


def test_an_event_has_its_kinds_findings() -> None:
    fact = happened(findings='{"siderophages": "many", "adequate": true}', effective_at="2026-01-12T08:00+01:00")
    assert (fact.kind, fact.precision, fact.recorded_at) == ("sputum", "minute", NOW)
    assert fact.effective_at == datetime(2026, 1, 12, 7, tzinfo=UTC)
    assert fact.findings == {"siderophages": "many", "adequate": True}


def test_a_hemoptysis_has_the_amount_of_its_volume() -> None:
    assert happened(kind="hemoptysis", findings='{"volume_ml": 20}').findings["amount"] == "teaspoon"


def test_findings_may_be_blank_where_the_kind_needs_none() -> None:
    assert happened(kind="remission", findings="").findings == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "cough"}, [("kind", "unknown_kind")]),
        ({"kind": ""}, [("kind", "missing_value")]),
        ({"findings": '{"color": "red"}'}, [("findings", "unknown_field")]),
        ({"findings": '{"siderophages": "lots"}'}, [("findings", "invalid_value")]),
        ({"kind": "hemoptysis", "findings": "{}"}, [("findings", "missing_field")]),
        ({"findings": "many"}, [("findings", "invalid_json")]),
        ({"findings": '["many"]'}, [("findings", "invalid_json")]),
        ({"findings": '{"siderophages": "few", "siderophages": "many"}'}, [("findings", "invalid_json")]),
        ({"kind": "lavage", "findings": '{"golde_score": NaN}'}, [("findings", "invalid_json")]),
        ({"kind": "lavage", "findings": '{"golde_score": 1e999}'}, [("findings", "invalid_value")]),
        ({"kind": "diagnosis", "findings": r'{"text": "\u0000"}'}, [("findings", "invalid_json")]),
        ({"kind": "diagnosis", "findings": r'{"text": "\ud800"}'}, [("findings", "invalid_json")]),
        ({"findings": "[" * 100_000}, [("findings", "invalid_json")]),
        ({"effective_at": "1980-01-01"}, [("effective_at", "before_birth")]),
    ],
)
def test_what_is_wrong_with_an_event_names_its_column(changes: dict[str, str], expected: list[Any]) -> None:
    assert wrong_event(**changes) == expected
