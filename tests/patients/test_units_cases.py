"""The reference conversions: every case of the specification, exactly and through the catalogue."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from patients.analytes import Analyte, analyte

FILE = Path(__file__).parent.parent / "data" / "units" / "unit_conversion.json"
SECTION = json.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
CASES = SECTION["cases"]
TOLERANCE = Fraction(SECTION["tolerance"])


def converted(one: Analyte, value: Decimal | int, unit_in: str, unit_out: str) -> Fraction:
    """Return a value in another unit of the analyte, by way of the canonical one."""
    to_canonical, from_canonical = one.conversion(unit_in), one.conversion(unit_out)
    assert to_canonical is not None
    assert from_canonical is not None
    return from_canonical.inverse(to_canonical.apply(Decimal(value)))


def near(one: Fraction, two: Decimal | int) -> bool:
    """Say whether two values agree within the section's relative tolerance."""
    return abs(one - Fraction(two)) <= TOLERANCE * abs(Fraction(two))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_reference_case_agrees(case: dict[str, Any]) -> None:
    result = converted(analyte(case["analyte"]), case["value_in"], case["unit_in"], case["unit_out"])
    assert near(result, case["value_out"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_reference_case_goes_back_to_where_it_came_from(case: dict[str, Any]) -> None:
    one = analyte(case["analyte"])
    there = converted(one, case["value_in"], case["unit_in"], case["unit_out"])
    back = converted(one, Decimal(there.numerator) / Decimal(there.denominator), case["unit_out"], case["unit_in"])
    assert near(back, case["value_in"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_reference_factor_agrees(case: dict[str, Any]) -> None:
    assert near(converted(analyte(case["analyte"]), 1, case["unit_in"], case["unit_out"]), case["factor"])


def test_the_section_is_whole() -> None:
    assert len(CASES) == 42
    assert len({case["id"] for case in CASES}) == 42
    assert {"HGB", "FE", "CREA", "PAO2", "DLCO", "SPO2"} <= {case["analyte"] for case in CASES}
