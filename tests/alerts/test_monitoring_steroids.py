"""Regular tests under steroids: glucose, blood pressure, weight and height, eyes, bone density."""

from typing import Any

import pytest

from alerts.due import Due
from alerts.monitoring import care, schedule
from patients.history import EventRecord, History, Series
from tests.alerts.rules.dosages import taper
from tests.alerts.rules.histories import event, history, on, series, treatment

NB = "\u00a0"


def due(known: History, subject: str) -> Due | None:
    """Return when a test is due."""
    return next((one for one in schedule(known) if one.subject == subject), None)


def on_steroids(mg: float = 10, start: int = 0, **fields: Any) -> list[Any]:
    """Return prednisolone taken from a day on."""
    return [treatment(start, "prednisolone", dose=mg, unit="mg", **fields)]


def procedure(day: int, name: str) -> EventRecord:
    """Return a procedure."""
    return event(day, "procedure", id=60 + day, name=name)


UNDER_STEROIDS = ("glucose", "blood_pressure", "growth", "eyes", "bones")


@pytest.mark.parametrize(
    ("subject", "days"), [("glucose", 28), ("blood_pressure", 28), ("growth", 90), ("eyes", 365), ("bones", 90)]
)
def test_steroids_ask_for_tests_from_their_first_day_on(subject: str, days: int) -> None:
    """Clinical specification, B4: glucose after 4 weeks, weight and height after 3 months, eyes after 12, bones after 3."""
    found = due(history(treatments=on_steroids(start=5), at=10), subject)
    assert found is not None
    assert found.due_on == on(5 + days).date()
    assert found.why == f"steroids since 6{NB}Jan{NB}2024, first due after {days}{NB}days"


@pytest.mark.parametrize(
    ("subject", "done", "days"),
    [
        ("glucose", series([(20, 5.0)], "GLU"), 90),
        ("blood_pressure", series([(20, 120)], "SBP"), 28),
        ("growth", series([(20, 30.0)], "WEIGHT"), 90),
    ],
)
def test_then_as_often_as_they_are_due(subject: str, done: Series, days: int) -> None:
    found = due(history(done, treatments=on_steroids(), at=30), subject)
    assert found is not None
    assert found.due_on == on(20 + days).date()


@pytest.mark.parametrize(("subject", "name"), [("eyes", "eye_examination"), ("bones", "bone_density")])
def test_a_procedure_counts_by_its_name(subject: str, name: str) -> None:
    others = [procedure(20, "plasmapheresis"), procedure(21, "oxygen_started")]
    without, done = (
        due(history(treatments=on_steroids(), events=events, at=30), subject)
        for events in (others, [*others, procedure(22, name)])
    )
    assert without is not None
    assert "first due" in without.why
    assert done is not None
    assert done.due_on == on(22 + 365).date()


def test_what_was_done_before_the_start_does_not_count() -> None:
    found = due(history(series([(0, 5.0)], "GLU"), treatments=on_steroids(start=10), at=20), "glucose")
    assert found is not None
    assert found.due_on == on(38).date()


def test_bones_are_looked_at_from_7_5_mg_on() -> None:
    assert due(history(treatments=on_steroids(7.0), at=30), "bones") is None
    rising = [*on_steroids(5.0, until=19), *on_steroids(7.5, 20)]
    found = due(history(treatments=rising, at=30), "bones")
    assert found is not None
    assert found.due_on == on(20 + 90).date()


@pytest.mark.parametrize(
    "rows", [[], on_steroids(until=20), [*on_steroids(until=20), *on_steroids(0, 21)], on_steroids(route="inhaled")]
)
def test_without_steroids_now_nothing_of_it_is_asked_for(rows: list[Any]) -> None:
    known = history(series([(0, 5.0)], "GLU"), series([(0, 120)], "SBP"), treatments=rows, at=30)
    assert [subject for subject in UNDER_STEROIDS if due(known, subject)] == []


def test_a_year_of_steps_is_one_course() -> None:
    rows = taper(40, 30, 20, 10, days=60)
    assert care(history(treatments=rows, at=300)).steroids == on(0).date()
    assert care(history(treatments=rows, at=300)).thinning == on(0).date()
