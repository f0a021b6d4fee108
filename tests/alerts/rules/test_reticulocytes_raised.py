"""Reticulocytes in plenty while hemoglobin does not rise."""

from typing import Any

import pytest

from alerts.rules.reticulocytes_raised import RULE
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Severity
from patients.history import History
from tests.alerts.rules.histories import STEADY, Point, answer, event, finding, history, measured, on, recheck, series

NB = "\u00a0"
USUAL = ((0.0, 1.0), (28.0, 1.1), (56.0, 0.9))
FLAT = ((70.0, 110.0), (84.0, 111.0))


def known(*counts: Point, hb: tuple[Point, ...] = FLAT, usual: tuple[Point, ...] = USUAL, **fields: Any) -> History:
    """Return a history of reticulocytes after usual ones, with hemoglobin."""
    marks = fields.pop("marks", {})
    return history(measured("RETIC", *usual, *counts, **marks), series(hb), **fields)


def of(*counts: Point, **fields: Any) -> Answer:
    """Return the answer to reticulocytes after usual ones."""
    return answer(RULE, known(*counts, **fields))


def test_what_it_says() -> None:
    one = finding(RULE, known((84, 3.2)))
    assert (one.severity, one.level, one.latching) == (Severity.MODERATE, 0, False)
    assert one.sentence == (
        f"Reticulocytes 3.2{NB}% on 25{NB}Mar{NB}2024, above 2{NB}%, and hemoglobin does not rise: 110 on 11{NB}Mar{NB}2024, "
        f"111{NB}g/L on 25{NB}Mar{NB}2024. Red cells are made and lost."
    )
    assert one.arithmetic == (
        f"Own median: 1{NB}%; 3.2 / 1 = 3.20",
        f"111 − 110 = 1{NB}g/L; rising is 5{NB}g/L in 14{NB}days",
    )
    assert one.clears_when == (
        f"Two results at most 2{NB}% and below 1.5 times the own median, or with rising hemoglobin, at least 24{NB}hours apart."
    )
    assert one.numbers == {"reticulocytes": 3.2, "own": 1, "hemoglobin_change": 1}
    assert [(row.role, row.code, row.value) for row in one.evidence] == [
        ("result", "RETIC", 3.2), ("support", "HGB", 111), ("baseline", "HGB", 110),
    ]  # fmt: skip
    assert one.threshold == "Reticulocytes raised, and hemoglobin flat or falling"


def test_the_hemoglobin_of_its_days_counts_not_the_newest() -> None:
    one = finding(RULE, known((84, 3.2), hb=((60, 112), *FLAT, (99, 125))))
    assert [(row.role, row.value) for row in one.evidence[1:]] == [("support", 111), ("baseline", 110)]


def test_beside_a_fall_that_is_told_it_is_low() -> None:
    one = finding(RULE, history(measured("RETIC", *USUAL, (168, 3.2)), series((*STEADY, (160, 110), (168, 98)))))
    assert one.severity is Severity.LOW
    assert one.sentence.endswith(" Red cells are made and lost, beside the fall that is told already.")


@pytest.mark.parametrize(("value", "kind"), [(1.49, Clear), (1.5, Finding), (2.0, Finding), (2.1, Finding)])
def test_one_and_a_half_of_the_own_median_or_two_percent(value: float, kind: type) -> None:
    assert isinstance(of((84, value)), kind)


@pytest.mark.parametrize(("value", "kind"), [(1.9, Clear), (2.0, Clear), (2.1, Finding)])
def test_with_fewer_than_three_before_only_two_percent_counts(value: float, kind: type) -> None:
    assert isinstance(of((84, value), usual=USUAL[:2]), kind)


def test_against_the_own_median_in_words() -> None:
    one = finding(RULE, known((84, 1.6)))
    assert f"1.5 times the own median of 1{NB}% or more" in one.sentence
    bare = finding(RULE, known((84, 2.6), usual=()))
    assert (len(bare.arithmetic), "own" in bare.numbers) == (1, False)


@pytest.mark.parametrize(
    ("now", "kind"),
    [(95, Finding), (110, Finding), (114.9, Finding), (115, Clear), (125, Clear)],
    ids=["falling", "flat", "hardly rising", "half the response to iron", "rising"],
)
def test_only_where_hemoglobin_does_not_rise(now: float, kind: type) -> None:
    assert isinstance(of((84, 3.2), hb=((70, 110), (84, now))), kind)


def test_the_rise_is_said_per_14_days() -> None:
    assert isinstance(of((84, 3.2), hb=((56, 110), (84, 119))), Finding)
    assert isinstance(of((84, 3.2), hb=((56, 110), (84, 120))), Clear)
    assert isinstance(of((84, 3.2), hb=((77, 110), (84, 112.5))), Clear)


@pytest.mark.parametrize(
    "hb", [(), ((84, 111),), ((79.5, 110), (84, 111)), ((41, 110), (84, 111)), ((60, 110), (80, 111))]
)
def test_without_two_hemoglobins_of_these_weeks_nothing_is_said(hb: tuple[Point, ...]) -> None:
    one = of((84, 3.2), hb=hb, at=85)
    assert isinstance(one, CannotJudge)
    assert one.reason == (
        f"the reticulocytes of 25{NB}Mar{NB}2024, 3.2{NB}%, are raised, but no two results say whether hemoglobin rises"
    )


def test_usual_ones_need_no_hemoglobin() -> None:
    assert isinstance(of((84, 1.2), hb=()), Clear)


def test_a_rise_by_transfusion_is_no_rise_nor_is_it_none() -> None:
    given = event(80, "transfusion", product="red_cells", units=2)
    assert isinstance(of((84, 3.2), hb=((70, 80), (84, 98)), events=(given,)), CannotJudge)
    assert isinstance(of((84, 3.2), hb=((70, 80), (84, 80)), events=(given,)), Finding)


def test_two_results_end_it() -> None:
    first = (84.0, 3.2)
    assert isinstance(of(first, (91, 1.2)), Finding)
    assert isinstance(of(first, (91, 1.2), (91.5, 1.2)), Finding)
    assert isinstance(of(first, (91, 1.2), (92, 1.2)), Clear)


def test_healing_ends_it_too() -> None:
    healing = (*FLAT, (98.0, 121.0), (105.0, 127.0))
    assert isinstance(of((84, 3.2), (98, 4.0), (105, 3.0), hb=healing), Clear)


def test_raised_ones_with_nothing_beside_them_neither_raise_nor_end() -> None:
    assert isinstance(of((84, 3.2), (110, 3.0), (112, 3.0)), Finding)
    assert finding(RULE, known((84, 3.2), (110, 3.0))).since == on(84)


def test_unconfirmed_ones_show_harm_and_are_told_as_such() -> None:
    assert finding(RULE, known((84, 9), marks={"unconfirmed": [3]})).sentence.endswith(
        " The result is not confirmed yet."
    )
    typed = of((84, 3.2), (91, 1.2), (92, 1.2), marks={"unconfirmed": [4, 5]})
    assert isinstance(typed, Finding)


def test_neither_they_nor_bounds_make_the_own_median() -> None:
    assert isinstance(of((84, 1.6), marks={"unconfirmed": [1]}), Clear)
    assert isinstance(of((84, 1.6), marks={"signs": {1: "<"}}), Clear)


@pytest.mark.parametrize(("sign", "value", "kind"), [(">", 2.5, Finding), ("<", 1, Clear), ("<", 3, CannotJudge)])
def test_a_bound_says_what_it_can(sign: str, value: float, kind: type) -> None:
    assert isinstance(of((84, value), marks={"signs": {3: sign}}), kind)


def test_a_bound_that_says_nothing_is_named() -> None:
    one = of((84, 3), marks={"signs": {3: "<"}})
    assert isinstance(one, CannotJudge)
    assert one.reason == f"the reticulocytes of 25{NB}Mar{NB}2024, <3{NB}%, are known only by a limit"


def test_after_four_weeks_they_say_nothing_about_today() -> None:
    seen = known((84, 3.2))
    assert recheck(RULE, seen) == on(84 + 28)
    assert isinstance(answer(RULE, seen, at=111.9), Finding)
    late = answer(RULE, seen, at=112)
    assert isinstance(late, CannotJudge)
    assert late.reason == f"the newest reticulocytes, of 25{NB}Mar{NB}2024, are more than 28{NB}days old"


def test_none_at_all() -> None:
    one = answer(RULE, history(series(FLAT)))
    assert isinstance(one, CannotJudge)
    assert one.reason == "no reticulocytes yet"
    assert recheck(RULE, history(measured("RETIC", (5, 3)), at=1)) == on(5)
