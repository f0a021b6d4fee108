"""Computes reference cases of the disease's course: trends of exacerbations, remissions and how long the next may last. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts import recurrence_tests, remission_window
from alerts.reference_cases import Case
from alerts.remission_window import Window

TRUNCATIONS: Final = {"time": False, "event": True}
"""Whether a clock ends with its last event."""


def _trend(case: Case) -> Mapping[str, Any]:
    """Whether exacerbations come faster: Laplace, MIL-HDBK-189, Crow-AMSAA."""
    days, end = case.numbers("event_days"), case.number("end_day")
    truncation = case.text("truncation")
    if truncation not in TRUNCATIONS:
        raise ValueError("a clock ends by time or with an event")
    ends = TRUNCATIONS[truncation]
    laplace = recurrence_tests.laplace(days, end, ends_with_event=ends)
    poisson = recurrence_tests.mil_hdbk_189(days, end, ends_with_event=ends)
    growth = recurrence_tests.crow_amsaa(days, end, ends_with_event=ends)
    found = {
        "laplace_u": laplace.u,
        "laplace_p_deteriorating_normal": laplace.p,
        "laplace_p_deteriorating_exact": laplace.p_exact,
        "mil_hdbk_chi2": poisson.chi2,
        "mil_hdbk_df": poisson.df,
        "mil_hdbk_p_deteriorating": poisson.p,
        "mil_hdbk_p_improving": poisson.p_improving,
    }
    if growth is None:
        return found
    return {
        **found,
        "crow_beta": growth.beta,
        "crow_beta_unbiased": growth.beta_unbiased,
        "crow_lambda": growth.scale,
        "crow_beta_low95": growth.lower,
        "crow_beta_high95": growth.upper,
        "crow_intensity_per_year_at_end": growth.per_year_at_end,
    }


def _order(case: Case) -> Mapping[str, Any]:
    """The exact chance of such an order of remissions."""
    found = recurrence_tests.mann_kendall(case.numbers("remission_days"))
    return {
        "kendall_s": found.s,
        "p_shortening": float(found.p_shortening),
        "p_shortening_fraction": str(found.p_shortening),
        "p_lengthening": float(found.p_lengthening),
        "tau": found.tau,
    }


def _process(case: Case) -> Mapping[str, Any]:
    """The ratio of remissions, and the window of the next one: without, and with the days that it has lasted."""
    lengths = case.numbers("remission_days", least=3)
    line = recurrence_tests.geometric_process(lengths)
    found = {
        "ratio": line.ratio,
        "ratio_p_shortening": line.p,
        **_window("", remission_window.own_window(lengths)),
    }
    if case.has("days_open"):
        found |= _window("cond_", remission_window.own_window(lengths, case.number("days_open")))
    return found


def _pooled(case: Case) -> Mapping[str, Any]:
    """The window of the next remission after a few, mostly from other patients."""
    lengths = case.numbers("remission_days")
    return _window("", remission_window.pooled_window(lengths, case.number("clinic_median_days")))


def _shortening(case: Case) -> Mapping[str, Any]:
    """What is said of remissions that may shorten."""
    found = recurrence_tests.decide(case.numbers("remission_days"))
    return {"ratio": found.ratio, "p": found.p, "outcome": found.outcome}


def _window(prefix: str, window: Window) -> dict[str, float]:
    """Return a window by the keys of the cases."""
    return {
        f"{prefix}median_days": window.estimate,
        f"{prefix}low80_days": window.lower,
        f"{prefix}high80_days": window.upper,
    }


SECTIONS: Final[Mapping[str, Callable[[Case], Mapping[str, Any]]]] = {
    "trend": _trend,
    "mann_kendall_exact": _order,
    "geometric_process": _process,
    "pooled_prediction": _pooled,
    "shortening_rule": _shortening,
}
