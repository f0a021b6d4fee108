"""Computes reference cases of blood: units, chance, baselines and falls of hemoglobin, anemia, iron, kidney. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import numpy as np

from alerts import iron, kidney, saturation, slopes, trends
from alerts.anemia import Group, adjusted, grade
from alerts.reference_cases import Case
from alerts.rules import hemoglobin_fall
from alerts.rules.references import scale_of
from alerts.rules.results import hemoglobin
from alerts.rules.rule import Finding, Telling
from patients.analytes import Analyte, Conversion, catalogue
from patients.history import History, PatientFacts, Series
from patients.plausibility import RECENT, mixed_up_unit

SLOPE_DAYS: Final = 28
"""A slope of the vectors is that of four weeks."""
FIRST: Final = datetime(2020, 1, 1, 8, tzinfo=UTC)
EVERY_DAYS: Final = 28
"""How far apart the baseline results of a case are taken to be, the newest that long before day 0."""
ADULT: Final = PatientFacts(UUID(int=0), "female", FIRST.date() - timedelta(days=30 * 366), "UTC")
MANY: Final = 1000
"""More baseline results than this were mistyped."""


def _usual() -> trends.Variation:
    """Return the variation that judging uses where nobody changed it."""
    return scale_of(hemoglobin_fall.RULE.resolved({})).variation


def _reference_change(case: Case) -> Mapping[str, Any]:
    """Reference change value against a set point of so many results; a result is compared where one is given."""
    cva, cvi = case.number("cva_percent") / 100, case.number("cvi_percent") / 100
    z = case.number_or("z", trends.Z95)
    n = case.whole("n_baseline", least=1, most=MANY)
    case.has("analyte")
    point = trends.set_point([1.0] * n, trends.Variation(cva, cvi, cap=cvi, z95=z, z99=z), least=2)
    up = trends.reference_change_value(z, point.k, point.sigma)[1]
    found = {
        "k": point.k,
        "symmetric_percent": 100 * trends.symmetric_change_value(z, point.k, cva, cvi),
        "down_percent": 100 * (point.limit95 - 1),
        "up_percent": 100 * (up - 1),
    }
    if not case.has("result"):
        return found
    result, baseline = case.number("result"), case.number("baseline")
    change = 100 * (result / baseline - 1)
    return {**found, "change_percent": change, "fall_significant": result < baseline * point.limit95}


def _slope(case: Case) -> Mapping[str, Any]:
    """Slope of hemoglobin in four weeks, and the exact chance of such an order."""
    days, values = case.numbers("days", least=2), case.numbers("hemoglobin_g_per_l", least=2)
    per_day = slopes.theil_sen(days, values)
    order = slopes.kendall(values)
    return {
        "slope_per_28_days": None if per_day is None else SLOPE_DAYS * per_day,
        "kendall_s": order.s,
        "p_falling": float(order.p_falling),
        "p_falling_fraction": str(order.p_falling),
    }


def _personal(case: Case) -> Mapping[str, Any]:
    """A person's own variation."""
    return {"cvi_used": trends.personal_cvi(case.numbers("steady_results"), _usual())}


def _watch(case: Case) -> Mapping[str, Any]:
    """First days on which the watch itself raises: each result judged right after the baseline, which none of them changes."""
    before = case.numbers("baseline")
    days = [EVERY_DAYS * (place - len(before)) for place in range(len(before))]
    first: dict[str, float | None] = {"r1_day": None, "r2_day": None, "r2_plus_day": None}
    settings = hemoglobin_fall.RULE.resolved({})
    for part in case.parts("followup"):
        day, value = part.number("day"), part.number("hemoglobin")
        known = _history([*zip(days, before, strict=True), (day, value)])
        reference = hemoglobin_fall.steps(hemoglobin(known, settings, known.at), settings).references[-1]
        (answer,) = hemoglobin_fall.RULE.judge(known, settings, known.at).answers
        true = {
            "r1_day": reference is not None and value < reference.point.limit95,
            "r2_day": isinstance(answer, Finding),
            "r2_plus_day": isinstance(answer, Finding) and answer.telling is Telling.AT_ONCE,
        }
        first |= {name: day for name, now in true.items() if now and first[name] is None}
    point = trends.set_point(before[-int(settings["baseline_results"]) :], _usual())
    limits = {"limit95": point.limit95, "limit99": point.limit99}
    return {"n_used": point.n, "baseline_value": point.value, **limits, **first}


def _drift(case: Case) -> Mapping[str, Any]:
    """Whether the present baseline is lower than the best earlier one by more than chance."""
    best, now = case.number("best_median"), case.number("current_median")
    n_best, n_now = (case.whole(name, least=1, most=MANY) for name in ("n1", "n2"))
    variation = _usual()
    sigma = trends.log_sigma(variation.cva, variation.cvi)
    limit = trends.drift_limit(n_best, n_now, sigma, variation.z99)
    return {"ratio": now / best, "limit": limit, "drift": now / best < limit}


def _history(points: Sequence[tuple[float, float]]) -> History:
    """Return an adult with results of hemoglobin by day, seen an hour after the last."""
    times = np.array([(FIRST + timedelta(days=day)).timestamp() for day, _ in points])
    n = len(points)
    series = Series(
        "HGB",
        np.arange(1, n + 1, dtype=np.int64),
        times,
        np.array([value for _, value in points], dtype=np.float64),
        np.ones(n, dtype=np.bool_),
        np.zeros(n, dtype=np.bool_),
        np.ones(n, dtype=np.int64),
    )
    at = datetime.fromtimestamp(float(times.max()), tz=UTC) + timedelta(hours=1)
    return History(ADULT, 1, at, {"HGB": series})


def _anemia(case: Case) -> Mapping[str, Any]:
    """WHO grade of anemia."""
    value = adjusted(
        case.number("hemoglobin_g_per_l"),
        altitude_m=case.number("altitude_m"),
        cigarettes_per_day=case.number("cigarettes_per_day"),
    )
    return {"adjusted_g_per_l": value, "grade": grade(value, Group(case.text("group"))).value}


def _saturation(case: Case) -> Mapping[str, Any]:
    """Transferrin saturation, in either unit, from TIBC or transferrin."""
    unit = "ug_per_dl" if case.has("iron_ug_per_dl") else "umol_per_l"
    amount = case.number(f"iron_{unit}")
    if case.has("transferrin_g_per_l"):
        transferrin = case.number("transferrin_g_per_l")
        percent = saturation.percent(amount, transferrin=transferrin)
        found = {"tibc_umol_per_l": saturation.BINDING_PER_TRANSFERRIN * transferrin}
    else:
        percent, found = saturation.percent(amount, tibc=case.number(f"tibc_{unit}")), {}
    return {**found, "tsat_percent": percent, "low": percent is not None and percent < saturation.LOW_SATURATION}


def _ferritin(case: Case) -> Mapping[str, Any]:
    """What ferritin says of iron stores."""
    crp = case.number("crp_mg_per_l") if case.has("crp_mg_per_l") else None
    limits = iron.cutoffs(case.number("age_years"))
    if limits is None:
        raise ValueError("there is no cutoff")
    return {"result": iron.stores(case.number("ferritin_ug_per_l"), limits, iron.inflamed(crp)).value}


def _color(case: Case) -> Mapping[str, Any]:
    """Color index and the mean hemoglobin of a cell."""
    hemoglobin_g_per_l, cells = case.number("hemoglobin_g_per_l"), case.number("rbc_10_12_per_l")
    index = iron.color_index(hemoglobin_g_per_l, cells)
    if index is None:
        raise ValueError("there are no red cells")
    return {
        "three_digits": round(3 * hemoglobin_g_per_l / index),
        "color_index": index,
        "mch_pg": hemoglobin_g_per_l / cells,
        "band": iron.color(index).value,
    }


def _analyte(case: Case) -> Analyte:
    """Return the analyte of a case."""
    code = case.text("analyte")
    if code not in catalogue():
        raise ValueError(f"there is no analyte {code}")
    return catalogue()[code]


def _conversion(analyte: Analyte, unit: str) -> Conversion:
    """Return the conversion of a unit."""
    found = analyte.conversion(unit)
    if found is None:
        raise ValueError(f"{analyte.code} is not measured in {unit}")
    return found


def _units(case: Case) -> Mapping[str, Any]:
    """A value in another unit, by way of the catalogue's."""
    analyte = _analyte(case)
    start, end = (_conversion(analyte, case.text(name)) for name in ("unit_in", "unit_out"))
    value = end.inverse(start.apply(Fraction(case.number("value_in"))))
    return {"value_out": float(value), "factor": float(start.factor / end.factor)}


def _mixup(case: Case) -> Mapping[str, Any]:
    """The unit that a value far from the usual ones was probably meant in."""
    analyte, recent = _analyte(case), case.numbers("history")
    written = Fraction(repr(case.number("value")))
    proposed = mixed_up_unit(analyte, written, _conversion(analyte, analyte.unit), recent)
    return {"median": trends.median(recent[-RECENT:]), "proposed_unit": proposed or None}


def _kidney(case: Case) -> Mapping[str, Any]:
    """Stage of acute kidney injury."""
    earlier = case.number("value_48h_before") if case.has("value_48h_before") else None
    found = kidney.injury(case.number("creatinine"), case.number("baseline"), within_48_hours=earlier)
    return {"ratio": found.ratio, "stage": found.stage}


SECTIONS: Final[Mapping[str, Callable[[Case], Mapping[str, Any]]]] = {
    "rcv": _reference_change,
    "theil_sen": _slope,
    "personal_cvi": _personal,
    "hemoglobin_watch": _watch,
    "baseline_drift": _drift,
    "who_anemia_2024": _anemia,
    "transferrin_saturation": _saturation,
    "ferritin_who_2020": _ferritin,
    "color_index": _color,
    "unit_conversion": _units,
    "unit_mixup": _mixup,
    "aki_alert": _kidney,
}
