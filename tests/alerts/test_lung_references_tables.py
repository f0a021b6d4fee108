"""The tables of lung function that come with the code: whole, smooth, with their license, and in keeping with each other."""

import csv
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.lung_references import Equation, Group, measures_of, reference
from tests.documents import ROOT

FOLDER = ROOT / "alerts" / "data" / "gli"
SOURCES = ROOT / "alerts" / "data" / "SOURCES.md"
GLOBAL, GROUPED, SI, TRADITIONAL, VOLUMES = Equation
sexes = st.sampled_from(["male", "female"])
ages = st.floats(20, 75)
"""Of adults: at the young end of a table each measure was fitted to few children, and to its own."""
heights = st.floats(150, 195)


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def median(equation: Equation, measure: str, sex: str, age: float, height: float) -> float:
    """Return the median of a measure."""
    return reference(equation, measure, sex=sex, age_years=age, height_cm=height).m


@pytest.mark.parametrize(
    ("equation", "first", "count"),
    [(GLOBAL, 3, 369), (GROUPED, 3, 369), (SI, 5, 341), (TRADITIONAL, 5, 341), (VOLUMES, 5, 301)],
)
def test_a_table_has_a_row_a_quarter_of_a_year(equation: Equation, first: float, count: int) -> None:
    """GLI spirometry 3 to 95 years, transfer factor 5 to 90, volumes 5 to 80."""
    table = rows(equation)
    assert [float(row["age"]) for row in table] == [first + place / 4 for place in range(count)]


@pytest.mark.parametrize("equation", Equation)
def test_every_measure_and_sex_has_its_columns(equation: Equation) -> None:
    columns = set(rows(equation)[0]) - {"age"}
    assert all(re.fullmatch(r"\w+_(fe)?male_[LMS]", column) for column in columns)
    wanted = {f"{measure}_{sex}_M" for measure in measures_of(equation) for sex in ("male", "female")}
    assert {column for column in columns if column.endswith("_M")} == wanted
    assert {column.replace("_S", "_M") for column in columns if column.endswith("_S")} == wanted


def test_the_only_spline_of_the_power_is_that_of_a_man_s_ratio_in_2012() -> None:
    """Quanjer 2012, supplement: the power of FEV1/FVC has a spline in men alone."""
    found = {column for equation in Equation for column in rows(equation)[0] if column.endswith("_L")}
    assert found == {"FEV1FVC_male_L"}


@pytest.mark.parametrize("equation", Equation)
def test_every_cell_is_a_number_and_no_column_jumps(equation: Equation) -> None:
    """A digit that was lost would be a jump: no spline of a median moves by more than 0.05 in three months."""
    table = rows(equation)
    for column in set(table[0]) - {"age"}:
        values = [float(row[column]) for row in table]
        assert all(math.isfinite(value) for value in values)
        if column.endswith("_M"):
            assert max(abs(after - before) for before, after in pairwise(values)) < 0.05, column


@pytest.mark.parametrize("equation", Equation)
def test_medians_bend_gently(equation: Equation) -> None:
    """Between one quarter and the next the slope changes by less than a hundredth: a swapped pair of cells would show."""
    table = rows(equation)
    for column in (name for name in table[0] if name.endswith("_M")):
        steps = [after - before for before, after in pairwise([float(row[column]) for row in table])]
        bends = [abs(after - before) for before, after in pairwise(steps)]
        assert max(bends) < 0.015, column


def test_coefficients_are_of_every_measure_once() -> None:
    lines = rows("coefficients")
    keys = [(line["equation"], line["measure"], line["sex"]) for line in lines]
    assert len(set(keys)) == len(keys) == 30
    assert {key[0] for key in keys} == {equation.value for equation in Equation}


@pytest.mark.parametrize(
    ("equation", "measure", "sex", "printed"),
    [
        (GROUPED, "FEV1", "male", {"m": -10.3420, "m_log_height": 2.2196, "m_log_age": 0.0574, "l": 0.8866}),
        (GROUPED, "FVC", "female", {"m": -10.4030, "m_log_height": 2.2633, "m_log_age": 0.0234, "l": 0.8236}),
        (GLOBAL, "FVC", "male", {"m": -12.629131, "m_log_height": 2.727421, "m_log_age": 0.009174, "l": 0.9346}),
        (SI, "TLCO", "male", {"m": -8.129189, "m_log_height": 2.018368, "m_log_age": -0.012425, "l": 0.39482}),
        (VOLUMES, "TLC", "female", {"m": -10.1128, "m_log_height": 2.2259, "m_log_age": 0.1062, "l": 0.4636}),
    ],
)
def test_coefficients_are_the_printed_ones(
    equation: Equation, measure: str, sex: str, printed: dict[str, float]
) -> None:
    """Quanjer 2012, table E5; Bowerman 2023, table 2; Stanojevic 2020 (erratum), table 2; Hall 2021, table 3."""
    (line,) = [
        one for one in rows("coefficients") if (one["equation"], one["measure"], one["sex"]) == (equation, measure, sex)
    ]
    assert {key: float(line[key]) for key in printed} == printed


def test_the_groups_have_coefficients_in_2012_alone() -> None:
    suffixes = ("african_american", "north_east_asian", "south_east_asian", "other_mixed")
    for line in rows("coefficients"):
        given_ = {bool(line[f"{letter}_{suffix}"]) for letter in "ms" for suffix in suffixes}
        assert given_ == {line["equation"] == GROUPED}
    assert len(suffixes) == len(Group) - 1


def test_the_license_of_the_tables_comes_with_them() -> None:
    words = (FOLDER / "LICENSE").read_text()
    assert words.startswith("MIT License\n\nCopyright (c) 2024 OnlineArts\n")
    assert "The above copyright notice and this permission notice shall be included in all" in words


def test_every_file_of_the_data_says_where_it_is_from() -> None:
    words = SOURCES.read_text()
    files = [path for path in SOURCES.parent.rglob("*") if path.is_file() and path != SOURCES]
    unnamed = {named(path) for path in files if named(path) not in words}
    assert unnamed == set()
    assert len(files) == 9


def named(path: Path) -> str:
    """Return how the sources name a file: a table by its equation, others by their name."""
    return path.stem if path.stem in set(Equation) else path.name


@given(sexes, ages, heights)
def test_what_comes_out_in_a_second_is_part_of_what_comes_out(sex: str, age: float, height: float) -> None:
    fev1, fvc, ratio = (median(GLOBAL, measure, sex, age, height) for measure in ("FEV1", "FVC", "FEV1FVC"))
    assert fev1 < fvc
    assert fev1 / fvc == pytest.approx(ratio, rel=0.03)


@given(sexes, ages, heights)
def test_volumes_hold_each_other(sex: str, age: float, height: float) -> None:
    tlc, frc, rv = (median(VOLUMES, measure, sex, age, height) for measure in ("TLC", "FRC", "RV"))
    assert rv < frc < tlc
    assert median(GLOBAL, "FVC", sex, age, height) < tlc


@given(sexes, ages, heights)
def test_the_share_of_residual_volume_is_that_of_the_medians(sex: str, age: float, height: float) -> None:
    rv, tlc, share = (median(VOLUMES, measure, sex, age, height) for measure in ("RV", "TLC", "RV_TLC"))
    assert 100 * rv / tlc == pytest.approx(share, rel=0.1)


@given(sexes, ages, heights)
def test_a_transfer_factor_is_coefficient_times_volume(sex: str, age: float, height: float) -> None:
    tlco, kco, va = (median(SI, measure, sex, age, height) for measure in ("TLCO", "KCO", "VA"))
    assert kco * va == pytest.approx(tlco, rel=0.05)


@given(sexes, ages, heights, st.floats(1, 20))
def test_who_is_taller_has_more_lung(sex: str, age: float, height: float, more: float) -> None:
    for equation, measure in ((GLOBAL, "FVC"), (GROUPED, "FEV1"), (VOLUMES, "TLC"), (SI, "TLCO"), (SI, "VA")):
        assert median(equation, measure, sex, age, height + more) > median(equation, measure, sex, age, height)


@given(st.floats(25, 80), st.floats(150, 200))
def test_men_have_more_lung_than_women_of_their_height(age: float, height: float) -> None:
    for equation, measure in ((GLOBAL, "FVC"), (VOLUMES, "TLC"), (SI, "TLCO")):
        assert median(equation, measure, "male", age, height) > median(equation, measure, "female", age, height)


@given(sexes, st.floats(35, 75), st.floats(150, 195))
def test_ten_years_cost_a_grown_up_some_breath(sex: str, age: float, height: float) -> None:
    before, after = (median(GLOBAL, "FEV1", sex, years, height) for years in (age, age + 10))
    assert 0.1 < before - after < 0.6


@given(sexes, ages, heights, st.sampled_from(["FEV1", "FVC"]))
def test_both_equations_of_spirometry_are_of_the_same_people(sex: str, age: float, height: float, measure: str) -> None:
    """Bowerman 2023: race-neutral values lie between those of the groups of 2012."""
    of_groups = [
        reference(GROUPED, measure, sex=sex, age_years=age, height_cm=height, group=group).m for group in Group
    ]
    assert 0.97 * min(of_groups) < median(GLOBAL, measure, sex, age, height) < 1.03 * max(of_groups)


def by_numpy(equation: Equation, measure: str, sex: str, age: float, height: float) -> tuple[float, float, float]:
    """Return L, M and S with numpy.interp, each publication's formula written out."""
    table = rows(equation)
    quarters = [float(row["age"]) for row in table]
    (line,) = [
        one for one in rows("coefficients") if (one["equation"], one["measure"], one["sex"]) == (equation, measure, sex)
    ]
    of = {key: float(text or 0) for key, text in line.items() if key not in {"equation", "measure", "sex", "unit"}}

    def spline(letter: str) -> float:
        column = [float(row.get(f"{measure}_{sex}_{letter}", 0)) for row in table]
        return float(np.interp(age, quarters, column))

    other = ("m_other_mixed", "s_other_mixed") if equation is GROUPED else ()
    power = of["l"] + of["l_log_age"] * np.log(age) + spline("L")
    median_ = of["m"] + of["m_log_height"] * np.log(height) + of["m_height"] * height
    median_ += of["m_log_age"] * np.log(age) + of["m_age"] * age + spline("M") + sum(of[key] for key in other[:1])
    spread = (
        of["s"] + of["s_log_age"] * np.log(age) + of["s_age"] * age + spline("S") + sum(of[key] for key in other[1:])
    )
    return float(power), float(np.exp(median_)), float(np.exp(spread))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(list(Equation)), st.data(), sexes, st.floats(5, 80), st.floats(95, 205))
def test_values_are_those_of_numpy(
    equation: Equation, data: st.DataObject, sex: str, age: float, height: float
) -> None:
    measure = data.draw(st.sampled_from(measures_of(equation)))
    found = reference(equation, measure, sex=sex, age_years=age, height_cm=height)
    assert (found.l, found.m, found.s) == pytest.approx(by_numpy(equation, measure, sex, age, height), rel=1e-12)
    z_score = (((1.1 * found.m) / found.m) ** found.l - 1) / (found.l * found.s)
    assert found.z_score(1.1 * found.m) == pytest.approx(z_score, rel=1e-9)
    assert found.lln == pytest.approx(
        np.exp(np.log(1 - 1.645 * found.l * found.s) / found.l + np.log(found.m)), rel=1e-12
    )
