"""What happens to the demo's patients beside their results: bleeds and how they show, sputum, films, transfusions. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from monitor.demo_course import Bleed
from monitor.demo_patient import ZONE, DemoPatient, known, morning
from patients.facts import NewEvent

_Happened = tuple[int, str, float, dict[str, Any]]
"""Days before now, kind, hours until it was known, findings."""
SPUTUM_FROM: Final = 6
"""Small children bring none up."""
VOLUMES_ML: Final = {"streaks": 3, "teaspoon": 15, "moderate": 60}
SPUTUM_DAYS: Final = 150
FILM_DAYS: Final = 170
"""How often sputum and, of adults, film are looked at without a reason (clinical specification, B13)."""
ADULT_YEARS: Final = 18
BONES_AFTER, EYES_AFTER, YEARLY = 85, 350, 355
"""Days into steroids after which bones and eyes are looked at, and how often then (clinical specification, B4)."""
ONGOING_DAYS: Final = 30
"""So long an exacerbation goes on: a younger one has no end yet."""


def events(patient: DemoPatient, at: datetime) -> Iterator[NewEvent]:
    """Yield what happened."""
    happened = (*_looked_at(patient), *_bled(patient, at), *_stated(patient), *_beside_steroids(patient))
    for days_ago, kind, hours, findings in happened:
        when = morning(at, days_ago, 45)
        yield NewEvent(patient.id, kind, when, "minute", findings, recorded_at=known(when, at, hours))


def _looked_at(patient: DemoPatient) -> Iterator[_Happened]:
    """Yield sputum and films without a reason, and what a heart disease asks for.

    The first sputum, of the work-up, holds siderophages; later ones do not, and none is asked for while a bleed shows.
    """
    plain = {"erythrocytes": "absent", "acid_fast_bacilli": "absent", "adequate": True}
    if patient.age_years >= SPUTUM_FROM:
        for day in range(patient.followed_days - 5, max(25, patient.last[-1]), -SPUTUM_DAYS):
            first = day == patient.followed_days - 5
            if first or not _shows(patient, day):
                yield day, "sputum", 50, {"siderophages": "few" if first else "absent", **plain}
    for day in _plain_films(patient):
        yield day, "chest_xray", 5, {"stage": patient.stage, "foci_present": False}
    if "heart_disease" in dict(patient.fields).get("comorbidities", ()):
        yield 40, "ultrasound", 5, {"organ": "heart", "enlarged": True, "rvsp_mmhg": 48}
        yield 40, "ecg", 5, {"right_ventricular": True, "right_atrial": True}


def _bled(patient: DemoPatient, at: datetime) -> Iterator[_Happened]:
    """Yield what each bleed shows as far as that is past, and the physician's word on it."""
    last = patient.died or 0
    for bleed in patient.course.bleeds:
        for days_after, kind, findings in of_bleed(bleed, patient):
            if bleed.days_ago - days_after >= last:
                yield bleed.days_ago - days_after, kind, 20, findings
        if bleed.confirmed and bleed.days_ago < ONGOING_DAYS:
            yield bleed.days_ago, "exacerbation", 30, {"status": "confirmed"}
        elif bleed.confirmed:
            end = at.astimezone(ZONE).date() - timedelta(days=max(bleed.days_ago - ONGOING_DAYS, last))
            yield bleed.days_ago, "exacerbation", 24 * 32, {"status": "confirmed", "until": end.isoformat()}


def _stated(patient: DemoPatient) -> Iterator[_Happened]:
    """Yield blood coughed up, and what a physician stated."""
    for day, amount in patient.coughed:
        yield day, "hemoptysis", 3, {"amount": amount, "volume_ml": VOLUMES_ML[amount]}
    for day, kind, stated in patient.said:
        yield day, kind, 4, dict(stated)


def _beside_steroids(patient: DemoPatient) -> Iterator[_Happened]:
    """Yield what steroids ask for: a tuberculin test before the first, bones from three months on, eyes from a year on, yearly."""
    if not patient.tapers:
        return
    first, newest = patient.tapers[0].days_ago, patient.last[-1]
    yield first + 1, "tuberculin", 60, {"induration_mm": 0, "negative": True}
    for name, after in (("bone_density", BONES_AFTER), ("eye_examination", EYES_AFTER)):
        for taper in patient.tapers:
            for day in range(taper.days_ago - after, newest, -YEARLY):
                yield day, "procedure", 5, {"name": name}


def _plain_films(patient: DemoPatient) -> Iterator[int]:
    """Yield the days of films without a reason: the first, and of adults one every half year, but not while a bleed shows."""
    yield patient.followed_days
    if patient.age_years < ADULT_YEARS:
        return
    newest = max(patient.last[-1], 20 + 11 * patient.number % 120)
    for day in range(newest, patient.followed_days - 60, FILM_DAYS):
        if not _shows(patient, day):
            yield day


def _shows(patient: DemoPatient, day: int) -> bool:
    """Whether a bleed shows on a day."""
    return any(-3 <= bleed.days_ago - day <= 40 for bleed in patient.course.bleeds)


def of_bleed(bleed: Bleed, patient: DemoPatient) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield days after the onset, kind and findings of what a bleed shows."""
    yield 1, "symptom", {"name": "cough", "severity": 2}
    if bleed.infection:
        yield -6, "infection", {"site": "upper_airway"}
    if bleed.hemoptysis:
        yield 1, "hemoptysis", {"amount": bleed.hemoptysis}
    if bleed.foci:
        yield from _films(bleed, patient)
    if bleed.sputum == "unfit":
        yield 4, "sputum", {"adequate": False}
    else:
        blood = "absent" if bleed.sputum == "absent" else "present"
        findings = {
            "siderophages": bleed.sputum,
            "erythrocytes": blood,
            "acid_fast_bacilli": "absent",
            "adequate": True,
        }
        yield 4, "sputum", findings
    if bleed.transfused:
        yield bleed.lasts + 1, "transfusion", _transfused(patient)


def _films(bleed: Bleed, patient: DemoPatient) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield the films of a bleed: new foci, gone three weeks later; dense shadows are gone within days, and elsewhere."""
    zones = {"right_lower": "new", "left_lower": "new", "right_middle": "new"}
    seen = {"foci_present": True, "new_foci": True}
    if bleed.film >= 3:
        yield 2, "chest_xray", {"stage": max(3, patient.stage), **seen, "dense_shadow": True, "zones": zones}
        moved = {**dict.fromkeys(zones, "resolved"), "left_middle": "new"}
        yield 7, "chest_xray", {"stage": max(3, patient.stage), **seen, "dense_shadow": True, "zones": moved}
    else:
        yield 2, "chest_xray", {"stage": max(2, patient.stage), **seen, "zones": zones}
    clear = dict.fromkeys(zones, "resolved")
    yield 22, "chest_xray", {"stage": max(1, patient.stage), "foci_present": False, "zones": clear}


def _transfused(patient: DemoPatient) -> dict[str, Any]:
    """Return a transfusion: two units, or for a child about 10 mL for each kilogram."""
    small = patient.age_years < 12
    return {"product": "red_cells", "volume_ml": 150.0} if small else {"product": "red_cells", "units": 2}
