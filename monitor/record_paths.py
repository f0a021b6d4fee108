"""The words that an address of recording may hold: kinds of events and of facts, never a word of a person."""

from django.urls import register_converter

from patients.event_kinds import kinds
from patients.recording import MODELS


class _Word:
    """One of a few fixed words; every other address is not there."""

    regex = ""

    def to_python(self, value: str) -> str:
        """Return the word."""
        return value

    def to_url(self, value: str) -> str:
        """Return the word."""
        return value


class EventKind(_Word):
    """A kind of event."""

    regex = "|".join(sorted(kinds()))


class FactKind(_Word):
    """A kind of fact."""

    regex = "|".join(sorted(MODELS))


def register() -> None:
    """Make both known to the addresses."""
    register_converter(EventKind, "event_kind")
    register_converter(FactKind, "fact_kind")
