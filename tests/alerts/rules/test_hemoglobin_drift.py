"""A baseline that sinks slowly, against the best of two years; the chance of many looks is that of one."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from alerts.rules.hemoglobin_drift import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from tests.alerts.rules.histories import (
    CHILD,
    WOMAN,
    answer,
    event,
    finding,
    hemoglobin,
    history,
    measured_by,
    monthly,
    on,
    person,
    recheck,
    series,
)
from tests.alerts.vectors import cases, named

NB = "\u00a0"


def of(*values: float, **fields: Any) -> Answer:
    """Return the answer to results every four weeks."""
    return answer(RULE, hemoglobin(*monthly(*values), **fields))


@pytest.mark.parametrize("case", cases("baseline_drift"), ids=named)
def test_one_pair_of_baselines_is_the_vector(case: dict[str, Any]) -> None:
    first = [(float(place), case["best_median"]) for place in range(case["n1"])]
    second = [(500.0 + place, case["current_median"]) for place in range(case["n2"])]
    chosen = {"baseline_least": case["n1"], "baseline_results": case["n2"]}
    seen = replace(
        hemoglobin(*first, *second, (560, case["current_median"])), settings={**chosen, "result_age_days": 730}
    )
    (one,) = RULE.judge(seen, RULE.resolved(seen.settings), seen.at).answers
    assert isinstance(one, Finding) is case["drift"]
    if isinstance(one, Finding):
        assert one.numbers["ratio"] == pytest.approx(case["ratio"])
        assert one.numbers["limit99"] == pytest.approx(case["limit"])
        assert one.numbers["looks"] == 1


def test_what_it_says() -> None:
    seen = hemoglobin(*monthly(*[130] * 9, *[122] * 8))
    one = finding(RULE, seen)
    assert (one.severity, one.level, one.subject) == (Severity.MODERATE, 0, "")
    assert one.sentence.startswith(
        f"Own baseline 122{NB}g/L on 24{NB}Mar{NB}2025, 6.2{NB}% below 130, the best before it (up to "
    )
    assert one.sentence.endswith(
        f"falls by more than {100 * (1 - one.numbers['limit99']):.1f}{NB}% by chance, however often it is looked at."
    )
    assert one.arithmetic[0].startswith("Best: median of ")
    assert one.arithmetic[1] == f"Present: median of 6 results of 7{NB}Oct{NB}2024 to 24{NB}Feb{NB}2025 = 122{NB}g/L"
    assert one.arithmetic[-1] == "122 / 130 = 0.9385"
    roles = [row.role for row in one.evidence]
    assert (roles[0], roles.count("baseline")) == ("result", one.numbers["n1"] + one.numbers["n2"])


def test_the_limit_is_that_of_all_pairs_together() -> None:
    one = finding(RULE, hemoglobin(*monthly(*[130] * 9, *[122] * 8)))
    looks = int(one.numbers["looks"])
    z = float(one.arithmetic[2].rsplit(" ", 1)[1])
    sigma = math.sqrt(math.log1p(0.014**2 + 0.028**2))
    assert looks == 36  # eight earlier baselines, and the present one with each: 8 · 9 / 2
    assert z == pytest.approx(3.4524, abs=1e-3)  # SciPy 1.17.1, norm.isf(0.01 / 36)
    spread = math.sqrt(1 / one.numbers["n1"] + 1 / one.numbers["n2"])
    assert one.numbers["limit99"] == pytest.approx(math.exp(-3.452432937387577 * spread * sigma))


def test_baselines_that_share_results_are_not_compared() -> None:
    few = of(*[130] * 6, *[122] * 3)
    assert isinstance(few, CannotJudge)
    assert few.reason == "there are no two baselines of different results to compare"
    assert isinstance(of(130, 130), CannotJudge)


def test_a_small_step_is_clear() -> None:
    assert isinstance(of(*[130] * 9, *[127] * 9), Clear)


def test_a_rise_is_clear() -> None:
    assert isinstance(of(*[110] * 9, *[128] * 12), Clear)


def test_what_lies_more_than_two_years_back_is_forgotten() -> None:
    long = [130.0] * 9 + [122.0] * 40
    kinds = [type(answer(RULE, hemoglobin(*monthly(*long[:count])))) for count in (17, 30, len(long))]
    assert kinds == [Finding, Finding, Clear]


def test_a_level_between_the_limits_neither_raises_nor_ends_it() -> None:
    assert isinstance(of(*[130.0] * 9, *[123.0] * 12), Clear)
    assert isinstance(of(*[130.0] * 9, *[122.0] * 8, *[123.0] * 9), Finding)
    assert isinstance(of(*[130.0] * 9, *[122.0] * 8, *[126.0] * 9), Clear)


def test_it_ends_when_two_baselines_are_back() -> None:
    back = [130.0] * 9 + [122.0] * 8 + [130.0] * 12
    kinds = [
        isinstance(answer(RULE, hemoglobin(*monthly(*back[:count]))), Finding) for count in range(17, len(back) + 1)
    ]
    assert kinds == sorted(kinds, reverse=True)
    assert kinds[0]
    assert not kinds[-1]


def test_a_fall_that_is_judged_elsewhere_is_no_drift() -> None:
    assert isinstance(of(*[130] * 14, 100, 100, 100), Clear)


def test_a_trimester_is_compared_with_none_before() -> None:
    expecting = person(WOMAN, pregnancies=((on(260).date(), None),))
    assert isinstance(of(*[130] * 9, *[122] * 8, patient=expecting), CannotJudge)


def test_another_laboratory_makes_the_limit_wider() -> None:
    points = monthly(*[130] * 9, *[122] * 8)
    mixed = history(measured_by(series(points), *["north"] * 9, *["south"] * 8))
    assert isinstance(answer(RULE, hemoglobin(*points)), Finding)
    one = answer(RULE, mixed)
    assert isinstance(one, Clear)
    steps = monthly(*[130] * 9, *[123.5] * 3, *[117] * 8)
    far = history(measured_by(series(steps), *["north"] * 9, *["south"] * 11))
    assert "² + 0.02000²)" in finding(RULE, far).arithmetic[-2]


@pytest.mark.parametrize(("level", "low"), [(0, 118), (0, 111), (1, 107), (2, 94)])
def test_each_further_ten_percent_are_worse(level: int, low: float) -> None:
    steps = [130.0] * 8
    value = 130.0
    while value > low:
        value = max(low, value * 0.955)
        steps += [value] * 4
    assert finding(RULE, hemoglobin(*monthly(*steps, *[low] * 7, every=20))).level == level


def test_transfused_months_make_no_baseline() -> None:
    given = event(250, "transfusion", product="red_cells", units=2)
    assert isinstance(of(*[130] * 9, *[122] * 4, events=(given,)), CannotJudge | Clear)


@pytest.mark.parametrize(("who", "days"), [({}, 365), ({"patient": CHILD}, 180)])
def test_silence(who: dict[str, Any], days: int) -> None:
    seen = hemoglobin(*monthly(*[130] * 9, *[122] * 8), **who)
    assert recheck(RULE, seen) == on(16 * 28 + days)
    assert isinstance(answer(RULE, seen, at=16 * 28 + days), CannotJudge)
    assert isinstance(answer(RULE, history()), CannotJudge)


def test_stable_patients_are_hardly_ever_told_of_and_a_loss_of_eight_grams_a_year_is_found() -> None:
    chance = np.random.default_rng(20261124)
    raised = {0.0: 0, 8.0: 0}
    for loss in raised:
        for _ in range(20):
            days = np.arange(0, 3 * 365, 28.0)
            values = (130 - loss * days / 365) * np.exp(chance.normal(0, 0.0313, len(days)))
            points = [(float(day), float(value)) for day, value in zip(days, values, strict=True)]
            raised[loss] += any(
                isinstance(answer(RULE, hemoglobin(*points[:count])), Finding)
                for count in range(16, len(points) + 1, 2)
            )
    assert raised[0.0] <= 2  # 60 patient-years; the limit without looks raised in 0.37 a year (docs/decisions/0011)
    assert raised[8.0] >= 18


def test_the_limits_are_told() -> None:
    """36 pairs were looked at: z of 1 % / 36 is 3.452; 130 × exp(−3.452·√(2/6)·0.0313) = 122.1 (clinical specification B1, R7)."""
    one = finding(RULE, hemoglobin(*monthly(*[130] * 9, *[122] * 8)))
    assert one.threshold == f"Baseline below 122.1{NB}g/L, the 99{NB}% limit beside the best one"
    assert (one.numbers["baseline"], one.numbers["best"]) == (122, 130)
    assert one.clears_when == (
        f"Two results with a baseline at or above 124.3{NB}g/L, at least 24{NB}hours apart, 30{NB}days after any transfusion."
    )
    assert one.arithmetic[2:4] == (
        f"36 pairs of baselines were looked at: z for 1{NB}% / 36 = 3.452",
        "Limit = exp(−3.452 × √(1/6 + 1/6) × 0.03130) = 0.9395",
    )
