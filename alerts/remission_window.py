"""How long the next remission is likely to last: a window, withheld unless it has proved right in the clinic. Pure arithmetic.

From four closed remissions on by the patient's own line through their logarithms; of one to three mostly by what remissions of
other patients were (clinical specification, B3). Lengths are in days, oldest first. Both are conditional on the days that the open
remission has lasted already. 80 % of lengths should fall into a window.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Final

from alerts.distributions import t_quantile, t_tail
from alerts.recurrence_tests import LEAST_FOR_TEST, geometric_process

SHARE: Final = 0.80
"""Of lengths that a window should hold (B3)."""
QUANTILES: Final = ((1 - SHARE) / 2, 0.5, (1 + SHARE) / 2)
SIGMA: Final = 0.5
"""Standard deviation of the logarithm of a length around a patient's line (B3, vectors `pooled_prediction`)."""
LEVEL_SIGMA: Final = 0.6
"""Standard deviation of the logarithm of first remissions between patients (the same)."""
RATIO: Final = 0.9
RATIO_SIGMA: Final = 0.25
"""The ratio of a remission to the one before, where nothing is known of a patient, and its logarithm's deviation (the same)."""
LEAST_INTERVALS: Final = 20
"""Closed remissions of a clinic on which a window must have been tried (B3)."""
COVERAGE: Final = (0.70, 0.90)
"""Shares of them within the window between which it counts as calibrated (B3)."""


@dataclass(frozen=True, slots=True)
class Window:
    """A length in days: its median, and the ends of the 80 % window. `pooled`: mostly from other patients."""

    estimate: float
    lower: float
    upper: float
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a clinic's own remissions say: the median of first ones in days (None: too few known), on how many closed ones the
    window was tried, and how many of these it held."""

    first_median: float | None = None
    intervals: int = 0
    covered: int = 0

    @property
    def holds(self) -> bool:
        """Whether a patient's own window may be shown."""
        share = self.covered / self.intervals if self.intervals else 0.0
        return self.intervals >= LEAST_INTERVALS and COVERAGE[0] <= share <= COVERAGE[1]

    @property
    def words(self) -> str:
        """On what windows were tried, and what came of it."""
        if self.intervals < LEAST_INTERVALS:
            return f"tried on {self.intervals} closed remissions of the clinic, of {LEAST_INTERVALS} needed"
        return f"{self.covered} of the clinic’s last {self.intervals} remissions ended within their window, not 4 of 5"


def expected(lengths: Sequence[float], days_open: float, clinic: Calibration) -> Window | str:
    """Return the window of the remission that is open, or why it is withheld."""
    if not lengths:
        return "no closed remission is known"
    if len(lengths) < LEAST_FOR_TEST:
        if clinic.first_median is None:
            return "the clinic’s median first remission is not known yet"
        return pooled_window(lengths, clinic.first_median, days_open)
    return own_window(lengths, days_open) if clinic.holds else f"not calibrated: {clinic.words}"


def own_window(lengths: Sequence[float], days_open: float = 0) -> Window:
    """Return the window of the next remission from three or more closed ones: the predictive t interval of its logarithm."""
    line = geometric_process(lengths)
    n, df = line.n, line.n - 2
    center = line.intercept + n * line.slope
    middle, spread = (n - 1) / 2, n * (n * n - 1) / 12
    error = line.scatter * math.sqrt(1 + 1 / n + (n - middle) ** 2 / spread)
    if error == 0:
        exact = max(math.exp(center), days_open)
        return Window(exact, exact, exact)
    beyond = t_tail((math.log(days_open) - center) / error, df) if days_open > 0 else 1.0
    if beyond <= 0:
        return Window(days_open, days_open, days_open)
    lower, estimate, upper = (math.exp(center + error * t_quantile(beyond * (1 - share), df)) for share in QUANTILES)
    return Window(estimate, lower, upper)


def pooled_window(lengths: Sequence[float], first_median: float, days_open: float = 0) -> Window:
    """Return the window of the next remission from a few closed ones and those of other patients.

    ln length = mu + k·ln r + N(0, 0.5²), with mu ~ N(ln median, 0.6²) and ln r ~ N(ln 0.9, 0.25²): the posterior is normal.
    """
    n = len(lengths)
    weight = 1 / SIGMA**2
    a = 1 / LEVEL_SIGMA**2 + weight * n
    b = weight * n * (n - 1) / 2
    c = 1 / RATIO_SIGMA**2 + weight * sum(place * place for place in range(n))
    logs = [math.log(length) for length in lengths]
    level = math.log(first_median) / LEVEL_SIGMA**2 + weight * math.fsum(logs)
    trend = math.log(RATIO) / RATIO_SIGMA**2 + weight * math.fsum(place * one for place, one in enumerate(logs))
    whole = a * c - b * b
    mean = (c * level - b * trend + n * (a * trend - b * level)) / whole
    deviation = math.sqrt((c - 2 * n * b + n * n * a) / whole + SIGMA**2)
    known = NormalDist(mean, deviation)
    before = known.cdf(math.log(days_open)) if days_open > 0 else 0.0
    beyond = 1 - before
    lower, estimate, upper = (_normal_beyond(known, beyond * (1 - share), days_open) for share in QUANTILES)
    return Window(estimate, lower, upper, pooled=True)


def calibrate(chains: Sequence[Sequence[float]]) -> Calibration:
    """Return what the closed remissions of a clinic's patients say: each patient's last one is predicted from those before."""
    firsts = [chain[0] for chain in chains if chain]
    tried = [chain for chain in chains if len(chain) > LEAST_FOR_TEST]
    windows = [(own_window(chain[:-1]), chain[-1]) for chain in tried]
    covered = sum(one.lower <= last <= one.upper for one, last in windows)
    return Calibration(median(firsts) if firsts else None, len(tried), covered)


def _normal_beyond(known: NormalDist, tail: float, days_open: float) -> float:
    """Return the length that is exceeded with a probability; where that is too small to be told apart, the days so far."""
    if tail <= 0:
        return days_open
    at = known.mean - known.stdev * NormalDist().inv_cdf(tail)  # from the tail: 1 - tail would lose its digits
    return max(math.exp(at), days_open)
