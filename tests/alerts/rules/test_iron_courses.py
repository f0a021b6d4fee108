"""Courses of iron by mouth, and on how many of their days it was taken."""

from datetime import date
from typing import Any

import pytest

from alerts.rules.iron_courses import Course, course_on
from patients.history import TreatmentRecord
from tests.alerts.rules.histories import history, on, treatment


def iron(day: int, *, until: int | None = None, **fields: Any) -> TreatmentRecord:
    """Return iron by mouth as taken, unless told otherwise."""
    return treatment(day, "Ferrous sulfate", until=until, **{"route": "oral", **fields})


def day(number: int) -> date:
    """Return a day of the story."""
    return on(number).date()


def course(*rows: TreatmentRecord, at: int) -> Course | None:
    """Return the course that a day lies in."""
    return course_on(history(treatments=rows), day(at))


def test_an_open_record_goes_on() -> None:
    found = course(iron(10), at=400)
    assert found is not None
    assert (found.first, found.last) == (day(10), None)
    assert course(iron(10), at=9) is None


def test_one_that_ended_is_over_the_day_after() -> None:
    assert course(iron(10, until=40), at=40) is not None
    assert course(iron(10, until=40), at=41) is None


@pytest.mark.parametrize(
    ("drug", "route", "counts"),
    [
        ("Ferrous sulfate", "oral", True),
        ("Iron polymaltose", "", True),
        ("FERRUM", "by mouth", True),
        ("Iron sucrose", "iv", False),
        ("Iron sucrose", "Intravenous", False),
        ("Iron dextran", "im", False),
        ("Prednisolone", "oral", False),
    ],
)
def test_what_counts_as_iron_by_mouth(drug: str, route: str, counts: bool) -> None:
    assert (course(treatment(0, drug, route=route), at=5) is not None) is counts


def test_a_dose_of_zero_is_none_taken_and_a_plan_is_no_course() -> None:
    assert course(iron(0, dose=0.0), at=5) is None
    assert course(iron(0, dose=None), at=5) is not None
    assert course(iron(0, intent="planned"), at=5) is None


def test_records_that_follow_closely_are_one_course() -> None:
    found = course(iron(0, until=20), iron(34, until=60), at=50)
    assert found is not None
    assert (found.first, len(found.taken)) == (day(0), 2)
    apart = course(iron(0, until=20), iron(35, until=60), at=50)
    assert apart is not None
    assert (apart.first, len(apart.taken)) == (day(35), 1)


def test_a_short_record_within_a_long_one_does_not_end_it() -> None:
    found = course(iron(0), iron(10, until=20), at=90)
    assert found is not None
    assert (found.first, found.last) == (day(0), None)


@pytest.mark.parametrize(("second", "last"), [(20, 40), (60, 60)])
def test_of_records_that_overlap_the_later_end_counts(second: int, last: int) -> None:
    found = course(iron(0, until=40), iron(10, until=second), at=30)
    assert found is not None
    assert (found.first, found.last) == (day(0), day(last))


def test_records_of_later_do_not_count_yet() -> None:
    found = course(iron(0, until=30), iron(31), at=10)
    assert found is not None
    assert (len(found.taken), found.last) == (1, day(30))


def test_adherence_is_the_share_of_days() -> None:
    found = course(iron(0, until=6), iron(14, until=27), at=28 - 1)
    assert found is not None
    assert found.adherence(day(28)) == pytest.approx(21 / 28)
    assert found.adherence(day(7)) == 1


def test_only_planned_days_are_asked_for() -> None:
    plan = (iron(0, until=6, intent="planned"), iron(14, until=20, intent="planned"))
    found = course(*plan, iron(0, until=6), iron(14, until=17), at=17)
    assert found is not None
    assert found.adherence(day(21)) == pytest.approx(11 / 14)


def test_iron_every_second_day_is_taken_all_the_time() -> None:
    found = course(iron(0, every_days=2.0), at=30)
    assert found is not None
    assert found.adherence(day(30)) == 1


def test_on_the_first_day_nothing_could_be_missed() -> None:
    found = course(iron(0), at=0)
    assert found is not None
    assert found.adherence(day(0)) == 1
