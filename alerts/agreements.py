"""Whether what was computed agrees with what a reference case expects, and how far the two are apart. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from alerts.reference_cases import finite

OTHER: Final = 1.0
"""How far apart two different words are, or a word and a number."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A computed number whose difference is measured in units of `scale`, not as a share of what is expected."""

    value: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Difference:
    """One expected value beside the computed one: where in the case, and how far apart."""

    key: str
    expected: Any
    computed: Any
    size: float
    agrees: bool


def differences(key: str, expected: Any, computed: Any, tolerance: float) -> Iterator[Difference]:
    """Yield a difference a value, those of lists and objects one by one; what stands on one side only disagrees."""
    if isinstance(expected, list) and isinstance(computed, list | tuple):
        for place, (one, other) in enumerate(zip_longest(expected, computed)):
            yield from differences(f"{key}[{place}]", one, other, tolerance)
    elif isinstance(expected, Mapping) and isinstance(computed, Mapping):
        for name in dict.fromkeys([*expected, *computed]):
            yield from differences(f"{key}.{name}", expected.get(name), computed.get(name), tolerance)
    else:
        yield _difference(key, expected, computed, tolerance)


def _difference(key: str, expected: Any, computed: Any, tolerance: float) -> Difference:
    """Return the difference of two single values: words, truths and null agree when equal, numbers within the tolerance."""
    value = computed.value if isinstance(computed, Scaled) else computed
    if not (_is_number(expected) and _is_number(value)):
        same = type(expected) is type(value) and expected == value
        return Difference(key, expected, value, 0.0 if same else OTHER, agrees=same)
    scale = computed.scale if isinstance(computed, Scaled) else abs(finite(expected, key)) or 1.0
    size = abs(_float(value) - finite(expected, key)) / scale
    return Difference(key, expected, value, size if math.isfinite(size) else math.inf, agrees=size <= tolerance)


def _float(value: float) -> float:
    """Return a number as a float, infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _is_number(value: object) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
