"""Two good results, far enough apart, end a condition: nothing less does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules import hemoglobin_severe
from alerts.rules.results import hemoglobin as usable
from alerts.rules.standing import Place, Standing, missing, place_of, standing
from tests.alerts.rules.histories import hemoglobin as known

HOURS = 3600.0
H, R, O = Standing.HOLDS, Standing.RECOVERING, Standing.OVER  # noqa: E741


def place(*story: tuple[float, str]) -> Place:
    """Return the standing of a story of hours and marks: x holds, o does not, ? does not but nobody confirmed it."""
    times = [hour * HOURS for hour, _ in story]
    marks = [mark for _, mark in story]
    return standing(times, [mark != "?" for mark in marks], holds=lambda at: marks[at] == "x", apart=24 * HOURS)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([(0, "x")], H),
        ([(0, "o")], O),
        ([(0, "x"), (1, "o")], R),
        ([(0, "x"), (1, "o"), (24, "o")], R),
        ([(0, "x"), (1, "o"), (25, "o")], O),
        ([(0, "x"), (1, "o"), (12, "o"), (25, "o")], O),
        ([(0, "x"), (1, "o"), (20, "x"), (30, "o")], R),
        ([(0, "x"), (1, "o"), (20, "x"), (30, "o"), (54, "o")], O),
        ([(0, "o"), (30, "o"), (60, "x")], H),
        ([(0, "x"), (100, "?"), (200, "?")], R),
        ([(0, "x"), (1, "o"), (100, "?")], R),
        ([(0, "x"), (1, "o"), (50, "?"), (60, "o")], O),
        ([(0, "?")], O),
    ],
)
def test_where_a_story_leaves_a_condition(story: list[tuple[float, str]], expected: Standing) -> None:
    assert place(*story).standing is expected


def test_the_first_good_result_is_named_while_recovering() -> None:
    assert place((0, "x"), (2, "o"), (10, "o")).good == 2 * HOURS
    assert place((0, "x"), (2, "?")).good is None
    assert place((0, "o"), (2, "o")).good is None


def free(*story: tuple[float, str]) -> Place:
    """Return the standing where t marks a good result soon after a transfusion."""
    times, marks = [hour * HOURS for hour, _ in story], [mark for _, mark in story]
    return standing(
        times,
        [True] * len(times),
        holds=lambda at: marks[at] == "x",
        apart=24 * HOURS,
        free=lambda at: marks[at] != "t",
    )


def test_the_results_that_held_are_named_with_where_the_bout_began() -> None:
    found = place((0, "x"), (2, "o"), (3, "x"), (4, "x"), (5, "o"))
    assert (found.held, found.since) == ((0, 2, 3), 2)
    assert (place((0, "x"), (2, "?"), (3, "x")).held, place((0, "x"), (2, "?"), (3, "x")).since) == ((0, 2), 0)
    assert place((0, "x"), (1, "o"), (30, "o"), (31, "x")).held == (3,)
    assert place((0, "x"), (1, "o"), (30, "o")).held == ()


def test_what_a_transfusion_explains_does_not_recover() -> None:
    assert free((0, "x"), (1, "t"), (30, "t")).standing is R
    assert free((0, "x"), (1, "t"), (30, "o")) == Place(R, (0,), 0, 30 * HOURS)
    assert free((0, "x"), (1, "t"), (30, "o"), (54, "o")).standing is O


def test_what_a_transfusion_explains_is_good_where_the_next_bout_begins() -> None:
    found = free((0, "x"), (1, "t"), (30, "x"))
    assert (found.held, found.since) == ((0, 2), 2)


def test_older_results_are_not_asked_about_once_it_is_decided() -> None:
    asked: list[int] = []

    def holds(index: int) -> bool:
        asked.append(index)
        return index == 0

    times = [day * 24 * HOURS for day in range(1000)]
    assert standing(times, [True] * 1000, holds=holds, apart=24 * HOURS).standing is Standing.OVER
    assert len(asked) <= 4


stories = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("xo?")), min_size=1, max_size=12, unique_by=lambda one: one[0]
)


@given(stories)
def test_it_is_over_only_when_it_never_held_or_two_good_ones_followed(story: list[tuple[int, str]]) -> None:
    ordered = sorted(story)
    last = max((hour for hour, mark in ordered if mark == "x"), default=None)
    good = [hour for hour, mark in ordered if mark == "o" and (last is None or hour > last)]
    found = place(*ordered).standing
    if ordered[-1][1] == "x":
        assert found is Standing.HOLDS
    elif last is None or (good and good[-1] - good[0] >= 24):
        assert found is Standing.OVER
    else:
        assert found is Standing.RECOVERING


SETTINGS = hemoglobin_severe.RULE.resolved({})


def test_a_good_result_that_can_show_nothing_does_not_count() -> None:
    seen = known((0, 70), (2, 100), (4, 100), (6, 100))
    results = usable(seen, SETTINGS, seen.at)
    some = place_of(results, SETTINGS, lambda at: at == 0, shows=lambda at: at < 2)
    assert (some.standing, some.good) == (R, results.times[1])
    assert place_of(results, SETTINGS, lambda at: at == 0).standing is O


def test_where_transfusions_do_not_matter_they_are_not_named() -> None:
    seen = known((0, 70))
    results = usable(seen, SETTINGS, seen.at)
    words = missing(Place(H, (0,), 0), "at most 2 %", results, {"recovery_hours": 24})
    assert words == "Two results at most 2 %, at least 24\u00a0hours apart."
