"""Anemia that does not get better on iron by mouth."""

from typing import Any

import pytest

from alerts.rules.iron_response import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from patients.history import TreatmentRecord
from tests.alerts.rules.histories import (
    CHILD,
    Point,
    answer,
    event,
    finding,
    history,
    on,
    person,
    recheck,
    series,
    treatment,
)

NB = "\u00a0"
TABLETS = treatment(2, "Ferrous sulfate", route="oral")
"""From 3 January 2024 on."""


def of(*points: Point, rows: tuple[TreatmentRecord, ...] = (TABLETS,), **fields: Any) -> Answer:
    """Return the answer to hemoglobin on iron."""
    return answer(RULE, history(series(points, **fields.pop("marks", {})), treatments=rows, **fields))


def found(*points: Point, rows: tuple[TreatmentRecord, ...] = (TABLETS,), **fields: Any) -> Finding:
    """Return the finding of hemoglobin on iron."""
    return finding(RULE, history(series(points), treatments=rows, **fields))


def reason(*points: Point, **fields: Any) -> str:
    """Return why nothing can be said."""
    one = of(*points, **fields)
    assert isinstance(one, CannotJudge), one
    return one.reason


def test_what_it_says() -> None:
    one = found((0, 98), (12, 101), (23, 104))
    assert (one.severity, one.level) == (Severity.MODERATE, 0)
    assert one.sentence == (
        f"Hb 104{NB}g/L on 24{NB}Jan{NB}2024, only 6{NB}g/L above 98{NB}g/L on 1{NB}Jan{NB}2024, though iron has been taken by "
        f"mouth since 3{NB}Jan{NB}2024. 10{NB}g/L were to be expected: is blood being lost?"
    )
    assert one.arithmetic == (
        f"104 − 98 = 6{NB}g/L",
        f"Taken on 100{NB}% of the days",
        f"A response: 108{NB}g/L or more",
    )
    assert one.threshold == f"Risen by less than 10{NB}g/L after 21{NB}days of iron by mouth"
    assert one.clears_when == (
        f"Two results at or above 108{NB}g/L, at least 24{NB}hours apart, 30{NB}days after any transfusion."
    )
    assert one.numbers == pytest.approx(
        {"result": 104, "start": 98, "rise": 6, "target": 108, "adherence_percent": 100}
    )
    assert [(row.role, row.kind, row.code) for row in one.evidence] == [
        ("result", "observation", "HGB"), ("baseline", "observation", "HGB"), ("support", "treatment", "iron"),
    ]  # fmt: skip
    assert one.evidence[-1].effective_at.date() == on(2).date()


def test_what_hemoglobin_was_before_is_no_response() -> None:
    assert isinstance(of((-60, 125), (0, 98), (23, 104)), Finding)
    assert isinstance(of((-60, 125), (0, 98), (12, 109), (23, 104)), Clear)


@pytest.mark.parametrize(
    ("value", "words"), [(98, "no more than 98"), (95, f"3{NB}g/L below 98"), (99, f"only 1{NB}g/L above 98")]
)
def test_flat_or_falling_in_words(value: float, words: str) -> None:
    assert words in found((0, 98), (23, value)).sentence


@pytest.mark.parametrize(("day", "kind"), [(22, CannotJudge), (23, Finding)])
def test_it_is_judged_from_the_21st_day_on(day: int, kind: type) -> None:
    assert isinstance(of((0, 98), (day, 100)), kind)
    assert reason((0, 98), (10, 100)) == f"iron by mouth since 3{NB}Jan{NB}2024: judged from 24{NB}Jan{NB}2024 on"


@pytest.mark.parametrize(("value", "kind"), [(107.9, Finding), (108, Clear)])
def test_ten_grams_are_a_response(value: float, kind: type) -> None:
    assert isinstance(of((0, 98), (23, value)), kind)


@pytest.mark.parametrize(("value", "kind"), [(119, Finding), (120, Clear)])
def test_so_is_the_end_of_anemia(value: float, kind: type) -> None:
    assert isinstance(of((0, 115), (23, value)), kind)


def test_who_is_not_anemic_has_nothing_to_show() -> None:
    assert isinstance(of((0, 124), (23, 122), (60, 121)), Clear)
    assert isinstance(of((0, 112), (23, 111), patient=person(CHILD)), Clear)  # 4 years: no anemia from 110 on


def test_the_limit_of_anemia_is_that_of_the_place() -> None:
    high = person(altitude_m=1200.0)  # 8 g/L more
    assert isinstance(of((0, 122), (23, 127), patient=high), Finding)
    assert isinstance(of((0, 122), (23, 128), patient=high), Clear)


def test_one_response_is_enough_for_the_course() -> None:
    assert isinstance(of((0, 98), (20, 109), (60, 97)), Clear)
    unconfirmed = of((0, 98), (20, 109), (60, 97), marks={"unconfirmed": [1]})
    assert isinstance(unconfirmed, Finding)


def test_a_rise_by_transfusion_is_none() -> None:
    given = event(10, "transfusion", product="red_cells", units=1)
    assert reason((0, 98), (23, 110), events=(given,)) == "the rise of hemoglobin on iron may be due to a transfusion"
    assert isinstance(of((0, 98), (23, 104), events=(given,)), Finding)
    assert isinstance(of((0, 98), (9, 109), (23, 104), events=(given,)), Clear)  # it had risen before


def test_taken_too_seldom_it_cannot_work() -> None:
    rows = (treatment(2, "Iron", until=8, route="oral"), treatment(16, "Iron", route="oral"))
    assert (
        reason((0, 98), (23, 99), rows=rows) == f"iron by mouth was taken on 67{NB}% of the days since 3{NB}Jan{NB}2024"
    )
    often = (treatment(2, "Iron", until=14, route="oral"), treatment(18, "Iron", route="oral"))
    one = found((0, 98), (23, 99), rows=often)
    assert one.arithmetic[1] == f"Taken on 86{NB}% of the days"
    assert len([row for row in one.evidence if row.kind == "treatment"]) == 2


def test_without_iron_there_is_nothing_to_judge() -> None:
    assert isinstance(of((0, 98), (23, 99), rows=()), Clear)
    by_vein = (treatment(2, "Iron sucrose", route="iv"),)
    assert isinstance(of((0, 98), (23, 99), rows=by_vein), Clear)


@pytest.mark.parametrize(("first", "starts"), [(0, True), (-26, True), (-27, False), (2, True), (9, True), (10, False)])
def test_the_start_is_the_newest_before_or_the_first_of_the_week_after(first: float, starts: bool) -> None:
    one = of((first, 98), (23, 99))
    assert isinstance(one, Finding) is starts
    if not starts:
        assert isinstance(one, CannotJudge)
        assert one.reason == f"no hemoglobin result around the start of iron on 3{NB}Jan{NB}2024"


def test_of_several_the_newest_before_counts_or_a_lower_one_of_the_week_after() -> None:
    assert found((-20, 90), (0, 98), (5, 101), (23, 99)).numbers["start"] == 98
    assert found((3, 97), (6, 90), (23, 99)).numbers["start"] == 90
    assert isinstance(of((0, 98), (5, 88), (23, 99)), Clear)  # from the end of the bleed on it rose by 11
    assert found((0, 98), (10, 88), (23, 99)).numbers["start"] == 98


@pytest.mark.parametrize("who", [person(birth_date=None), person(sex="")])
def test_who_has_no_grade_of_anemia(who: Any) -> None:
    assert reason((0, 98), (23, 99), patient=who) == "whether there was anemia needs a birth date and a sex"


def test_two_results_that_respond_end_it() -> None:
    assert isinstance(of((0, 98), (23, 99), (30, 109)), Finding)
    assert isinstance(of((0, 98), (23, 99), (30, 109), (31, 110)), Clear)


def test_when_iron_is_stopped_it_ends_and_a_new_course_is_waited_for() -> None:
    stopped = (treatment(2, "Iron", until=25, route="oral"),)
    assert isinstance(of((0, 98), (23, 99), (30, 99), rows=stopped), Finding)
    assert isinstance(of((0, 98), (23, 99), (30, 99), (40, 99), rows=stopped), Clear)
    again = (*stopped, treatment(45, "Iron", route="oral"))
    assert isinstance(of((0, 98), (23, 99), (46, 99), (50, 99), rows=again), Finding)


def test_a_new_day_changes_nothing_before_the_result_is_too_old() -> None:
    known = history(series([(0, 98), (23, 99)]), treatments=[TABLETS])
    assert recheck(RULE, known) == on(23 + 365)
    assert finding(RULE, known, at=23.1) == finding(RULE, known, at=387)
    assert isinstance(answer(RULE, known, at=23 + 365), CannotJudge)
    assert isinstance(answer(RULE, history()), CannotJudge)
