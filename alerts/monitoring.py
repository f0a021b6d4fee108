"""Which regular tests a patient needs, how often, and when the next is due. Pure.

A test is due an interval after its last; one that was never done is no matter of this schedule, but of the first work-up.
Intervals depend on the course: active disease, a taper, or neither (clinical specification, B13, working values).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from alerts.due import OVERDUE, Due, days, grace_of, on, reached
from alerts.recurrence import ACTIVE, REMISSION, local_day, phase
from alerts.rules.doses import TIE, doses, run_start
from alerts.rules.results import known, moment
from alerts.rules.rule import Setting, number_of
from patients.dosing import now_and_next, step_on
from patients.history import History

B13: Final = "clinical specification B13, working value; Medscape, hemosiderosis follow-up"


def _every(name: str, interval: float, source: str = B13) -> Setting:
    """Return an interval between tests."""
    return Setting(name, interval, "d", source, 1, 730)


BLOOD_ACTIVE: Final = _every("blood_count_active_days", 7)
BLOOD_TAPER: Final = _every("blood_count_taper_days", 14)
BLOOD: Final = _every("blood_count_days", 28)
IRON: Final = _every("iron_days", 90)
FILM_ACTIVE: Final = _every("film_active_days", 21, "clinical specification B13 and S19: foci resolve in 1–3 weeks")
FILM: Final = _every("film_days", 180)
SPIROMETRY_CHILD: Final = _every("spirometry_child_days", 90)
SPIROMETRY: Final = _every("spirometry_days", 180)
DLCO: Final = _every("dlco_days", 180)
KIDNEY: Final = _every("creatinine_days", 90)
OXYGEN: Final = _every("oximeter_days", 1)
HEART: Final = _every("ecg_days", 365)
ORGANS: Final = _every("ultrasound_days", 365)
SPIROMETRY_FROM: Final = Setting("spirometry_from_years", 6, "a", "clinical specification B13", 4, 10)
DLCO_FROM: Final = Setting("dlco_from_years", 8, "a", "clinical specification B13", 6, 12)
ADULT_FROM: Final = Setting(
    "adult_from_years", 18, "a", "clinical specification B1: children are below 18 years", 14, 21
)
TAPER_AFTER: Final = Setting(
    "taper_after_days", 28, "d", "clinical specification B4: relapse up to 28 d after a step", 0, 90
)
B4: Final = "clinical specification B4, working value; Zhao et al. 2023: 17 % short stature, 2 % cataract"
GLUCOSE_FIRST: Final = _every("glucose_first_days", 28, B4)
GLUCOSE: Final = _every("glucose_days", 90, B4)
PRESSURE: Final = _every("blood_pressure_days", 28, "clinical specification B4: at each visit, working value")
GROWTH: Final = _every("growth_days", 90, B4)
EYES: Final = _every("eye_examination_days", 365, B4)
BONES_FIRST: Final = _every("bone_density_first_days", 90, "clinical specification B4: at 3 months of 7.5 mg and more")
BONES: Final = _every("bone_density_days", 365, "clinical specification B4: then every 12 to 24 months")
BONES_FROM: Final = Setting("bone_density_mg", 7.5, "mg/d", "clinical specification B4", 2.5, 15)
STEROID_TESTS: Final = (GLUCOSE_FIRST, GLUCOSE, PRESSURE, GROWTH, EYES, BONES_FIRST, BONES, BONES_FROM)
SETTINGS: Final = (
    BLOOD_ACTIVE,
    BLOOD_TAPER,
    BLOOD,
    IRON,
    FILM_ACTIVE,
    FILM,
    SPIROMETRY_CHILD,
    SPIROMETRY,
    DLCO,
    KIDNEY,
    OXYGEN,
    HEART,
    ORGANS,
    SPIROMETRY_FROM,
    DLCO_FROM,
    ADULT_FROM,
    TAPER_AFTER,
    *STEROID_TESTS,
)


@dataclass(frozen=True, slots=True)
class Care:
    """What intervals depend on: the course of the disease, the patient's age in whole years (None: unknown), and since when
    steroids are taken without a gap, in any dose and in one that thins the bones (None: not now)."""

    active: bool
    taper: bool
    remission: bool
    years: int | None
    oximeter: bool
    steroids: date | None = None
    thinning: date | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    def at_least(self, age: Setting) -> bool:
        """Whether the patient is that old; one of unknown age is taken to be."""
        return self.years is None or self.years >= self.numbers.get(age.name, age.default)


@dataclass(frozen=True, slots=True)
class Regular:
    """A regular test: any of these analytes or kinds of event counts as done; `every` is None where it is not asked for.

    What a treatment asks for counts from its first day, `since`: due for the first time `first` after it, done before or not.
    `procedure` names the one that counts, where that is the kind.
    """

    subject: str
    name: str
    every: Callable[[Care], Setting | None]
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: Callable[[Care], date | None] = lambda _: None
    first: Setting | None = None
    procedure: str = ""


def _blood(care: Care) -> Setting:
    return BLOOD_ACTIVE if care.active else BLOOD_TAPER if care.taper else BLOOD


def _film(care: Care) -> Setting | None:
    """Films of well children are not asked for."""
    if care.active:
        return FILM_ACTIVE
    well_child = care.remission and not care.at_least(ADULT_FROM)
    return None if well_child else FILM


def _spirometry(care: Care) -> Setting | None:
    """Not from those who are too young; not during an exacerbation, when it would not be judged (B8)."""
    if care.active or not care.at_least(SPIROMETRY_FROM):
        return None
    return SPIROMETRY if care.at_least(ADULT_FROM) else SPIROMETRY_CHILD


def _while_on(every: Setting) -> Callable[[Care], Setting | None]:
    """Return an interval that holds while steroids are taken."""
    return lambda care: every if care.steroids is not None else None


def _steroids(care: Care) -> date | None:
    return care.steroids


TESTS: Final = (
    Regular("blood_count", "Blood count", _blood, codes=("HGB",)),
    Regular(
        "oxygen", "Oxygen saturation", lambda care: OXYGEN if care.active and care.oximeter else None, codes=("SPO2",)
    ),
    Regular("iron", "Iron studies", lambda _: IRON, codes=("FE", "FERRITIN", "TSAT", "TIBC", "TRANSFERRIN")),
    Regular("film", "Chest film", _film, kinds=("chest_xray", "chest_ct")),
    Regular("spirometry", "Spirometry", _spirometry, codes=("FVC", "FEV1")),
    Regular(
        "dlco",
        "Diffusing capacity",
        lambda care: DLCO if care.at_least(DLCO_FROM) and not care.active else None,
        codes=("DLCO", "KCO"),
    ),
    Regular("creatinine", "Creatinine and urine", lambda _: KIDNEY, codes=("CREA",)),
    Regular("ecg", "ECG", lambda _: HEART, kinds=("ecg",)),
    Regular("ultrasound", "Ultrasound", lambda _: ORGANS, kinds=("ultrasound",)),
    Regular("glucose", "Glucose", _while_on(GLUCOSE), codes=("GLU",), since=_steroids, first=GLUCOSE_FIRST),
    Regular(
        "blood_pressure", "Blood pressure", _while_on(PRESSURE), codes=("SBP", "DBP"), since=_steroids, first=PRESSURE
    ),
    Regular(
        "growth", "Weight and height", _while_on(GROWTH), codes=("WEIGHT", "HEIGHT"), since=_steroids, first=GROWTH
    ),
    Regular(
        "eyes",
        "Eye examination",
        _while_on(EYES),
        kinds=("procedure",),
        since=_steroids,
        first=EYES,
        procedure="eye_examination",
    ),
    Regular(
        "bones",
        "Bone density",
        lambda care: BONES if care.thinning is not None else None,
        kinds=("procedure",),
        since=lambda care: care.thinning,
        first=BONES_FIRST,
        procedure="bone_density",
    ),
)


def care(history: History) -> Care:
    """Return what a patient's intervals depend on, at `history.at`."""
    today = local_day(history, history.at)
    name = phase(history).name
    born = history.patient.birth_date
    steroids, thinning = _courses(history)
    return Care(
        active=name in ACTIVE,
        taper=_tapering(history, today),
        remission=name == REMISSION,
        years=None if born is None else _whole_years(born, today),
        oximeter=history.patient.oximeter_at_home,
        steroids=steroids,
        thinning=thinning,
        numbers=history.settings,
    )


def _courses(history: History) -> tuple[date | None, date | None]:
    """Return since when steroids are taken without a gap: in any dose, and in one that thins the bones."""
    found = doses(history, history.at, days=None)
    if found is None:
        return None, None
    least = number_of(history, BONES_FROM) - TIE
    starts = (run_start(found.actual, found.today, holds) for holds in (lambda mg: mg > 0, lambda mg: mg >= least))
    return next(starts), next(starts)


def schedule(history: History, tests: Sequence[Regular] = TESTS, by: Care | None = None) -> tuple[Due, ...]:
    """Return the next of each test that was done before and is asked for, soonest first, be it ahead or past due."""
    circumstances = by or care(history)
    found = [due for test in tests if (due := _next(history, test, circumstances)) is not None]
    return tuple(sorted(found, key=lambda due: due.due_on))


def last_done(history: History, test: Regular) -> date | None:
    """Return the patient's day on which a test was last done, None for never. What is preliminary does not count."""
    now = history.at.timestamp()
    moments = [time for code in test.codes for time in _times(history, code, now)]
    events = known(history, now, *test.kinds) if test.kinds else []
    moments += [one.effective_at.timestamp() for one in events if test.procedure in ("", one.findings.get("name"))]
    return local_day(history, moment(max(moments))) if moments else None


def _times(history: History, code: str, now: float) -> Iterator[float]:
    """Yield the time of the newest usable result of an analyte."""
    series = history.get(code)
    done = series.times[series.usable & (series.times <= now)]
    if len(done):
        yield float(done[-1])


def _next(history: History, test: Regular, circumstances: Care) -> Due | None:
    """Return when a test is due next."""
    every, last, since = test.every(circumstances), last_done(history, test), test.since(circumstances)
    if every is None:
        return None
    if since is not None and test.first is not None and (last is None or last < since):
        interval = int(number_of(history, test.first))
        why = f"steroids since {on(since)}, first due after {days(interval)}"
        return _due(history, test, why, since, interval)
    if last is None:
        return None
    interval = int(number_of(history, every))
    why = f"last on {on(last)}, due every {days(interval)}"
    return _due(history, test, why, last, interval)


def _due(history: History, test: Regular, why: str, start: date, interval: int) -> Due:
    """Return that a test is due an interval of days after a day."""
    grace = grace_of(interval, number_of(history, OVERDUE))
    return Due("test", test.subject, test.name, why, start + timedelta(days=interval), grace)


def _tapering(history: History, today: date) -> bool:
    """Whether steroids are being reduced: a smaller step lies ahead, or the last one began up to four weeks ago."""
    course, step = now_and_next(history, today), step_on(history, today)
    if step is None or step.mg is None:
        return False
    ahead = course.next_mg is not None and course.next_mg < step.mg
    return ahead or (step.number > 1 and (today - step.start).days <= number_of(history, TAPER_AFTER))


def _whole_years(born: date, today: date) -> int:
    """Return the age on a day in whole years."""
    years = today.year - born.year
    return years if reached(born, years) <= today else years - 1
