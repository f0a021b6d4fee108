"""A second fall before the first one has healed: against the highest since the lowest."""

import math
from typing import Any

import pytest

from alerts.rules import hemoglobin_fall
from alerts.rules.hemoglobin_relapse import RULE, Relapse, relapses
from alerts.rules.results import hemoglobin as usable
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from tests.alerts.rules.histories import (
    STEADY,
    Point,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    measured_by,
    on,
    recheck,
    series,
)

NB = "\u00a0"
FALLEN = (*STEADY, (168.0, 85.0), (182.0, 92.0), (196.0, 103.0))
"""A fall to 85 g/L and the way back so far: 92 is below the 95 % limit of two results under 103, so one result is as high."""
SIGMA = math.sqrt(math.log1p(0.014**2 + 0.028**2))


def of(*points: Point, **fields: Any) -> Answer:
    """Return the answer to results that follow the fall."""
    return answer(RULE, hemoglobin(*FALLEN, *points, **fields))


def found(*points: Point, **fields: Any) -> Finding:
    """Return the finding of results that follow the fall."""
    return finding(RULE, hemoglobin(*FALLEN, *points, **fields))


def last(*points: Point, **fields: Any) -> Relapse | None:
    """Return the relapse that the newest of results is part of."""
    seen = hemoglobin(*points, **fields)
    results = usable(seen, RULE.resolved({}), seen.at)
    return relapses(hemoglobin_fall.walked(results, {}))[-1]


def test_the_limit_is_that_of_two_results() -> None:
    one = found((203, 92))
    assert one.numbers["limit99"] == pytest.approx(103 * math.exp(-2.3263478740408408 * math.sqrt(2) * SIGMA))
    assert round(100 * (1 - one.numbers["limit99"] / 103), 1) == 9.8  # the specification's table: −9.8 %
    assert isinstance(of((203, 93)), Clear)


def test_what_it_says() -> None:
    one = found((203, 92))
    assert (one.severity, one.level, one.subject) == (Severity.MODERATE, 0, "")
    assert one.sentence == (
        f"Hb 92{NB}g/L on 22{NB}Jul{NB}2024, 11{NB}% below 103 on 15{NB}Jul{NB}2024, the highest since 85 on 17{NB}Jun{NB}2024. By "
        f"chance one of 100 results falls by more than 9.8{NB}% there."
    )
    assert one.arithmetic == (
        f"Limit = 103 × exp(−2.326 × √2 × 0.03130) = 92.9{NB}g/L",
        f"92 / 103 − 1 = −11{NB}%",
    )
    assert one.threshold == f"Below 92.9{NB}g/L, the 99{NB}% limit of a fall from 103"
    assert [(row.role, row.value) for row in one.evidence] == [("result", 92), ("baseline", 103), ("baseline", 85)]


def test_it_ends_at_the_95_percent_limit_not_at_the_99() -> None:
    assert found((203, 92)).clears_when == (
        f"Two results at or above 95.8{NB}g/L, at least 24{NB}hours apart, 30{NB}days after any transfusion."
    )
    for values, kind in (((95.5, 95.5), Finding), ((96, 95.5), Finding), ((96, 96), Clear)):
        points = [(203.0, 92.0), *((205.0 + 2 * place, value) for place, value in enumerate(values))]
        assert isinstance(of(*points), kind)


def test_between_the_limits_a_result_is_of_a_relapse_that_goes_on() -> None:
    """95 g/L lies above the 99 % limit of 92.9 and below the 95 % limit of 95.8: what counts is whether two were above that."""
    assert last(*FALLEN, (203, 92), (205, 96), (207, 95)) is not None
    assert last(*FALLEN, (203, 92), (205, 96), (207, 96), (209, 95)) is None
    assert last(*FALLEN, (203, 95)) is None


def test_the_fall_itself_is_none() -> None:
    assert isinstance(answer(RULE, hemoglobin(*STEADY, (168, 100), (175, 90), (182, 80))), Clear)
    assert isinstance(answer(RULE, hemoglobin(*STEADY, (168, 85), (170, 86), (172, 84))), Clear)


def test_outside_a_recovery_there_is_none() -> None:
    assert isinstance(answer(RULE, hemoglobin(*STEADY, (168, 135), (196, 120))), Clear)
    healed = (*STEADY, (168.0, 100.0), (182.0, 122.0), (190.0, 124.0))
    assert last(*healed, (218, 112)) is None


def test_a_new_lowest_begins_anew() -> None:
    sunk = (*STEADY, (168.0, 85.0), (175.0, 86.0), (182.0, 78.0))
    relapse = last(*sunk, (196, 95), (203, 84))
    assert relapse is not None
    assert (relapse.nadir, relapse.peak) == (8, 9)


def test_as_high_as_the_highest_makes_the_limit_wider() -> None:
    plateau = ((203.0, 104.0), (210.0, 102.0), (217.0, 103.0))
    one = found(*plateau, (224, 91))
    assert one.numbers["looks"] == 4  # 103, 104, 102, 103
    z = 2.8070337683438042  # SciPy 1.17.1, norm.isf(0.01 / 4)
    assert one.numbers["limit99"] == pytest.approx(104 * math.exp(-z * math.sqrt(2) * SIGMA))
    assert f"4 results were about as high as the highest: z for 1{NB}% / 4 = 2.807" in one.arithmetic
    assert isinstance(of(*plateau, (224, 92.5)), Clear)  # 11.1 % below: enough against one result only


def test_after_a_transfusion_the_highest_counts_from_the_first_result_on() -> None:
    given = event(100, "transfusion", id=70, product="red_cells", units=2)
    one = finding(RULE, hemoglobin((99, 72), (101, 92), (108, 82), events=(given,)))
    assert (one.numbers["highest"], one.numbers["lowest"]) == (92, 92)
    assert "the highest since the recovery began" in one.sentence
    assert [row.kind for row in one.evidence if row.role == "support"] == ["event"]
    assert isinstance(answer(RULE, hemoglobin((99, 72), (101, 92), (230, 82), events=(given,))), Clear)


def test_after_a_confirmed_exacerbation_too() -> None:
    bout = event(0, "exacerbation", status="confirmed", until=str(on(7).date()))
    seen = hemoglobin((1, 80), (9, 90), (16, 99), (23, 88), events=(bout,))
    assert finding(RULE, seen).numbers["highest"] == 99


def test_unconfirmed_results_are_no_peak_but_may_be_a_relapse() -> None:
    points = (*FALLEN, (200.0, 120.0), (203.0, 93.5))
    seen = history(series(points, unconfirmed=[9]))
    assert isinstance(answer(RULE, seen), Clear)
    assert isinstance(answer(RULE, hemoglobin(*points)), Finding)
    typed = finding(RULE, history(series((*FALLEN, (203.0, 90.0)), unconfirmed=[9])))
    assert typed.sentence.endswith(" The result is not confirmed yet.")


def test_another_laboratory_makes_the_limit_wider() -> None:
    points = (*FALLEN, (203.0, 92.0))
    assert isinstance(answer(RULE, history(measured_by(series(points), *["north"] * 9, "south"))), Clear)
    low = history(measured_by(series((*FALLEN, (203.0, 85.0))), *["north"] * 9, "south"))
    assert finding(RULE, low).arithmetic[0] == "Another laboratory than that of the highest: the limit is wider"


@pytest.mark.parametrize(("value", "level"), [(92, 0), (82.7, 0), (82.6, 1), (72.4, 1), (72.3, 2)])
def test_each_further_ten_percent_of_the_highest_are_worse(value: float, level: int) -> None:
    assert found((203, value)).level == level


def test_the_worst_is_remembered_and_the_newest_named() -> None:
    one = found((203, 80), (205, 91))
    assert (one.level, one.numbers["result"]) == (1, 91)
    assert one.arithmetic[-1] == f"Worst: Hb 80{NB}g/L on 22{NB}Jul{NB}2024"
    back = found((203, 80), (205, 91), (207, 100))
    assert back.arithmetic[-1] == f"Newest: Hb 100{NB}g/L on 26{NB}Jul{NB}2024"
    assert back.clears_when.startswith("One more result")


def test_a_result_known_only_by_a_limit() -> None:
    seen = history(series((*FALLEN, (203.0, 70.0)), signs={9: "<"}))
    assert f"Hb <70{NB}g/L on 22{NB}Jul{NB}2024, more than 32{NB}% below 103" in finding(RULE, seen).sentence


def test_silence() -> None:
    assert isinstance(answer(RULE, history()), CannotJudge)
    seen = hemoglobin(*FALLEN, (203, 92))
    assert recheck(RULE, seen) == on(203 + 365)
    assert isinstance(answer(RULE, seen, at=203 + 365), CannotJudge)


def test_the_variation_that_was_chosen_counts() -> None:
    seen = hemoglobin(*FALLEN, (203, 92))
    assert isinstance(answer(RULE, seen, cvi_percent=3.5), Clear)
    assert isinstance(answer(RULE, seen, z99=2.6), Clear)
