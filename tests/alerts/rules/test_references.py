"""What a hemoglobin is compared with where the laboratory or the trimester is another one."""

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from alerts.rules import hemoglobin_fall
from alerts.rules.hemoglobin_fall import steps
from alerts.rules.references import SETTINGS, Reference, between, scale_of
from alerts.rules.results import hemoglobin
from alerts.rules.rule import Clear, Finding
from alerts.trends import Z99
from patients.history import History
from tests.alerts.rules.histories import (
    STEADY,
    WOMAN,
    Point,
    answer,
    finding,
    history,
    measured_by,
    monthly,
    on,
    person,
    series,
)

CHOSEN = hemoglobin_fall.RULE.resolved({})
NB = "\u00a0"


def seen(points: tuple[Point, ...], *laboratories: str, **fields: Any) -> History:
    """Return a history of results, each of a laboratory."""
    return history(measured_by(series(points), *laboratories), **fields)


def references(known: History, **settings: float) -> list[Reference | None]:
    """Return what each result was compared with."""
    chosen = CHOSEN | settings
    return steps(hemoglobin(known, chosen, known.at), chosen).references


def last(known: History, **settings: float) -> Reference:
    """Return what the newest result was compared with."""
    found = references(known, **settings)[-1]
    assert found is not None
    return found


def test_the_own_laboratory_makes_the_baseline_where_it_has_enough() -> None:
    known = seen((*STEADY, *monthly(118, 119, 118, 118, start=168)), *["north"] * 6, *["south"] * 4)
    assert last(known).values == [118, 119, 118]
    assert last(known).beside == 0


def test_until_then_all_count_and_the_limit_is_wider() -> None:
    known = seen((*STEADY, (168, 114)), *["north"] * 6, "south")
    reference = last(known)
    assert (reference.kind, reference.point.value, reference.point.n) == ("baseline", 124, 6)
    sigma, two_percent = reference.point.sigma, math.sqrt(math.log1p(0.02**2))
    reach = Z99 * math.sqrt(7 / 6 * sigma**2 + two_percent**2)
    assert reference.point.limit99 == pytest.approx(124 * math.exp(-reach))
    assert round(reference.point.limit99, 1) == 113.2
    assert round(last(seen((*STEADY, (168, 114)), *["north"] * 7)).point.limit99, 1) == 114.6


def test_a_value_between_the_two_limits_raises_only_within_one_laboratory() -> None:
    points = (*STEADY, (168.0, 114.0))
    assert isinstance(answer(hemoglobin_fall.RULE, seen(points, *["north"] * 7)), Finding)
    assert isinstance(answer(hemoglobin_fall.RULE, seen(points, *["north"] * 6, "south")), Clear)
    assert isinstance(
        answer(hemoglobin_fall.RULE, seen(points, *["north"] * 6, "")), Finding
    )  # not known to be another


def test_the_card_says_that_the_laboratory_is_another() -> None:
    found = finding(hemoglobin_fall.RULE, seen((*STEADY, (168, 100)), *["north"] * 6, "south"))
    assert f"Another laboratory: 2{NB}% more between the two" in found.arithmetic
    assert f"99{NB}% limit = 124 × exp(−2.326 × √(1.167 × 0.03130² + 0.02000²)) = 113.2{NB}g/L" in found.arithmetic


def test_mixed_baselines_are_wide_for_whoever_is_not_in_all_of_them() -> None:
    known = seen((*STEADY, (168, 114)), "north", "south", "north", "", "south", "", "north")
    assert last(known).beside > 0
    assert last(known, laboratory_percent=0).beside == 0


def test_results_of_nobody_known_are_as_before() -> None:
    plain, unknown = history(series(STEADY)), seen(STEADY, *[""] * 6)
    assert [one and one.point for one in references(plain)] == [one and one.point for one in references(unknown)]


def test_a_fall_is_judged_for_each_laboratory_against_the_same_baseline() -> None:
    known = seen((*STEADY, (168, 100), (170, 101), (172, 101)), *["north"] * 6, "north", "south", "north")
    own, other, again = references(known)[-3:]
    assert own is not None
    assert other is not None
    assert again is not None
    assert own.members == other.members == again.members
    assert (own.beside, other.beside > 0, again.beside) == (0, True, 0)


def test_what_two_laboratories_differ_by() -> None:
    known = seen(((0, 124), (1, 124), (2, 124)), "north", "south", "")
    results, scale = hemoglobin(known, CHOSEN, known.at), scale_of(CHOSEN)
    assert between(results, 1, (0,), scale) == pytest.approx(0.02, rel=1e-3)
    assert [between(results, 0, (0,), scale), between(results, 2, (0, 1), scale), between(results, 0, (2,), scale)] == [
        0,
        0,
        0,
    ]


EXPECTING = person(WOMAN, pregnancies=((on(150).date(), on(430).date()),))


@pytest.mark.parametrize(
    ("day", "shift"),
    [(168, 110 / 120), (260, 105 / 120), (360, 110 / 120), (440, 1)],
    ids=["first trimester", "second", "third", "after birth"],
)
def test_a_trimester_without_a_baseline_has_the_one_before_lowered_as_who_lowers_anemia(day: int, shift: float) -> None:
    known = history(series((*STEADY, (day, 112.0))), patient=EXPECTING)
    assert (last(known).kind, last(known).point.value) == ("baseline", 124)
    assert last(known).point.shift == pytest.approx(shift)


def test_each_trimester_lowers_the_same_baseline_by_its_own() -> None:
    known = history(series((*STEADY, (168, 95.0), (260, 95.0))), patient=EXPECTING)
    assert (last(known).kind, last(known).point.value) == ("baseline", 124)
    assert last(known).point.shift == pytest.approx(105 / 120)


def test_what_the_trimester_itself_has_comes_first() -> None:
    points = (*STEADY, (168, 114), (182, 113), (196, 114), (210, 113))
    known = history(series(points), patient=EXPECTING)
    assert (last(known).point.value, last(known).shift) == (114, 1)
    assert len(last(known).members) == 3


def test_from_the_second_trimester_to_the_third_nothing_is_lowered() -> None:
    second = monthly(112, 113, 112, every=14, start=260)
    known = history(series((*second, (360, 111.0))), patient=EXPECTING)
    assert (last(known).point.value, last(known).point.shift) == (112, 1)


def test_a_fall_in_pregnancy_is_found_by_the_lowered_limit() -> None:
    lowered = round(124 * math.exp(-Z99 * math.sqrt(7 / 6) * 0.0313) * 110 / 120, 1)
    for value, kind in ((lowered - 0.5, Finding), (lowered + 0.5, Clear)):
        known = history(series((*STEADY, (175, value))), patient=EXPECTING)
        assert isinstance(answer(hemoglobin_fall.RULE, known), kind)
    found = finding(hemoglobin_fall.RULE, history(series((*STEADY, (175, 95.0))), patient=EXPECTING))
    assert "of another trimester" in found.arithmetic[0]
    assert any(" × 0.917 = " in line for line in found.arithmetic)


def test_someone_of_unknown_age_is_taken_for_grown_up() -> None:
    unknown = replace(EXPECTING, birth_date=None)
    assert last(history(series((*STEADY, (168, 112.0))), patient=unknown)).point.shift == 110 / 120


def test_a_girl_of_thirteen_has_the_limit_of_her_age() -> None:
    girl = replace(EXPECTING, birth_date=date(2012, 1, 1))
    assert last(history(series((*STEADY, (168, 112.0))), patient=girl)).point.shift == 110 / 120


def test_every_setting_of_the_walk_is_declared_once() -> None:
    names = [one.name for one in SETTINGS]
    assert len(names) == len(set(names))
    assert set(names) <= set(CHOSEN)
