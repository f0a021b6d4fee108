"""A steady fall where there is no baseline: when it raises, what it says, what ends it."""

from typing import Any

import pytest

from alerts.rules import hemoglobin_fall
from alerts.rules.hemoglobin_slope import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from tests.alerts.rules.histories import (
    CHILD,
    STEADY,
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
GIVEN = event(-1, "transfusion", id=70, product="red_cells", units=2)
FALLING = ((0.0, 128.0), (7.0, 126.0), (14.0, 125.0), (21.0, 121.0), (28.0, 118.0))
"""Clinical vector theil_sen-01: −10 g/L in 28 days, exact p 1/120."""


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to results after a transfusion: nothing is steady then."""
    return answer(RULE, hemoglobin(*points, events=(GIVEN,), **fields))


def found(*points: Point) -> Finding:
    """Return the finding of results after a transfusion."""
    return finding(RULE, hemoglobin(*points, events=(GIVEN,)))


def test_what_it_says() -> None:
    one = found(*FALLING)
    assert (one.severity, one.level, one.latching) == (Severity.MODERATE, 0, False)
    assert one.sentence == (
        f"Hb 118{NB}g/L on 29{NB}Jan{NB}2024, falling by 10{NB}g/L in 28{NB}days since 1{NB}Jan{NB}2024. There is no baseline to "
        "compare it with; of values in any order one in 120 falls as steadily."
    )
    assert one.arithmetic == (
        f"Theil–Sen slope of 5 results within 28{NB}days: −10{NB}g/L per 28{NB}days, Kendall p = 0.0083",
    )
    assert one.threshold == f"8{NB}g/L or more in 28{NB}days, p at most 0.05"
    assert one.clears_when == (
        f"Two results without such a fall, at least 24{NB}hours apart, 30{NB}days after any transfusion."
    )
    assert one.numbers == pytest.approx({"result": 118, "slope_per_28_days": -10, "p": 1 / 120, "n": 5})
    assert [(row.role, row.value) for row in one.evidence] == [
        ("result", 118), ("baseline", 121), ("baseline", 125), ("baseline", 126), ("baseline", 128),
    ]  # fmt: skip


def test_with_a_baseline_it_is_no_finding_but_a_line_beside_the_fall() -> None:
    points = (*STEADY, (150, 121), (157, 118), (164, 114), (171, 110))
    assert isinstance(answer(RULE, hemoglobin(*points)), Clear)
    beside = finding(hemoglobin_fall.RULE, hemoglobin(*points)).arithmetic[-1]
    assert beside.startswith(f"Theil–Sen slope of 4 results within 28{NB}days: −15.3{NB}g/L")


def test_a_fall_that_is_not_steady_has_no_such_line() -> None:
    lines = finding(hemoglobin_fall.RULE, hemoglobin(*STEADY, (168, 100))).arithmetic
    assert not any("Theil" in line for line in lines)


def test_one_or_two_steady_results_are_no_baseline() -> None:
    bout = event(9, "exacerbation", status="confirmed", until=str(on(80).date()))
    assert isinstance(answer(RULE, hemoglobin(*FALLING, events=(bout,))), Finding)
    assert isinstance(answer(RULE, hemoglobin(*FALLING)), Clear)


def test_too_little_to_say_anything() -> None:
    few = of(*FALLING[:3])
    assert isinstance(few, CannotJudge)
    assert few.reason == f"no baseline yet, and fewer than 4 results over 14{NB}days or more"
    assert isinstance(answer(RULE, history()), CannotJudge)
    assert isinstance(answer(RULE, hemoglobin(*STEADY)), Clear)  # a baseline there is


def test_flat_results_are_clear() -> None:
    assert isinstance(of((0, 100), (7, 101), (14, 99), (21, 101)), Clear)


def test_it_goes_on_until_two_results_show_that_it_is_over() -> None:
    later = (*FALLING, (35, 126), (36.1, 127))
    assert isinstance(of(*later[:6]), Finding)
    assert isinstance(of(*later), Clear)
    again = event(5, "transfusion", id=71, product="red_cells", units=1)
    seen = hemoglobin(*FALLING, (31, 116), (34, 126), (37, 127), events=(GIVEN, again))
    assert isinstance(answer(RULE, seen), Finding)  # one of the two is not 30 days after it


def test_results_too_sparse_for_a_slope_show_nothing() -> None:
    still = of(*FALLING, (70, 112), (110, 108))
    assert isinstance(still, Finding)
    assert f"Newest: Hb 108{NB}g/L on 20{NB}Apr{NB}2024" in still.arithmetic


def test_a_baseline_that_came_since_lets_it_end() -> None:
    flat = [(150.0 + 28 * place, 117.0) for place in range(6)]
    assert isinstance(of(*FALLING, *flat), Clear)


@pytest.mark.parametrize(("step", "level"), [(2.0, 0), (3.9, 0), (4.0, 1), (6.0, 2)])
def test_each_further_eight_grams_are_worse(step: float, level: int) -> None:
    assert found(*[(7.0 * week, 128 - step * week) for week in range(5)]).level == level


def test_a_fall_up_to_an_unconfirmed_result_is_told_as_such() -> None:
    seen = history(series(FALLING, unconfirmed=[4]), events=(GIVEN,))
    assert finding(RULE, seen).sentence.endswith(" The result is not confirmed yet.")


def test_the_bout_began_at_the_first_result_that_held() -> None:
    one = found(*FALLING)
    assert one.since == on(21)  # 128, 126, 125, 121: −8.7 g/L per 28 days, p 1/24


@pytest.mark.parametrize(("who", "days"), [({}, 365), ({"patient": CHILD}, 180)])
def test_silence_begins_when_the_newest_result_is_too_old(who: dict[str, Any], days: int) -> None:
    seen = hemoglobin(*FALLING, events=(GIVEN,), **who)
    assert recheck(RULE, seen) == on(28 + days)
    assert isinstance(answer(RULE, seen, at=28 + days), CannotJudge)
    assert isinstance(answer(RULE, seen, at=27.9 + days), Finding)
