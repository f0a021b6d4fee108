"""Computes reference cases of treatment: equivalents, tapers and what is checked about them, cyclophosphamide. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Literal

from alerts import cytotoxics
from alerts.reference_cases import Case
from patients import amounts, tapering

START: Final = date(2020, 1, 1)
"""The day on which a plan begins: its length does not depend on it."""
SHAPES: Final[Mapping[str, Literal["equal", "proportional"]]] = {
    "equal": "equal",
    "proportional": "proportional",
    "over_days": "equal",
}
"""Modes of the cases; over a number of days the parts are equal."""


def _equivalent(case: Case) -> Mapping[str, Any]:
    """Milligrams of prednisone that a dose does as much as."""
    found = amounts.prednisone_equivalent(case.text("drug"), case.number("dose_mg"))
    if found is None:
        raise ValueError("the drug is no systemic glucocorticoid")
    return {"prednisone_equivalent_mg": found}


def _schedule(case: Case) -> Mapping[str, Any]:
    """The steps of a taper, its length and its sum."""
    steps = _plan(case.part("input"))
    return {
        "steps": [{"day": step.day, "dose_mg": step.mg} for step in steps],
        "days_to_target": tapering.days_to_target(steps),
        "within_3_to_4_months": tapering.within_usual_length(steps),
        "cumulative_mg_180_days": tapering.cumulative_mg(steps),
    }


def _plan(given: Case) -> tuple[tapering.Step, ...]:
    """Return the plan that a case asks for."""
    mode = given.text("mode")
    if mode not in SHAPES:
        raise ValueError(f"there is no taper {mode}, only {', '.join(SHAPES)}")
    return tapering.plan(
        given.number("start_mg"),
        given.number("target_mg"),
        start_on=START,
        weeks=given.whole("over_days", least=1) / 7 if mode == "over_days" else None,
        step_days=given.whole("step_days", least=1),
        unit_mg=given.number("unit_mg"),
        shape=SHAPES[mode],
        decrement_mg=given.number("decrement_mg") if mode == "equal" else None,
        fraction=given.number("fraction") if mode == "proportional" else None,
        hold_days=given.whole("hold_days", least=1) if given.has("hold_days") else None,
    )


def _check(case: Case) -> Mapping[str, Any]:
    """Where an unconfirmed step stands; or, of a case with doses, how fast they fell."""
    if case.has("days_after_planned_step"):
        late, done = case.whole("days_after_planned_step", least=-1000), case.flag("step_done")
        return {"state": tapering.state_of_step(late, done=done)}
    planned, actual = (
        (case.number(f"{which}_start_mg"), case.number(f"{which}_day28_mg")) for which in ("planned", "actual")
    )
    planned_mg, actual_mg = planned[0] - planned[1], actual[0] - actual[1]
    return {
        "planned_reduction_mg": planned_mg,
        "actual_reduction_mg": actual_mg,
        "rate_mg_per_week": tapering.rate_mg_per_week(*actual),
        "too_fast": tapering.too_fast(planned_mg=planned_mg, actual_mg=actual_mg),
        "abrupt_stop": tapering.abrupt_stop(*actual, days_used=tapering.RATE_DAYS),
    }


def _cyclophosphamide(case: Case) -> Mapping[str, Any]:
    """Doses that reach the total of a course, and the day of the last."""
    found = cytotoxics.planned(
        case.number("total_mg"), dose_mg=case.number("dose_mg"), every_days=case.whole("every_days", least=1)
    )
    return {"doses": found.doses, "last_dose_day": found.last_day}


SECTIONS: Final[Mapping[str, Callable[[Case], Mapping[str, Any]]]] = {
    "prednisone_equivalent": _equivalent,
    "taper_schedule": _schedule,
    "taper_check": _check,
    "cyclophosphamide": _cyclophosphamide,
}
