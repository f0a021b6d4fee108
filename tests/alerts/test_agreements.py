"""How far computed and expected values are apart: numbers by share, words by being the same, lists one by one."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.agreements import OTHER, Difference, Scaled, differences
from alerts.reference_cases import CaseError

numbers = st.floats(-1e6, 1e6)


def of(expected: Any, computed: Any, tolerance: float = 0.0) -> list[Difference]:
    """Return the differences of a value."""
    return list(differences("z", expected, computed, tolerance))


def one(expected: Any, computed: Any, tolerance: float = 0.0) -> tuple[float, bool]:
    """Return size and agreement of a value's only difference."""
    (found,) = of(expected, computed, tolerance)
    return found.size, found.agrees


@pytest.mark.parametrize(
    ("expected", "computed", "size"),
    [(200, 202, 0.01), (-200, -202, 0.01), (0, 0.25, 0.25), (0.0, -0.25, 0.25), (5, 5.0, 0.0)],
)
def test_numbers_differ_by_their_share_and_absolutely_at_zero(expected: float, computed: float, size: float) -> None:
    assert one(expected, computed)[0] == pytest.approx(size, rel=1e-12)


def test_the_tolerance_itself_still_agrees() -> None:
    assert one(4, 5, tolerance=0.25) == (0.25, True)
    assert one(4, math.nextafter(5, 6), tolerance=0.25)[1] is False


@pytest.mark.parametrize("same", ["low", True, False, None, ""])
def test_words_truths_and_null_agree_with_themselves(same: Any) -> None:
    assert one(same, same) == (0.0, True)


@pytest.mark.parametrize(
    ("expected", "computed"),
    [
        ("low", "high"),
        (True, False),
        (True, 1),
        (0, False),
        (None, 0),
        (0.5, None),
        ("0.5", 0.5),
        (None, False),
        ([1], 1),
        (1, [1]),
        ({"a": 1}, [1]),
    ],
)
def test_what_is_of_another_kind_disagrees_whatever_is_tolerated(expected: Any, computed: Any) -> None:
    assert one(expected, computed, tolerance=5.0) == (OTHER, False)


def test_a_scaled_number_is_measured_by_its_scale() -> None:
    assert one(2.0, Scaled(2.5, 0.25), tolerance=2.0) == (2.0, True)
    assert one(2.0, Scaled(2.5), tolerance=0.4) == (0.5, False)
    assert of(2.0, Scaled(2.5))[0].computed == 2.5


@pytest.mark.parametrize("computed", [math.nan, math.inf, -math.inf, Scaled(math.nan), 10**400])
def test_what_is_no_number_agrees_with_none(computed: Any) -> None:
    assert one(1.0, computed, tolerance=1e9) == (math.inf, False)


@pytest.mark.parametrize("expected", [math.nan, math.inf, 10**400])
def test_nothing_can_be_expected_beyond_all_numbers(expected: float) -> None:
    with pytest.raises(CaseError, match="z is not a finite number"):
        of(expected, 1.0)


def test_lists_are_compared_one_by_one() -> None:
    found = of([1, 2, "a"], (1, 4, "a"))
    assert [(each.key, each.agrees) for each in found] == [("z[0]", True), ("z[1]", False), ("z[2]", True)]
    assert found[1] == Difference("z[1]", 2, 4, 1.0, agrees=False)


@pytest.mark.parametrize(("expected", "computed"), [([1, 2], [1]), ([1], [1, 2]), ([], [2])])
def test_a_list_that_is_longer_disagrees(expected: list[int], computed: list[int]) -> None:
    assert [each.agrees for each in of(expected, computed)][-1] is False


def test_objects_are_compared_by_name_on_both_sides() -> None:
    found = of([{"day": 0, "dose": 40}], [{"day": 0, "mg": 40}])
    assert {each.key: each.agrees for each in found} == {"z[0].day": True, "z[0].dose": False, "z[0].mg": False}


@given(numbers, numbers)
def test_within_a_tolerance_is_within_every_wider_one(expected: float, computed: float) -> None:
    size, _ = one(expected, computed)
    assert one(expected, computed, size)[1]
    assert one(expected, computed, 2 * size + 1)[1]


@given(numbers)
def test_a_number_agrees_with_itself(value: float) -> None:
    assert one(value, value) == (0.0, True)
    assert one([value, {"a": value}][0], Scaled(value, 0.1)) == (0.0, True)


@given(numbers.filter(lambda value: abs(value) > 1e-3), st.floats(1e-6, 10))
def test_the_unit_of_a_number_does_not_matter(value: float, times: float) -> None:
    assert one(value, 1.1 * value)[0] == pytest.approx(one(times * value, times * 1.1 * value)[0], rel=1e-6)
