"""What is to be known beside iron studies, a line each: how they were computed and taken, and what the red cells look like. Pure.

Clinical specification, B2: iron and binding capacity of one draw, in the morning, 24 hours after a tablet; ferritin with
inflammation; cell volume, cell hemoglobin and color index as signs beside it.
"""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from alerts import iron, saturation
from alerts.rules.iron_courses import course_on
from alerts.rules.iron_samples import Sample
from alerts.rules.measures import Measure, measures
from alerts.rules.results import DAY, HEMOGLOBIN, Results
from alerts.rules.rule import Evidence
from alerts.rules.wording import NBSP, number, percent
from patients.analytes import analyte

CELLS: Final = (("MCV", "fL"), ("MCH", "pg"))
RBC: Final = "RBC"
CODES: Final = ("MCV", "MCH", RBC)
UNITS: Final = {
    "FE": "umol/L",
    "TIBC": "umol/L",
    "TRANSFERRIN": "g/L",
    "CRP": "mg/L",
    "AGP": "g/L",
    "FERRITIN": "ug/L",
    "TSAT": "%",
}
NOON: Final = 12
"""Iron falls during the day."""


def lines(results: Results, sample: Sample) -> tuple[str, ...]:
    """Return the arithmetic of a sample, and what is to be known beside it."""
    return (*_saturation(results, sample), *_ferritin(sample), *_taken(results, sample), *_cells(results, sample))


def evidence(results: Results, sample: Sample) -> tuple[Evidence, ...]:
    """Return the rows that a sample rests on: iron and capacity where the saturation was computed from them."""
    parts = _parts(results, sample) if sample.computed else [sample.saturation] if sample.saturation else []
    rows = [one.evidence("result", UNITS[one.code]) for one in parts]
    rows += [sample.ferritin.evidence("result", UNITS[sample.ferritin.code])] if sample.ferritin else []
    return (*rows, *(one.evidence("support", UNITS[one.code]) for one in sample.around))


def inflammation(sample: Sample) -> str:
    """Return what is known of inflammation: CRP 12 mg/L: inflamed."""
    if sample.inflamed is None:
        return "inflammation unknown"
    marks = ", ".join(f"{one.code} {one.text}{NBSP}{UNITS[one.code]}" for one in sample.around)
    return f"{marks}: {'inflamed' if sample.inflamed else 'not inflamed'}"


def _parts(results: Results, sample: Sample) -> list[Measure]:
    """Return iron, and the capacity or else transferrin, of a sample whose saturation was computed."""
    found = {
        code: next((one for one in measures(results.history.get(code), results.at) if one.time == sample.time), None)
        for code in ("FE", "TIBC", "TRANSFERRIN")
    }
    capacity = found["TIBC"] or found["TRANSFERRIN"]
    return [one for one in (found["FE"], capacity) if one is not None]


def _saturation(results: Results, sample: Sample) -> Iterator[str]:
    """Yield how the saturation was computed."""
    if sample.saturation is None or not sample.computed:
        return
    parts = _parts(results, sample)
    fe, capacity = parts[0], parts[-1]
    bound = capacity.value
    if capacity.code == "TRANSFERRIN":
        bound *= saturation.BINDING_PER_TRANSFERRIN
        yield f"TIBC = {saturation.BINDING_PER_TRANSFERRIN} × {number(capacity.value)} = {number(bound)}{NBSP}µmol/L"
    yield f"Saturation = 100 × {number(fe.value)} / {number(bound)} = {percent(sample.saturation.value)}"


def _ferritin(sample: Sample) -> Iterator[str]:
    """Yield what the ferritin is compared with."""
    if sample.ferritin is None:
        return
    said = f"Ferritin {sample.ferritin.text}{NBSP}µg/L"
    if sample.cutoffs is None:
        yield f"{said}: WHO gives no cutoff for this time of pregnancy"
        return
    plain, inflamed = sample.cutoffs.plain, sample.cutoffs.inflamed
    with_it = f"with it below {inflamed:g}" if inflamed is not None else "with it by none"
    stores = "cannot be said" if sample.stores is None else sample.stores.value
    yield f"{said}; {inflammation(sample)}; deficient below {plain:g} without inflammation, {with_it}: {stores}"


def _taken(results: Results, sample: Sample) -> Iterator[str]:
    """Yield what may have changed the sample: the time of day, and iron by mouth."""
    if sample.saturation is None:
        return
    local = sample.saturation.when.astimezone(ZoneInfo(results.history.patient.time_zone or "UTC"))
    if local.hour >= NOON:
        yield "Taken after noon: iron is higher in the morning"
    if course_on(results.history, local.date()) is not None:
        yield f"Iron by mouth was taken then: a sample should be 24{NBSP}hours after a tablet"


def _cells(results: Results, sample: Sample) -> Iterator[str]:
    """Yield what the red cells of those days look like."""
    history = results.history
    near = {
        code: min(
            (
                one
                for one in measures(history.get(code), results.at)
                if not one.sign and abs(one.time - sample.time) <= 3 * DAY
            ),
            key=lambda one: abs(one.time - sample.time),
            default=None,
        )
        for code in (*CODES, HEMOGLOBIN)
    }
    for code, unit in CELLS:
        one = near[code]
        if one is None:
            continue
        years = history.patient.age_years(one.when.date())
        range_ = analyte(code).reference_range(sex=history.patient.sex, age_years=years)
        if range_ is not None and range_.low is not None and one.value < range_.low:
            yield f"{code} {one.text}{NBSP}{unit}, below {range_.low:g} for the age"
    hb, cells, mch = near[HEMOGLOBIN], near[RBC], near["MCH"]
    if hb is None or cells is None or hb.time != cells.time:
        return
    index = iron.color_index(hb.value, cells.value)
    if index is not None:
        yield f"Color index 3 × {number(hb.value)} / {int(round(100 * cells.value, 6))} = {index:.2f}, {iron.color(index).value}"
        if mch is not None and mch.time == cells.time and not iron.agrees_with_mch(index, mch.value):
            yield f"MCH {mch.text}{NBSP}pg does not fit the color index (0.03 × MCH): one of the values is wrong"
