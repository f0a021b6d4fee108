"""The catalogue: what can be measured, under which codes and names, in which units, within which limits.

Read once from data/analytes.csv (87 analytes), data/names.csv (what laboratories call them in English, German, French
and Russian) and data/other_tests.csv (what laboratories report beside them and no rule reads); see data/SOURCES.md.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from patients.units import candidates, ratio

ValueType = Literal["number", "ordinal", "coded"]

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Conversion:
    """From a unit to the analyte's canonical one: `factor` × value + `offset`; `logarithmic` for pH from nmol/L H+."""

    unit: str
    factor: Fraction
    offset: Fraction = Fraction(0)
    logarithmic: bool = False

    def apply(self, value: Decimal | Fraction) -> Fraction:
        """Return `value` in the canonical unit, exactly but for pH (28 digits); ValueError for no such quantity."""
        if not self.logarithmic:
            return Fraction(value) * self.factor + self.offset
        if value <= 0:
            raise ValueError("a concentration is above zero")
        number = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value
        return Fraction(-(number * Decimal("1e-9")).log10())

    def inverse(self, value: Decimal | Fraction) -> Fraction:
        """Return the number in `unit` of `value` in the canonical unit."""
        if not self.logarithmic:
            return (Fraction(value) - self.offset) / self.factor
        exponent = Decimal(Fraction(value).numerator) / Decimal(Fraction(value).denominator)
        return Fraction(Decimal(10) ** (Decimal(9) - exponent))


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """A general reference range in canonical units; `sex` "" and an open age end mean everybody. Ages in years."""

    sex: str
    age_from: Fraction
    age_below: Fraction | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Analyte:
    """One row of the catalogue. Limits, ranges and `value` of results are in `unit`, the canonical UCUM unit.

    Outside `reject_*` a result is quarantined, outside `warn_*` a person confirms it. `cvi`, `cva`: within-subject and
    analytical coefficient of variation in percent. `allowed` are the words of an ordinal or coded analyte, in order.
    """

    code: str
    name: str
    category: str
    loinc: str
    other_loincs: tuple[str, ...]
    value_type: ValueType
    unit: str
    other_units: tuple[Conversion, ...]
    allowed: tuple[str, ...]
    ranges: tuple[ReferenceRange, ...]
    reject_low: float | None
    reject_high: float | None
    warn_low: float | None
    warn_high: float | None
    cvi: float | None
    cva: float | None
    source: str
    loinc_source: str
    note: str
    conversions: dict[str, Conversion | None] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def unitless(self) -> bool:
        """Say whether a bare number can only be the canonical unit (an index, a score, pH)."""
        return self.unit in {"1", "[pH]"} and all(conversion.logarithmic for conversion in self.other_units)

    def conversion(self, unit: str) -> Conversion | None:
        """Return how to come from a UCUM unit to the canonical one, None where it cannot measure this analyte."""
        if unit not in self.conversions:
            self.conversions[unit] = self._conversion(unit)
        return self.conversions[unit]

    def _conversion(self, unit: str) -> Conversion | None:
        listed = next((conversion for conversion in self.other_units if conversion.unit == unit), None)
        if listed or not self.unit:
            return listed
        if (direct := ratio(unit, self.unit)) is not None:
            return Conversion(unit, direct)
        for known in self.other_units:
            step = ratio(unit, known.unit)
            if step is not None and not known.offset and not known.logarithmic:
                return Conversion(unit, step * known.factor)
        return None

    def conversion_of(self, written: str) -> Conversion | None:
        """Return the conversion from a unit as written, None where it is unknown or measures something else."""
        found = (self.conversion(unit) for unit in candidates(written))
        return next((conversion for conversion in found if conversion), None)

    def reference_range(self, *, sex: str = "", age_years: float | None = None) -> ReferenceRange | None:
        """Return the general range for a person: the child's by age below 15 years, else the sex's, else None.

        The laboratory's own range, where a result carries one, goes before it.
        """
        if age_years is not None and age_years < ADULT_AGE_YEARS:
            children = [one for one in self.ranges if not one.sex]
            return next(
                (
                    one
                    for one in children
                    if one.age_from <= age_years and (one.age_below is None or age_years < one.age_below)
                ),
                None,
            )
        return next((one for one in self.ranges if one.sex == sex), None) if sex else None


ADULT_AGE_YEARS = 15
"""From here the ranges of men and women hold (WHO 2024 groups)."""

_NUMBER = r"(\d+(?:\.\d+)?)"
_SPAN = re.compile(rf"^{_NUMBER}-{_NUMBER}$")
_BELOW = re.compile(rf"^<{_NUMBER}(?:\s.*)?$")
_AGED = re.compile(
    r"^(?:(?P<low>\d+)(?P<unit>mo|y)?-(?P<high>\d+)(?P<high_unit>mo|y)|<(?P<below>\d+)y)\s+(?P<span>\S+)$"
)


def _span(text: str) -> tuple[float | None, float | None] | None:
    if match := _SPAN.match(text):
        return float(match[1]), float(match[2])
    if match := _BELOW.match(text):
        return None, float(match[1])
    return None


def _ranges(male: str, female: str, child: str) -> tuple[ReferenceRange, ...]:
    """Read the three columns of ranges; prose ("GLI LLN", "age table of the laboratory") is no range."""
    found = []
    for sex, text in (("male", male), ("female", female)):
        if span := _span(text):
            found.append(ReferenceRange(sex, Fraction(ADULT_AGE_YEARS), None, *span))
    for part in child.split(";"):
        if span := _span(part):
            found.append(ReferenceRange("", Fraction(0), Fraction(ADULT_AGE_YEARS), *span))
        elif (match := _AGED.match(part)) and (span := _span(match["span"])):
            found.append(ReferenceRange("", *_ages(match), *span))
    return tuple(found)


def _ages(match: re.Match[str]) -> tuple[Fraction, Fraction]:
    """Return the ages from … below, in years: "6-23mo" is from 1/2 to below 2, "5-11y" from 5 to below 12."""
    if match["below"]:
        return Fraction(0), Fraction(int(match["below"]))
    high_unit = match["high_unit"]
    low = Fraction(int(match["low"]), 12 if (match["unit"] or high_unit) == "mo" else 1)
    return low, Fraction(int(match["high"]) + 1, 12 if high_unit == "mo" else 1)


def _conversions(text: str) -> tuple[Conversion, ...]:
    """Read `unit:factor` pairs; a factor is a decimal, a fraction of decimals, or one of the two formulas."""
    found = []
    for pair in filter(None, text.split(";")):
        unit, _, factor = pair.partition(":")
        if factor == "(x-32)/1.8":
            found.append(Conversion(unit, Fraction(5, 9), Fraction(-160, 9)))
        elif factor == "-log10(x*1e-9)":
            found.append(Conversion(unit, Fraction(1), logarithmic=True))
        else:
            numerator, _, denominator = factor.partition("/")
            found.append(Conversion(unit, Fraction(numerator) / Fraction(denominator or "1")))
    return tuple(found)


def _limit(text: str) -> float | None:
    """Return a limit; "z -6" is a limit on the z-score, which the lung function rules hold, not on the value."""
    return float(text) if text and not text.startswith("z") else None


_LOINC = re.compile(r"\d{1,7}-\d(?!\d)")


def _analyte(line: dict[str, str]) -> Analyte:
    value_type = line["value_type"]
    if value_type not in {"number", "ordinal", "coded"}:
        raise ValueError(f"{line['code']}: unknown value type")
    return Analyte(
        code=line["code"],
        name=line["name"],
        category=line["category"],
        loinc=line["loinc"],
        other_loincs=tuple(_LOINC.findall(line["loinc_other"])),
        value_type="number" if value_type == "number" else "ordinal" if value_type == "ordinal" else "coded",
        unit=line["canonical_unit"],
        other_units=_conversions(line["other_units"]),
        allowed=tuple(filter(None, line["allowed_values"].split(";"))),
        ranges=_ranges(line["ref_male"], line["ref_female"], line["ref_child"]),
        reject_low=_limit(line["reject_low"]),
        reject_high=_limit(line["reject_high"]),
        warn_low=_limit(line["warn_low"]),
        warn_high=_limit(line["warn_high"]),
        cvi=_limit(line["cvi_percent"]),
        cva=_limit(line["cva_percent"]),
        source=line["cv_source"],
        loinc_source=line["loinc_verified_in"],
        note=line["note"],
    )


def lines(name: str) -> list[dict[str, str]]:
    """Return the lines of one of the tables in data/."""
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def catalogue() -> Mapping[str, Analyte]:
    """Return every analyte by our code, in the file's order."""
    return MappingProxyType({line["code"]: _analyte(line) for line in lines("analytes.csv")})


def analyte(code: str) -> Analyte:
    """Return the analyte of one of our codes; KeyError where there is none."""
    return catalogue()[code]
