"""Computes reference cases with the code that judges patients, and says how far the results agree. Pure.

A section is computed by one function, which may read what a case gives and must compute what it expects. A key that is neither
is an error: nothing is passed over in silence.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from alerts import verifying_blood, verifying_course, verifying_lung, verifying_treatment
from alerts.agreements import Difference, differences
from alerts.reference_cases import LUNG, Case, CaseError, Section

Compute = Callable[[Case], Mapping[str, Any]]
SECTIONS: Final[Mapping[str, Compute]] = {
    **verifying_blood.SECTIONS,
    **verifying_course.SECTIONS,
    **verifying_treatment.SECTIONS,
    **verifying_lung.SECTIONS,
}
"""What computes each section."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A value of a case that was computed otherwise."""

    case: str
    difference: Difference

    @property
    def words(self) -> str:
        """Return it as a line."""
        one = self.difference
        return f"{self.case}: {one.key} is {one.computed!r}, expected {one.expected!r}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a section came out: cases, those that agree in every value, the largest difference of a value, and what was allowed."""

    name: str
    cases: int
    agreed: int
    largest_difference: float
    tolerance: float
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every case agrees."""
        return self.agreed == self.cases

    def as_json(self) -> dict[str, Any]:
        """Return the section as programs read it; a difference beyond all numbers is null."""
        largest = self.largest_difference if math.isfinite(self.largest_difference) else None
        return {
            "name": self.name,
            "cases": self.cases,
            "agreed": self.agreed,
            "largest_difference": largest,
            "tolerance": self.tolerance,
        }


def verify(sections: Iterable[Section]) -> list[Agreement]:
    """Return how each section agrees, in order; CaseError for one that is not known, or a case that cannot be computed."""
    return [_agreement(section, _computing(section.name)) for section in sections]


def _computing(name: str) -> Compute:
    """Return what computes a section."""
    if name not in SECTIONS:
        raise CaseError(f"There is no section {name}; known are {', '.join(sorted(SECTIONS))}.")
    return SECTIONS[name]


def _agreement(section: Section, compute: Compute) -> Agreement:
    """Return how one section agrees."""
    largest, agreed, wrong = 0.0, 0, []
    for case in section.cases:
        tolerance = case.number("tolerance_z") if section.name == LUNG else section.tolerance
        found = _compared(case, compute, tolerance)
        largest = max([largest, *(one.size for one in found)])
        bad = [Disagreement(case.id, one) for one in found if not one.agrees]
        agreed += not bad
        wrong += bad
    return Agreement(section.name, len(section.cases), agreed, largest, section.tolerance, tuple(wrong))


def _compared(case: Case, compute: Compute, tolerance: float) -> list[Difference]:
    """Return every expected value of a case beside the computed one."""
    try:
        computed = compute(case)
    except CaseError:
        raise
    except (ValueError, ArithmeticError) as error:
        raise CaseError(f"{case.id}: it cannot be computed: {error}.") from error
    for inner in case.inner:
        _refuse(inner, inner.unread())
    expected = list(case.unread())
    _refuse(case, (key for key in expected if key not in computed))
    if not expected:
        raise CaseError(f"{case.id}: it expects nothing.")
    try:
        return [one for key in expected for one in differences(key, case.values[key], computed[key], tolerance)]
    except CaseError as error:
        raise CaseError(f"{case.id}: {error}") from error


def _refuse(case: Case, keys: Iterable[str]) -> None:
    """Refuse keys that nothing reads and nothing computes."""
    unknown = ", ".join(keys)
    if unknown:
        raise CaseError(f"{case.id}: {unknown}: not known here, or not to be computed from what the case gives.")
