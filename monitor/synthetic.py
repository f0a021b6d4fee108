"""An invented cohort for the backtest: clinical specification, part F, a subset; the seed makes it. Pure.

Numbers without a source are working values of that part. Of its model are here: who the patients are, remissions and bleeds, the
loss and recovery of hemoglobin, reticulocytes, iron, hemoptysis, films and sputum, when a bleed is recognized, the taper that
follows, sampling with its gaps, and the noise of the laboratory. Not here: infections as triggers, dose floors, lung function,
errors of transfer, late results.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import numpy as np

from monitor.synthetic_facts import Chart, facts_of
from patients.facts import Fact
from patients.history import PatientFacts

NAMESPACE: Final = UUID("9a3d0a4e-1c57-4f0b-8a5e-4a9c1e6f2b11")
FIRST_DAY: Final = date(2020, 1, 1)
CHILDREN, FEMALE = 0.7, 0.6
CHILD_YEARS: Final = (4.0, 0.6)
"""Median age of children, and the standard deviation of its logarithm: 1 to 15 years, median 4 (S1, S2, S19 of it)."""
REMISSION_DAYS, REMISSION_LN_SD, SCATTER_LN_SD, FLOOR_DAYS = 330.0, 0.5, 0.35, 28.0
RATIOS: Final = ((1.0, 0.9, 0.75), (0.3, 0.4, 0.3))
"""By what each remission is longer or shorter than the one before, with the shares of patients."""
LASTING: Final = 0.33
"""Children who reach a remission that lasts (clinical specification, S19)."""
ACUTE, ACUTE_DAYS, OCCULT_DAYS = 0.6, (2, 5), (14, 28)
LOSS_G_PER_L, LOSS_LN_SD, LOSS_MOST = 22.0, 0.5, 70.0
RECOVERY: Final = (0.4, 0.9)
"""Grams per liter a day with iron: about 10 g/L in two weeks (clinical specification, S13)."""
RECOVERY_AFTER: Final = 7
RECOGNIZED: Final = {True: 9.0, False: 24.0}
"""Median days from the onset of an acute and of an occult bleed until somebody knows."""
RECOGNIZED_LN_SD: Final = 0.5
COUGHED: Final = {True: 0.5, False: 0.2}
"""Bleeds with hemoptysis: 44 to 61 % (clinical specification, S1 to S3)."""
STEADY: Final = {"child": 118.0, "female": 128.0, "male": 143.0}
STEADY_SD: Final = 5.0
RETICULOCYTES: Final = (3.0, 8.0)
TRANSFUSED_BELOW, TRANSFUSED, GIVEN_G_PER_L = 70.0, 0.9, 20.0


@dataclass(frozen=True, slots=True)
class Bleed:
    """One bleed, in days of the story; `seen` is when a physician knows."""

    onset: int
    lasts: int
    loss: float
    recovery: float
    acute: bool
    seen: int
    coughed: bool
    reticulocytes: float

    def deficit(
        self, days: np.ndarray[tuple[int], np.dtype[np.float64]]
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return how much hemoglobin is missing on days, g/L."""
        since = days - self.onset
        bled = self.loss * np.clip(since / self.lasts, 0, 1)
        back = self.recovery * np.clip(since - self.lasts - RECOVERY_AFTER, 0, None)
        return np.clip(bled - back, 0, None)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented patient: the person, the own steady hemoglobin, the bleeds."""

    patient: PatientFacts
    steady: float
    days: int
    bleeds: tuple[Bleed, ...] = field(default=())

    def at(self, day: float) -> datetime:
        """Return the moment of a day of the story: eight o'clock, UTC."""
        start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 8, tzinfo=UTC)
        return start + timedelta(days=day)


def cohort(patients: int, years: float, seed: int) -> Iterator[tuple[Person, list[Fact]]]:
    """Yield patients with all that is known of them; ValueError for a cohort of nobody or of no time."""
    if patients < 1 or years <= 0:
        raise ValueError("a cohort has patients and years")
    for number in range(patients):
        chance = np.random.default_rng((seed, number))
        person = _person(number, round(years * 365.25), chance)
        yield person, facts_of(_chart(person), chance)


def _person(number: int, days: int, chance: np.random.Generator) -> Person:
    """Return one patient."""
    child = chance.random() < CHILDREN
    years = (
        float(np.clip(chance.lognormal(np.log(CHILD_YEARS[0]), CHILD_YEARS[1]), 1, 15))
        if child
        else chance.uniform(18, 60)
    )
    female = chance.random() < FEMALE
    sex = "female" if female else "male"
    born = FIRST_DAY - timedelta(days=round(float(years) * 365.25))
    steady = float(chance.normal(STEADY["child" if child else sex], STEADY_SD))
    facts = PatientFacts(uuid5(NAMESPACE, str(number)), "female" if female else "male", born, "UTC")
    return Person(facts, steady, days, tuple(_bleeds(days, child=child, chance=chance)))


def _bleeds(days: int, *, child: bool, chance: np.random.Generator) -> Iterator[Bleed]:
    """Yield the bleeds of a life, remissions between them."""
    length = float(chance.lognormal(np.log(REMISSION_DAYS), REMISSION_LN_SD))
    ratio = float(chance.choice(RATIOS[0], p=RATIOS[1]))
    lasting = child and chance.random() < LASTING
    day, number = float(chance.uniform(0, length)), 0
    while day < days:
        if lasting and number >= int(chance.integers(1, 3)):
            return
        bleed = _bleed(round(day), chance)
        yield bleed
        number += 1
        scattered = length * ratio**number * float(chance.lognormal(0, SCATTER_LN_SD))
        day = bleed.onset + bleed.lasts + RECOVERY_AFTER + max(FLOOR_DAYS, scattered)


def _bleed(onset: int, chance: np.random.Generator) -> Bleed:
    """Return one bleed."""
    acute = bool(chance.random() < ACUTE)
    first, last = ACUTE_DAYS if acute else OCCULT_DAYS
    return Bleed(
        onset=onset,
        lasts=int(chance.integers(first, last + 1)),
        loss=min(LOSS_MOST, float(chance.lognormal(np.log(LOSS_G_PER_L), LOSS_LN_SD))),
        recovery=float(chance.uniform(*RECOVERY)),
        acute=acute,
        seen=onset + max(1, round(float(chance.lognormal(np.log(RECOGNIZED[acute]), RECOGNIZED_LN_SD)))),
        coughed=bool(chance.random() < COUGHED[acute]),
        reticulocytes=float(chance.uniform(*RETICULOCYTES)),
    )


def _chart(person: Person) -> Chart:
    """Return the patient's days: what is true of each."""
    days = np.arange(person.days + 1, dtype=np.float64)
    lost = np.zeros_like(days)
    reticulocytes = np.ones_like(days)
    for bleed in person.bleeds:
        lost += bleed.deficit(days)
        rise = np.interp(days - bleed.onset, [3, 8, 10, 28], [0, 1, 1, 0], left=0, right=0)
        reticulocytes = np.maximum(reticulocytes, 1 + rise * (bleed.reticulocytes - 1))
    return Chart(
        patient=person.patient,
        at=person.at,
        hemoglobin=np.clip(person.steady - lost, 40, None),
        lost=lost,
        reticulocytes=reticulocytes,
        bleeds=tuple((one.onset, one.seen, one.coughed) for one in person.bleeds if one.seen <= person.days),
    )
