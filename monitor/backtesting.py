"""Whose lives a backtest judges: the demo's, those of a folder of files, or invented ones. No database."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal

from alerts import rules
from monitor import demo_cohort, synthetic
from monitor.budget import Budget, Span, spend, spend_one
from monitor.demo_patient import ZONE, DemoPatient
from monitor.detecting import Bleed, Detector
from monitor.detectors import detected
from monitor.imagined import history_of
from patients.cohort_reading import Case, in_order, read_folder
from patients.facts import Fact, NewTreatment
from patients.history import PatientFacts
from patients.interchange import contents_of

NEVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""When nothing ever happened."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Lives to be judged; `onsets` are the bleeds known to be in them, None where nobody knows; `note` is said beside figures.

    `bleeds` are those bleeds, life by life, where they are known day by day.
    """

    spans: Sequence[Span]
    onsets: int | None
    note: str = ""
    bleeds: Sequence[tuple[Bleed, ...]] = ()


def spent(lives: Lives, *, jobs: int = 1) -> Budget:
    """Return what lives bring by the rules of today, judged by so many processes at once."""
    if jobs <= 1:
        return spend(lives.spans, rules.RULES)
    found = Budget()
    with ProcessPoolExecutor(jobs) as pool:
        for one in pool.map(_spent, lives.spans):
            found.add(one)
    return found


def _spent(span: Span) -> Budget:
    """Judge one life, in a process of its own."""
    return spend_one(span, rules.RULES)


def of_demo(at: datetime) -> Lives:
    """Return the lives of the demo's patients up to a moment, or to their death."""
    spans = [_span(_person(one, at), demo_cohort.facts(one, at), _end(one, at)) for one in demo_cohort.COHORT]
    bleeds = sum(len(one.course.bleeds) for one in demo_cohort.COHORT)
    note = "Invented patients whose noise ends early, so that nobody has an alert by chance: the count flatters."
    return Lives(spans, bleeds, note)


def simulated(patients: int, years: float, seed: int) -> Lives:
    """Return invented lives; ValueError for nobody or no time."""
    made = list(synthetic.cohort(patients, years, seed))
    spans = [_span(one.patient, facts, one.at(one.days)) for one, facts in made]
    note = (
        "Invented patients (clinical specification, part F): without infections, lung function and errors of transfer."
    )
    bleeds = [tuple(_bleed(one, bleed) for bleed in one.bleeds) for one, _ in made]
    return Lives(spans, sum(map(len, bleeds)), note, bleeds)


def detectors_of(lives: Lives) -> list[Detector]:
    """Return how well bleeds are found, by each way of looking; nothing where no bleed is known."""
    return detected(lives.spans, lives.bleeds) if lives.bleeds else []


def _bleed(person: synthetic.Person, bleed: synthetic.Bleed) -> Bleed:
    """Return a bleed of an invented life, by its moments."""
    return Bleed(person.at(bleed.onset), person.at(bleed.onset + bleed.lasts), person.at(bleed.seen))


def of_folder(folder: Path, *, time_zone: str, at: datetime) -> Lives:
    """Return the lives of a cohort's folder, each from its first fact to its last; NoCohortError where it is none.

    A patient of whom a line is wrong is left out, as an import would.
    """
    cohort = read_folder(contents_of(folder), find=lambda _: {}, time_zone=time_zone, at=at)
    good = [case for case in cohort.cases.values() if not case.refused]
    spans = [_span(_registered(case), [fact for fact, _ in in_order(case)], None) for case in good]
    left = len(cohort.cases) - len(good)
    note = f"{left} of {len(cohort.cases)} patients left out: their lines are refused." if left else ""
    return Lives(spans, None, note)


def _span(patient: PatientFacts, facts: Sequence[Fact], end: datetime | None) -> Span:
    """Return a life from its first fact to its end, or to its last fact."""
    moments = sorted(_moments(facts)) or [end or NEVER]
    last = moments[-1] if end is None else end
    return Span(history_of(patient, facts, at=last), min(moments[0], last), last)


def _moments(facts: Sequence[Fact]) -> Iterator[datetime]:
    """Yield when results and events were true; a plan reaches into days that nobody has seen."""
    yield from (fact.effective_at for fact in facts if not isinstance(fact, NewTreatment))


def _end(one: DemoPatient, at: datetime) -> datetime:
    """Return the moment up to which a patient of the demo is followed."""
    if one.died is None:
        return at
    day = at.astimezone(ZONE).date() - timedelta(days=one.died)
    return datetime.combine(day, time(), ZONE)


def _person(one: DemoPatient, at: datetime) -> PatientFacts:
    """Return what rules may know of a patient of the demo."""
    known = dict(one.fields)
    return PatientFacts(
        id=one.id,
        sex=one.sex,
        birth_date=one.birth_date(at),
        time_zone=ZONE.key,
        altitude_m=known.get("altitude_m"),
        cigarettes_per_day=known.get("cigarettes_per_day"),
        smoking=known.get("smoking", ""),
        comorbidities=frozenset(known.get("comorbidities", ())),
        oximeter_at_home=bool(known.get("oximeter_at_home", False)),
        pregnancies=_pregnancies(one, at),
    )


def _pregnancies(one: DemoPatient, at: datetime) -> tuple[tuple[date, date | None], ...]:
    """Return a pregnancy by its days."""
    if one.pregnant is None:
        return ()
    today = at.astimezone(ZONE).date()
    first, last = one.pregnant
    return ((today - timedelta(days=first), None if last is None else today - timedelta(days=last)),)


def _registered(case: Case) -> PatientFacts:
    """Return what rules may know of a patient of a folder."""
    person = case.person
    sex: Literal["male", "female", ""] = "male" if person.sex == "male" else "female" if person.sex == "female" else ""
    return PatientFacts(case.patient_id, sex, person.birth_date, case.zone.key)
