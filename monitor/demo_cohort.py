"""The patients of the demo, all invented: what follows for the record from who they are and how their disease runs. Pure.

Everything is relative to `at`, and the same for the same day: chance is seeded by the patient's number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import numpy as np

from monitor.demo_course import Bleed, noisy, visits
from monitor.demo_patient import ZONE, DemoPatient
from monitor.demo_people import PEOPLE
from monitor.demo_stories import LABORATORY, STORIES
from monitor.demo_treatments import doses
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment

COHORT: Final = (*STORIES, *PEOPLE)
UNITS: Final = {
    "HGB": "g/L", "HCT": "L/L", "MCV": "fL", "RETIC": "%", "PLT": "10*9/L", "WBC": "10*9/L", "CRP": "mg/L", "FERRITIN": "ug/L",
    "FE": "umol/L", "TIBC": "umol/L", "SPO2": "%", "FVC": "L", "FEV1": "L", "DLCO": "mmol/min/kPa", "WEIGHT": "kg", "HEIGHT": "cm",
}  # fmt: skip
DIGITS: Final = {"HGB": 0, "HCT": 3, "PLT": 0, "FERRITIN": 0, "TIBC": 0, "SPO2": 0, "FVC": 2, "FEV1": 2, "DLCO": 2, "HEIGHT": 0}
MEASURED_HERE: Final = {"SPO2", "WEIGHT", "HEIGHT", "FVC", "FEV1", "DLCO"}
GROWN_UP: Final = 16
"""From this age on height and weight are taken for settled."""
WEIGHTS_KG: Final = ((1, 3, 5, 8, 10, 12, 14, 16), (10, 14, 18, 26, 32, 41, 50, 58))
"""Usual weights by age in years, working values."""
VOLUMES_ML: Final = {"streaks": 3, "teaspoon": 15, "moderate": 60}
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
    found += _events(patient, at)
    found += doses(patient.id, patient.tapers, patient.course.bleeds, at.astimezone(ZONE).date(), at)
    if patient.number == 14:
        found = _corrected(found)
    return sorted(found, key=lambda fact: fact.recorded_at or at)


def morning(at: datetime, days_ago: int, minutes: int = 0) -> datetime:
    """Return half past seven of a day in the clinic, a little earlier than `at` where that is still to come."""
    day = at.astimezone(ZONE).date() - timedelta(days=days_ago)
    wanted = datetime.combine(day, time(7, 30), ZONE).astimezone(UTC) + timedelta(minutes=minutes)
    return min(wanted, at.replace(second=0, microsecond=0) - timedelta(minutes=90))


def known(effective_at: datetime, at: datetime, hours: float) -> datetime:
    """Return when something of that time became known: some hours later, but not after `at`."""
    return min((effective_at + timedelta(hours=hours)).replace(second=0, microsecond=0), at)


def _result(patient: DemoPatient, code: str, value: float, when: datetime, known_at: datetime) -> NewObservation:
    rounded = round(value, DIGITS.get(code, 1))
    performer = "" if code in {"SPO2", "WEIGHT", "FVC", "FEV1", "DLCO"} else LABORATORY
    return NewObservation(
        patient.id, code, when, "minute", performer=performer, value=rounded, unit=UNITS[code],
        original_value=f"{rounded:g}", original_unit=UNITS[code], recorded_at=known_at,
    )  # fmt: skip


def _visit(patient: DemoPatient, day: int, at: datetime, chance: np.random.Generator) -> Iterator[NewObservation]:
    """Yield what one visit measured."""
    course = patient.course
    when = morning(at, day, int(chance.integers(0, 90)))
    known_at = known(when, at, float(chance.uniform(3, 9)))
    hemoglobin = noisy(course.hemoglobin(day), 0.031 if course.hemoglobin(day) > 90 else 0.01, chance)
    ferritin = noisy(course.ferritin_of(day), 0.1, chance)
    poor = ferritin < 15
    infected = any(bleed.infection and 0 <= bleed.days_ago - day <= 10 for bleed in course.bleeds)
    panel = {
        "HGB": hemoglobin,
        "HCT": hemoglobin * 0.003,
        "MCV": noisy(76 if poor else 87, 0.012, chance),
        "RETIC": noisy(course.reticulocytes(day), 0.1, chance),
        "PLT": noisy(270, 0.08, chance),
        "WBC": noisy(13.5 if infected else 7.2, 0.1, chance),
        "CRP": noisy(38 if infected else 2.5, 0.2, chance),
        "FERRITIN": ferritin,
        "FE": noisy(5.5 if poor else 15, 0.15, chance),
        "TIBC": noisy(78 if poor else 61, 0.04, chance),
        "SPO2": min(99.0, patient.saturation - (3 if course.active(day) else 0) + float(chance.integers(0, 2))),
    }
    if patient.age_years < 16:
        panel["WEIGHT"] = 2.2 * patient.age_years + 9 - day / 365 * 2.4
    yield from (_result(patient, code, value, when, known_at) for code, value in panel.items())


def _lung_function(patient: DemoPatient, at: datetime, chance: np.random.Generator) -> Iterator[NewObservation]:
    """Yield a spirometry and a transfer factor for each half year; small children cannot blow."""
    if patient.age_years < 6:
        return
    usual = 4.8 * (patient.height_cm / 175) ** 3 * patient.lung
    for day in range(patient.followed_days - 20, 10, -180):
        when = morning(at, day, 150)
        for code, share in (("FVC", 1.0), ("FEV1", 0.83), ("DLCO", 1.85)):
            yield _result(patient, code, noisy(usual * share, 0.02, chance), when, known(when, at, 6))


def _events(patient: DemoPatient, at: datetime) -> Iterator[NewEvent]:
    """Yield what happened beside the results."""

    def event(days_ago: int, kind: str, hours: float = 26, **findings: Any) -> NewEvent:
        when = morning(at, days_ago, 45)
        return NewEvent(patient.id, kind, when, "minute", findings, recorded_at=known(when, at, hours))

    for day in range(patient.followed_days - 5, 25, -150):
        yield event(
            day, "sputum", 50, siderophages="few", erythrocytes="absent", acid_fast_bacilli="absent", adequate=True
        )
    yield event(patient.followed_days, "chest_xray", 5, stage=patient.stage, foci_present=False)
    for bleed in patient.course.bleeds:
        for days_after, kind, findings in _of_bleed(bleed, patient):
            if bleed.days_ago - days_after >= 0:
                yield event(bleed.days_ago - days_after, kind, 20, **findings)
        if bleed.confirmed:
            end = at.astimezone(ZONE).date() - timedelta(days=bleed.days_ago - 30)
            yield event(bleed.days_ago, "exacerbation", 24 * 32, status="confirmed", until=end.isoformat())
    if patient.number == 4:
        yield event(HEMOPTYSIS_OF_4, "hemoptysis", 3, amount="teaspoon", volume_ml=15)


def _of_bleed(bleed: Bleed, patient: DemoPatient) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield days after the onset, kind and findings of what a bleed shows."""
    yield 1, "symptom", {"name": "cough", "severity": 2}
    if bleed.infection:
        yield -6, "infection", {"site": "upper_airway"}
    if bleed.hemoptysis:
        yield 1, "hemoptysis", {"amount": bleed.hemoptysis}
    if bleed.foci:
        zones = {"right_lower": "new", "left_lower": "new", "right_middle": "new"}
        yield 2, "chest_xray", {"stage": max(2, patient.stage), "foci_present": True, "new_foci": True, "zones": zones}
        clear = dict.fromkeys(zones, "resolved")
        yield 22, "chest_xray", {"stage": max(1, patient.stage), "foci_present": False, "zones": clear}
    yield (
        4,
        "sputum",
        {"siderophages": "many", "erythrocytes": "present", "acid_fast_bacilli": "absent", "adequate": True},
    )
    if bleed.transfused:
        yield bleed.lasts + 1, "transfusion", {"product": "red_cells", "units": 2}


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
