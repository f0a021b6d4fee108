"""Numbers and dates as sentences of findings have them: no-break space before a unit, a true minus, the patient's own calendar."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

NBSP: Final = "\u00a0"
MINUS: Final = "−"
WHOLE_FROM: Final = 10.0
"""Percentages from here on are whole numbers."""
SENTENCE: Final = re.compile(r".+?[.?!](?=\s|$)", re.DOTALL)


def number(value: float) -> str:
    """Return a number with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0").replace("-", MINUS)


def grams(value: float) -> str:
    """Return a hemoglobin with its unit."""
    return f"{number(value)}{NBSP}g/L"


def percent(value: float) -> str:
    """Return a percentage: whole from ten on, else with one decimal."""
    text = f"{value:.0f}" if abs(value) >= WHOLE_FROM else number(value)
    return f"{text.replace('-', MINUS)}{NBSP}%"


def limit_percent(value: float) -> str:
    """Return a limit in percent, always with its decimal."""
    return f"{value:.1f}{NBSP}%"


def day(moment: datetime, time_zone: str) -> str:
    """Return the local date of a moment: 3 Mar 2026."""
    local = moment.astimezone(ZoneInfo(time_zone or "UTC"))
    return f"{local.day}{NBSP}{local:%b}{NBSP}{local.year}"


def listed(words: Sequence[str]) -> str:
    """Return words joined as a sentence has them."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def first_sentence(words: str) -> str:
    """Return the first sentence of some words, with its end, all of them where they have none: what stands alone on a line."""
    found = SENTENCE.match(words)
    return found[0] if found else words
