"""Every number that may be chosen is called something that a clinician understands, and no two are called the same."""

import re

import pytest

from alerts.choices import catalogue
from alerts.setting_titles import TITLES, title_of

NAMES = sorted(catalogue())
UNITS = re.compile(r"(?<![\w.])(mg/d|g/L|mL|mmHg|d|h)(?![\w/])|%|_")
"""Units stand beside the value. Of a title they are part only where it speaks of an amount that is fixed: 10 mL/kg."""


def test_every_number_has_one_and_none_is_of_a_number_that_is_no_more() -> None:
    assert sorted(TITLES) == NAMES


def test_no_two_are_called_the_same() -> None:
    assert len({title.casefold() for title in TITLES.values()}) == len(TITLES)


@pytest.mark.parametrize("name", NAMES)
def test_a_title_is_words_and_no_identifier(name: str) -> None:
    title = title_of(name)
    assert title != name.replace("_", " ").capitalize() or " " not in title
    assert title[0].isupper()
    assert not UNITS.search(title)
    assert not title.endswith((".", ":"))
    assert len(title) <= 84


@pytest.mark.parametrize("name", NAMES)
def test_a_title_does_not_say_the_number_which_may_change(name: str) -> None:
    """But for numbers of a definition: 1 of 20, 10 mL/kg, 28 days to which a slope is scaled, which no team changes."""
    allowed = {"z95": "1 20", "z99": "1 100", "slope_fall": "28", "child_rise": "10", "rising_per_14_days": "14",
               "marked_fall_percent": "2"}  # fmt: skip
    assert " ".join(re.findall(r"\d+", title_of(name))) == allowed.get(name, "")


def test_one_that_is_no_more_is_its_name_in_words() -> None:
    """A change of a number that a later version does not know stays listed."""
    assert title_of("sweep_older_days") == "Sweep older days"
