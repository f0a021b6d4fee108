"""What z-scores of spirometry say: the pattern, how far below normal, and a child's change. Pure.

ERS/ATS technical standard on interpretive strategies: Stanojevic et al., Eur Respir J 2022;60:2101499 (pattern, severity, change).
A value at the lower limit of normal is normal.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LIMIT: Final = -1.645
"""Below this z-score a value is below normal: the 5th percentile."""
MODERATE: Final = -2.5
SEVERE: Final = -4.0
"""Below these z-scores a low value is moderately, then severely low."""
CORRELATION_START: Final = 0.642
CORRELATION_A_YEAR: Final = -0.04
CORRELATION_BY_AGE: Final = 0.020
"""Correlation of two z-scores of FEV1 of a child: 0.642 − 0.04·years between + 0.020·age at the first (ERS/ATS 2021, box 2)."""
NATURAL_CHANGE: Final = 1.96
"""Beyond this a change is outside what 95 % of healthy children show."""


class Pattern(StrEnum):
    """What the values of one session look like together."""

    NORMAL = "normal"
    OBSTRUCTION = "obstruction"
    RESTRICTION = "restriction"
    MIXED = "mixed"
    NONSPECIFIC = "nonspecific"
    PRISM = "PRISm"
    POSSIBLE_RESTRICTION = "possible restriction"
    POSSIBLE_MIXED = "possible mixed"


class Lowness(StrEnum):
    """How far below normal a value is."""

    NORMAL = "normal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Change:
    """A child's change between two sessions: correlation `r` expected of them, conditional score, and whether it is unusual."""

    r: float
    score: float
    outside: bool


def pattern(*, fev1: float, fvc: float, fev1_fvc: float, tlc: float | None = None) -> Pattern:
    """Return the pattern of the z-scores of a session; without total lung capacity restriction is only possible."""
    fev1_low, fvc_low, ratio_low = (_finite(z) < LIMIT for z in (fev1, fvc, fev1_fvc))
    tlc_low = None if tlc is None else _finite(tlc) < LIMIT
    if ratio_low:
        if not fvc_low or tlc_low is False:
            return Pattern.OBSTRUCTION
        return Pattern.MIXED if tlc_low else Pattern.POSSIBLE_MIXED
    if tlc_low:
        return Pattern.RESTRICTION
    if not (fvc_low or fev1_low):
        return Pattern.NORMAL
    if tlc_low is False:
        return Pattern.NONSPECIFIC
    return Pattern.POSSIBLE_RESTRICTION if fvc_low else Pattern.PRISM


def lowness(z_score: float) -> Lowness:
    """Return how far below normal a z-score is."""
    z_score = _finite(z_score)
    if z_score >= LIMIT:
        return Lowness.NORMAL
    if z_score >= MODERATE:
        return Lowness.MILD
    return Lowness.MODERATE if z_score >= SEVERE else Lowness.SEVERE


def conditional_change(z_first: float, z_second: float, *, years_between: float, age_first: float) -> Change:
    """Return the conditional change score of a child's two z-scores: (z2 − r·z1)/√(1 − r²). Published for FEV1.

    Ages and the time between are in years. ValueError where no correlation below one can be expected of them.
    """
    if not (math.isfinite(years_between) and math.isfinite(age_first) and years_between > 0 and age_first >= 0):
        raise ValueError("the second session follows the first")
    r = CORRELATION_START + CORRELATION_A_YEAR * years_between + CORRELATION_BY_AGE * age_first
    if not -1 < r < 1:
        raise ValueError("the formula is for children, and for sessions a few years apart")
    score = (_finite(z_second) - r * _finite(z_first)) / math.sqrt(1 - r * r)
    return Change(r, score, abs(score) > NATURAL_CHANGE)


def _finite(z_score: float) -> float:
    """Return a z-score that is one; ValueError otherwise."""
    if not math.isfinite(z_score):
        raise ValueError("a z-score is a number")
    return z_score
