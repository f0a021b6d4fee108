"""Computes reference cases of lung function: reference values, pattern, a child's change, transfer factor. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts import spirometry
from alerts.agreements import Scaled
from alerts.diffusion import hemoglobin_corrected
from alerts.lung_references import Equation, Group, reference
from alerts.reference_cases import LUNG, Case

POPULATIONS: Final = {
    Equation.GLOBAL_2022: "race-neutral",
    Equation.TRANSFER_2017: "European ancestry",
    Equation.TRANSFER_2017_TRADITIONAL: "European ancestry",
    Equation.VOLUMES_2021: "European ancestry",
}
"""Whom the equations without groups are of, as the cases name them."""


def _lung_function(case: Case) -> Mapping[str, Any]:
    """Median, limits of normal and z-score; `z_check` is the z-score of a second program. Differences are in z-scores."""
    case.number("tolerance_z")
    equation = Equation(case.text("equation"))
    found = reference(
        equation,
        case.text("measure"),
        sex=case.text("sex"),
        age_years=case.number("age_years"),
        height_cm=case.number("height_cm"),
        group=_group(equation, case.text("group")),
    )
    if case.text("unit") != found.unit:
        raise ValueError(f"{found.measure} of {equation} is in {found.unit}")
    value = case.number("value")
    z, one = Scaled(found.z_score(value)), found.m * found.s
    return {
        "z": z,
        "z_check": z,
        "predicted": Scaled(found.m, one),
        "lln": Scaled(found.lln, one),
        "uln": Scaled(found.uln, one),
        "pct_predicted": Scaled(found.percent_predicted(value), 100 * found.s),
        "L": found.l,
        "M": Scaled(found.m, one),
        "S": found.s,
    }


def _group(equation: Equation, written: str) -> Group:
    """Return the group of a case; ValueError for one that its equation does not know."""
    if equation is Equation.GROUPED_2012:
        return Group(written)
    if written != POPULATIONS[equation]:
        raise ValueError(f"{equation} is of one population, {POPULATIONS[equation]}")
    return Group.OTHER


def _pattern(case: Case) -> Mapping[str, Any]:
    """The pattern of a session."""
    tlc = case.number("z_tlc") if case.has("z_tlc") else None
    names = {"fev1": "z_fev1", "fvc": "z_fvc", "fev1_fvc": "z_ratio"}
    return {"pattern": spirometry.pattern(**{name: case.number(key) for name, key in names.items()}, tlc=tlc).value}


def _change(case: Case) -> Mapping[str, Any]:
    """The conditional change score of a child."""
    found = spirometry.conditional_change(
        case.number("z1"),
        case.number("z2"),
        years_between=case.number("years_between"),
        age_first=case.number("age_first_years"),
    )
    return {"r": found.r, "score": found.score, "outside": found.outside}


def _transfer(case: Case) -> Mapping[str, Any]:
    """Transfer factor corrected for hemoglobin."""
    corrected = hemoglobin_corrected(
        case.number("dlco"),
        hemoglobin_g_per_l=case.number("hemoglobin_g_per_l"),
        sex=case.text("sex"),
        age_years=case.number("age_years"),
    )
    return {"corrected": corrected}


SECTIONS: Final[Mapping[str, Callable[[Case], Mapping[str, Any]]]] = {
    LUNG: _lung_function,
    "spirometry_pattern": _pattern,
    "conditional_change_score": _change,
    "dlco_hb_correction": _transfer,
}
