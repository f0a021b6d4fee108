"""Whether values fall in time: the slope that few outliers cannot turn, and the exact chance of such an order. Pure.

Formulas: the median of all pairwise slopes (Theil 1950; Sen, J Am Stat Assoc 1968;63:1379) and the number of rising less falling
pairs (Mann, Econometrica 1945;13:245; Kendall, Biometrika 1938;30:81), its chance counted over all orders of the values seen.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from alerts.trends import median


@dataclass(frozen=True, slots=True)
class Kendall:
    """Order of values: `s` is rising less falling pairs, `tau` its share of all pairs; the exact chance of one as low, as high."""

    s: int
    tau: float
    p_falling: Fraction
    p_rising: Fraction


def theil_sen(times: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the median of all pairwise slopes, per unit of time; pairs of one time are left out, None where no other is there."""
    points = list(zip(times, values, strict=True))
    slopes = [(second[1] - first[1]) / (second[0] - first[0]) for first, second in _pairs(points)]
    return median(slopes) if slopes else None


def kendall(values: Sequence[float]) -> Kendall:
    """Return the order of values that follow one another, no two at one time. Tied values count in no direction.

    The chance is that among all distinguishable orders of these very values, so it is exact with ties, too.
    """
    pairs = list(combinations(values, 2))
    rising = sum(after > before for before, after in pairs)
    falling = sum(after < before for before, after in pairs)
    orders = orders_by_falling_pairs(values)
    every = sum(orders)
    s = rising - falling
    return Kendall(
        s=s,
        tau=s / len(pairs) if pairs else 0.0,
        p_falling=Fraction(sum(orders[falling:]), every),
        p_rising=Fraction(sum(orders[: falling + 1]), every),
    )


def orders_by_falling_pairs(values: Sequence[float]) -> list[int]:
    """Return how many distinguishable orders of the values have 0, 1, 2 … falling pairs.

    That is the Gaussian multinomial coefficient as a polynomial (MacMahon): the product of (1 − qᵏ) for all values, divided by
    those for each group of ties.
    """
    counted = [1]
    for k in range(1, len(values) + 1):
        counted = _times(counted, k)
    for ties in Counter(values).values():
        for k in range(1, ties + 1):
            counted = _over(counted, k)
    return counted


def _pairs(points: Sequence[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return all pairs of points at different times, the earlier first."""
    return [(first, second) for first, second in combinations(sorted(points), 2) if first[0] < second[0]]


def _times(counted: Sequence[int], k: int) -> list[int]:
    """Return a polynomial times 1 + q + … + q^(k−1): each coefficient the sum of the last k."""
    found, running = [], 0
    for place in range(len(counted) + k - 1):
        running += counted[place] if place < len(counted) else 0
        running -= counted[place - k] if place >= k else 0
        found.append(running)
    return found


def _over(counted: Sequence[int], k: int) -> list[int]:
    """Return a polynomial divided by 1 + q + … + q^(k−1), which leaves no rest."""
    found: list[int] = []
    for place in range(len(counted) - k + 1):
        before = counted[place - 1] if place else 0
        found.append(counted[place] - before + (found[place - k] if place >= k else 0))
    return found
