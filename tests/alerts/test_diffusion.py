"""The transfer factor corrected for hemoglobin: the standard hemoglobins, the constants' edge, what is refused."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.diffusion import hemoglobin_corrected

hemoglobins = st.floats(25, 220)


def of(hemoglobin: float, *, dlco: float = 8.0, sex: str = "male", age_years: float = 30.0) -> float:
    """Return a corrected transfer factor."""
    return hemoglobin_corrected(dlco, hemoglobin_g_per_l=hemoglobin, sex=sex, age_years=age_years)


@pytest.mark.parametrize(("sex", "age", "standard"), [("male", 30, 146), ("female", 30, 134), ("male", 9, 134)])
def test_with_the_standard_hemoglobin_nothing_is_corrected(sex: str, age: float, standard: float) -> None:
    """Marrades et al., Am J Respir Crit Care Med 1997;155:236: standards of 14.6 g/dL for men and 13.4 for women."""
    assert of(standard, sex=sex, age_years=age) == pytest.approx(8.0, rel=1e-12)


def test_an_anemic_woman_by_hand() -> None:
    """6.1 x (9.38 + 8.5) / (1.7 x 8.5) = 6.1 x 17.88 / 14.45 = 7.547958 (vector dlco_hb_correction-04)."""
    assert of(85, dlco=6.1, sex="female") == pytest.approx(7.547958478, rel=1e-9)


def test_a_boy_becomes_a_man_on_his_fifteenth_birthday() -> None:
    boy, man = of(110, age_years=math.nextafter(15, 0)), of(110, age_years=15)
    assert boy == pytest.approx(8 * (9.38 + 11) / (1.7 * 11), rel=1e-12)
    assert man == pytest.approx(8 * (10.22 + 11) / (1.7 * 11), rel=1e-12)


def test_a_girl_and_a_woman_have_one_constant() -> None:
    assert of(110, sex="female", age_years=9) == of(110, sex="female", age_years=60)


@given(hemoglobins, st.floats(1.01, 2), st.sampled_from(["male", "female"]), st.floats(1, 90))
def test_less_hemoglobin_is_corrected_upwards(hemoglobin: float, more: float, sex: str, age: float) -> None:
    assert of(hemoglobin, sex=sex, age_years=age) > of(hemoglobin * more, sex=sex, age_years=age)


@given(hemoglobins, st.floats(0.5, 20), st.floats(1.01, 3))
def test_the_correction_is_a_factor(hemoglobin: float, dlco: float, times: float) -> None:
    assert of(hemoglobin, dlco=times * dlco) == pytest.approx(times * of(hemoglobin, dlco=dlco), rel=1e-12)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"hemoglobin": 0}, "above zero"),
        ({"hemoglobin": math.nan}, "above zero"),
        ({"dlco": -1}, "above zero"),
        ({"dlco": math.inf}, "above zero"),
        ({"sex": ""}, "of men or women"),
        ({"age_years": -1}, "not negative"),
        ({"age_years": math.nan}, "not negative"),
    ],
)
def test_what_cannot_be_corrected_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        of(**{"hemoglobin": 110.0, **fields})


def test_a_child_needs_no_sex() -> None:
    assert of(134, sex="", age_years=9) == pytest.approx(8.0, rel=1e-12)
