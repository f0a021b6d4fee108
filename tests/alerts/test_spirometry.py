"""Pattern, severity and a child's change: vectors, edges, and by what must hold for all values."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.spirometry import LIMIT, Lowness, Pattern, conditional_change, lowness, pattern

z_scores = st.floats(-8, 8)
LOW, FINE = -2.0, 0.0


@pytest.mark.parametrize(
    ("ratio", "fvc", "fev1", "tlc", "expected"),
    [
        (FINE, FINE, FINE, None, Pattern.NORMAL),
        (FINE, FINE, FINE, FINE, Pattern.NORMAL),
        (FINE, FINE, LOW, None, Pattern.PRISM),
        (FINE, FINE, LOW, FINE, Pattern.NONSPECIFIC),
        (FINE, LOW, FINE, None, Pattern.POSSIBLE_RESTRICTION),
        (FINE, LOW, LOW, None, Pattern.POSSIBLE_RESTRICTION),
        (FINE, LOW, LOW, FINE, Pattern.NONSPECIFIC),
        (FINE, LOW, LOW, LOW, Pattern.RESTRICTION),
        (FINE, FINE, FINE, LOW, Pattern.RESTRICTION),  # a published case: low TLC with normal FVC
        (LOW, FINE, FINE, None, Pattern.OBSTRUCTION),
        (LOW, FINE, LOW, LOW, Pattern.OBSTRUCTION),
        (LOW, LOW, LOW, None, Pattern.POSSIBLE_MIXED),
        (LOW, LOW, LOW, FINE, Pattern.OBSTRUCTION),
        (LOW, LOW, LOW, LOW, Pattern.MIXED),
    ],
)
def test_the_pattern_is_that_of_the_standard(
    ratio: float, fvc: float, fev1: float, tlc: float | None, expected: Pattern
) -> None:
    assert pattern(fev1=fev1, fvc=fvc, fev1_fvc=ratio, tlc=tlc) is expected


@pytest.mark.parametrize("which", ["fev1", "fvc", "fev1_fvc"])
def test_at_the_limit_is_normal_and_just_below_is_not(which: str) -> None:
    fine = {"fev1": LIMIT, "fvc": LIMIT, "fev1_fvc": LIMIT}
    assert pattern(**fine) is Pattern.NORMAL
    assert pattern(**{**fine, which: math.nextafter(LIMIT, -9)}) is not Pattern.NORMAL


@given(z_scores, z_scores, z_scores)
def test_without_lung_volumes_restriction_is_never_certain(fev1: float, fvc: float, ratio: float) -> None:
    found = pattern(fev1=fev1, fvc=fvc, fev1_fvc=ratio)
    assert found not in {Pattern.RESTRICTION, Pattern.MIXED, Pattern.NONSPECIFIC}


@given(z_scores, z_scores, z_scores, z_scores)
def test_with_lung_volumes_nothing_is_only_possible(fev1: float, fvc: float, ratio: float, tlc: float) -> None:
    found = pattern(fev1=fev1, fvc=fvc, fev1_fvc=ratio, tlc=tlc)
    assert found not in {Pattern.POSSIBLE_RESTRICTION, Pattern.POSSIBLE_MIXED, Pattern.PRISM}
    assert (found is Pattern.NORMAL) == (min(fev1, fvc, ratio, tlc) >= LIMIT) or (found is Pattern.OBSTRUCTION)


@given(z_scores, z_scores, z_scores, st.none() | z_scores)
def test_a_low_ratio_is_obstruction_in_some_way(fev1: float, fvc: float, ratio: float, tlc: float | None) -> None:
    obstructed = {Pattern.OBSTRUCTION, Pattern.MIXED, Pattern.POSSIBLE_MIXED}
    assert (pattern(fev1=fev1, fvc=fvc, fev1_fvc=ratio, tlc=tlc) in obstructed) == (ratio < LIMIT)


@pytest.mark.parametrize(
    ("z_score", "expected"),
    [
        (3, Lowness.NORMAL),
        (-1.645, Lowness.NORMAL),
        (-1.65, Lowness.MILD),
        (-2.5, Lowness.MILD),
        (-2.51, Lowness.MODERATE),
        (-4, Lowness.MODERATE),
        (-4.01, Lowness.SEVERE),
    ],
)
def test_severity_by_z_score(z_score: float, expected: Lowness) -> None:
    assert lowness(z_score) is expected


def test_a_child_s_change_by_hand() -> None:
    """ERS/ATS pocket guide, box 2: r = 0.642 - 0.04 * 1 + 0.020 * 8 = 0.762; (-1.2 - 0)/sqrt(1 - 0.762**2) = -1.8531."""
    found = conditional_change(0, -1.2, years_between=1, age_first=8)
    assert found.r == pytest.approx(0.762, rel=1e-12)
    assert found.score == pytest.approx(-1.853061425, rel=1e-9)
    assert not found.outside


def test_a_fall_of_two_z_scores_in_nine_months_is_unusual() -> None:
    """Vector conditional_change_score-08: from -1.2 to -3.3 at 16 years, score -6.018899718."""
    found = conditional_change(-1.2, -3.3, years_between=0.75, age_first=16)
    assert found.score == pytest.approx(-6.018899718, rel=1e-9)
    assert found.outside


@given(z_scores, st.floats(0.1, 4), st.floats(3, 17))
def test_what_regression_to_the_mean_leads_to_is_no_change(z_first: float, years: float, age: float) -> None:
    r = conditional_change(0, 0, years_between=years, age_first=age).r
    found = conditional_change(z_first, r * z_first, years_between=years, age_first=age)
    assert found.score == pytest.approx(0, abs=1e-9)
    assert not found.outside


@given(z_scores, st.floats(0.1, 4), st.floats(3, 17))
def test_a_larger_fall_has_a_lower_score(z_first: float, years: float, age: float) -> None:
    scores = [
        conditional_change(z_first, z_first - fall, years_between=years, age_first=age).score for fall in (0, 1, 2)
    ]
    assert scores[0] > scores[1] > scores[2]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"years_between": 0}, "follows the first"),
        ({"years_between": -1}, "follows the first"),
        ({"years_between": math.nan}, "follows the first"),
        ({"age_first": -1}, "follows the first"),
        ({"age_first": 40}, "for children"),
        ({"years_between": 60}, "for children"),
    ],
)
def test_what_the_formula_is_not_for_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        conditional_change(0, -1, **{"years_between": 1.0, "age_first": 8.0, **fields})


@pytest.mark.parametrize("z_score", [math.nan, math.inf])
def test_what_is_no_z_score_is_refused(z_score: float) -> None:
    for ask in (
        lambda: pattern(fev1=0, fvc=z_score, fev1_fvc=0),
        lambda: pattern(fev1=0, fvc=0, fev1_fvc=0, tlc=z_score),
        lambda: lowness(z_score),
        lambda: conditional_change(z_score, 0, years_between=1, age_first=8),
    ):
        with pytest.raises(ValueError, match="a z-score is a number"):
            ask()
