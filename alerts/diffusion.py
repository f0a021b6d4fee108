"""The transfer factor for carbon monoxide as it would be with a usual hemoglobin. Pure.

Cotes' correction: Cotes et al., Clin Sci 1972;42:325, read through secondary sources; the constants are to be checked against the
publication before use. Less hemoglobin takes up less gas: an anemic patient's lung looks worse than it is.
"""

import math
from typing import Final

MAN_FROM_YEARS: Final = 15
"""From this age on the constant of men holds (clinical specification, B9)."""
CONSTANT_MAN: Final = 10.22
CONSTANT_OTHER: Final = 9.38
"""g/dL: of men of 15 years and more; of women, and of children below 15 years."""
SLOPE: Final = 1.7
G_PER_L: Final = 10.0
"""g/L in one g/dL."""


def hemoglobin_corrected(dlco: float, *, hemoglobin_g_per_l: float, sex: str, age_years: float) -> float:
    """Return a transfer factor, or transfer coefficient, corrected for hemoglobin, in its own unit: x·(K + Hb)/(1.7·Hb).

    ValueError for values that are no measurements, and where the constant is not known: no sex from 15 years on.
    """
    if not all(math.isfinite(one) and one > 0 for one in (dlco, hemoglobin_g_per_l)):
        raise ValueError("transfer factor and hemoglobin are numbers above zero")
    hemoglobin = hemoglobin_g_per_l / G_PER_L
    return dlco * (_constant(sex, age_years) + hemoglobin) / (SLOPE * hemoglobin)


def _constant(sex: str, age_years: float) -> float:
    """Return the constant for a person, in g/dL."""
    if not age_years >= 0:
        raise ValueError("an age is not negative")
    if age_years < MAN_FROM_YEARS:
        return CONSTANT_OTHER
    if sex not in {"male", "female"}:
        raise ValueError("from 15 years on the correction is of men or women")
    return CONSTANT_MAN if sex == "male" else CONSTANT_OTHER
