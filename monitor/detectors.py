"""The ways of looking for a bleed that a backtest compares: rules, all together, hemoglobin alone, what is done without. Pure.

A rule counts here if it looks at signs of bleeding. What rests on a physician's decision or a treatment does not: it may explain an
alert and never counts as the detection of a bleed (design).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from alerts import anemia
from alerts.anemia import Grade
from alerts.rewinding import rewind
from alerts.rules import (
    film_new_foci,
    hemoglobin_acute,
    hemoglobin_drift,
    hemoglobin_fall,
    hemoglobin_grade,
    hemoglobin_relapse,
    hemoglobin_severe,
    hemoglobin_slope,
    hemoptysis,
    reticulocytes_raised,
    severe_bleeding,
    sputum_silent_bleeding,
)
from alerts.rules.results import HEMOGLOBIN, moment
from alerts.rules.rule import Rule
from monitor.budget import Span
from monitor.detecting import Bleed, Detector, Family, Watched, compare
from patients.history import History

OF_HEMOGLOBIN: Final[tuple[Rule, ...]] = (
    hemoglobin_fall.RULE, hemoglobin_acute.RULE, hemoglobin_severe.RULE, hemoglobin_relapse.RULE, hemoglobin_slope.RULE,
    hemoglobin_drift.RULE, hemoglobin_grade.RULE,
)  # fmt: skip
OF_BLEEDING: Final[tuple[Rule, ...]] = (
    *OF_HEMOGLOBIN, reticulocytes_raised.RULE, film_new_foci.RULE, sputum_silent_bleeding.RULE, hemoptysis.RULE,
    severe_bleeding.RULE,
)  # fmt: skip
YEAR: Final = timedelta(days=365).total_seconds()
FALL: Final = 20.0
"""g/L: a fixed limit, the comparator of the clinical specification, part F."""
BASE: Final = 3
"""Results of the last 365 days from which on a fall is asked for, as a baseline needs them."""
FEW: Final = 10
"""Lives that are worth a process."""
Alarms = Mapping[str, Sequence[datetime]]


def alarms(span: Span) -> dict[str, list[datetime]]:
    """Return when each way of looking gave alarm in a life: what is so from the start is none."""
    known = span.history
    raised = rewind(known, OF_BLEEDING, known.settings, start=span.start, end=span.end).raised
    found = {rule.name: [one.raised_at for one in raised if one.rule == rule.name] for rule in OF_BLEEDING}
    found["all_signals"] = sorted(one.raised_at for one in raised)
    alone = replace(known, series={HEMOGLOBIN: known.get(HEMOGLOBIN)}, events=(), treatments=())
    found["hemoglobin"] = [
        one.raised_at for one in rewind(alone, OF_HEMOGLOBIN, known.settings, start=span.start, end=span.end).raised
    ]
    return found | {name: list(looks(known)) for name, looks in COMPARATORS.items()}


def detected(spans: Sequence[Span], bleeds: Sequence[tuple[Bleed, ...]], *, jobs: int | None = None) -> list[Detector]:
    """Return how well each way of looking finds the bleeds of these lives, by so many processes at once: one a core unless told."""
    watched = [Watched(span.start, span.end, known) for span, known in zip(spans, bleeds, strict=True)]
    jobs = min(jobs or os.cpu_count() or 1, len(watched) // FEW)
    if jobs <= 1:
        return detectors([alarms(span) for span in spans], watched)
    with ProcessPoolExecutor(jobs) as pool:
        return detectors(list(pool.map(alarms, spans)), watched)


def detectors(found: Sequence[Alarms], lives: Sequence[Watched]) -> list[Detector]:
    """Return each way of looking with what it found; alarms and lives in one order."""
    return [
        Detector(name, family, [compare(one[name], life) for one, life in zip(found, lives, strict=True)])
        for name, family in FAMILIES.items()
    ]


def anemia_by_who(history: History) -> list[datetime]:
    """Return when a hemoglobin became anemic by the WHO's limits, having been none."""
    return _edges(history, lambda values, times: _is_anemic(history, values[-1], times[-1]))


def fall_of_20(history: History) -> list[datetime]:
    """Return when a hemoglobin came to be 20 g/L or more below the median of the 365 days before."""
    return _edges(history, _has_fallen)


def _edges(history: History, low: Callable[[Sequence[float], Sequence[float]], bool]) -> list[datetime]:
    """Return when something began to be so of the results up to then; of the very first it is no change."""
    series = history.get(HEMOGLOBIN)
    values, times = series.values[series.usable].tolist(), series.times[series.usable].tolist()
    answers = [low(values[: number + 1], times[: number + 1]) for number in range(len(values))]
    return [moment(times[number]) for number in range(1, len(answers)) if answers[number] and not answers[number - 1]]


def _is_anemic(history: History, value: float, at: float) -> bool:
    """Whether a result is anemic for who it is of; unknown is no."""
    return anemia.judged(value, history.patient, moment(at).date()).grade not in {None, Grade.NONE}


def _has_fallen(values: Sequence[float], times: Sequence[float]) -> bool:
    """Whether the newest result is 20 g/L or more below the median of the year before it."""
    before = [value for value, at in zip(values[:-1], times[:-1], strict=True) if at >= times[-1] - YEAR]
    return len(before) >= BASE and values[-1] <= median(before) - FALL


COMPARATORS: Final[Mapping[str, Callable[[History], list[datetime]]]] = {
    "anemia_who": anemia_by_who,
    "fall_20_g_per_l": fall_of_20,
}
FAMILIES: Final[Mapping[str, Family]] = {
    "hemoglobin": "combined",
    "all_signals": "combined",
    **{rule.name: "rule" for rule in OF_BLEEDING},
    **dict.fromkeys(COMPARATORS, "comparator"),
}
