"""What chance explains in one person: log-normal reference change value, personal variation, set point. Pure.

Formulas: Fokkema et al., Clin Chem 2006;52:1602 (log-normal reference change value); Lund et al., Ann Clin Biochem 2016 (a set
point of several results beats the comparison of two). All coefficients of variation are fractions: 0.028 is 2.8 %.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

Z95: Final = 1.6448536269514722
"""One-sided 95 % point of the standard normal distribution."""
Z99: Final = 2.3263478740408408
"""One-sided 99 % point."""
LEAST_FOR_PERSONAL: Final = 6
"""Steady results from which a personal variation is estimated (clinical specification, B1)."""
PRIOR_WEIGHT: Final = 5
"""Results that the published variation counts for when it is mixed with a person's own (B1)."""
TWO_RESULTS: Final = 2.0
"""k where one result is compared with one other: both vary."""


@dataclass(frozen=True, slots=True)
class Variation:
    """How much an analyte varies: analytical `cva`, within-subject `cvi` with the `cap` of a personal one, and the two z."""

    cva: float
    cvi: float
    cap: float
    z95: float = Z95
    z99: float = Z99


@dataclass(frozen=True, slots=True)
class SetPoint:
    """The steady state of a person: its value from `n` results, the personal `cvi` used, and the limits of a fall."""

    value: float
    n: int
    k: float
    cvi: float
    sigma: float
    limit95: float
    limit99: float
    beside: float = 0.0
    """What else may differ between them (the laboratory), as a standard deviation of the logarithm."""
    shift: float = 1.0
    """By what the limits are lowered where the steady state is that of other circumstances, as a ratio."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Which steady results make a baseline: the `last` ones, at least `least`, none in the `gap` before if that leaves enough."""

    last: int
    least: int
    gap: float
    """Seconds: a fall is judged as if it had begun up to this long before its first low result."""


def log_sigma(cva: float, cvi: float) -> float:
    """Return the standard deviation of the logarithm: √ln(1 + CVa² + CVi²)."""
    return math.sqrt(math.log1p(cva * cva + cvi * cvi))


def reference_change_value(z: float, k: float, sigma: float, beside: float = 0.0) -> tuple[float, float]:
    """Return the log-normal reference change as ratios, down and up: exp(∓z·√k·σ); with more beside, exp(∓z·√(k·σ² + beside²))."""
    reach = z * math.sqrt(k * sigma**2 + beside**2) if beside else z * math.sqrt(k) * sigma
    return math.exp(-reach), math.exp(reach)


def widened(z: float, looks: int) -> float:
    """Return the z of one look with which `looks` of them raise by chance no more often together than one does with `z`.

    Bonferroni, Pubbl R Ist Super Sci Econ Commer Firenze 1936;8:3: the chance of each is divided by their number.
    """
    return -NormalDist().inv_cdf(NormalDist().cdf(-z) / looks) if looks > 1 else z


def drift_limit(n1: int, n2: int, sigma: float, z: float, beside: float = 0.0) -> float:
    """Return the ratio of two set points, the later of `n2` results to the earlier of `n1`, below which they differ.

    exp(−z·√((1/n1 + 1/n2)·σ² + beside²)): clinical specification, B1, rule R7.
    """
    return reference_change_value(z, 1 / n1 + 1 / n2, sigma, beside)[0]


def symmetric_change_value(z: float, k: float, cva: float, cvi: float) -> float:
    """Return the older, symmetric reference change as a fraction: z·√k·CVt. Shown for comparison, never a limit here."""
    return z * math.sqrt(k) * math.hypot(cva, cvi)


def personal_cvi(values: Sequence[float], variation: Variation) -> float:
    """Return the within-subject variation to use: the published one, widened by a person's own where six results show it.

    (5·CVi² + (n−1)·max(0, s²−CVa²)) / (n+4), s the standard deviation of the logarithms; never narrower than published.
    """
    n = len(values)
    if n < LEAST_FOR_PERSONAL:
        return variation.cvi
    logs = [math.log(value / values[0]) for value in values]  # ratios: the unit cancels to the last bit
    center = math.fsum(logs) / n
    own = max(0.0, math.fsum((one - center) ** 2 for one in logs) / (n - 1) - variation.cva**2)
    mixed = (PRIOR_WEIGHT * variation.cvi**2 + (n - 1) * own) / (n - 1 + PRIOR_WEIGHT)
    return min(max(math.sqrt(mixed), variation.cvi), max(variation.cap, variation.cvi))


def set_point(
    values: Sequence[float], variation: Variation, *, least: int = 3, beside: float = 0.0, shift: float = 1.0
) -> SetPoint:
    """Return the set point of steady results, oldest first: their median from `least` on, else the newest alone.

    `beside` and `shift` only widen (see SetPoint). Raises ValueError for none.
    """
    if not values:
        raise ValueError("a set point needs a result")
    n = len(values)
    few = n < least
    value, count, k = (values[-1], 1, TWO_RESULTS) if few else (median(values), n, 1 + 1 / n)
    cvi = variation.cvi if few else personal_cvi(values, variation)
    sigma = log_sigma(variation.cva, cvi)
    ratios = [reference_change_value(z, k, sigma, beside)[0] for z in (variation.z95, variation.z99)]
    lower95, lower99 = (value * ratio * min(shift, 1.0) for ratio in ratios)
    return SetPoint(value, count, k, cvi, sigma, lower95, lower99, beside, min(shift, 1.0))


def present_from(values: Sequence[float], variation: Variation, *, least: int) -> int:
    """Return the place from which results belong to the present steady state: after the widest lasting rise, else 0.

    Lasting: at least `least` results, each above all before by more than two results differ by chance (the 95 % point, with the
    published variation), and their median above that of those before by the 99 % point. Two levels mixed are no variation.
    """
    sigma = log_sigma(variation.cva, variation.cvi)
    apart, risen = (reference_change_value(z, TWO_RESULTS, sigma)[1] for z in (variation.z95, variation.z99))
    best, widest = 0, apart
    for place in range(1, len(values) - least + 1):
        before, after = values[:place], values[place:]
        gap = min(after) / max(before)
        if gap > widest and median(after) > median(before) * risen:
            best, widest = place, gap
    return best


def median(values: Sequence[float]) -> float:
    """Return the median."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def chosen(times: Sequence[float], at: float, *, oldest: float, windows: Windows) -> tuple[int, int]:
    """Return first and end place of the results that make the baseline of what is judged at `at`; equal where there is none.

    `times` are those of steady results, ascending, all before `at`; `oldest` is the age in seconds from which one is too old.
    The last `gap` is left out as far as `least` results remain: a slow loss must not pull its own baseline down.
    """
    first = bisect_left(times, at - oldest)
    end = bisect_right(times, at - windows.gap)
    if end - first < windows.least:
        end = min(len(times), first + windows.least)
    return max(first, end - windows.last), end
