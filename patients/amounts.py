"""What a recorded dose amounts to: milligrams of prednisone, doses a day, and the dose in words. Pure."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from patients.history import TreatmentRecord

FACTORS: Final[Mapping[str, float]] = {
    "prednisone": 1.0,
    "prednisolone": 1.0,
    "methylprednisolone": 1.25,
    "hydrocortisone": 0.25,
    "cortisone": 0.2,
    "triamcinolone": 1.25,
    "dexamethasone": 20 / 3,
    "betamethasone": 20 / 3,
    "deflazacort": 5 / 6,
}
"""Milligrams of prednisone that a milligram does as much as (clinical specification, B4: glucocorticoid equivalence table)."""
STEROIDS: Final = frozenset(FACTORS)
MILLIGRAMS: Final[Mapping[str, float]] = {"mg": 1.0, "g": 1000.0, "ug": 0.001}
LOCAL_ROUTES: Final = frozenset(
    {"inhaled", "inhalation", "nasal", "topical", "cutaneous", "ophthalmic", "otic", "rectal", "intraarticular"}
)
"""By these a steroid stays mostly where it is given: it is not counted."""
NBSP: Final = "\u00a0"
TOLERANCE: Final = 1e-6
"""Of a day, for sums of binary fractions."""
ROUNDED: Final = 0.02
"""Three times a day may be written as every 0.33 days: so far from a whole number is whole."""


@lru_cache(maxsize=1024)
def drug_name(written: str) -> str:
    """Return the steroid that a drug's written name means: "Prednisolon 5 mg" is prednisolone. Else the name, folded."""
    plain = unicodedata.normalize("NFKD", written)
    folded = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().strip()
    words = "".join(letter if letter.isalpha() else " " for letter in folded).split()
    return next((name for word in words for name in (word, f"{word}e") if name in FACTORS), folded)


def prednisone_equivalent(drug: str, dose_mg: float) -> float | None:
    """Return the milligrams of prednisone that a dose does as much as, None for a drug that is no systemic glucocorticoid."""
    factor = FACTORS.get(drug_name(drug))
    return None if factor is None else dose_mg * factor


def milligrams(row: TreatmentRecord) -> float | None:
    """Return one dose of a record in mg, of a steroid as prednisone; None where the amount is not known, or not in these units."""
    unit = MILLIGRAMS.get(row.unit.strip())
    if row.dose is None or (unit is None and row.dose != 0):
        return None
    return row.dose * (unit or 1.0) * FACTORS.get(drug_name(row.drug), 1.0)


def doses_on(row: TreatmentRecord, day: date) -> float:
    """Return how many doses of a record fall on a day of it: one, several, or none between those given every few days."""
    if row.every_days < 1:
        return _several(row.every_days)
    passed = (day - row.started_on).days
    next_one = math.ceil(passed / row.every_days - TOLERANCE) * row.every_days
    return float(next_one < passed + 1 - TOLERANCE)


def average(rows: Sequence[TreatmentRecord]) -> float | None:
    """Return mg of prednisone a day on average, None where an amount is not known."""
    return _sum([None if (mg := milligrams(row)) is None else mg * _rate(row) for row in rows])


def total_on(rows: Sequence[TreatmentRecord], day: date) -> float | None:
    """Return mg of prednisone on a day that the rows cover, None where an amount is not known."""
    return _sum([None if (mg := milligrams(row)) is None else mg * doses_on(row, day) for row in rows])


def amount_words(rows: Sequence[TreatmentRecord]) -> str:
    """Return the dose of rows of one time in words: 15 mg; 40 mg every 2 days; 20 mg prednisone-equivalent; dose unknown."""
    mg = average(rows)
    if mg is None:
        return "dose unknown"
    other = "" if all(FACTORS.get(drug_name(row.drug), 1.0) == 1 for row in rows) else " prednisone-equivalent"
    if len(rows) == 1 and rows[0].every_days > 1:
        return f"{number(mg * rows[0].every_days)}{NBSP}mg{other} every {number(rows[0].every_days)}{NBSP}days"
    mixed = " a day on average" if any(row.every_days > 1 for row in rows) else ""
    return f"{number(mg)}{NBSP}mg{other}{mixed}"


def number(value: float) -> str:
    """Return a number with two decimals at most."""
    return f"{round(value, 2):g}"


def _several(every_days: float) -> float:
    """Return doses a day of what is given more than once a day."""
    times = 1 / every_days
    whole = float(round(times))
    return whole if abs(times - whole) <= ROUNDED * times else times


def _rate(row: TreatmentRecord) -> float:
    """Return doses a day."""
    return _several(row.every_days) if row.every_days < 1 else 1 / row.every_days


def _sum(parts: Sequence[float | None]) -> float | None:
    """Return the sum, None where a part is not known."""
    counted = [part for part in parts if part is not None]
    return sum(counted) if len(counted) == len(parts) else None
