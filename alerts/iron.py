"""What ferritin says of iron stores, by age and inflammation, and how full of hemoglobin the red cells are. Pure.

Sources: WHO guideline on use of ferritin concentrations to assess iron status, 2020 (NCBI Bookshelf NBK569873); color index:
clinical specification, B2. Lung iron and inflammation raise ferritin: a normal one never excludes deficiency.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CITATION: Final = (
    "WHO guideline on use of ferritin concentrations to assess iron status, 2020 (NCBI Bookshelf NBK569873)"
)
YOUNG_YEARS: Final = 5
"""Below this age stores are smaller."""
CRP_LIMIT, AGP_LIMIT = 5.0, 1.0
"""mg/L and g/L above which WHO takes inflammation for present."""
HYPOCHROMIC_BELOW, HYPERCHROMIC_ABOVE = 0.85, 1.05
"""Color index (clinical specification, B2)."""
MCH_TOLERANCE: Final = 0.02
"""How far a color index may lie from 0.03 · MCH before one of the values is wrong (B2)."""


class Stores(StrEnum):
    """What a ferritin says."""

    DEFICIENT = "deficient"
    NOT_DEFICIENT = "not deficient"
    INDETERMINATE = "indeterminate"


class Color(StrEnum):
    """What a color index says."""

    HYPOCHROMIC = "hypochromic"
    NORMOCHROMIC = "normochromic"
    HYPERCHROMIC = "hyperchromic"


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Ferritin in µg/L below which stores are empty: without inflammation, and with it (None: WHO gives none)."""

    plain: float
    inflamed: float | None


YOUNG: Final = Cutoffs(12.0, 30.0)
OTHERS: Final = Cutoffs(15.0, 70.0)
FIRST_TRIMESTER: Final = Cutoffs(15.0, None)


def cutoffs(age_years: float | None, trimester: int | None = None) -> Cutoffs | None:
    """Return the cutoffs for a person; one of unknown age is no small child. None later in pregnancy: WHO gives none there."""
    if trimester is not None:
        return FIRST_TRIMESTER if trimester == 1 else None
    return YOUNG if age_years is not None and age_years < YOUNG_YEARS else OTHERS


def inflamed(crp: float | None, agp: float | None = None) -> bool | None:
    """Return whether a person is inflamed, by CRP in mg/L or AGP in g/L; None where neither is known."""
    if crp is None and agp is None:
        return None
    return (crp is not None and crp > CRP_LIMIT) or (agp is not None and agp > AGP_LIMIT)


def stores(ferritin: float, limits: Cutoffs, inflammation: bool | None) -> Stores:
    """Return what a ferritin in µg/L says. Between the cutoffs it depends on inflammation, and where that is unknown on nothing."""
    if ferritin < limits.plain:
        return Stores.DEFICIENT
    if inflammation is False:
        return Stores.NOT_DEFICIENT
    if limits.inflamed is None:
        return Stores.INDETERMINATE
    if ferritin >= limits.inflamed:
        return Stores.NOT_DEFICIENT
    return Stores.DEFICIENT if inflammation else Stores.INDETERMINATE


def color_index(hemoglobin: float, erythrocytes: float) -> float | None:
    """Return three times hemoglobin (g/L) by the first three digits of the red cells (10¹²/L), the third cut off, not rounded.

    None where there are no red cells to divide by.
    """
    hundredths = int(round(erythrocytes * 100, 6))
    return 3 * hemoglobin / hundredths if hundredths > 0 else None


def color(index: float) -> Color:
    """Return what a color index says."""
    if index < HYPOCHROMIC_BELOW:
        return Color.HYPOCHROMIC
    return Color.HYPERCHROMIC if index > HYPERCHROMIC_ABOVE else Color.NORMOCHROMIC


def agrees_with_mch(index: float, mch: float) -> bool:
    """Whether a color index fits the mean corpuscular hemoglobin (pg) of the same count: both say the same by other words."""
    return abs(index - 0.03 * mch) <= MCH_TOLERANCE + 1e-9
