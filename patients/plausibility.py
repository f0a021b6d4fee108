"""Whether a value can be true: hard and soft limits, a unit mixed up, and which unit a bare number may have.

Clinical specification, B0. Nothing is converted on suspicion: a unit is proposed, a person decides.
"""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Final

from patients.analytes import Analyte, Conversion

HARMFUL_WHEN_LOW: Final = frozenset({"HGB", "SPO2"})
"""Judged at once, marked unconfirmed, when below the soft limit: waiting for a person could cost more than a false alarm."""

RECENT: Final = 5
APART: Final = Fraction(1, 2)
CLOSE: Final = Fraction(1, 5)


class Plausibility(StrEnum):
    """Where a value lies."""

    PLAUSIBLE = "plausible"
    UNUSUALLY_LOW = "unusually low"
    UNUSUALLY_HIGH = "unusually high"
    IMPOSSIBLE = "impossible"


def plausibility(analyte: Analyte, value: float) -> Plausibility:
    """Return where a value in the canonical unit lies; a value on a limit is within it."""
    if not _within(value, analyte.reject_low, analyte.reject_high):
        return Plausibility.IMPOSSIBLE
    if _within(value, analyte.warn_low, analyte.warn_high):
        return Plausibility.PLAUSIBLE
    low = analyte.warn_low is not None and value < analyte.warn_low
    return Plausibility.UNUSUALLY_LOW if low else Plausibility.UNUSUALLY_HIGH


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def mixed_up_unit(analyte: Analyte, written: Fraction, stated: Conversion, recent: Sequence[float]) -> str:
    """Return the unit that a number was probably meant in, "" where nothing speaks for another than the stated one.

    Suspicious: more than 50 % from the median of the last five usable values, and within 20 % of it in another unit of
    the analyte. `written` is the number in the stated unit, `recent` values in the canonical one, oldest first.
    """
    if not recent:
        return ""
    usual = Fraction(median(recent[-RECENT:]))
    value = converted(stated, written)
    if value is None or abs(value - usual) <= APART * abs(usual):
        return ""
    for unit in (analyte.unit, *(other.unit for other in analyte.other_units)):
        conversion = analyte.conversion(unit)
        meant = converted(conversion, written) if conversion and unit != stated.unit else None
        if meant is not None and abs(meant - usual) <= CLOSE * abs(usual):
            return unit
    return ""


def converted(conversion: Conversion, written: Fraction) -> Fraction | None:
    """Return a number in the canonical unit, None where it is no such quantity (a pH of a concentration of zero)."""
    if conversion.factor == 1 and not (conversion.offset or conversion.logarithmic):
        return written
    try:
        return conversion.apply(written)
    except ValueError:
        return None


_BARE: Final = {
    "HGB": ((Fraction(30), Fraction(260), "g/L"),),
    "PAO2": ((None, Fraction(20), "kPa"), (Fraction(20), None, "mm[Hg]")),
    "PEF": ((None, Fraction(20), "L/s"), (Fraction(20), None, "L/min")),
    "TEMP": ((None, Fraction(60), "Cel"), (Fraction(60), None, "[degF]")),
}
"""Notes of the catalogue: in which unit a number without one may be proposed; a hemoglobin below 30 is never guessed."""


def proposed_unit(analyte: Analyte, written: Fraction) -> str:
    """Return the unit that may be proposed to a person for a bare number, "" where none may."""
    for low, high, unit in _BARE.get(analyte.code, ()):
        if (low is None or written >= low) and (high is None or written <= high):
            return unit
    return ""
