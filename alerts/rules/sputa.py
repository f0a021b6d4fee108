"""Sputum and lavage as rules read them: fit or not, with siderophages or without. Pure. Clinical specification, B7."""

from collections.abc import Mapping
from typing import Final

from patients.history import EventRecord

KINDS: Final = ("sputum", "lavage")
POSITIVE: Final = frozenset({"few", "moderate", "many"})


def is_unfit(findings: Mapping[str, object]) -> bool:
    """Whether a sample could not be examined."""
    return findings.get("adequate") is False


def is_positive(event: EventRecord) -> bool:
    """Whether siderophages were found in a fit sputum or lavage."""
    share = event.findings.get("siderophages_percent")
    found = event.findings.get("siderophages") in POSITIVE or (isinstance(share, int | float) and share > 0)
    return found and not is_unfit(event.findings)


def is_negative(findings: Mapping[str, object]) -> bool:
    """Whether a sample was fit and held no siderophages."""
    none = findings.get("siderophages") == "absent" or findings.get("siderophages_percent") == 0
    return none and not is_unfit(findings)


def siderophage_words(event: EventRecord) -> str:
    """Return how many siderophages a sample held, in words."""
    share = event.findings.get("siderophages_percent")
    return f"{share:g} %" if isinstance(share, int | float) else str(event.findings.get("siderophages", ""))


def sample_words(event: EventRecord) -> str:
    """Return what was examined: sputum, or lavage fluid."""
    return "lavage fluid" if event.kind == "lavage" else "sputum"
