"""What the lines of patients.csv and treatments.csv say, and how events are told from texts that break them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import cohort_rows
from patients.cohort_rows import Person
from patients.cohort_tables import EVENTS, PATIENTS, TREATMENTS
from patients.event_kinds import kinds
from tests.patients.cohort_folders import NOW
from tests.patients.test_cohort_rows import DOSE, EVENT, WHOSE, codes, line, taken, wrong_dose, wrong_event

WHO = {
    "patient": "C-1",
    "sex": "female",
    "birth_date": "1990-05-17",
    "height_cm": "168.5",
    "time_zone": "Europe/Berlin",
}


def test_a_person_is_read() -> None:
    found, cells = cohort_rows.person(line(PATIENTS, WHO), NOW)
    assert found == Person("C-1", "female", date(1990, 5, 17), 168.5, "Europe/Berlin")
    assert cells.issues == []


def test_all_but_the_name_may_be_unknown() -> None:
    found, cells = cohort_rows.person(line(PATIENTS, {"patient": "C-1"}), NOW)
    assert found == Person("C-1")
    assert not cells.failed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"patient": ""}, [("patient", "missing_value")]),
        ({"patient": "  "}, [("patient", "missing_value")]),
        ({"patient": "x" * 121}, [("patient", "too_long")]),
        ({"sex": "f"}, [("sex", "invalid_value")]),
        ({"birth_date": "17.5.1990"}, [("birth_date", "invalid_date")]),
        ({"birth_date": "2027-01-01"}, [("birth_date", "in_the_future")]),
        ({"height_cm": "1.68"}, [("height_cm", "outside_limits")]),
        ({"height_cm": "5 ft"}, [("height_cm", "invalid_number")]),
        ({"time_zone": "Berlin"}, [("time_zone", "unknown_zone")]),
        ({"time_zone": "../etc/passwd"}, [("time_zone", "unknown_zone")]),
        ({"time_zone": "Europe"}, [("time_zone", "unknown_zone")]),
    ],
)
def test_what_is_wrong_with_a_person_names_its_column(changes: dict[str, str], expected: list[Any]) -> None:
    _, cells = cohort_rows.person(line(PATIENTS, {**WHO, **changes}), NOW)
    assert codes(cells) == expected
    assert cells.failed


@given(st.dictionaries(st.sampled_from(PATIENTS.columns), st.text(max_size=20)))
def test_no_line_of_patients_breaks_the_reading(changes: dict[str, str]) -> None:
    found, cells = cohort_rows.person(line(PATIENTS, {**WHO, **changes}), NOW)
    assert cells.failed or found.name == {**WHO, **changes}["patient"]


def test_a_dose_is_read() -> None:
    fact = taken(route="oral", ended_on="2026-02-01", every_days="2", plan="a", recorded_at="2026-01-12T10:00Z")
    assert (fact.drug, fact.dose, fact.unit, fact.route) == ("prednisolone", 30.0, "mg", "oral")
    assert (fact.started_on, fact.ended_on, fact.every_days) == (date(2026, 1, 12), date(2026, 2, 1), 2.0)
    assert (fact.intent, fact.plan, fact.recorded_at) == ("taken", "a", datetime(2026, 1, 12, 10, tzinfo=UTC))


def test_a_dose_is_daily_and_open_unless_it_says_otherwise() -> None:
    fact = taken()
    assert (fact.every_days, fact.ended_on, fact.plan, fact.recorded_at) == (1.0, None, "", NOW)


def test_a_dose_may_be_unknown_and_may_be_zero() -> None:
    assert taken(dose="").dose is None
    assert taken(dose="0").dose == 0.0


def test_a_plan_may_begin_later_but_what_was_taken_did_not() -> None:
    assert taken(intent="planned", started_on="2027-01-01").started_on == date(2027, 1, 1)
    assert wrong_dose(started_on="2026-11-25") == [("started_on", "in_the_future")]
    assert taken(started_on="2026-11-24").started_on == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"drug": ""}, [("drug", "missing_value")]),
        ({"drug": "x" * 61}, [("drug", "too_long")]),
        ({"dose": "-1"}, [("dose", "outside_limits")]),
        ({"dose": "30 mg"}, [("dose", "invalid_number")]),
        ({"started_on": ""}, [("started_on", "missing_value")]),
        ({"started_on": "2026-13-01"}, [("started_on", "invalid_date")]),
        ({"ended_on": "2026-01-11"}, [("ended_on", "ends_before_start")]),
        ({"intent": ""}, [("intent", "missing_value")]),
        ({"intent": "given"}, [("intent", "invalid_value")]),
        ({"every_days": "0"}, [("every_days", "outside_limits")]),
        ({"plan": "x" * 61}, [("plan", "too_long")]),
        ({"route": "x" * 25}, [("route", "too_long")]),
        ({"recorded_at": "?"}, [("recorded_at", "invalid_time")]),
    ],
)
def test_what_is_wrong_with_a_dose_names_its_column(changes: dict[str, str], expected: list[Any]) -> None:
    assert wrong_dose(**changes) == expected


@given(st.dictionaries(st.sampled_from(TREATMENTS.columns), st.text(max_size=12)))
def test_no_line_of_treatments_breaks_the_reading(changes: dict[str, str]) -> None:
    fact, cells = cohort_rows.treatment(line(TREATMENTS, {**DOSE, **changes}), WHOSE)
    assert (fact is None) == cells.failed


@given(st.sampled_from(sorted(kinds())), st.text(max_size=60))
def test_no_text_of_findings_breaks_the_reading(kind: str, text: str) -> None:
    fact, cells = cohort_rows.event(line(EVENTS, {**EVENT, "kind": kind, "findings": text}), WHOSE)
    assert (fact is None) == cells.failed


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_field_of_another_kind_is_an_issue_of_every_kind(kind: str) -> None:
    assert ("findings", "unknown_field") in wrong_event(kind=kind, findings='{"shoe_size": 42}')


def test_an_issue_of_findings_names_the_field() -> None:
    _, cells = cohort_rows.event(line(EVENTS, {**EVENT, "findings": '{"adequate": "yes"}'}), WHOSE)
    assert cells.issues[0].message.startswith("adequate: ")
    assert cells.issues[0].original.startswith(",sputum,2026-01-12,")
