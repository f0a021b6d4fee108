"""A course of cyclophosphamide by mouth: how many doses reach its total, and on which day. Pure.

Seed article, S36: 400 mg every other day up to 8–10 g. What was taken is counted elsewhere; this is the arithmetic of a plan.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

DOSE_MG: Final = 400.0
EVERY_DAYS: Final = 2
TOTALS_MG: Final = (8000.0, 10000.0)
"""Dose, interval and range of the total of a course (seed article, S36)."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A course of so many doses; the first is taken on day 0, the last on `last_day`."""

    doses: int
    last_day: int
    total_mg: float


def planned(total_mg: float, *, dose_mg: float = DOSE_MG, every_days: int = EVERY_DAYS) -> Planned:
    """Return the doses that reach a total; the last one may go beyond it. ValueError for what makes no course."""
    if not (0 < dose_mg < float("inf") and 0 < total_mg < float("inf")):
        raise ValueError("dose and total are amounts above zero")
    if every_days < 1:
        raise ValueError("a dose is taken every day at most")
    doses = -(-_exact(total_mg) // _exact(dose_mg))
    return Planned(doses, (doses - 1) * every_days, float(doses * _exact(dose_mg)))


def share_of_course(taken_mg: float, total_mg: float) -> float:
    """Return what was taken as a share of the planned total: 0.8 is 80 %. ValueError for amounts that are none."""
    if not (0 <= taken_mg < float("inf") and 0 < total_mg < float("inf")):
        raise ValueError("amounts are numbers, and the total is above zero")
    return taken_mg / total_mg


def _exact(value: float) -> Fraction:
    """Return a number as it was typed: 0.1 is a tenth."""
    return Fraction(repr(float(value)))
