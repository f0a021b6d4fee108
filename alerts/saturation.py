"""Transferrin saturation: as the laboratory reports it, and computed where it does not. Pure.

TSAT % = 100 × iron / TIBC of the same sample, both µmol/L; where only transferrin was measured, TIBC = 25.1 × transferrin in
g/L (clinical specification, B2).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from patients.history import History, Series

SATURATION_CODE: Final = "TSAT"
LOW_SATURATION: Final = 16.0
"""Percent below which iron is lacking (clinical specification, B2)."""
BINDING_PER_TRANSFERRIN: Final = 25.1
"""µmol/L of iron that a g/L of transferrin binds: two atoms a molecule of 79.57 kDa."""

Sample = tuple[float, str]
"""When and by which laboratory a sample was examined: a History names no specimen."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """The saturations of a patient, oldest first, and which of them were computed here."""

    series: Series
    computed: frozenset[int]
    """Places in the series."""


@dataclass(frozen=True, slots=True)
class _One:
    """One saturation: the row it stands on, what it is, and whether it was computed."""

    id: int
    time: float
    value: float
    usable: bool
    unconfirmed: bool
    revision: int
    performer: str
    computed: bool


def percent(iron: float, *, tibc: float | None = None, transferrin: float | None = None) -> float | None:
    """Return the saturation in percent from iron and TIBC (both µmol/L), or from transferrin (g/L) where there is no TIBC.

    None where neither is there, or where what is there binds nothing.
    """
    binding = tibc if tibc is not None else None if transferrin is None else BINDING_PER_TRANSFERRIN * transferrin
    return None if binding is None or binding <= 0 else 100 * iron / binding


def saturation(history: History) -> Saturation:
    """Return every saturation that is known or follows: what was reported for a sample goes before what can be computed.

    A computed one is usable and confirmed where both of its values are. A value given as "less than" or "more than" is none to
    compute with.
    """
    reported = history.get(SATURATION_CODE)
    there = set(_samples(reported))
    ones = [*_reported(reported), *(one for one in _computed(history) if (one.time, one.performer) not in there)]
    ones.sort(key=lambda one: (one.time, one.performer, one.id))
    return Saturation(_series(ones, reported), frozenset(place for place, one in enumerate(ones) if one.computed))


def _samples(series: Series) -> list[Sample]:
    """Return the sample of each result."""
    return list(zip(series.times.tolist(), series.performers or ("",) * len(series), strict=True))


def _exact(series: Series) -> dict[Sample, int]:
    """Return the place of the result of each sample, without those that are only a bound."""
    signs = series.comparators or ("",) * len(series)
    return {sample: place for place, sample in enumerate(_samples(series)) if not signs[place]}


def _reported(series: Series) -> Iterator[_One]:
    """Yield what the laboratory reported."""
    for place, (time, performer) in enumerate(_samples(series)):
        yield _one(series, place, performer, time, float(series.values[place]), computed=False)


def _one(series: Series, place: int, performer: str, time: float, value: float, *, computed: bool) -> _One:
    """Return a saturation that stands on a result."""
    return _One(
        id=int(series.ids[place]),
        time=time,
        value=value,
        usable=bool(series.usable[place]),
        unconfirmed=bool(series.unconfirmed[place]),
        revision=int(series.recorded_revision[place]),
        performer=performer,
        computed=computed,
    )


def _computed(history: History) -> Iterator[_One]:
    """Yield what follows from iron and the binding capacity of the same sample."""
    iron, tibc, transferrin = (history.get(code) for code in ("FE", "TIBC", "TRANSFERRIN"))
    capacities, proteins = _exact(tibc), _exact(transferrin)
    for sample, place in _exact(iron).items():
        other, there = (tibc, capacities.get(sample)) if sample in capacities else (transferrin, proteins.get(sample))
        if there is None:
            continue
        bound = {"tibc" if other is tibc else "transferrin": float(other.values[there])}
        value = percent(float(iron.values[place]), **bound)
        if value is None:
            continue
        one = _one(iron, place, sample[1], sample[0], value, computed=True)
        usable = one.usable and bool(other.usable[there])
        unconfirmed = one.unconfirmed or bool(other.unconfirmed[there])
        revision = max(one.revision, int(other.recorded_revision[there]))
        yield _One(one.id, one.time, value, usable, unconfirmed, revision, one.performer, computed=True)


def _series(ones: Iterable[_One], reported: Series) -> Series:
    """Return saturations as a series; signs stay with what was reported."""
    listed = list(ones)
    signs = dict(zip(reported.ids.tolist(), reported.comparators, strict=False))
    marks = tuple("" if one.computed else signs.get(one.id, "") for one in listed)
    return Series(
        code=SATURATION_CODE,
        ids=np.array([one.id for one in listed], dtype=np.int64),
        times=np.array([one.time for one in listed], dtype=np.float64),
        values=np.array([one.value for one in listed], dtype=np.float64),
        usable=np.array([one.usable for one in listed], dtype=np.bool_),
        unconfirmed=np.array([one.unconfirmed for one in listed], dtype=np.bool_),
        recorded_revision=np.array([one.revision for one in listed], dtype=np.int64),
        comparators=marks if any(marks) else (),
        performers=tuple(one.performer for one in listed) if any(one.performer for one in listed) else (),
    )
