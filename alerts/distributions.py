"""Tails and quantiles of Student's t and of chi-square with an even number of degrees of freedom. Pure, standard library only.

What the tests on remissions need, and no more: a statistics package would cost every process a second and its memory. Sources:
Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.1 and 26.5.8 (t by the incomplete beta function and its continued
fraction), 26.4.21 (chi-square of even degrees as a Poisson sum).
"""

import math
from collections.abc import Callable
from typing import Final

TERMS: Final = 300
"""Of the continued fraction, at most; fewer than 60 are used for one to a hundred degrees of freedom."""
TINY: Final = 1e-300
PRECISION: Final = 1e-15
HALVINGS: Final = 200


def t_tail(t: float, df: int) -> float:
    """Return P(T > t) of Student's t with `df` degrees of freedom. ValueError for none."""
    if df < 1:
        raise ValueError("Student's t needs a degree of freedom")
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    half = 0.5 * _incomplete_beta(df / (df + t * t), df / 2, 0.5)
    return half if t >= 0 else 1 - half


def t_quantile(tail: float, df: int) -> float:
    """Return the t that is exceeded with the probability `tail`, 0 < tail < 1."""
    if not 0 < tail < 1:
        raise ValueError("a tail lies between 0 and 1")
    if tail > 0.5:
        return -t_quantile(1 - tail, df)
    high = 1.0
    while t_tail(high, df) > tail:
        high *= 2
    return _root(lambda t: tail - t_tail(t, df), 0.0, high)


def chi_square_below(x: float, df: int) -> float:
    """Return P(X <= x) of chi-square with an even number of degrees of freedom. ValueError for an odd one."""
    if df < 2 or df % 2:
        raise ValueError("only an even number of degrees of freedom is known here")
    half, term, total = x / 2, 1.0, 0.0
    if half <= 0:
        return 0.0
    if half < df / 2:  # the lower sum: no difference of nearly equal numbers
        term = math.exp(df / 2 * math.log(half) - half - math.lgamma(df / 2 + 1))
        place = df // 2
        while term > total * PRECISION:
            total, place = total + term, place + 1
            term *= half / place
        return total
    for place in range(df // 2):
        total += term
        term *= half / (place + 1)
    return 1 - math.exp(-half) * total


def chi_square_quantile(below: float, df: int) -> float:
    """Return the x with P(X <= x) = `below`, 0 < below < 1, for an even number of degrees of freedom."""
    if not 0 < below < 1:
        raise ValueError("a probability lies between 0 and 1")
    high = float(df)
    while chi_square_below(high, df) < below:
        high *= 2
    return _root(lambda x: chi_square_below(x, df) - below, 0.0, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where an increasing function crosses zero, by halving, to the last bit."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b), from the side on which its fraction converges fast."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d, c = 1 / _away(1 + step * d), _away(1 + step / c)
            found *= c * d
        if abs(c * d - 1) < PRECISION:
            break
    return found


def _away(value: float) -> float:
    """Return a number that can be divided by."""
    return value if abs(value) > TINY else TINY
