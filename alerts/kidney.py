"""Acute kidney injury: creatinine against the patient's own baseline, in stages. Pure.

NHS England's algorithm, as validated by Sawhney et al., PLoS One 2015;10:e0131909 and Nephrol Dial Transplant 2015;30:1853. In
a patient who bleeds into the lung a rise is Goodpasture's disease or vasculitis until shown otherwise.
"""

import math
from dataclasses import dataclass
from typing import Final

STAGES: Final = ((3.0, 3), (2.0, 2), (1.5, 1))
"""From this ratio to the baseline on, this stage."""
RISE_UMOL_PER_L: Final = 26.0
"""A rise within 48 hours of more than this is stage 1."""
SEVERE_UMOL_PER_L: Final = 354.0
"""From here on a ratio of 1.5 is stage 3 in an adult."""

TIE: Final = 1e-9
"""A ratio that is at a threshold is not below it because of its last bit: values may have been converted from mg/dL."""


@dataclass(frozen=True, slots=True)
class Injury:
    """How a creatinine stands to its baseline; stage 0 is none."""

    ratio: float
    stage: int


def injury(creatinine: float, baseline: float, *, within_48_hours: float | None = None, adult: bool = True) -> Injury:
    """Return the stage of a creatinine, all in µmol/L.

    `baseline` is the lowest of the last 7 days, or else the median of days 8 to 365; `within_48_hours` the lowest of those, None
    where there is none. ValueError for values that are no measurements.
    """
    known = [creatinine, baseline, *([] if within_48_hours is None else [within_48_hours])]
    if not all(math.isfinite(one) and one > 0 for one in known):
        raise ValueError("creatinine is a number above zero")
    ratio = creatinine / baseline
    stage = next((stage for least, stage in STAGES if ratio >= least - TIE), 0)
    if stage and adult and creatinine >= SEVERE_UMOL_PER_L:
        stage = STAGES[0][1]
    if not stage and within_48_hours is not None and creatinine - within_48_hours > RISE_UMOL_PER_L + TIE:
        stage = 1
    return Injury(ratio, stage)
