"""A grade of anemia worse than the person's usual one."""

from datetime import date
from typing import Any

import pytest

from alerts.rules.hemoglobin_grade import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from tests.alerts.rules.histories import (
    CHILD,
    STEADY,
    WOMAN,
    Point,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    monthly,
    on,
    person,
    recheck,
    series,
)

NB = "\u00a0"


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to six steady results of 124 g/L and these."""
    return answer(RULE, hemoglobin(*STEADY, *points, **fields))


def test_what_it_says() -> None:
    one = finding(RULE, hemoglobin(*STEADY, (168, 116)))
    assert (one.severity, one.level) == (Severity.LOW, 0)
    assert one.sentence == (
        f"Hb 116{NB}g/L on 17{NB}Jun{NB}2024, mild anemia; usual is no anemia, at 124. It is below the 95{NB}% limit of "
        f"117.3{NB}g/L, too."
    )
    assert one.arithmetic == (f"Compared with 124{NB}g/L, lower 95{NB}% limit 117.3{NB}g/L",)
    assert one.threshold == f"WHO grade worse than usual, and below 117.3{NB}g/L"
    assert one.clears_when == (
        f"Two results at or above 117.3{NB}g/L, or of the usual grade, at least 24{NB}hours apart, 30{NB}days after any "
        "transfusion."
    )
    assert one.numbers == pytest.approx({"result": 116, "adjusted": 116, "baseline": 124, "limit95": 117.26}, rel=1e-3)
    assert [row.role for row in one.evidence] == ["result", *["baseline"] * 6]


@pytest.mark.parametrize(
    ("steady", "value", "kind"),
    [
        (124, 119, Clear),  # mild by WHO, but within chance of 124
        (124, 117, Finding),
        (135, 121, Clear),  # below the limit of 127.7, but no anemia
        (113, 106, Finding),  # mild to moderate, limit 106.9
        (113, 107, Clear),
        (85, 79.9, Finding),  # moderate to severe, limit 80.4
        (100, 90, Clear),  # moderate before and after
    ],
)
def test_a_worse_grade_and_the_95_percent_limit_are_needed(steady: float, value: float, kind: type) -> None:
    assert isinstance(answer(RULE, hemoglobin(*monthly(*[steady] * 6), (168, value))), kind)


@pytest.mark.parametrize(("value", "level"), [(116, 0), (109, 1), (79, 2)])
def test_each_further_grade_is_worse(value: float, level: int) -> None:
    assert finding(RULE, hemoglobin(*STEADY, (168, value))).level == level


def test_altitude_and_smoking_are_subtracted_from_both() -> None:
    high = person(WOMAN, altitude_m=1200.0)
    one = finding(RULE, hemoglobin(*monthly(*[130] * 6), (168, 121), patient=high))
    assert one.arithmetic[0] == f"Graded: 121 − 8 = 113{NB}g/L"
    assert one.numbers["adjusted"] == 113
    assert isinstance(answer(RULE, hemoglobin(*monthly(*[130] * 6), (168, 121))), Clear)


def test_in_pregnancy_both_are_graded_by_the_trimester_of_the_result() -> None:
    expecting = person(WOMAN, pregnancies=((on(150).date(), None),))
    assert isinstance(of((168, 108), patient=expecting), Clear)  # mild from 110 down, but limit95 lowered to 107.5
    assert isinstance(of((168, 107), patient=expecting), Finding)


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (person(WOMAN, birth_date=None), "the grade of anemia needs a birth date"),
        (person(WOMAN, sex=""), "the grade of anemia needs a sex, from 15 years on"),
        (person(CHILD, birth_date=date(2024, 3, 1)), f"WHO has no grade of anemia below 6{NB}months of age"),
    ],
)
def test_where_there_is_no_grade(who: Any, reason: str) -> None:
    found = of((168, 100), patient=who)
    assert isinstance(found, CannotJudge)
    assert found.reason == reason


def test_a_child_needs_no_sex() -> None:
    assert isinstance(of((168, 105), patient=person(CHILD, sex="")), Finding)


def test_one_result_alone_has_no_usual_grade() -> None:
    assert isinstance(answer(RULE, hemoglobin((0, 100))), CannotJudge)
    assert isinstance(answer(RULE, history()), CannotJudge)


def test_without_a_baseline_the_previous_result_is_the_usual_one() -> None:
    given = event(-5, "transfusion", product="red_cells", units=1)
    one = finding(RULE, hemoglobin((0, 124), (28, 112), events=(given,)))
    assert one.numbers["previous"] == 124


def test_two_results_of_the_usual_grade_end_it() -> None:
    assert isinstance(of((168, 116), (170, 121)), Finding)
    assert isinstance(of((168, 116), (170, 121), (170.5, 122)), Finding)
    assert isinstance(of((168, 116), (170, 121), (171, 122)), Clear)
    assert isinstance(of((168, 116), (170, 119), (171, 119)), Clear)  # mild, but not below the limit


def test_the_worst_counts_and_the_newest_is_named() -> None:
    one = finding(RULE, hemoglobin(*STEADY, (168, 105), (170, 112), (172, 121)))
    assert (one.level, one.numbers["result"]) == (1, 112)
    assert one.arithmetic[-2:] == (
        f"Worst: Hb 105{NB}g/L on 17{NB}Jun{NB}2024",
        f"Newest: Hb 121{NB}g/L on 21{NB}Jun{NB}2024",
    )


def test_an_unconfirmed_result_is_told_as_such() -> None:
    seen = history(series((*STEADY, (168.0, 105.0)), unconfirmed=[6]))
    assert finding(RULE, seen).sentence.endswith(" The result is not confirmed yet.")


def test_silence() -> None:
    seen = hemoglobin(*STEADY, (168, 116))
    assert recheck(RULE, seen) == on(168 + 365)
    assert isinstance(answer(RULE, seen, at=168 + 365), CannotJudge)
