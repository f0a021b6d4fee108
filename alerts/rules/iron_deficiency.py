"""Iron that is lacking: clinical specification, B2. Pure.

Inputs: transferrin saturation (reported, or from iron and binding capacity of one sample), ferritin with CRP and AGP around it, age
and pregnancy; hemoglobin, because a lack of iron beside a fall speaks for loss into the lung. Serum iron alone is none of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from alerts import iron
from alerts.iron import Stores
from alerts.rules import hemoglobin_fall, hemoglobin_severe, iron_words
from alerts.rules.circumstances import since, transfusions
from alerts.rules.iron_samples import CODES, SETTINGS, Sample, samples
from alerts.rules.results import AGES, DAY, Results, hemoglobin, moment
from alerts.rules.rule import Answer, CannotJudge, Clear, Finding, Judgment, Rule, Setting, Settings, Severity
from alerts.rules.standing import HOUR, Place, missing, standing
from alerts.rules.standing import SETTINGS as RECOVERY
from alerts.rules.wording import NBSP, day, grams
from patients.history import History

NAME: Final = "iron_deficiency"
VERSION: Final = 1
CITATION: Final = (
    f"{iron.CITATION}. Saturation: clinical specification B2, working value. "
    "A single serum iron says nothing: Clin Chem 1981;27:78."
)
BESIDE: Final = Setting("iron_beside_days", 28, "d", "clinical specification B3: one bout; working value", 7, 90)


def judge(history: History, settings: Settings, at: datetime) -> Judgment:
    """Return whether the newest iron studies show a lack of iron, or did and have not recovered."""
    results = hemoglobin(history, settings, at, also=(*CODES, *iron_words.CODES))
    found = samples(results, settings)
    telling = [one for one in found if one.deficient or one.full]
    changes = [] if results.recheck is None else [results.recheck]
    if not telling:
        answer: Answer = CannotJudge(NAME, "", _silence(results, found, settings))
    elif results.at >= (until := telling[-1].time + settings["iron_age_days"] * DAY):
        old = f"{settings['iron_age_days']:.0f}{NBSP}days"
        answer = CannotJudge(
            NAME,
            "",
            f"the newest iron studies that say something, of {_day(results, telling[-1])}, are more than {old} old",
        )
    else:
        changes.append(until)
        answer = _answer(results, found, settings)
    return Judgment((answer,), moment(min(changes)) if changes else None)


def _silence(results: Results, found: Sequence[Sample], settings: Settings) -> str:
    """Return why the iron studies say nothing."""
    if not found:
        return "no iron studies yet: saturation, or iron with its binding capacity, or ferritin"
    newest = found[-1]
    when = _day(results, newest)
    if newest.saturation is not None:
        return f"the saturation of {when} is not confirmed yet, or known only by a limit"
    if newest.ferritin is not None and newest.stores is Stores.INDETERMINATE:
        within = f"{settings['inflammation_days']:.0f}{NBSP}days"
        return (
            f"ferritin {newest.ferritin.text}{NBSP}µg/L of {when} says nothing while inflammation is unknown: no CRP or AGP within "
            f"{within}, and no saturation"
        )
    return f"the ferritin of {when} is not low, which never excludes a lack of iron: a saturation is needed"


def _day(results: Results, sample: Sample) -> str:
    """Return the local date of a sample."""
    return day(moment(sample.time), results.history.patient.time_zone)


def _answer(results: Results, found: Sequence[Sample], settings: Settings) -> Answer:
    """Return the answer: the last sample that lacked iron, until two full ones have shown that it is over."""
    times = [one.time for one in found]
    given = [event.effective_at.timestamp() for event in transfusions(results.history, results.at)]
    free = since(np.array(times), given) > settings["recovery_transfusion_days"] * DAY
    place = standing(
        times,
        [one.full for one in found],
        holds=lambda index: found[index].deficient,
        apart=settings["recovery_hours"] * HOUR,
        free=lambda index: bool(free[index]),
    )
    return _finding(results, found, place, settings) if place.held else Clear(NAME, "")


def _beside(results: Results, sample: Sample, settings: Settings) -> tuple[int | None, bool]:
    """Return the low hemoglobin that a low saturation stands beside, None for none, and whether it is one of a fall.

    That is the last low one of a fall that is not over, else the newest of those days where it is severely low.
    """
    reach = settings[BESIDE.name] * DAY
    near = [index for index in range(len(results)) if abs(results.times[index] - sample.time) <= reach]
    if sample.low is not True or not near:
        return None, False
    fallen = hemoglobin_fall.walked(results, settings).shown
    if fallen in near:
        return fallen, True
    severe = hemoglobin_severe.RULE.resolved(results.history.settings)
    return (near[-1] if hemoglobin_severe.is_severe(results, near[-1], severe) else None), False


def _finding(results: Results, found: Sequence[Sample], place: Place, settings: Settings) -> Finding:
    """Return the finding that the last sample without iron makes."""
    sample = found[place.held[-1]]
    low, fallen = _beside(results, sample, settings)
    limit = settings["low_saturation_percent"]
    rows = iron_words.evidence(results, sample)
    numbers = {"saturation": sample.saturation.value} if sample.saturation else {}
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        subject="",
        severity=Severity.LOW if low is None else Severity.MODERATE,
        sentence=_sentence(results, sample, settings) + _loss(results, low, fallen=fallen),
        arithmetic=iron_words.lines(results, sample),
        clears_when=missing(place, f"with a saturation of {limit:g}{NBSP}% or more", results, settings),
        evidence=rows if low is None else (*rows, results.evidence(low, "support")),
        threshold=_threshold(sample, settings, low=low is not None),
        citation=CITATION,
        numbers={**numbers, **({"ferritin": sample.ferritin.value} if sample.ferritin else {})},
        since=moment(found[place.since].time),
    )


def _threshold(sample: Sample, settings: Settings, *, low: bool) -> str:
    """Return the limit that was passed."""
    if sample.low:
        beside = ", beside a low hemoglobin" if low else ""
        return f"Saturation below {settings['low_saturation_percent']:g}{NBSP}%{beside}"
    return f"Ferritin below {_cutoff(sample):g}{NBSP}µg/L"


def _cutoff(sample: Sample) -> float:
    """Return the cutoff that a deficient ferritin lies below: the plain one, or that of inflammation."""
    if sample.cutoffs is None or sample.ferritin is None:
        return iron.OTHERS.plain
    plain, inflamed = sample.cutoffs.plain, sample.cutoffs.inflamed
    return plain if inflamed is None or sample.ferritin.below(plain) else inflamed


def _sentence(results: Results, sample: Sample, settings: Settings) -> str:
    """Return what is, and why it counts."""
    when = _day(results, sample)
    parts = []
    if sample.low and sample.saturation is not None:
        text, limit = sample.saturation.text, settings["low_saturation_percent"]
        parts.append(f"Transferrin saturation {text}{NBSP}% on {when}, below {limit:g}{NBSP}%.")
        if sample.ferritin is not None and sample.stores is not Stores.DEFICIENT:
            parts.append(
                f"Ferritin {sample.ferritin.text}{NBSP}µg/L beside it excludes nothing: iron in the lung and inflammation raise it."
            )
    if sample.stores is Stores.DEFICIENT and sample.ferritin is not None:
        cutoff = _cutoff(sample)
        why = " with inflammation" if sample.cutoffs is not None and cutoff > sample.cutoffs.plain else ""
        parts.append(
            f"Ferritin {sample.ferritin.text}{NBSP}µg/L on {when}, below {cutoff:g}{why}: iron stores are empty."
        )
    pending = any(one is not None and one.pending for one in (sample.saturation, sample.ferritin))
    return " ".join([*parts, *(["The result is not confirmed yet."] if pending else [])])


def _loss(results: Results, low: int | None, *, fallen: bool) -> str:
    """Return what a low hemoglobin beside it means, as a further sentence."""
    if low is None:
        return ""
    value, when = grams(results.values[low]), results.date(low)
    if fallen:
        return f" Hemoglobin has fallen, to {value} on {when}: iron may be lost into the lung."
    return f" Hemoglobin is severely low beside it, {value} on {when}: iron may be lost into the lung."


RULE: Final = Rule(
    name=NAME,
    title="Iron deficiency",
    version=VERSION,
    thresholds=(
        "Low: transferrin saturation below 16 %.",
        (
            "Low: ferritin below 15 µg/L (below 12 under five years); with CRP above 5 mg/L or AGP above 1 g/L within 3 days below "
            "70 (30)."
        ),
        (
            "Moderate: transferrin saturation below 16 %, within 28 days of a low hemoglobin of a fall that is not over, or of a "
            "severely low one."
        ),
    ),
    rationale=(
        "Each bleed leaves iron in the lung, where the body cannot use it: hemoglobin does not come back without iron, and a lack "
        "beside a fall speaks for loss. Serum iron alone, and a normal ferritin, say nothing."
    ),
    citation=CITATION,
    settings=(*SETTINGS, BESIDE, *RECOVERY, *AGES),
    judge=judge,
)
