"""A sharp fall within days, and a transfusion that did not lift hemoglobin as it should."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.rules.hemoglobin_acute import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity, Telling
from patients.history import EventRecord
from tests.alerts.rules.histories import (
    CHILD,
    Point,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    on,
    recheck,
    series,
)

NB = "\u00a0"
WEIGHT = series([(0, 20.0)], "WEIGHT", first_id=500)


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to these results."""
    return answer(RULE, hemoglobin(*points, **fields))


def blood(day: float, *, id: int = 900, precision: str = "minute", **amount: float) -> EventRecord:  # noqa: A002
    """Return a transfusion of red cells."""
    return event(day, "transfusion", id=id, precision=precision, product="red_cells", **amount)


@pytest.mark.parametrize(
    ("points", "raised"),
    [
        ([(0, 124), (3, 104)], True),  # 20 g/L in 72 hours
        ([(0, 124), (3, 104.1)], True),  # 16 %
        ([(0, 124), (3, 105.5)], False),  # 18.5 g/L, 14.9 %
        ([(0, 100), (3, 85)], True),  # 15 % exactly
        ([(0, 100), (3, 85.1)], False),
        ([(0, 100), (3.1, 84)], False),  # 16 %, but more than 72 hours and less than 20 g/L
        ([(0, 124), (14, 104)], True),  # 20 g/L in 14 days
        ([(0, 124), (14, 104.1)], False),
        ([(0, 124), (14.1, 100)], False),
        ([(0, 124), (7, 115), (14, 104)], True),  # not only from the one before
        ([(0, 104), (3, 124)], False),  # a rise
        ([(0, 60), (2, 50)], True),
    ],
)
def test_what_is_a_sharp_fall(points: list[Point], raised: bool) -> None:
    assert isinstance(of(*points), Finding if raised else Clear)


def test_a_sharp_fall_is_high_and_names_both_results() -> None:
    found = finding(RULE, hemoglobin((0, 124), (2, 98)))
    assert (found.severity, found.telling, found.latching, found.level) == (Severity.HIGH, Telling.USUAL, False, 0)
    assert found.sentence == (
        f"Hb 98{NB}g/L on 3{NB}Jan{NB}2024, 26{NB}g/L (21{NB}%) below 124 on 1{NB}Jan{NB}2024. "
        f"20{NB}g/L or more within 14{NB}days is an acute fall."
    )
    assert [(row.role, row.value) for row in found.evidence] == [("result", 98), ("baseline", 124)]
    assert found.arithmetic == (f"98 − 124 = −26{NB}g/L (−21{NB}%)",)
    assert found.numbers == {"result": 98, "earlier": 124, "fall": 26, "amount": 26}


def test_a_fall_by_share_says_so() -> None:
    found = finding(RULE, hemoglobin((0, 76), (2, 61)))
    assert found.threshold == f"15{NB}% or more within 72{NB}hours"
    assert found.level == 0


@pytest.mark.parametrize(("value", "level"), [(104, 0), (94.1, 0), (94, 1), (84, 2), (44, 6)])
def test_each_further_ten_grams_are_one_level_more(value: float, level: int) -> None:
    assert finding(RULE, hemoglobin((0, 124), (2, value))).level == level


def test_the_largest_fall_counts() -> None:
    found = finding(RULE, hemoglobin((0, 130), (5, 126), (10, 100)))
    assert found.numbers["earlier"] == 130


def test_an_unconfirmed_high_value_makes_no_fall_but_a_low_one_does() -> None:
    points = [(0.0, 201.0), (1.0, 124.0)]
    assert isinstance(answer(RULE, history(series(points, unconfirmed=[0]))), Clear)
    found = finding(RULE, history(series([(0, 124), (1, 39)], unconfirmed=[1])))
    assert found.sentence.endswith("The result is not confirmed yet.")


def test_nothing_to_compare_with_cannot_be_judged() -> None:
    assert isinstance(of((0, 124)), CannotJudge)
    assert isinstance(of(at=1), CannotJudge)
    assert isinstance(of((0, 124), (2, 98), at=400), CannotJudge)


def test_two_results_without_a_fall_24_hours_apart_recover() -> None:
    sharp = ((0.0, 124.0), (2.0, 98.0))
    held = of(*sharp, (2.5, 99))
    assert isinstance(held, Finding)
    after = of(*sharp, (15, 99))
    assert isinstance(after, Finding)
    assert after.clears_when == (
        f"One more result without a sharp fall, at least 24{NB}hours after that of 16{NB}Jan{NB}2024, "
        f"30{NB}days after any transfusion."
    )
    assert isinstance(of(*sharp, (15, 99), (15.9, 99)), Finding)
    assert isinstance(of(*sharp, (15, 99), (16, 99)), Clear)


def test_an_unconfirmed_good_result_does_not_recover() -> None:
    found = answer(RULE, history(series([(0, 124), (2, 98), (20, 120), (22, 121)], unconfirmed=[2, 3])))
    assert isinstance(found, Finding)
    assert found.clears_when.startswith("Two results")


def test_while_it_recovers_the_last_sharp_fall_is_told_with_its_date_and_the_newest_result() -> None:
    found = finding(RULE, hemoglobin((0, 124), (2, 98), (15, 99)))
    assert found.sentence.startswith(f"Hb 98{NB}g/L on 3{NB}Jan{NB}2024, 26{NB}g/L")
    assert [(row.role, row.value) for row in found.evidence] == [("result", 98), ("baseline", 124)]
    assert found.arithmetic[-1] == f"Newest: Hb 99{NB}g/L on 16{NB}Jan{NB}2024"
    assert found.since == on(2)


@pytest.mark.parametrize(
    ("points", "low"),
    [
        ([(0, 100), (7, 68), (7.5, 81)], 68),  # a higher result of the same day in the same file
        ([(0, 100), (7, 100), (7.125, 94), (7.17, 85), (7.21, 86)], 85),
        ([(0, 104), (1, 66), (2, 104)], 66),
    ],
)
def test_a_higher_result_behind_a_sharp_fall_does_not_hide_it(points: list[Point], low: float) -> None:
    assert finding(RULE, hemoglobin(*points)).numbers["result"] == low


def test_a_transfusion_alone_ends_no_sharp_fall() -> None:
    story, given = [(0.0, 100.0), (1.0, 68.0), (2.5, 93.0), (4.0, 92.0)], [blood(2, units=3)]
    found = finding(RULE, hemoglobin(*story, events=given))
    assert found.clears_when.startswith("Two results without a sharp fall")
    assert isinstance(of(*story, (31.9, 92), (33.5, 92), events=given), Finding)
    assert isinstance(of(*story, (32.1, 92), (33.2, 92), events=given), Clear)
    assert isinstance(of(*story, (32.1, 92), (33.2, 92), events=given, at=40), Clear)


def test_a_rise_by_transfusion_the_next_day_does_not_hide_the_fall() -> None:
    assert isinstance(of((0, 100), (1, 72), (2, 101), events=[blood(1.5)]), Finding)


def test_the_level_is_that_of_the_worst_since_it_began() -> None:
    found = finding(RULE, hemoglobin((0, 124), (2, 84), (3, 101)))
    assert (found.level, found.numbers["result"]) == (2, 101)
    assert found.arithmetic[-1] == f"Worst: Hb 84{NB}g/L on 3{NB}Jan{NB}2024"
    assert found.since == on(2)


def test_a_bout_begins_anew_after_a_good_result() -> None:
    found = finding(RULE, hemoglobin((0, 124), (2, 98), (10, 120), (11, 99), (12, 98)))
    assert found.since == on(11)


def test_less_than_is_written_as_it_was_given() -> None:
    found = finding(RULE, history(series([(0, 124), (1, 70)], signs={1: "<"})))
    assert found.sentence.startswith(
        f"Hb <70{NB}g/L on 2{NB}Jan{NB}2024, more than 54{NB}g/L (44{NB}%) below 124 on 1{NB}Jan{NB}2024."
    )
    assert "not confirmed" not in found.sentence
    assert found.arithmetic == (f"<70 − 124 < −54{NB}g/L (−44{NB}%)",)
    assert found.evidence[0].value == "<70"


def test_at_most_is_a_shortfall_of_at_least() -> None:
    seen = history(series([(0, 80), (2, 70)], signs={1: "<="}), events=[blood(1, units=2)])
    found = finding(RULE, seen)
    assert f"Hb ≤70{NB}g/L on 3{NB}Jan{NB}2024, at least 30{NB}g/L below the 100 expected" in found.sentence
    assert found.arithmetic[1] == f"Missing: 100 − ≤70 ≥ 30{NB}g/L"


def test_published_case_c01_falls_by_a_fifth_within_two_days_of_a_transfusion() -> None:
    found = finding(RULE, hemoglobin((0, 59), (1, 76), (3, 61), events=[blood(0.5)], patient=CHILD))
    assert found.numbers["fall"] == 15
    assert found.severity is Severity.HIGH


def test_a_fall_from_the_peak_after_a_transfusion() -> None:
    assert isinstance(of((0, 70), (2, 95), (12, 75), events=[blood(1, units=2)]), Finding)


def test_an_adult_should_rise_by_ten_grams_a_unit() -> None:
    found = finding(RULE, hemoglobin((0, 80), (2, 79), events=[blood(1, units=2.0, id=55)]))
    assert found.sentence == (
        f"Hb 79{NB}g/L on 3{NB}Jan{NB}2024, 21{NB}g/L below the 100 expected after transfusion. "
        f"From 80{NB}g/L on 1{NB}Jan{NB}2024 it should have risen; what is missing may be bleeding."
    )
    assert found.numbers["expected"] == 100
    assert found.arithmetic == (f"Expected: 80 + 20 = 100{NB}g/L", f"Missing: 100 − 79 = 21{NB}g/L")
    assert [row.id for row in found.evidence if row.role == "support"] == [55]
    assert isinstance(of((0, 80), (2, 80), events=[blood(1, units=2)]), Clear)


def test_a_child_should_rise_by_twenty_grams_for_ten_ml_a_kg() -> None:
    def child(value: float) -> Answer:
        seen = history(series([(0, 80), (2, value)]), WEIGHT, events=[blood(1, volume_ml=300.0)], patient=CHILD)
        return answer(RULE, seen)

    found = child(89)
    assert isinstance(found, Finding)
    assert found.numbers["expected"] == 110
    assert isinstance(child(90), Clear)


def test_transfusions_of_the_week_add_up() -> None:
    given = [blood(1, units=1, id=1), blood(3, units=2, id=2)]
    found = finding(RULE, hemoglobin((0, 80), (2, 88), (5, 87), events=given))
    assert found.numbers["expected"] == 110


@pytest.mark.parametrize(
    "given",
    [
        blood(1),  # nobody said how much
        blood(1, volume_ml=600),  # an adult's volume says nothing about units
        blood(-7, units=2),  # too long ago
        blood(3, units=2),  # after the result
        event(1, "transfusion", product="other", units=2),
    ],
)
def test_no_shortfall_without_a_known_recent_amount(given: EventRecord) -> None:
    assert isinstance(of((0, 80), (2, 79), events=[given]), Clear)


def test_no_shortfall_of_a_child_without_a_fresh_weight() -> None:
    given = [blood(101, volume_ml=300.0)]
    points = series([(100, 80), (102, 79)])
    assert isinstance(answer(RULE, history(points, events=given, patient=CHILD)), Clear)
    assert isinstance(answer(RULE, history(points, WEIGHT, events=given, patient=CHILD)), Clear)


def test_no_shortfall_without_a_result_before() -> None:
    assert isinstance(of((-9, 75), (2, 60), events=[blood(1, units=2)]), Clear)


def test_a_transfusion_known_by_its_day_is_not_held_against_that_day() -> None:
    given = replace(blood(1, units=2, precision="day"), effective_at=on(1).replace(hour=0))
    assert isinstance(of((0, 80), (1, 79), events=[given]), Clear)
    assert isinstance(of((0, 80), (2, 79), events=[given]), Finding)


def test_a_shortfall_beyond_the_next_step_is_a_level_more() -> None:
    assert finding(RULE, hemoglobin((0, 80), (2, 69), events=[blood(1, units=2)])).level == 1


def test_a_shortfall_has_its_own_limit() -> None:
    known = hemoglobin((0, 80), (2, 69), events=[blood(1, units=2)])  # 31 g/L below the 100 expected
    assert finding(RULE, known).threshold == (
        f"More than 20{NB}g/L below what transfusions within 7{NB}days should give"
    )
    assert finding(RULE, known, shortfall=30).level == 0
    assert finding(RULE, known, acute_fall=30).level == 1


def test_settings_are_followed() -> None:
    seen = hemoglobin((0, 124), (5, 100))
    assert isinstance(answer(RULE, seen, acute_fall=30), Clear)
    assert isinstance(answer(RULE, seen, acute_days=7), Finding)
    assert isinstance(answer(RULE, seen, acute_fall=30, acute_hours=120), Finding)


def test_asked_again_when_the_result_becomes_too_old() -> None:
    assert recheck(RULE, hemoglobin((0, 124), (5, 100))) == on(5) + timedelta(days=365)
