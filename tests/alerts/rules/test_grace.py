"""From how many days late on something is overdue: a share of the interval, a day at least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import due
from alerts.rules.grace import BLOOD_OVERDUE, OVERDUE, grace_of


@pytest.mark.parametrize(
    ("interval", "percent", "grace"), [(7, 20, 2), (7, 100, 7), (14, 100, 14), (90, 20, 18), (1, 20, 1), (28, 0, 1)]
)
def test_the_grace_of_b13(interval: int, percent: float, grace: int) -> None:
    assert grace_of(interval, percent) == grace


@given(st.integers(1, 730), st.floats(0, 400), st.floats(0, 400))
def test_a_larger_share_is_never_earlier(interval: int, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert 1 <= grace_of(interval, less) <= grace_of(interval, more)


def test_to_dos_and_rules_share_the_number() -> None:
    assert due.OVERDUE is OVERDUE
    assert due.grace_of is grace_of
    assert OVERDUE.default < BLOOD_OVERDUE.default
