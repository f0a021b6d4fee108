"""A reference case for one section, computed: what the tests of every kind of section share."""

from collections.abc import Mapping
from typing import Any

import pytest

from alerts.reference_cases import Case
from alerts.verifying import SECTIONS


def computed(section: str, **values: Any) -> Mapping[str, Any]:
    """Return what a section computes of these values."""
    return SECTIONS[section](Case("x-01", values))


def refused(section: str, **values: Any) -> str:
    """Return why a section cannot compute these values."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is what the test asks for
        computed(section, **values)
    return str(caught.value)
