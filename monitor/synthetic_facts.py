"""What a clinic records of an invented life: samples with their gaps, films, sputum, the word of a physician, a taper. Pure.

Sampling, noise and what shows of a bleed are those of the clinical specification, part F; regular tests are those of B13, done at
the first visit at which they are due, one in ten forgotten.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.history import PatientFacts

Days = npt.NDArray[np.float64]
CVI, CVA = 0.028, 0.014
"""Variation of hemoglobin within a person (Dot et al. 1992) and of the method (clinical specification, part F)."""
SAMPLED: Final = {"active": (3, 7), "taper": (12, 16), "remission": (24, 32)}
"""Days between blood counts: 3 to 7, 14 ± 2, 28 ± 4."""
MISSED: Final = 0.1
ACTIVE_DAYS: Final = 14
"""So long after it is recognized a bleed is followed as active."""
STEPS: Final = ((40, 14), (30, 21), (20, 21), (15, 28), (12.5, 28), (10, 42), (7.5, 28))
"""Milligrams of prednisolone a day and days of each step, an adult's (clinical specification, part A and B4); 5 mg afterwards."""
KEPT_MG, KEPT_DAYS = 5.0, 120
CHILD_SHARE: Final = 0.5
PROPHYLAXIS_MG: Final = 20
FOUND: Final = 0.6
"""Sputa of a bleed in which siderophages are seen (clinical specification, S15)."""
SPUTUM_FROM, ADULT, BLOWS_FROM, DIFFUSES_FROM = 6, 18, 6, 8
FERRITIN, IRON_OF_LOSS, HALVED_BY = 45.0, 3.4, 150.0
"""Ferritin in ug/L; 34 mg of iron a liter of blood for 10 g/L lost; halved for each 150 mg (clinical specification, part F)."""
LITERS: Final = ((1, 4, 10, 18), (0.8, 1.3, 2.5, 4.8))
"""Blood volume by age, working values."""
Kind = Literal["active", "taper", "remission"]


@dataclass(frozen=True, slots=True)
class Chart:
    """One life day by day; `bleeds` are onset, the day of recognition, and whether blood was coughed up."""

    patient: PatientFacts
    at: Callable[[float], datetime]
    hemoglobin: Days
    lost: Days
    reticulocytes: Days
    bleeds: tuple[tuple[int, int, bool], ...]

    @property
    def last(self) -> int:
        """The last day."""
        return len(self.hemoglobin) - 1

    def years(self, day: float) -> float:
        """Return the age on a day."""
        return self.patient.age_years(self.at(day).date()) or 0.0

    def kind(self, day: int) -> Kind:
        """Return how closely the clinic looks on a day."""
        since = min((day - seen for _, seen, _ in self.bleeds if seen <= day), default=10_000)
        taper = sum(days for _, days in STEPS)
        return "active" if since <= ACTIVE_DAYS else "taper" if since <= taper else "remission"


@dataclass(slots=True)
class Regular:
    """A regular test of one life: how often, from which age on, when last done."""

    code: str
    every: int
    value: Callable[[int], tuple[float, str]]
    from_years: float = 0.0
    last: int = field(default=-10_000)


def facts_of(chart: Chart, chance: np.random.Generator) -> list[Fact]:
    """Return everything that is recorded of a life, in the order of time."""
    found: list[Fact] = [*_visits(chart, chance), *_shown(chart, chance), *_treated(chart), *_films(chart, chance)]
    return sorted(found, key=lambda fact: fact.recorded_at or chart.at(0))


def _visits(chart: Chart, chance: np.random.Generator) -> Iterator[Fact]:
    """Yield blood counts with what is due beside them."""
    regular = _regular(chart, chance)
    day = 0
    while day <= chart.last:
        kind = chart.kind(day)
        if day == 0 or chance.random() >= MISSED:
            yield from _counted(chart, day, chance)
            for test in regular:
                late = day - test.last >= test.every - SAMPLED[kind][0] // 2
                if late and chart.years(day) >= test.from_years and (day == 0 or chance.random() >= MISSED):
                    test.last = day
                    value, unit = test.value(day)
                    yield _result(chart, test.code, value, unit, day)
        first, last = SAMPLED[kind]
        step = int(chance.integers(first, last + 1))
        seen = [one for _, one, _ in chart.bleeds if day < one < day + step]
        day = min([day + step, *seen])


def _counted(chart: Chart, day: int, chance: np.random.Generator) -> Iterator[Fact]:
    """Yield a blood count."""
    noise = float(np.exp(chance.normal(0, np.hypot(CVI, CVA))))
    yield _result(chart, "HGB", round(float(chart.hemoglobin[day]) * noise), "g/L", day)
    yield _result(
        chart, "RETIC", round(float(chart.reticulocytes[day]) * float(np.exp(chance.normal(0, 0.1))), 1), "%", day
    )


def _regular(chart: Chart, chance: np.random.Generator) -> list[Regular]:
    """Return the regular tests of a life (B13; under steroids B4), with what they measure."""

    def ferritin(day: int) -> tuple[float, str]:
        liters = float(np.interp(chart.years(day), *LITERS))
        low = FERRITIN * 0.5 ** (float(chart.lost[day]) * IRON_OF_LOSS * liters / HALVED_BY)
        return round(max(4.0, low * float(np.exp(chance.normal(0, 0.1))))), "ug/L"

    child = chart.years(0) < ADULT
    return [
        Regular("FERRITIN", 90, ferritin),
        Regular("CREA", 90, lambda _: (round(float(chance.normal(55, 3))), "umol/L")),
        Regular("FVC", 90 if child else 180, lambda _: (round(float(chance.normal(3, 0.05)), 2), "L"), BLOWS_FROM),
        Regular("DLCO", 180, lambda _: (round(float(chance.normal(7, 0.1)), 2), "mmol/min/kPa"), DIFFUSES_FROM),
        Regular("GLU", 28, lambda _: (round(float(chance.normal(5.1, 0.2)), 1), "mmol/L")),
        Regular("SBP", 28, lambda _: (round(float(chance.normal(112, 4))), "mm[Hg]")),
        Regular("WEIGHT", 84, lambda day: (round(12 + 2.4 * min(20.0, chart.years(day)), 1), "kg")),
    ]


def _shown(chart: Chart, chance: np.random.Generator) -> Iterator[Fact]:
    """Yield what shows of each bleed, and the physician's word on it."""
    for onset, seen, coughed in chart.bleeds:
        if coughed and onset + 1 <= chart.last:
            yield _event(chart, "hemoptysis", onset + 1, amount="streaks" if chance.random() < 0.7 else "teaspoon")
        if chart.years(seen) >= SPUTUM_FROM and seen + 1 <= chart.last:
            found = "many" if chance.random() < FOUND else "absent"
            yield _event(chart, "sputum", seen + 1, siderophages=found, adequate=True)
        yield _event(
            chart, "exacerbation", seen, status="confirmed", until=chart.at(seen + ACTIVE_DAYS).date().isoformat()
        )
        if float(chart.hemoglobin[seen]) < 70 and chance.random() < 0.9:
            yield _event(chart, "transfusion", seen, product="red_cells", units=2)


def _films(chart: Chart, chance: np.random.Generator) -> Iterator[Fact]:
    """Yield films: at the first visit, of a bleed with its control, of adults every half year; and yearly ECG and ultrasound."""
    yield _event(chart, "chest_xray", 0, stage=1, foci_present=False)
    for _, seen, _ in chart.bleeds:
        yield _event(chart, "chest_xray", seen, stage=2, new_foci=True, foci_present=True)
        control = seen + int(chance.integers(17, 22))
        if control <= chart.last:
            yield _event(chart, "chest_xray", control, stage=1, new_foci=False, foci_present=False)
    for day in range(175, chart.last, 175):
        if chart.years(day) >= ADULT and chart.kind(day) == "remission":
            yield _event(chart, "chest_xray", day, stage=1, foci_present=False)
    for day in range(0, chart.last, 350):
        yield _event(chart, "ecg", day)
        yield _event(chart, "ultrasound", day, organ="heart")


def _treated(chart: Chart) -> Iterator[Fact]:
    """Yield the taper that follows each bleed until the next, its prophylaxis, iron, and what is examined because of steroids."""
    starts = [seen for _, seen, _ in chart.bleeds]
    share = CHILD_SHARE if chart.years(0) < ADULT else 1.0
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else start + 10_000
        day, high = start, start
        for mg, days in (*STEPS, (KEPT_MG, KEPT_DAYS)):
            last = min(day + days, end) - 1
            if last < day:
                break
            yield _dose(chart, "prednisolone", mg * share, day, last, "planned", f"taper {number + 1}")
            high = last if mg * share >= PROPHYLAXIS_MG else high
            day = last + 1
        if high > start:
            yield _dose(chart, "cotrimoxazole", 480, start, high, "taken", "")
        yield _dose(chart, "ferrous sulfate", 100, start, min(start + 90, end - 1), "taken", "")
        for name, after in (("bone_density", 85), ("eye_examination", 350)):
            if start + after <= min(chart.last, day):
                yield _event(chart, "procedure", start + after, name=name)


def _result(chart: Chart, code: str, value: float, unit: str, day: int) -> NewObservation:
    """Return a result, known on its day."""
    when = chart.at(day)
    return NewObservation(chart.patient.id, code, when, "minute", value=value, unit=unit, recorded_at=when)


def _event(chart: Chart, kind: str, day: int, **findings: object) -> NewEvent:
    """Return an event, known on its day."""
    when = chart.at(day) + timedelta(hours=1)
    return NewEvent(chart.patient.id, kind, when, "minute", findings, recorded_at=when)


def _dose(
    chart: Chart, drug: str, mg: float, first: int, last: int, intent: Literal["planned", "taken"], plan: str
) -> NewTreatment:
    """Return a dose from a day to a day, known on the first."""
    day: date = chart.at(first).date()
    return NewTreatment(
        chart.patient.id, drug, day, intent, dose=mg, unit="mg", route="oral", ended_on=chart.at(last).date(), plan=plan,
        recorded_at=chart.at(first),
    )  # fmt: skip
