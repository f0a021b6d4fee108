"""Histories of films, samples, symptoms and vital signs, drawn by hypothesis: any findings that the catalogue allows."""

from typing import Any

from hypothesis import strategies as st

from patients.event_kinds import Field, kinds
from patients.history import EventRecord, History, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, on, series

KINDS = (
    "chest_xray",
    "chest_ct",
    "sputum",
    "lavage",
    "hemoptysis",
    "complication",
    "symptom",
    "exacerbation",
    "remission",
)
RANGES = {
    "SPO2": (80, 99),
    "SBP": (70, 150),
    "WEIGHT": (8, 60),
    "WBC": (4, 20),
    "NEUT_BAND": (0, 12),
    "ESR": (2, 60),
    "TEMP": (36, 40),
}
days = st.floats(0, 120).map(lambda day: round(day, 2))


def values(field: Field) -> st.SearchStrategy[Any]:
    """Return what a field of the catalogue can hold, few values of each."""
    if field.type == "map":
        return st.dictionaries(st.sampled_from(field.keys), st.sampled_from(field.allowed), max_size=3)
    by_type: dict[str, st.SearchStrategy[Any]] = {
        "choice": st.sampled_from(field.allowed or ("",)),
        "boolean": st.booleans(),
        "number": st.sampled_from([0, 4, 40, 120]),
        "date": st.sampled_from([str(on(day).date()) for day in (10, 50, 90)]),
        "text": st.sampled_from(["A", "B"]),
    }
    return by_type[field.type]


@st.composite
def events(draw: st.DrawFn, among: tuple[str, ...] = KINDS, most: int = 9) -> list[EventRecord]:
    """Draw events of some kinds, with any findings of theirs."""
    found = []
    for number in range(draw(st.integers(0, most))):
        kind = kinds()[draw(st.sampled_from(among))]
        needed = {name: values(kind.fields[name]) for name in kind.required}
        free = {name: values(field) for name, field in kind.fields.items() if name not in kind.required}
        findings = draw(st.fixed_dictionaries(needed, optional=free))
        found.append(event(draw(days), kind.name, id=number + 1, **findings))
    return found


@st.composite
def measured(draw: st.DrawFn, ranges: dict[str, tuple[int, int]] = RANGES) -> list[Series]:
    """Draw results of some analytes, some of them unconfirmed."""
    found = []
    for place, (code, (low, high)) in enumerate(ranges.items()):
        points = draw(st.lists(st.tuples(days, st.integers(low, high).map(float)), max_size=6))
        unsure = draw(st.sets(st.integers(0, len(points) - 1))) if points else set()
        found.append(series(points, code, unconfirmed=sorted(unsure), first_id=100 * (place + 1)))
    return found


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history, some of whose facts may lie after the moment from which it is seen."""
    who = draw(st.sampled_from([WOMAN, CHILD]))
    return history(*draw(measured()), events=draw(events()), patient=who, at=draw(st.floats(0, 400)))
