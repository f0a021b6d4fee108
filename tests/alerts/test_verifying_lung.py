"""Sections of lung function: in which units differences are told, and what they refuse."""

from typing import Any

import pytest

from alerts.agreements import Scaled
from alerts.lung_references import Equation, reference
from tests.alerts.cases import computed, refused

MAN = {"sex": "male", "age_years": 45.1, "height_cm": 175.0}
ASKED: dict[str, Any] = {
    **MAN,
    "equation": "GLI-Global-2022",
    "group": "race-neutral",
    "measure": "FEV1",
    "unit": "L",
    "value": 3.0,
    "tolerance_z": 0.001,
}
OLDER = {**ASKED, "equation": "GLI-2012", "group": "Caucasian"}


def test_everything_of_a_row_is_computed() -> None:
    """M, S and the limit of normal by perl from the printed coefficients: see the tests of the reference values."""
    found = computed("gli", **ASKED)
    assert set(found) == {"z", "z_check", "predicted", "lln", "uln", "pct_predicted", "L", "M", "S"}
    assert found["predicted"].value == pytest.approx(3.710596389, rel=1e-9)
    assert (found["L"], found["S"]) == (1.22703, pytest.approx(0.141618156, rel=1e-8))
    assert found["lln"].value == pytest.approx(2.820233238, rel=1e-8)
    assert found["pct_predicted"].value == pytest.approx(100 * 3.0 / 3.710596389, rel=1e-9)


def test_differences_are_told_in_z_scores() -> None:
    found, known = computed("gli", **ASKED), reference(Equation.GLOBAL_2022, "FEV1", **MAN)  # type: ignore[arg-type]
    assert found["z"] == Scaled(known.z_score(3.0), 1.0)
    assert {found[key].scale for key in ("predicted", "lln", "uln", "M")} == {known.m * known.s}
    assert found["pct_predicted"].scale == 100 * known.s


def test_the_group_counts_where_the_equation_has_groups() -> None:
    one, other = (
        computed("gli", **{**OLDER, "group": group})["predicted"].value for group in ("Caucasian", "Other/mixed")
    )
    assert one > other


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ({"z_fev1": -2, "z_fvc": -2, "z_ratio": 0}, "possible restriction"),
        ({"z_fev1": -2, "z_fvc": -2, "z_ratio": 0, "z_tlc": -1.7}, "restriction"),
        ({"z_fev1": -2, "z_fvc": -2, "z_ratio": 0, "z_tlc": None}, "possible restriction"),
        ({"z_fev1": -2, "z_fvc": 0, "z_ratio": 0}, "PRISm"),
    ],
)
def test_the_pattern_with_and_without_lung_volumes(values: dict[str, Any], pattern: str) -> None:
    assert computed("spirometry_pattern", **values) == {"pattern": pattern}


def test_a_child_s_change_by_hand() -> None:
    """r = 0.642 - 0.04 x 2 + 0.020 x 10 = 0.762; (-2 + 0.762)/sqrt(1 - 0.762^2) = -1.9117."""
    found = computed("conditional_change_score", z1=-1, z2=-2, years_between=2, age_first_years=10)
    assert found["score"] == pytest.approx(-1.9117, abs=1e-4)
    assert found["outside"] is False


def test_a_transfer_factor_by_hand() -> None:
    """8 x (10.22 + 10) / (1.7 x 10) = 9.5153."""
    found = computed("dlco_hb_correction", sex="male", age_years=30, dlco=8, hemoglobin_g_per_l=100)
    assert found == {"corrected": pytest.approx(9.5153, abs=1e-4)}


@pytest.mark.parametrize(
    ("section", "values", "reason"),
    [
        ("gli", {**ASKED, "equation": "ECSC-1993"}, "ECSC-1993"),
        ("gli", {**ASKED, "measure": "PEF"}, "GLI-Global-2022 has no PEF"),
        ("gli", {**ASKED, "unit": "mL"}, "FEV1 of GLI-Global-2022 is in L"),
        ("gli", {**ASKED, "group": "Caucasian"}, "is of one population, race-neutral"),
        ("gli", {**OLDER, "group": "race-neutral"}, "race-neutral"),
        ("gli", {**ASKED, "age_years": 2.9}, "for ages of 3 to 95 years"),
        ("gli", {**ASKED, "value": 0}, "a number above zero"),
        ("spirometry_pattern", {"z_fev1": 0, "z_fvc": 0}, "z_ratio is missing"),
        ("conditional_change_score", {"z1": 0, "z2": 0, "years_between": 0, "age_first_years": 8}, "follows the first"),
        ("dlco_hb_correction", {"sex": "", "age_years": 30, "dlco": 8, "hemoglobin_g_per_l": 100}, "men or women"),
    ],
)
def test_what_cannot_be_computed_is_refused(section: str, values: dict[str, Any], reason: str) -> None:
    assert reason in refused(section, **values)
