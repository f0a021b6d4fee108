"""Ferritin, inflammation and color index against the clinical vectors and WHO's table."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.iron import (
    FIRST_TRIMESTER,
    OTHERS,
    YOUNG,
    Color,
    Cutoffs,
    Stores,
    agrees_with_mch,
    color,
    color_index,
    cutoffs,
    inflamed,
    stores,
)
from tests.alerts.vectors import cases, named, section

ferritins = st.floats(0.1, 2000)
states = st.sampled_from([True, False, None])


@pytest.mark.parametrize("case", cases("ferritin_who_2020"), ids=named)
def test_ferritin_is_the_vector(case: dict[str, Any]) -> None:
    limits = cutoffs(case["age_years"])
    assert limits is not None
    assert stores(case["ferritin_ug_per_l"], limits, inflamed(case["crp_mg_per_l"])) == case["result"]


@pytest.mark.parametrize("case", cases("color_index"), ids=named)
def test_the_color_index_is_the_vector(case: dict[str, Any]) -> None:
    found = color_index(case["hemoglobin_g_per_l"], case["rbc_10_12_per_l"])
    assert found == pytest.approx(case["color_index"], rel=section("color_index")["tolerance"])
    assert found is not None
    assert color(found) == case["band"]
    assert agrees_with_mch(found, case["mch_pg"])


@pytest.mark.parametrize(
    ("years", "trimester", "limits"),
    [
        (0.5, None, Cutoffs(12, 30)),
        (4.99, None, YOUNG),
        (5, None, Cutoffs(15, 70)),
        (64, None, OTHERS),
        (None, None, OTHERS),
        (30, 1, Cutoffs(15, None)),
        (30, 2, None),
        (30, 3, None),
    ],
)
def test_cutoffs_by_person(years: float | None, trimester: int | None, limits: Cutoffs | None) -> None:
    assert cutoffs(years, trimester) == limits


@pytest.mark.parametrize(
    ("crp", "agp", "found"),
    [
        (None, None, None),
        (5, None, False),
        (5.1, None, True),
        (None, 1, False),
        (None, 1.1, True),
        (2, 1.4, True),
        (30, 0.6, True),
        (2, 0.6, False),
    ],
)
def test_one_raised_value_is_inflammation(crp: float | None, agp: float | None, found: bool | None) -> None:
    assert inflamed(crp, agp) is found


@pytest.mark.parametrize(
    ("ferritin", "inflammation", "found"),
    [
        (11.9, None, Stores.DEFICIENT),
        (12, False, Stores.NOT_DEFICIENT),
        (12, None, Stores.INDETERMINATE),
        (29.9, True, Stores.DEFICIENT),
        (30, True, Stores.NOT_DEFICIENT),
        (30, None, Stores.NOT_DEFICIENT),
    ],
)
def test_a_small_child_between_its_cutoffs(ferritin: float, inflammation: bool | None, found: Stores) -> None:
    assert stores(ferritin, YOUNG, inflammation) is found


def test_in_the_first_trimester_inflammation_leaves_it_open() -> None:
    assert stores(14.9, FIRST_TRIMESTER, inflammation=True) is Stores.DEFICIENT
    assert stores(400, FIRST_TRIMESTER, inflammation=True) is Stores.INDETERMINATE
    assert stores(15, FIRST_TRIMESTER, inflammation=False) is Stores.NOT_DEFICIENT


@given(ferritins, ferritins, st.sampled_from([YOUNG, OTHERS, FIRST_TRIMESTER]), states)
def test_more_ferritin_never_means_less_iron(one: float, other: float, limits: Cutoffs, state: bool | None) -> None:
    order = [Stores.DEFICIENT, Stores.INDETERMINATE, Stores.NOT_DEFICIENT]
    low, high = (order.index(stores(value, limits, state)) for value in sorted((one, other)))
    assert low <= high


@given(ferritins, st.sampled_from([YOUNG, OTHERS]))
def test_what_is_unknown_is_what_the_two_answers_differ_in(ferritin: float, limits: Cutoffs) -> None:
    calm, sick = stores(ferritin, limits, inflammation=False), stores(ferritin, limits, inflammation=True)
    unknown = stores(ferritin, limits, None)
    assert (unknown is Stores.INDETERMINATE) is (calm is not sick)
    assert unknown in (Stores.INDETERMINATE, calm)


def test_no_red_cells_have_no_color() -> None:
    assert color_index(90, 0) is None
    assert color_index(90, 0.004) is None


def test_the_third_digit_is_cut_off() -> None:
    assert color_index(90, 4.109) == color_index(90, 4.1)
    assert color_index(87, 2.9) == pytest.approx(0.9)  # 290, though 2.9 · 100 is 289.99…


@pytest.mark.parametrize(
    ("index", "name"), [(0.849, "hypochromic"), (0.85, "normochromic"), (1.05, "normochromic"), (1.051, "hyperchromic")]
)
def test_bands_of_the_color_index(index: float, name: str) -> None:
    assert color(index) is Color(name)


@pytest.mark.parametrize(("mch", "fits"), [(30, True), (30.66, True), (29.4, True), (31, False), (20, False)])
def test_a_color_index_that_does_not_fit_the_cells(mch: float, fits: bool) -> None:
    assert agrees_with_mch(0.9, mch) is fits
