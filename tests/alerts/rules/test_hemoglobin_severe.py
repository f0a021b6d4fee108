"""Hemoglobin below WHO's severe limit or below 70 g/L at any age."""

from datetime import date, timedelta
from typing import Any

import pytest

from alerts.rules.hemoglobin_severe import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity, Telling
from patients.history import PatientFacts
from tests.alerts.rules.histories import (
    CHILD,
    WOMAN,
    Point,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    on,
    person,
    recheck,
    series,
)

NB = "\u00a0"
INFANT = person(CHILD, birth_date=date(2023, 11, 1))
TODDLER = person(CHILD, birth_date=date(2021, 1, 1))
UNKNOWN = person(CHILD, birth_date=None, sex="")
EXPECTING = person(WOMAN, pregnancies=((date(2023, 12, 1), None),))


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to these results."""
    return answer(RULE, hemoglobin(*points, **fields))


@pytest.mark.parametrize(
    ("patient", "limit"),
    [
        (INFANT, 70),
        (TODDLER, 70),
        (person(CHILD, birth_date=date(2018, 12, 31)), 80),
        (person(CHILD, birth_date=date(2010, 1, 1)), 80),
        (WOMAN, 80),
        (person(WOMAN, sex="male"), 80),
        (person(WOMAN, sex=""), 80),
        (EXPECTING, 70),
        (UNKNOWN, 70),
    ],
)
def test_the_limit_by_person(patient: PatientFacts, limit: float) -> None:
    assert isinstance(of((0, limit), patient=patient), Clear)
    assert isinstance(of((0, limit - 0.1), patient=patient), Finding)


def test_it_is_high_and_says_by_what() -> None:
    found = finding(RULE, hemoglobin((0, 72)))
    assert (found.severity, found.telling, found.latching) == (Severity.HIGH, Telling.USUAL, False)
    assert found.sentence == (
        f"Hb 72{NB}g/L on 1{NB}Jan{NB}2024, severe anemia by the WHO grade for this age. Severe is below 80{NB}g/L."
    )
    assert found.arithmetic == (f"72 < 80{NB}g/L",)
    assert found.clears_when == (
        f"Two results at or above 80{NB}g/L, at least 24{NB}hours apart, 30{NB}days after any transfusion."
    )
    assert found.numbers == {"result": 72, "limit": 80, "adjusted": 72}


def test_at_any_age_below_70() -> None:
    found = finding(RULE, hemoglobin((0, 59), patient=TODDLER))
    assert found.sentence == (f"Hb 59{NB}g/L on 1{NB}Jan{NB}2024, severe anemia at any age. Severe is below 70{NB}g/L.")
    assert found.threshold == f"Below 70{NB}g/L"


@pytest.mark.parametrize(("value", "level"), [(79.9, 0), (70.1, 0), (70, 1), (59, 2), (26, 5)])
def test_each_further_ten_grams_are_one_level_more(value: float, level: int) -> None:
    assert finding(RULE, hemoglobin((0, value))).level == level


def test_altitude_and_smoking_are_subtracted_before_grading() -> None:
    high_up = person(WOMAN, altitude_m=2600.0, cigarettes_per_day=12.0)
    found = finding(RULE, hemoglobin((0, 102), patient=high_up))
    assert found.sentence == (
        f"Hb 102{NB}g/L on 1{NB}Jan{NB}2024, severe anemia by the WHO grade for this age. Severe is below 103{NB}g/L. "
        f"23{NB}g/L of it are due to altitude or smoking."
    )
    assert found.arithmetic[1] == f"Graded: 102 − 23 = 79{NB}g/L, severe below 80{NB}g/L"
    assert found.numbers["adjusted"] == 79
    assert isinstance(of((0, 103), patient=high_up), Clear)


def test_the_limit_of_any_age_is_of_the_measured_value() -> None:
    unknown = person(UNKNOWN, altitude_m=4600.0)
    assert isinstance(of((0, 71), patient=unknown), Clear)


def test_the_age_at_the_result_counts_not_that_of_today() -> None:
    nearly_five = person(CHILD, birth_date=on(10).date().replace(year=2019))
    assert isinstance(of((5, 75), patient=nearly_five, at=300), CannotJudge)
    assert isinstance(of((5, 75), patient=nearly_five, at=100), Clear)
    assert isinstance(of((5, 75), (15, 75), patient=nearly_five), Finding)


def test_one_result_is_enough() -> None:
    assert isinstance(of((0, 60)), Finding)
    assert isinstance(of((0, 120)), Clear)


def test_none_is_not() -> None:
    assert isinstance(of(at=1), CannotJudge)
    assert isinstance(of((0, 60), at=366), CannotJudge)


def test_less_than_seventy_is_severe_though_its_number_is_the_limit() -> None:
    seen = history(series([(0, 70)], signs={0: "<"}), patient=TODDLER)
    found = finding(RULE, seen)
    assert found.sentence.startswith(f"Hb <70{NB}g/L on 1{NB}Jan{NB}2024, severe")
    assert "not confirmed" not in found.sentence
    assert found.arithmetic == (f"<70 is below 70{NB}g/L",)
    assert found.evidence[0].value == "<70"
    assert found.numbers["result"] == pytest.approx(70)


def test_less_than_is_graded_as_less_than() -> None:
    seen = history(series([(0, 70)], signs={0: "<"}), patient=person(WOMAN, altitude_m=1200.0))
    assert finding(RULE, seen).arithmetic[1] == f"Graded: <70 − 8 < 62{NB}g/L, severe below 80{NB}g/L"


def test_an_unconfirmed_value_is_judged_at_once() -> None:
    found = finding(RULE, history(series([(0, 120), (7, 26)], unconfirmed=[1])))
    assert found.sentence.endswith("The result is not confirmed yet.")


def test_two_results_above_24_hours_apart_recover() -> None:
    held = of((0, 60), (1, 85))
    assert isinstance(held, Finding)
    assert held.clears_when == (
        f"One more result at or above 80{NB}g/L, at least 24{NB}hours after that of 2{NB}Jan{NB}2024, "
        f"30{NB}days after any transfusion."
    )
    assert isinstance(of((0, 60), (1, 85), (1.9, 86)), Finding)
    assert isinstance(of((0, 60), (1, 85), (2, 86)), Clear)
    assert isinstance(of((0, 60), (1, 85), (1.5, 79), (2, 86)), Finding)


def test_unconfirmed_results_above_do_not_recover() -> None:
    found = answer(RULE, history(series([(0, 60), (1, 85), (3, 86)], unconfirmed=[1, 2])))
    assert isinstance(found, Finding)
    assert found.clears_when.startswith(f"Two results at or above 80{NB}g/L")


def test_a_higher_result_behind_a_severe_one_does_not_hide_it() -> None:
    found = finding(RULE, hemoglobin((0, 104), (1, 66), (2, 104)))
    assert found.sentence.startswith(f"Hb 66{NB}g/L on 2{NB}Jan{NB}2024")
    assert found.arithmetic == (f"66 < 80{NB}g/L", f"Newest: Hb 104{NB}g/L on 3{NB}Jan{NB}2024")
    assert (found.since, [row.effective_at for row in found.evidence]) == (on(1), [on(1)])


def test_a_transfusion_alone_ends_no_severe_anemia() -> None:
    given = [event(1, "transfusion", product="red_cells", units=3)]
    story = ((0.0, 68.0), (2.0, 93.0), (3.5, 92.0))
    assert isinstance(of(*story, events=given), Finding)
    assert isinstance(of(*story, (31.1, 92), (32.0, 93), events=given), Finding)
    assert isinstance(of(*story, (31.1, 92), (32.1, 93), events=given), Clear)
    assert isinstance(of(*story), Clear)


def test_level_and_beginning_are_those_of_the_whole_and_of_the_present_bout() -> None:
    found = finding(RULE, hemoglobin((0, 55), (1, 85), (1.5, 78), (3, 79)))
    assert (found.level, found.since, found.numbers["result"]) == (2, on(1.5), 79)
    assert found.arithmetic[1] == f"Worst: Hb 55{NB}g/L on 1{NB}Jan{NB}2024"
    assert finding(RULE, hemoglobin((0, 55), (1, 85), (2, 86), (3, 79))).level == 0


def test_the_limit_of_any_age_is_a_setting() -> None:
    assert isinstance(answer(RULE, hemoglobin((0, 71), patient=UNKNOWN), any_age_limit=75), Finding)


def test_asked_again_when_the_result_becomes_too_old() -> None:
    assert recheck(RULE, hemoglobin((0, 60))) == on(365)
    assert recheck(RULE, hemoglobin((0, 60), patient=TODDLER)) == on(0) + timedelta(days=180)
