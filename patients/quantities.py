"""A written number with its unit, made a value in the catalogue's unit: exactly, or not at all.

Nothing is guessed: a missing unit, a number that could be read in two ways, a value out of limits hold the row, with what
it probably means in the message.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from statistics import median

from patients.analytes import Analyte, Conversion
from patients.analytes import analyte as analyte_of
from patients.noting import Notes
from patients.parsers.numbers import Number, parse_number, parse_range
from patients.parsers.raw import RawResult
from patients.plausibility import (
    HARMFUL_WHEN_LOW,
    RECENT,
    Plausibility,
    converted,
    mixed_up_unit,
    plausibility,
    proposed_unit,
)
from patients.units import candidates

_SIGNS = {"": "", "=": "", "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">="}

_TURNED = str.maketrans("<>", "><")

_DOUBTS = {
    "glued": "A flag or footnote stands at the number.",
    "approximate": "The number is approximate.",
    "mark": "The decimal mark is not that of the rest of the file.",
    "separator": "The thousands separator is the decimal mark of the rest of the file.",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the canonical unit; `unconfirmed` where it is alarming enough to be used before a person looked."""

    value: float
    comparator: str = ""
    unconfirmed: bool = False


def written_number(raw: RawResult) -> Number | None:
    """Return the number that a result's cell holds, None where it holds none that is certain."""
    return parse_number(raw.value, raw.decimal_mark)


def written_unit(raw: RawResult) -> str:
    """Return the unit as written: of its own cell, else behind the number."""
    if raw.unit.strip():
        return raw.unit.strip()
    number = written_number(raw)
    return number.unit if number else ""


def measure(
    analyte: Analyte, number: Number, raw: RawResult, *, recent: tuple[float, ...], notes: Notes
) -> Quantity | None:
    """Return a number in the canonical unit, None where it cannot be had; every doubt is noted and holds the row."""
    if number.doubt:
        notes.hold("doubtful_number", f"{_DOUBTS[number.doubt]} It was read as {number.value:f}.", raw.value)
    comparator = _comparator(number, raw, notes)
    conversion = conversion_of(analyte, raw)
    if conversion is None or not _agree(analyte, number, conversion):
        _note_unit(analyte, number, raw, notes)
        return None
    exact = converted(conversion, Fraction(number.value))
    if exact is None:
        notes.hold("implausible", f"There is no {analyte.name} of {number.value:f} {conversion.unit}.", raw.value)
        return None
    history = () if comparator else recent
    value = float(exact)
    unconfirmed = _check(analyte, value, Fraction(number.value), conversion, history, notes)
    if conversion.logarithmic:
        comparator = comparator.translate(_TURNED)  # less acid is a higher pH
    return Quantity(value, comparator, unconfirmed)


def conversion_of(analyte: Analyte, raw: RawResult) -> Conversion | None:
    """Return how a result's unit becomes the canonical one, None where it is missing, unknown or of something else."""
    unit = written_unit(raw)
    if not unit and analyte.unitless:
        return analyte.conversion(analyte.unit)
    return analyte.conversion_of(unit)


def _agree(analyte: Analyte, number: Number, conversion: Conversion) -> bool:
    """Say whether the unit behind the number, where there is one, means the same as the stated one."""
    if not number.unit:
        return True
    behind = analyte.conversion_of(number.unit)
    return behind is not None and (behind.factor, behind.offset) == (conversion.factor, conversion.offset)


def _note_unit(analyte: Analyte, number: Number, raw: RawResult, notes: Notes) -> None:
    """Hold a result for its unit and say what is known of it."""
    unit = written_unit(raw)
    usual = ", ".join(one for one in (analyte.unit, *(other.unit for other in analyte.other_units)) if one)
    if not unit:
        proposal = proposed_unit(analyte, Fraction(number.value))
        proposal = f" It may be {proposal}." if proposal else ""
        notes.hold("unit_missing", f"{analyte.name} has no unit; possible are {usual}.{proposal}", raw.value)
    elif not candidates(unit):
        notes.hold("unknown_unit", f"The unit of {analyte.name} is not known; possible are {usual}.", unit)
    elif analyte.conversion_of(unit) is None:
        notes.hold("unit_not_of_analyte", f"{analyte.name} is not measured in this unit; possible are {usual}.", unit)
    else:
        notes.hold("unit_conflict", "The unit behind the number is not that of the unit's own cell.", raw.value)


def _comparator(number: Number, raw: RawResult, notes: Notes) -> str:
    """Return the comparator of the number or of its own cell; two that differ hold the row."""
    apart = _SIGNS.get(raw.comparator.strip())
    if apart is None:
        notes.hold("unknown_comparator", "The sign before the number is not known.", raw.comparator)
        return number.comparator
    if apart and number.comparator and apart != number.comparator:
        notes.hold("comparator_conflict", "Two different signs stand before the number.", raw.comparator)
    return number.comparator or apart


def _check(
    analyte: Analyte, value: float, written: Fraction, stated: Conversion, recent: tuple[float, ...], notes: Notes
) -> bool:
    """Note what is implausible about a value; say whether it is let in unconfirmed, being low in the direction of harm.

    A fall that another unit would explain is let in like that, too: it may be true (docs/decisions/0008).
    """
    shown = f"{value:.9g} {analyte.unit}"
    where = plausibility(analyte, value)
    harmful = analyte.code in HARMFUL_WHEN_LOW and where is not Plausibility.IMPOSSIBLE
    proposed = mixed_up_unit(analyte, written, stated, recent)
    fell = bool(proposed) and harmful and value < median(recent[-RECENT:])
    if proposed:
        far = f"{shown} is far from the recent values; {float(written):.9g} would fit in {proposed}"
        if fell:
            notes.mark("unit_mixup", f"{far}; used at once, please confirm.")
        else:
            notes.hold("unit_mixup", f"{far}. Please confirm the unit.")
    if where is Plausibility.IMPOSSIBLE:
        limits = f"{analyte.reject_low:g} to {analyte.reject_high:g} {analyte.unit}"
        notes.hold("implausible", f"{shown} is not possible for {analyte.name} ({limits}).")
        return False
    if where is Plausibility.PLAUSIBLE:
        return fell
    message = f"{shown} is {where} for {analyte.name}"
    if where is Plausibility.UNUSUALLY_LOW and harmful and (fell or not proposed):
        notes.mark("outside_soft_limits", f"{message}; used at once, please confirm.")
        return True
    notes.hold("outside_soft_limits", f"{message}; please confirm.")
    return False


def reference(analyte: Analyte, raw: RawResult, notes: Notes) -> tuple[float | None, float | None]:
    """Return the laboratory's range in the canonical unit; one that cannot be read is told and left out."""
    low, high = raw.reference_low.strip(), raw.reference_high.strip()
    written = raw.reference.strip() or f"{low} - {high}".strip()
    if written == "-":
        return None, None
    unit = written_unit(raw) or (analyte.unit if analyte.unitless else "")
    found = _range(analyte.code, unit, low, high, written, raw.decimal_mark)
    if found is None:
        notes.inform("unread_reference", "The reference range could not be read.", written)
    return found or (None, None)


@lru_cache(maxsize=4096)
def _range(
    code: str, unit: str, low: str, high: str, written: str, mark: str
) -> tuple[float | None, float | None] | None:
    """Return a range in the canonical unit, of its two ends where they are apart; the same few come with every result."""
    ends: list[Decimal | None]
    if low or high:
        ends = [_end(text, mark) for text in (low, high)]
        if any(text and end is None for text, end in zip((low, high), ends, strict=True)):
            return None
    else:
        span = parse_range(written, mark)
        if span is None:
            return None
        ends, unit = [span.low, span.high], span.unit or unit
    conversion = analyte_of(code).conversion_of(unit)
    return _converted_range(ends, conversion) if conversion else None


def _converted_range(ends: list[Decimal | None], conversion: Conversion) -> tuple[float | None, float | None] | None:
    """Return both ends in the canonical unit, None where they are out of order."""
    low, high = (None if end is None else converted(conversion, Fraction(end)) for end in ends)
    if conversion.logarithmic:
        low, high = high, low
    if low is not None and high is not None and low > high:
        return None
    return None if low is None else float(low), None if high is None else float(high)


def _end(text: str, mark: str) -> Decimal | None:
    number = parse_number(text, mark)
    return number.value if number and not (number.doubt or number.unit or number.comparator) else None
