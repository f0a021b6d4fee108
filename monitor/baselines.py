"""The own-baseline band of hemoglobin over time, stepping as the baseline does. Pure: what the rule compared each result with."""

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.rules import hemoglobin_fall
from alerts.rules.references import Reference
from alerts.rules.results import hemoglobin
from monitor.chart_frame import Band
from patients.history import History


def bands(history: History) -> list[Band]:
    """Return the own baseline while it held, oldest first: from each result judged against it to the next, the last one to now.

    `lower` is the 99 % limit of the falling-hemoglobin rule; the limit is one-sided, and the band as high above the baseline as it
    is deep below. Where fewer than three steady results were known there is no band.
    """
    settings = hemoglobin_fall.RULE.resolved(history.settings)
    results = hemoglobin(history, settings, history.at)
    path = hemoglobin_fall.steps(results, settings)
    found: list[Band] = []
    for index, reference in enumerate(path.references):
        if reference is None or reference.kind != "baseline":
            continue
        start = results.when(index)
        longest = start + timedelta(seconds=results.oldest[index])
        end = min(results.when(index + 1) if index + 1 < len(results) else history.at, longest)
        _append(found, _band(start, end, reference))
    return found


def _band(start: datetime, end: datetime, reference: Reference) -> Band:
    """Return the band of one reference."""
    value, lower = reference.point.value, reference.point.limit99
    return Band(start, end, value, lower, 2 * value - lower)


def _append(found: list[Band], band: Band) -> None:
    """Add a band, or lengthen the last one where it is the same."""
    last = found[-1] if found else None
    if last is not None and last.end == band.start and replace(last, start=band.start, end=band.end) == band:
        found[-1] = replace(last, end=band.end)
    else:
        found.append(band)
