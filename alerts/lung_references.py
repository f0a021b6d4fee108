"""Reference values of lung function: median, limits and z-score by sex, age and height. Pure; tables are read once from data/gli.

Global Lung Function Initiative: spirometry race-neutral (GLI Global 2022, the default) and by group (GLI-2012), transfer factor
(GLI-2017 with its erratum of 2020), static volumes (GLI-2021); see data/SOURCES.md. Splines are interpolated linearly between
quarters of a year. Values of two equations are never compared with each other.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

_DATA: Final = Path(__file__).parent / "data" / "gli"
LIMIT_Z: Final = 1.645
"""z-score of the limits of normal, below and above (ERS/ATS 2021: Stanojevic et al., Eur Respir J 2022;60:2101499)."""
ROWS_A_YEAR: Final = 4
HEIGHTS_CM: Final = (50.0, 250.0)
"""Outside these a height was mistyped: working values."""


class Equation(StrEnum):
    """Which equation a reference value is of: kept with every value."""

    GLOBAL_2022 = "GLI-Global-2022"
    GROUPED_2012 = "GLI-2012"
    TRANSFER_2017 = "GLI-2017-SI"
    TRANSFER_2017_TRADITIONAL = "GLI-2017-trad"
    VOLUMES_2021 = "GLI-2021-volumes"


CITATIONS: Final[Mapping[Equation, str]] = {
    Equation.GLOBAL_2022: "Bowerman et al., Am J Respir Crit Care Med 2023;207:768, doi 10.1164/rccm.202205-0963OC",
    Equation.GROUPED_2012: "Quanjer et al., Eur Respir J 2012;40:1324, doi 10.1183/09031936.00080312",
    Equation.TRANSFER_2017: "Stanojevic et al., Eur Respir J 2017;50:1700010, erratum 2020;56:1750010",
    Equation.TRANSFER_2017_TRADITIONAL: "Stanojevic et al., Eur Respir J 2017;50:1700010, erratum 2020;56:1750010",
    Equation.VOLUMES_2021: "Hall et al., Eur Respir J 2021;57:2000289, doi 10.1183/13993003.00289-2020",
}


class Group(StrEnum):
    """Groups that GLI-2012 tells apart; the other equations know none."""

    CAUCASIAN = "Caucasian"
    AFRICAN_AMERICAN = "African American"
    NORTH_EAST_ASIAN = "North East Asian"
    SOUTH_EAST_ASIAN = "South East Asian"
    OTHER = "Other/mixed"


_SUFFIXES: Final[Mapping[Group, str]] = {
    Group.AFRICAN_AMERICAN: "african_american",
    Group.NORTH_EAST_ASIAN: "north_east_asian",
    Group.SOUTH_EAST_ASIAN: "south_east_asian",
    Group.OTHER: "other_mixed",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """The values of healthy people of one sex, age and height, in `unit`: power `l`, median `m`, variation `s` (Cole's LMS)."""

    equation: Equation
    measure: str
    unit: str
    l: float  # noqa: E741 - the method's own name
    m: float
    s: float

    def z_score(self, value: float) -> float:
        """Return by how many standard deviations a value differs: ((x/M)^L − 1)/(L·S). ValueError unless it is above zero."""
        if not (math.isfinite(value) and value > 0):
            raise ValueError("a measured value is a number above zero")
        return math.expm1(self.l * math.log(value / self.m)) / (self.l * self.s)

    def value_at(self, z_score: float) -> float:
        """Return the value with a z-score: M·(1 + L·S·z)^(1/L). ValueError where the distribution does not reach that far."""
        base = self.l * self.s * z_score
        if not base > -1:
            raise ValueError("no value has this z-score")
        return self.m * math.exp(math.log1p(base) / self.l)

    @property
    def lln(self) -> float:
        """The lower limit of normal: the 5th percentile."""
        return self.value_at(-LIMIT_Z)

    @property
    def uln(self) -> float:
        """The upper limit of normal: the 95th percentile."""
        return self.value_at(LIMIT_Z)

    def percent_predicted(self, value: float) -> float:
        """Return a value as percent of the median."""
        return 100 * value / self.m


@dataclass(frozen=True, slots=True)
class _Table:
    """Splines of an equation from `first` years of age on, four rows a year, by column."""

    first: float
    last: float
    columns: Mapping[str, Sequence[float]]

    def spline(self, column: str, age_years: float) -> float:
        """Return a spline at an age within the table; zero where the equation has none."""
        values = self.columns.get(column)
        if values is None:
            return 0.0
        place = (age_years - self.first) * ROWS_A_YEAR
        below = min(int(place), len(values) - 2)
        return values[below] + (place - below) * (values[below + 1] - values[below])


def reference(
    equation: Equation, measure: str, *, sex: str, age_years: float, height_cm: float, group: Group = Group.OTHER
) -> Reference:
    """Return the reference values for a measure of a person; `group` counts in GLI-2012 alone.

    ValueError, with the reason, for a measure, a sex, an age or a height that the equation does not cover.
    """
    measures = measures_of(equation)
    if measure not in measures:
        raise ValueError(f"{equation} has no {measure}, only {', '.join(measures)}")
    line = _lines().get((equation, measure, sex))
    if line is None:
        raise ValueError("reference values are of men or women")
    table = _table(equation)
    if not table.first <= age_years <= table.last:
        raise ValueError(f"{equation} is for ages of {table.first:g} to {table.last:g} years")
    if not HEIGHTS_CM[0] <= height_cm <= HEIGHTS_CM[1]:
        raise ValueError(f"a height lies between {HEIGHTS_CM[0]:g} and {HEIGHTS_CM[1]:g} cm")
    power, median, variation = _lms(line, table, age_years, height_cm, group)
    return Reference(equation, measure, line.unit, power, median, variation)


@cache
def measures_of(equation: Equation) -> tuple[str, ...]:
    """Return what an equation gives reference values for, in the table's order."""
    return tuple(dict.fromkeys(measure for named, measure, _ in _lines() if named == equation))


def ages_of(equation: Equation) -> tuple[float, float]:
    """Return the youngest and the oldest age of an equation, in years."""
    table = _table(equation)
    return table.first, table.last


@dataclass(frozen=True, slots=True)
class _Line:
    """Coefficients of one measure and sex, by name; absent ones are zero."""

    prefix: str
    unit: str
    coefficients: Mapping[str, float]

    def sum(self, what: str, group: Group, **terms: float) -> float:
        """Return a constant with its terms, each by its coefficient, and what a group adds."""
        of = self.coefficients
        start = of.get(what, 0.0) + of.get(f"{what}_{_SUFFIXES.get(group, '')}", 0.0)
        return start + sum(of.get(f"{what}_{name}", 0.0) * value for name, value in terms.items())


def _lms(line: _Line, table: _Table, age_years: float, height_cm: float, group: Group) -> tuple[float, float, float]:
    """Return L, M and S. Each has its terms in age and height, of which an equation uses some, and its spline."""
    ages = {"log_age": math.log(age_years), "age": age_years}
    heights = {"log_height": math.log(height_cm), "height": height_cm}
    splines = {letter: table.spline(f"{line.prefix}_{letter.upper()}", age_years) for letter in "lms"}
    power = line.sum("l", group, **ages) + splines["l"]
    median = math.exp(line.sum("m", group, **ages, **heights) + splines["m"])
    return power, median, math.exp(line.sum("s", group, **ages) + splines["s"])


@cache
def _lines() -> Mapping[tuple[Equation, str, str], _Line]:
    """Return the coefficients of every equation, measure and sex."""
    found = {}
    named = ("equation", "measure", "unit", "sex")
    for row in _rows("coefficients"):
        coefficients = {name: float(text) for name, text in row.items() if text and name not in named}
        line = _Line(f"{row['measure']}_{row['sex']}", row["unit"], coefficients)
        found[Equation(row["equation"]), row["measure"], row["sex"]] = line
    return found


@cache
def _table(equation: Equation) -> _Table:
    """Return the splines of an equation."""
    rows = _rows(equation)
    columns = {name: [float(row[name]) for row in rows] for name in rows[0]}
    ages = columns.pop("age")
    return _Table(ages[0], ages[-1], columns)


def _rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the tables in data/gli."""
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
