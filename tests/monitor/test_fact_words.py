"""A fact in words: with its unit, its day in the patient's zone, and what it replaced."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.fact_words import neighbors, of, short, title, value_of
from patients.chains import Link, Row
from patients.models import Event, Observation, Treatment

NB = "\u00a0"
AT = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
ZONE = "Europe/Vienna"


def observation(**fields: Any) -> Observation:
    """Return a hemoglobin."""
    usual: dict[str, Any] = {"code": "HGB", "value": 104.0, "unit": "g/L", "effective_at": AT, "precision": "minute"}
    return Observation(**{**usual, **fields})


def treatment(**fields: Any) -> Treatment:
    """Return prednisolone by mouth."""
    usual: dict[str, Any] = {"drug": "prednisolone", "dose": 30.0, "unit": "mg", "started_on": date(2026, 3, 1)}
    return Treatment(**{**usual, "intent": "planned", **fields})


def link(kind: Any, row: Row, **fields: Any) -> Link:
    """Return a fact that stands alone."""
    return Link(kind, row, None, None, **fields)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (observation(), "Hemoglobin"),
        (observation(code="GONE"), "GONE"),
        (Event(kind="chest_xray"), "Chest film"),
        (treatment(), "Prednisolone, planned"),
    ],
)
def test_a_title(row: Row, said: str) -> None:
    assert title(row) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, f"104{NB}g/L"),
        ({"comparator": "<", "value": 2.5}, f"<2.5{NB}g/L"),
        ({"value": None, "value_text": "moderate"}, "moderate"),
        ({"value": None, "data_absent_reason": "not-performed"}, "none (not performed)"),
        ({"unit": "1", "value": 0.9}, "0.9"),
        ({"unit": "umol/L"}, f"104{NB}µmol/L"),
    ],
)
def test_a_value(fields: dict[str, Any], said: str) -> None:
    assert value_of(observation(**fields)) == said


def test_a_result_tells_what_was_written_and_by_whom() -> None:
    row = observation(
        original_value="10,4", original_unit="g/dl", performer="Lab A", specimen="capillary", unconfirmed=True
    )
    assert of(link("observation", row), ZONE) == [
        ("Value", f"104{NB}g/L"),
        ("When", f"3{NB}Mar{NB}2026, 00:30"),
        ("As written", f"10,4{NB}g/dl"),
        ("Laboratory", "Lab A"),
        ("Specimen", "capillary"),
        ("Status", "final"),
        ("Confirmed", "not yet"),
    ]


@pytest.mark.parametrize(("zone", "day"), [(ZONE, 3), ("UTC", 2), ("America/New_York", 2)])
def test_a_day_is_the_patients(zone: str, day: int) -> None:
    row = Event(kind="sputum", effective_at=AT, precision="day", findings={"adequate": True})
    assert of(link("event", row), zone) == [("When", f"{day}{NB}Mar{NB}2026"), ("Adequate", "yes")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, [("Dose", f"30{NB}mg, daily"), ("From", f"1{NB}Mar{NB}2026"), ("To", "open")]),
        (
            {"every_days": 2.0, "route": "oral", "ended_on": date(2026, 3, 9), "plan": "taper"},
            [
                ("Dose", f"30{NB}mg, every 2 days"),
                ("Route", "oral"),
                ("From", f"1{NB}Mar{NB}2026"),
                ("To", f"9{NB}Mar{NB}2026"),
                ("Plan", "taper"),
            ],
        ),
        ({"dose": None}, [("Dose", "not known, daily"), ("From", f"1{NB}Mar{NB}2026"), ("To", "open")]),
        ({"dose": 0.0, "unit": ""}, [("Dose", "0, daily"), ("From", f"1{NB}Mar{NB}2026"), ("To", "open")]),
    ],
)
def test_a_treatment(fields: dict[str, Any], said: list[tuple[str, str]]) -> None:
    assert of(link("treatment", treatment(**fields)), ZONE) == said


def test_what_it_replaced_and_what_replaced_it_are_told_in_one_line() -> None:
    before, after = observation(pk=1, value=1040.0), observation(pk=3, value=98.0)
    told = neighbors(link("observation", observation(pk=2), before=(before,), after=(after,)), ZONE)
    assert [(how, number) for how, number, _ in told] == [("Replaces", 1), ("Replaced by", 3)]
    assert told[0][2] == short(before, ZONE) == f"1040{NB}g/L, 3{NB}Mar{NB}2026, 00:30"


def test_what_stands_alone_has_no_neighbors() -> None:
    assert neighbors(link("observation", observation()), ZONE) == []


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (observation(performer="Lab A", precision="day"), f"104{NB}g/L, 3{NB}Mar{NB}2026, Lab A"),
        (
            Event(kind="hemoptysis", effective_at=AT, precision="day", findings={"amount": "massive"}),
            f"3{NB}Mar{NB}2026; Amount: 100 mL or more",
        ),
        (treatment(), f"30{NB}mg, daily; From: 1{NB}Mar{NB}2026; To: open"),
    ],
)
def test_a_fact_in_one_line(row: Row, line: str) -> None:
    assert short(row, ZONE) == line
