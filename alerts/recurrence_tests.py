"""Whether exacerbations come faster and remissions grow shorter: the tests of the clinical specification, B3. Pure arithmetic.

`event_days` are days of exacerbations on a clock that starts at the first one and runs only in remission; `lengths` are closed
remissions in days, oldest first. The tests on a Poisson process (Laplace, MIL-HDBK-189, Crow-AMSAA) are shown and decide nothing:
remissions vary less than exponential ones do, which makes these tests far too careful here. The t test on the logarithms decides.

Sources: Cox and Lewis 1966 and Ascher and Feingold 1984 (Laplace); MIL-HDBK-189, 1981; Crow 1974; Mann 1945 and Kendall 1975; Lam,
Adv Appl Probab 1988;20:479 (geometric process).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Final, Literal

from alerts.distributions import chi_square_below, chi_square_quantile, t_tail
from alerts.slopes import kendall

EXACT_UP_TO: Final = 20
"""Events for which Laplace's test is exact, by the sum of so many uniform numbers; beyond it is normal (B3)."""
YEAR: Final = 365.25
LEAST_FOR_GROWTH: Final = 3
LEAST_FOR_TEST: Final = 4
"""Closed remissions from which shortening is tested (B3): of three no order is rarer than 1 in 6."""
FLAT: Final = 1e-12
"""Below this a slope or a scatter of logarithms is that of rounding."""

Outcome = Literal["none", "note", "info", "warning"]


@dataclass(frozen=True, slots=True)
class Laplace:
    """Laplace's test: U above 0 means faster. `p` is that of faster; `p_exact` the same, exact, None for many events."""

    m: int
    u: float
    p: float
    p_exact: float | None


@dataclass(frozen=True, slots=True)
class MilHdbk189:
    """The test of MIL-HDBK-189: a small chi-square means faster; `p` is that of faster."""

    chi2: float
    df: int
    p: float
    p_improving: float


@dataclass(frozen=True, slots=True)
class Growth:
    """The Crow-AMSAA power law: beta above 1 means faster, with its 95 % interval; the rate at the end, events a year."""

    beta: float
    beta_unbiased: float
    lower: float
    upper: float
    scale: float
    per_year_at_end: float


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Kendall's S of lengths in their order, tau-a, and the exact probabilities of an S as low, or as high."""

    n: int
    s: int
    p_shortening: Fraction
    p_lengthening: Fraction
    tau: float


@dataclass(frozen=True, slots=True)
class GeometricProcess:
    """A line through the logarithms of lengths, numbered from 0. `ratio` is that of each length to the one before, `p` of the
    one-sided t test that it is below 1; `scatter` the residual standard deviation with n - 2 degrees of freedom."""

    n: int
    intercept: float
    slope: float
    scatter: float
    p: float

    @property
    def ratio(self) -> float:
        """The ratio of a length to the one before."""
        return math.exp(self.slope)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is said of closed remissions: `note` that three fell, `info` or `warning` by the t test; both numbers None below 4."""

    outcome: Outcome
    ratio: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """From when the t test counts (B3): `warning_p` with `warning_ratio`, or `info_p` with a ratio below 1."""

    warning_p: float = 0.025
    warning_ratio: float = 0.90
    info_p: float = 0.20


def laplace(event_days: Sequence[float], end_day: float, *, ends_with_event: bool = False) -> Laplace:
    """Return Laplace's test. `ends_with_event`: the clock was stopped by its last event, which then says nothing itself."""
    counted = _counted(event_days, end_day, ends_with_event=ends_with_event)
    m = len(counted)
    u = (math.fsum(counted) / m - end_day / 2) / (end_day * math.sqrt(1 / (12 * m)))
    exact = None
    if m <= EXACT_UP_TO:
        exact = float(_uniform_sum_tail(sum(Fraction(day) for day in counted) / Fraction(end_day), m))
    return Laplace(m, u, NormalDist().cdf(-u), exact)


def mil_hdbk_189(event_days: Sequence[float], end_day: float, *, ends_with_event: bool = False) -> MilHdbk189:
    """Return the chi-square test of MIL-HDBK-189: 2·Σln(T/t) with 2m degrees of freedom."""
    counted = _counted(event_days, end_day, ends_with_event=ends_with_event)
    chi2, df = 2 * _log_sum(counted, end_day), 2 * len(counted)
    below = chi_square_below(chi2, df)
    return MilHdbk189(chi2, df, below, 1 - below)


def crow_amsaa(event_days: Sequence[float], end_day: float, *, ends_with_event: bool = False) -> Growth | None:
    """Return the power law of events; None below three events, or where all fall on the last day."""
    counted = _counted(event_days, end_day, ends_with_event=ends_with_event)
    n, total = len(event_days), _log_sum(counted, end_day)
    if n < LEAST_FOR_GROWTH or total == 0:
        return None
    beta, df = n / total, 2 * len(counted)
    lower, upper = (beta * chi_square_quantile(share, df) / (2 * n) for share in (0.025, 0.975))
    scale = n / end_day**beta
    rate = scale * beta * end_day ** (beta - 1) * YEAR
    return Growth(beta, (len(counted) - 1) / total, lower, upper, scale, rate)


def mann_kendall(lengths: Sequence[float]) -> MannKendall:
    """Return the exact test of Mann and Kendall: over all orders of the lengths, ties as they are."""
    order = kendall(lengths)
    return MannKendall(len(lengths), order.s, order.p_falling, order.p_rising, order.tau)


def geometric_process(lengths: Sequence[float]) -> GeometricProcess:
    """Return the line through the logarithms of three or more lengths. ValueError for fewer, or for a length of zero."""
    n = len(lengths)
    if n < LEAST_FOR_GROWTH:
        raise ValueError("a line with its scatter needs three lengths")
    logs = [math.log(length) for length in lengths]
    middle, level = (n - 1) / 2, math.fsum(logs) / n
    spread = n * (n * n - 1) / 12
    slope = math.fsum((place - middle) * one for place, one in enumerate(logs)) / spread
    intercept = level - slope * middle
    residuals = math.fsum((one - intercept - slope * place) ** 2 for place, one in enumerate(logs))
    scatter = math.sqrt(residuals / (n - 2))
    if scatter < FLAT:
        return GeometricProcess(n, intercept, slope, 0.0, 0.0 if slope < -FLAT else 1.0)
    return GeometricProcess(n, intercept, slope, scatter, t_tail(-slope * math.sqrt(spread) / scatter, n - 2))


def decide(lengths: Sequence[float], limits: Limits = Limits()) -> Decision:
    """Return what closed remissions allow to be said: a test from four on, of three only that each was shorter."""
    if len(lengths) < LEAST_FOR_TEST:
        fell = len(lengths) == LEAST_FOR_TEST - 1 and lengths[0] > lengths[1] > lengths[2]
        return Decision("note" if fell else "none", None, None)
    found = geometric_process(lengths)
    outcome: Outcome = "none"
    if found.p <= limits.warning_p and found.ratio <= limits.warning_ratio:
        outcome = "warning"
    elif found.p <= limits.info_p and found.ratio < 1:
        outcome = "info"
    return Decision(outcome, found.ratio, found.p)


def _counted(event_days: Sequence[float], end_day: float, *, ends_with_event: bool) -> Sequence[float]:
    """Return the events that a test counts. ValueError where there is none, or one outside the clock."""
    counted = event_days[:-1] if ends_with_event else event_days
    if not counted or not all(0 < day <= end_day for day in counted):
        raise ValueError("events lie after the start of the clock and not after its end")
    return counted


def _log_sum(counted: Sequence[float], end_day: float) -> float:
    """Return Σln(T/t)."""
    return math.fsum(math.log(end_day / day) for day in counted)


def _uniform_sum_tail(total: Fraction, m: int) -> Fraction:
    """Return the probability that m uniform numbers add up to `total` or more (Irwin-Hall), exact."""
    rest = m - total  # by symmetry the probability of a sum up to this
    whole = sum((-1) ** place * math.comb(m, place) * (rest - place) ** m for place in range(math.floor(rest) + 1))
    return Fraction(whole) / math.factorial(m)
