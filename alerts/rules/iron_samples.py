"""Iron studies, a sample each: saturation, and ferritin with the inflammation around it. Pure.

Clinical specification, B2. Serum iron alone is no sample: it varies by 27–29 % within a person (Clin Chem 1981;27:78), so a single
low one says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alerts import iron
from alerts.anemia import trimester
from alerts.iron import Stores
from alerts.rules.measures import Measure, measures
from alerts.rules.results import DAY, Results
from alerts.rules.rule import Setting, Settings
from alerts.saturation import LOW_SATURATION, SATURATION_CODE, saturation
from patients.history import History

FERRITIN, CRP, AGP = "FERRITIN", "CRP", "AGP"
CODES: Final = (SATURATION_CODE, "FE", "TIBC", "TRANSFERRIN", FERRITIN, CRP, AGP)
SETTINGS: Final = (
    Setting("low_saturation_percent", LOW_SATURATION, "%", "clinical specification B2, working value", 10, 25),
    Setting("inflammation_days", 3, "d", "clinical specification B2: CRP within 3 days", 1, 14),
    Setting("iron_age_days", 180, "d", "clinical specification B13: iron studies each 90 days, twice", 90, 365),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured at a moment. `low` is that of the saturation, `stores` what the ferritin says; None where it says nothing.

    `computed` where the saturation follows from iron and binding capacity; `around` are CRP and AGP of the days around it.
    """

    time: float
    saturation: Measure | None
    computed: bool
    low: bool | None
    ferritin: Measure | None
    cutoffs: iron.Cutoffs | None
    around: tuple[Measure, ...]
    inflamed: bool | None
    stores: Stores | None

    @property
    def deficient(self) -> bool:
        """Whether it shows a lack of iron: by its saturation, or by its ferritin. A normal ferritin excludes none."""
        return self.low is True or self.stores is Stores.DEFICIENT

    @property
    def full(self) -> bool:
        """Whether it shows that there is no lack: a saturation that a person has confirmed, or need not, and that is not low."""
        return self.low is False and not self.deficient and self.saturation is not None and not self.saturation.pending


def samples(results: Results, settings: Settings) -> list[Sample]:
    """Return the samples up to the moment of judging, oldest first; of several saturations of one moment the lowest counts."""
    history, at = results.history, results.at
    known = saturation(history)
    computed = {int(known.series.ids[place]) for place in known.computed}
    saturations: dict[float, Measure] = {}
    for one in measures(known.series, at):
        other = saturations.get(one.time)
        saturations[one.time] = one if other is None or one.value < other.value else other
    ferritins: dict[float, Measure] = {}
    for one in measures(history.get(FERRITIN), at):
        other = ferritins.get(one.time)
        ferritins[one.time] = one if other is None or one.value < other.value else other
    marks = [one for code in (CRP, AGP) for one in measures(history.get(code), at)]
    return [
        _sample(history, time, saturations.get(time), computed, ferritins.get(time), marks, settings)
        for time in sorted({*saturations, *ferritins})
    ]


def _sample(
    history: History,
    time: float,
    found: Measure | None,
    computed: set[int],
    ferritin: Measure | None,
    marks: Sequence[Measure],
    settings: Settings,
) -> Sample:
    """Return the sample of a moment."""
    reach = settings["inflammation_days"] * DAY
    around = tuple(one for one in marks if abs(one.time - time) <= reach) if ferritin is not None else ()
    inflamed = _inflamed(around)
    limits = _cutoffs(history, ferritin) if ferritin is not None else None
    return Sample(
        time=time,
        saturation=found,
        computed=found is not None and found.code == SATURATION_CODE and found.id in computed,
        low=None if found is None else found.below(settings["low_saturation_percent"]),
        ferritin=ferritin,
        cutoffs=limits,
        around=around,
        inflamed=inflamed,
        stores=None if ferritin is None or limits is None else _stores(ferritin, limits, inflamed),
    )


def _inflamed(around: Sequence[Measure]) -> bool | None:
    """Return whether one of the values is raised; None where none of them says."""
    limits = {CRP: iron.CRP_LIMIT, AGP: iron.AGP_LIMIT}
    raised = [_above(one, limits[one.code]) for one in around]
    if True in raised:
        return True
    return False if False in raised else None


def _above(one: Measure, limit: float) -> bool | None:
    """Return whether a value is above a limit; None where a comparator leaves it open."""
    if one.value == limit:
        return {"": False, "<": False, "<=": False, ">": True, ">=": None}[one.sign]
    below = one.below(limit)
    return None if below is None else not below


def _cutoffs(history: History, ferritin: Measure) -> iron.Cutoffs | None:
    """Return what ferritin is compared with, by age and pregnancy then."""
    patient, on = history.patient, ferritin.when.date()
    return iron.cutoffs(patient.age_years(on), trimester(patient.pregnancies, on))


def _stores(ferritin: Measure, limits: iron.Cutoffs, inflamed: bool | None) -> Stores | None:
    """Return what a ferritin says; None where a comparator leaves it open."""
    if not ferritin.sign:
        return iron.stores(ferritin.value, limits, inflamed)
    if ferritin.below(limits.plain):
        return Stores.DEFICIENT
    return Stores.NOT_DEFICIENT if limits.inflamed is not None and ferritin.below(limits.inflamed) is False else None
