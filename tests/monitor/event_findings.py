"""Findings that an event of a kind can have, and how a person types them, drawn by hypothesis."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from monitor.record_events import DATED
from patients.event_kinds import Field, Kind

WORDS = st.text(st.characters(categories=["L", "N", "P"], codec="utf-8"), min_size=1, max_size=40).map(str.strip)


def value_of(field: Field) -> st.SearchStrategy[Any]:
    """Return what a field can hold."""
    if field.type == "map":
        return st.dictionaries(st.sampled_from(field.keys), st.sampled_from(field.allowed), min_size=1)
    by_type: dict[str, st.SearchStrategy[Any]] = {
        "choice": st.sampled_from(field.allowed or ("",)),
        "boolean": st.booleans(),
        "number": st.integers(0, 9_999).map(lambda tenths: tenths / 10),
        "date": st.dates(date(2026, 3, 3), date(2027, 1, 1)).map(date.isoformat),
        "text": WORDS.filter(bool),
    }
    return by_type[field.type]


def findings_of(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """Return findings that make a valid event."""
    needed = {name: value_of(kind.fields[name]) for name in kind.required}
    free = {name: value_of(field) for name, field in kind.fields.items() if name not in kind.required}
    drawn = st.fixed_dictionaries(needed, optional=free)
    return drawn if kind.name in DATED or kind.required else drawn.filter(bool)


def typed(findings: Mapping[str, Any]) -> dict[str, str]:
    """Return findings as a browser sends them."""
    sent: dict[str, str] = {}
    for name, value in findings.items():
        if isinstance(value, Mapping):
            sent |= {f"{name}-{place}": state for place, state in value.items()}
        elif isinstance(value, bool):
            sent[name] = "yes" if value else "no"
        else:
            sent[name] = str(value)
    return sent
