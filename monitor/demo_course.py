"""How one invented patient's disease runs, day by day: bleeds that lower the hemoglobin, and the slow way back. Pure.

Sizes are those of the simulation model of the clinical specification (part F): loss within days, recovery of 0.7 g/L a day from the
seventh day after the bleed, reticulocytes up to a tenth day, 34 mg of iron for each 10 g/L lost.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

RECOVERY_G_PER_L_A_DAY: Final = 0.7
RECOVERY_AFTER_DAYS: Final = 7
TRANSFUSION_G_PER_L: Final = 20.0
VARIATION: Final = 0.0313
"""Total coefficient of variation of a hemoglobin (clinical specification, B1)."""
CLIP: Final = 1.4
"""Standard deviations at which chance ends, so that nobody of the demo has an alert by chance."""


@dataclass(frozen=True, slots=True)
class Bleed:
    """One exacerbation, in days before now: how much hemoglobin it takes, over how many days, and how it shows."""

    days_ago: int
    loss: float
    lasts: int = 4
    confirmed: bool = True
    transfused: bool = False
    hemoptysis: str = ""
    foci: bool = True
    infection: bool = False
    film: int = 2
    """The stage that the film shows; from the third on the shadows are dense, and gone elsewhere within days."""
    sputum: str = "many"
    """Siderophages of the first sputum; `unfit` where the sample was no use."""

    def deficit(self, days_ago: float) -> float:
        """Return how much hemoglobin, in g/L, is missing on a day because of this bleed."""
        day = self.days_ago - days_ago
        if day <= 0:
            return 0.0
        if day < self.lasts:
            return self.loss * day / self.lasts
        back = RECOVERY_G_PER_L_A_DAY * max(0.0, day - self.lasts - RECOVERY_AFTER_DAYS)
        given = TRANSFUSION_G_PER_L if self.transfused and day >= self.lasts + 1 else 0.0
        return max(0.0, self.loss - back - given)

    def reticulocytes(self, days_ago: float) -> float:
        """Return the percentage above the usual 1 %, highest on the tenth day, back on the 28th."""
        day = self.days_ago - days_ago
        height = min(6.0, self.loss / 6)
        return float(np.interp(day, [3, 10, 28], [0, height, 0], left=0, right=0))


@dataclass(frozen=True, slots=True)
class Course:
    """A patient's own steady hemoglobin in g/L, and what takes from it; `drift` is what is lost slowly, in g/L a year."""

    steady: float
    bleeds: tuple[Bleed, ...] = ()
    drift: float = 0.0
    ferritin: float = 45.0

    def hemoglobin(self, days_ago: float) -> float:
        """Return the true hemoglobin of a day in g/L."""
        return self.steady - self.drift * max(0.0, 365 - days_ago) / 365 - self._deficit(days_ago)

    def _deficit(self, days_ago: float) -> float:
        return sum(bleed.deficit(days_ago) for bleed in self.bleeds)

    def ferritin_of(self, days_ago: float) -> float:
        """Return the ferritin in ug/L: halved for each 150 mg of iron lost to the lung, of 5 liters of blood."""
        return float(max(4.0, self.ferritin * 0.5 ** (self._deficit(days_ago) / 10 * 34 * 5 / 150)))

    def reticulocytes(self, days_ago: float) -> float:
        """Return the reticulocytes in percent."""
        return 1.0 + sum(bleed.reticulocytes(days_ago) for bleed in self.bleeds)

    def active(self, days_ago: float) -> bool:
        """Whether a bleed began within the four weeks before a day."""
        return any(0 <= bleed.days_ago - days_ago <= 28 for bleed in self.bleeds)


def visits(course: Course, *, first: int, last: int, chance: np.random.Generator) -> list[int]:
    """Return the days before now on which blood is taken, the oldest first: every four weeks, in and after a bleed more often."""
    days, day = [], first
    while day > last:
        days.append(day)
        step = int(chance.integers(24, 33))
        following = [day - bleed.days_ago for bleed in course.bleeds]
        if any(-70 < since <= 0 for since in following):
            step = 6 if course.active(day) else 14
        onsets = [bleed.days_ago - 2 for bleed in course.bleeds if last < bleed.days_ago - 2 < day]
        day = max([day - step, *onsets])
    return [*days, last]


def noisy(value: float, variation: float, chance: np.random.Generator) -> float:
    """Return a value as measured: with chance that ends early."""
    return value * (1 + variation * float(np.clip(chance.standard_normal(), -CLIP, CLIP)))
