"""The rows that summaries rest on: results and events up to the moment of a history, as evidence. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import numpy as np

from alerts.rules.results import DAY, known, moment
from alerts.rules.rule import Evidence
from patients.analytes import analyte, catalogue
from patients.history import EventRecord, History

SHOWN: Final = 5
"""Rows of one kind that a summary shows, the newest ones."""


def results(history: History, code: str, *, days: float | None = None) -> tuple[Evidence, ...]:
    """Return the usable, confirmed results of an analyte, the newest first; of the last so many days where these are given."""
    series, now = history.get(code), history.at.timestamp()
    first = -np.inf if days is None else now - days * DAY
    keep = series.usable & ~series.unconfirmed & (series.times <= now) & (series.times >= first)
    return tuple(result(history, code, int(place)) for place in np.flatnonzero(keep)[::-1])


def newest(history: History, code: str) -> tuple[Evidence, ...]:
    """Return the newest usable, confirmed result of an analyte; none where there is none."""
    series = history.get(code)
    keep = series.usable & ~series.unconfirmed & (series.times <= history.at.timestamp())
    places = np.flatnonzero(keep)
    return (result(history, code, int(places[-1])),) if len(places) else ()


def result(history: History, code: str, index: int) -> Evidence:
    """Return one result as a row; a value known only by a limit with its sign."""
    series, known_as = history.get(code), catalogue().get(code)
    sign, value = series.comparators[index] if series.comparators else "", float(series.values[index])
    unit = known_as.unit if known_as else ""
    said: float | str = f"{sign}{value:g}" if sign else value
    return Evidence(
        "result", "observation", int(series.ids[index]), code, moment(float(series.times[index])), said, unit
    )


def number_of(row: Evidence) -> float:
    """Return the number of a result, without its sign."""
    return float(row.value.lstrip("<>=")) if isinstance(row.value, str) else float(row.value or 0)


def events(history: History, *kinds: str, said: Callable[[EventRecord], object] | str) -> tuple[Evidence, ...]:
    """Return events of some kinds, the newest first: `said` is what is shown of each, or the finding that is; nothing: left out."""
    shown: Callable[[EventRecord], object] = (lambda one: one.findings.get(said)) if isinstance(said, str) else said
    found = reversed(known(history, history.at.timestamp(), *kinds))
    return tuple(event(one, words) for one in found if (words := shown(one)) not in (None, "", False))


def event(one: EventRecord, words: object) -> Evidence:
    """Return one event as a row with these words; true is a check."""
    said = "yes" if words is True else str(words).replace("_", " ")
    return Evidence("result", "event", one.id, one.kind, one.effective_at, said, "")


def beside(found: Sequence[Evidence], row: Evidence, days: float) -> Evidence | None:
    """Return the one of some rows, the newest first, that is nearest to a row, at most so many days from it; None for none."""
    place = bisect_left(found, -row.effective_at.timestamp(), key=lambda one: -one.effective_at.timestamp())
    near = found[max(0, place - 1) : place + 1]
    best = min(near, key=lambda one: abs(one.effective_at - row.effective_at), default=None)
    return best if best and abs(best.effective_at - row.effective_at) <= timedelta(days=days) else None


def below_range(history: History, row: Evidence) -> bool | None:
    """Return whether a result is below the general range for the person then; None where there is no such range."""
    age = history.patient.age_years(row.effective_at.date())
    found = analyte(row.code).reference_range(sex=history.patient.sex, age_years=age)
    return None if found is None or found.low is None else number_of(row) < found.low
