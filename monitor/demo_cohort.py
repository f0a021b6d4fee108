"""The patients of the demo, all invented: what follows for the record from who they are and how their disease runs. Pure.

Everything is relative to `at`, and the same for the same day: chance is seeded by the patient's number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from monitor.demo_course import noisy, visits
from monitor.demo_events import events
from monitor.demo_patient import ZONE, DemoPatient, known, morning
from monitor.demo_people import PEOPLE
from monitor.demo_stories import LABORATORY, STORIES
from monitor.demo_treatments import doses
from patients.facts import Fact, NewObservation, NewTreatment

COHORT: Final = (*STORIES, *PEOPLE)
UNITS: Final = {
    "HGB": "g/L", "HCT": "L/L", "MCV": "fL", "RETIC": "%", "PLT": "10*9/L", "WBC": "10*9/L", "CRP": "mg/L", "FERRITIN": "ug/L",
    "FE": "umol/L", "TIBC": "umol/L", "SPO2": "%", "FVC": "L", "FEV1": "L", "DLCO": "mmol/min/kPa", "WEIGHT": "kg", "HEIGHT": "cm",
    "GLU": "mmol/L", "SBP": "mm[Hg]", "DBP": "mm[Hg]",
}  # fmt: skip
DIGITS: Final = {
    "HGB": 0, "HCT": 3, "PLT": 0, "FERRITIN": 0, "TIBC": 0, "SPO2": 0, "FVC": 2, "FEV1": 2, "DLCO": 2, "HEIGHT": 0,
    "SBP": 0, "DBP": 0,
}  # fmt: skip
MEASURED_HERE: Final = {"SBP", "DBP", "SPO2", "WEIGHT", "HEIGHT", "FVC", "FEV1", "DLCO"}
BLOWS_FROM: Final = 6
ADULT: Final = 18
LUNG_DAYS_CHILD: Final = 84
LUNG_DAYS: Final = 170
"""How often lung function is measured, a little more often than is due (clinical specification, B13)."""
GROWN_UP: Final = 16
"""From this age on height and weight are taken for settled."""
WEIGHTS_KG: Final = ((1, 3, 5, 8, 10, 12, 14, 16), (10, 14, 18, 26, 32, 41, 50, 58))
"""Usual weights by age in years, working values."""
USUAL_MCV: Final = ((2, 6, 12, 18), (79, 82, 85, 88))
"""Mean corpuscular volume in fL by age, working values."""
SMALLER_CELLS: Final = ((5, 15, 30), (12, 8, 0))
IRON: Final = ((5, 15, 35), (4.5, 7, 15))
BINDING: Final = ((5, 15, 35), (80, 74, 61))
"""What is lost of that volume, and iron and binding capacity in umol/L, by ferritin (clinical specification, part F)."""
CORRECTED: Final = (14, 51)
"""Whose results hold a typing error that was corrected, and one that came late."""


def facts(patient: DemoPatient, at: datetime) -> list[Fact]:
    """Return everything that is known of a patient at `at`, by when it became known."""
    chance = np.random.default_rng(patient.number)
    days = visits(patient.course, first=patient.followed_days, last=patient.last[0], chance=chance)
    found: list[Fact] = []
    for day in [*days, *patient.last[1:]]:
        found += _visit(patient, day, at, chance)
    found += _lung_function(patient, at, chance)
    found += events(patient, at)
    today = at.astimezone(ZONE).date()
    found += doses(patient.id, patient.tapers, patient.course.bleeds, today, at)
    if patient.number in CORRECTED:
        found = _corrected(found)
    if patient.died is not None:
        found = _ended(found, today - timedelta(days=patient.died))
    return sorted(found, key=lambda fact: fact.recorded_at or at)


def _result(patient: DemoPatient, code: str, value: float, when: datetime, known_at: datetime) -> NewObservation:
    rounded = round(value, DIGITS.get(code, 1))
    return NewObservation(
        patient.id, code, when, "minute", performer="" if code in MEASURED_HERE else LABORATORY, value=rounded,
        unit=UNITS[code], original_value=f"{rounded:g}", original_unit=UNITS[code], recorded_at=known_at,
    )  # fmt: skip


def _visit(patient: DemoPatient, day: int, at: datetime, chance: np.random.Generator) -> Iterator[NewObservation]:
    """Yield what one visit measured."""
    course = patient.course
    when = morning(at, day, int(chance.integers(0, 90)))
    known_at = known(when, at, float(chance.uniform(3, 9)))
    hemoglobin = noisy(course.hemoglobin(day), 0.031 if course.hemoglobin(day) > 90 else 0.01, chance)
    ferritin = noisy(course.ferritin_of(day), 0.1, chance)
    iron = course.ferritin_of(day)
    usual_mcv = float(np.interp(patient.age_years, *USUAL_MCV))
    infected = any(bleed.infection and 0 <= bleed.days_ago - day <= 10 for bleed in course.bleeds)
    panel = {
        "HGB": hemoglobin,
        "HCT": hemoglobin * 0.003,
        "MCV": noisy(usual_mcv - float(np.interp(iron, *SMALLER_CELLS)), 0.012, chance),
        "RETIC": noisy(course.reticulocytes(day), 0.1, chance),
        "PLT": noisy(270, 0.08, chance),
        "WBC": noisy(13.5 if infected else 7.2, 0.1, chance),
        "CRP": noisy(38 if infected else 2.5, 0.2, chance),
        "FERRITIN": ferritin,
        "FE": noisy(float(np.interp(iron, *IRON)), 0.15, chance),
        "TIBC": noisy(float(np.interp(iron, *BINDING)), 0.04, chance),
        "SPO2": min(99.0, patient.saturation - (3 if course.active(day) else 0) + float(chance.integers(0, 2))),
    }
    if patient.age_years < GROWN_UP:
        panel["WEIGHT"] = float(np.interp(patient.age_years - day / 365, *WEIGHTS_KG))
    panel |= _under_steroids(patient, day)
    yield from (_result(patient, code, value, when, known_at) for code, value in panel.items())


def _under_steroids(patient: DemoPatient, day: int) -> dict[str, float]:
    """Return what is measured at a visit because steroids were begun: of chance of its own, which changes nothing else."""
    if not any(taper.days_ago >= day for taper in patient.tapers):
        return {}
    chance = np.random.default_rng((patient.number, day))
    pressure = 95 + 30 * min(1.0, patient.age_years / GROWN_UP) + 0.3 * max(0, patient.age_years - GROWN_UP)
    found = {
        "GLU": noisy(5.1, 0.06, chance),
        "SBP": noisy(pressure, 0.05, chance),
        "DBP": noisy(0.62 * pressure, 0.05, chance),
    }
    if patient.age_years >= GROWN_UP:
        found["WEIGHT"] = noisy(23 * (patient.height_cm / 100) ** 2, 0.01, chance)
    return found


def _lung_function(patient: DemoPatient, at: datetime, chance: np.random.Generator) -> Iterator[NewObservation]:
    """Yield height, spirometry and transfer factor as often as the clinic asks for them; not of small children."""
    if patient.age_years < BLOWS_FROM:
        return
    stiff = 1 - 0.006 * max(0, patient.age_years - 30)
    newest = max(patient.last[-1], 12 + 7 * patient.number % 55)
    every = LUNG_DAYS_CHILD if patient.age_years < ADULT else LUNG_DAYS
    for day in range(newest, patient.followed_days, every):
        when = morning(at, day, 150)
        years = day / 365 if patient.age_years < GROWN_UP else 0.0
        height = patient.height_cm - 5.5 * years
        low = 0.94 if patient.course.active(day) else 1.0
        usual = 4.8 * (height / 175) ** 3 * patient.lung * stiff * low
        yield _result(patient, "HEIGHT", height, when, known(when, at, 6))
        for code, share in (("FVC", 1.0), ("FEV1", 0.83), ("DLCO", 1.85)):
            yield _result(patient, code, noisy(usual * share, 0.02, chance), when, known(when, at, 6))


def _ended(found: Sequence[Fact], last: date) -> list[Fact]:
    """Return what is known of a patient who died on a day: nothing is given or planned after it."""
    kept: list[Fact] = []
    for fact in found:
        if isinstance(fact, NewTreatment):
            if fact.started_on > last:
                continue
            fact = replace(fact, ended_on=min(fact.ended_on or last, last))  # noqa: PLW2901 - the same, shorter
        kept.append(fact)
    return kept


def _corrected(found: list[Fact]) -> list[Fact]:
    """Let one hemoglobin have been typed wrong and corrected two days later, and another have come nine days late."""
    places = [place for place, fact in enumerate(found) if isinstance(fact, NewObservation) and fact.code == "HGB"]
    late, wrong = found[places[3]], found[places[6]]
    if not (isinstance(late, NewObservation) and isinstance(wrong, NewObservation)) or wrong.recorded_at is None:
        return found
    changes: dict[str, Any] = {"recorded_at": late.effective_at + timedelta(days=9)}
    found[places[3]] = replace(late, **changes)
    mended = wrong.recorded_at + timedelta(days=2)
    typed = round((wrong.value or 0) - 90)
    found[places[6]] = replace(wrong, value=float(typed), original_value=str(typed), retracted_at=mended)
    return [*found, replace(wrong, status="corrected", recorded_at=mended)]
