"""What judging finds and costs: alerts wanted of published histories, alerts a patient-year, all rules beside reading a patient.

The last patient lives ten years: hemoglobin, iron, ferritin and reticulocytes through bleeds and recoveries, films, sputum, tapers.
The same numbers each time: the random numbers have a seed.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from statistics import quantiles
from typing import Final, TypeVar
from uuid import UUID

from alerts import judging, rules
from alerts.rules.rule import Severity
from monitor import backtesting
from monitor.budget import LOW_GOAL, URGENT_GOAL
from monitor.demo_cases import KNOWN_AFTER, Case, Wanted, cases
from monitor.figures import Figure
from patients import recording, timeline
from patients.context import ALL, working_on
from patients.facts import Fact, NewEvent, NewObservation, NewTreatment
from patients.models import CareTeam, Patient, UploadRow

SIZES: Final = (300, 3000)
ROUNDS: Final = 60
YEARS: Final = 10
END: Final = datetime(2026, 1, 1, 8, tzinfo=UTC)
SEED: Final = 20260101
BLEED_DAYS: Final = 400
T = TypeVar("T")
PANEL: Final = {"HGB": (128.0, "g/L"), "FE": (14.0, "umol/L"), "FERRITIN": (40.0, "ug/L"), "RETIC": (1.0, "%")}
"""Analytes of each sample with a usual value; hemoglobin and iron fall with each bleed, reticulocytes rise."""


def judged(*, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> list[Figure]:
    """Return how long all rules take, median and 99th percentile, and both beside reading the patient in the same round."""
    return [figure for size in sizes for figure in _of_size(size, rounds)]


def published(at: datetime | None = None) -> list[Figure]:
    """Return of how many alerts wanted of the published histories of the demo each rule says what is wanted, as known that day."""
    now = datetime.now(UTC) if at is None else at
    wanted = [(case, one) for case in cases() for one in case.wanted]
    decidable = [(case, one) for case, one in wanted if one.answer]
    found = sum(_says(case, one, now) for case, one in decidable)
    note = "the others are prose, or of a watch to come: docs/watches.md"
    return [
        Figure("alerts wanted of published histories, found", found, goal=len(decidable), at_least=True),
        Figure("alerts wanted of published histories, decidable", len(decidable)),
        Figure("alerts wanted of published histories, listed", len(wanted), note=note),
    ]


def spent(at: datetime | None = None) -> list[Figure]:
    """Return what the demo's patients bring a patient-year: cards by severity beside what the design allows, alerts, to-dos."""
    lives = backtesting.of_demo(datetime.now(UTC) if at is None else at)
    found = backtesting.spent(lives, jobs=os.cpu_count() or 1)
    note = f"{found.patients} patients, {found.years:.0f} patient-years"
    return [
        Figure("cards a patient-year, high", found.of(Severity.HIGH), note=note),
        Figure("cards a patient-year, moderate", found.of(Severity.MODERATE)),
        Figure("cards a patient-year, low", found.of(Severity.LOW), goal=LOW_GOAL),
        Figure("cards a patient-year, high and moderate", found.urgent, goal=URGENT_GOAL, note=lives.note),
        *(Figure(f"alerts a patient-year, {one.word}", found.alerts_of(one)) for one in sorted(Severity, reverse=True)),
        Figure("to-dos a patient-year", found.a_year(found.todos)),
        Figure("rules that failed in these lives", len(found.failed), goal=0, note=", ".join(sorted(found.failed))),
    ]


def _says(case: Case, wanted: Wanted, now: datetime) -> bool:
    """Whether the rule says what is wanted on its day, or the row that must be held is."""
    moment = case.moment(now, wanted.day, wanted.hour)
    with working_on(ALL):
        if wanted.answer == "held":
            return UploadRow.objects.filter(patient_id=case.id, state="held").exists()
        history = timeline.read(case.id, at=moment, revision=timeline.revision_at(case.id, moment + KNOWN_AFTER))
    verdict = judging.judge(history, moment, rules=rules.RULES)
    return any((one.rule, one.severity.word) == (wanted.answer, wanted.severity) for one in verdict.findings)


def _of_size(size: int, rounds: int) -> list[Figure]:
    """Return the figures of one patient."""
    patient = ill(size)
    reading, asking = [], []
    for _ in range(rounds):
        with working_on([patient]):
            seconds, history = _timed(partial(timeline.read, patient, at=END))
        reading.append(seconds)
        asking.append(_timed(partial(judging.judge, history, END, rules=rules.RULES))[0])
    results = sum(len(series) for series in history.series.values())
    name = f"all rules on {results:,} results"
    note = f"{len(rules.RULES)} rules, {len(history.events)} events"
    middle, worst = _median_and_99th(asking)
    read_middle, read_worst = _median_and_99th(reading)
    return [
        Figure(f"{name}, p50", 1000 * middle, "ms", runs=rounds, note=note),
        Figure(f"{name}, p99", 1000 * worst, "ms", runs=rounds),
        Figure(f"{name}, p50 beside reading them", middle / read_middle, "times", runs=rounds),
        Figure(f"{name}, p99 beside reading them", worst / read_worst, "times", runs=rounds),
    ]


def ill(results: int) -> UUID:
    """Record a patient with about so many results, and what else happens in ten years; return the id."""
    patient = Patient(
        team=CareTeam.objects.order_by("pk")[0], changed_at=END, birth_date=date(2008, 5, 1), sex="female"
    )
    with working_on([patient.pk]):
        patient.save(force_insert=True)
        recording.record(list(facts(patient.pk, results)), by=None, at=END, why="figures")
    return patient.pk


def facts(patient: UUID, results: int) -> list[Fact]:
    """Return the facts of such a patient, oldest first."""
    chance = random.Random(SEED)  # noqa: S311 - a course, no secret
    samples = max(1, results // len(PANEL))
    step = timedelta(days=YEARS * 365) / samples
    start = END - step * samples
    found: list[Fact] = []
    for number in range(samples):
        when = start + step * number
        since_bleed = (when - start).days % BLEED_DAYS
        depth = max(0.0, 1 - since_bleed / 90) if (when - start).days >= BLEED_DAYS else 0.0
        found += _sample(patient, when, depth, chance)
    for bleed in range(1, YEARS * 365 // BLEED_DAYS + 1):
        found += _bleed(patient, start + timedelta(days=BLEED_DAYS * bleed))
    return found


def _sample(patient: UUID, when: datetime, depth: float, chance: random.Random) -> list[NewObservation]:
    """Return one sample's results; `depth` is how much of a bleed is left, 0 to 1."""
    change = {"HGB": 1 - 0.3 * depth, "FE": 1 - 0.6 * depth, "FERRITIN": 1 - 0.5 * depth, "RETIC": 1 + 3 * depth}
    return [
        NewObservation(
            patient, code, when, "minute", value=round(usual * change[code] * chance.gauss(1, 0.02), 2), unit=unit
        )
        for code, (usual, unit) in PANEL.items()
    ]


def _bleed(patient: UUID, when: datetime) -> list[Fact]:
    """Return what a bleed brings beside its results: blood, films, sputum, steroids in steps."""
    later = when + timedelta(days=25)
    doses = ((30.0, 0, 27), (20.0, 28, 55), (10.0, 56, 83), (5.0, 84, 200))
    return [
        NewEvent(patient, "hemoptysis", when, "day", {"amount": "teaspoon"}),
        NewEvent(patient, "chest_xray", when, "day", {"foci_present": True, "new_foci": True, "stage": 2}),
        NewEvent(patient, "chest_xray", later, "day", {"foci_present": False}),
        NewEvent(patient, "sputum", when + timedelta(days=3), "day", {"siderophages": "many"}),
        *(
            NewTreatment(
                patient, "prednisolone", (when + timedelta(days=first)).date(), "taken", dose=mg, unit="mg", route="oral",
                ended_on=(when + timedelta(days=last)).date(),
            )
            for mg, first, last in doses
        ),
    ]  # fmt: skip


def _timed(what: Callable[[], T]) -> tuple[float, T]:
    """Do something; return the seconds and what came of it."""
    began = time.perf_counter()
    found = what()
    return time.perf_counter() - began, found


def _median_and_99th(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49], cuts[98]
