"""Shadows that move: two zones changed within a week, one of them newly involved."""

from typing import Any

import pytest

from alerts.rules.film_migrating import RULE
from alerts.rules.rule import Clear, Severity
from tests.alerts.rules.histories import on
from tests.alerts.rules.pictures import (
    LEFT,
    LOW,
    NB,
    RIGHT,
    answers,
    asked_again,
    bare,
    cleared,
    date,
    film,
    foci,
    found,
    only,
    rows,
    unjudged,
)


def zones(day: float, id: int = 0, **states: str) -> Any:  # noqa: A002
    """Return a film that names zones."""
    return film(day, id=id, zones=states)


FIRST = zones(0, right_lower="new")
MOVED = zones(5, right_lower="resolved", left_upper="new")


def test_no_film_is_clear() -> None:
    assert answers(RULE, at=10) == (Clear("film_migrating", ""),)


def test_gone_here_and_come_there_within_a_week_is_high() -> None:
    one = only(RULE, FIRST, MOVED, at=6)
    assert (one.severity, one.subject, one.since, one.latching) == (Severity.HIGH, "1005", on(5), False)
    assert one.sentence == (
        f"Shadows moved: new in left upper, gone from right lower on the film of {date(5)}, against the film of {date(0)}. "
        f"2 zones or more within 7{NB}days count."
    )
    assert one.arithmetic == ("Zones before: right lower", "Zones after: left upper", "Changed: 2")
    assert one.numbers == {"changed": 2}
    assert rows(one) == [("baseline", 1000), ("result", 1005)]
    assert [(row.code, row.value) for row in one.evidence] == [
        ("chest_xray", "right lower"),
        ("chest_xray", "left upper"),
    ]
    assert one.threshold == f"2 zones or more changed within 7{NB}days, one at least newly involved"
    assert one.clears_when == "A film without foci."


@pytest.mark.parametrize(
    ("states", "moved"),
    [
        ({LOW: "resolved", LEFT: "new"}, True),
        ({LOW: "persisting", LEFT: "new", RIGHT: "new"}, True),
        ({LEFT: "new", RIGHT: "new"}, True),
        ({LOW: "persisting", LEFT: "new"}, False),
        ({LEFT: "new"}, False),
        ({LOW: "persisting"}, False),
        ({LOW: "resolved"}, False),
    ],
)
def test_two_zones_must_change(states: dict[str, str], *, moved: bool) -> None:
    assert bool(found(RULE, FIRST, film(5, zones=states), at=6)) is moved


def test_what_only_resolves_does_not_move() -> None:
    three = zones(0, right_lower="new", left_upper="new", right_upper="new")
    assert not found(
        RULE, three, zones(5, right_lower="resolved", left_upper="resolved", right_upper="persisting"), at=6
    )


def test_the_first_foci_are_new_and_not_moved() -> None:
    assert not found(RULE, bare(0), zones(3, right_lower="new", left_upper="new"), at=4)
    assert not found(RULE, foci(0), zones(3, right_lower="new", left_upper="new"), at=4)


@pytest.mark.parametrize(("day", "moved"), [(0.5, True), (7, True), (7.1, False), (20, False)])
def test_it_happens_within_seven_days(day: float, *, moved: bool) -> None:
    later = zones(day, 7, right_lower="resolved", left_upper="new")
    assert bool(found(RULE, FIRST, later, at=day + 1)) is moved


def test_a_week_of_films_counts_as_a_whole() -> None:
    spread = [
        zones(2, right_lower="persisting", left_upper="new"),
        zones(6, left_upper="persisting", right_upper="new"),
    ]
    one = only(RULE, FIRST, *spread, at=7)
    assert one.subject == "1006"
    assert one.arithmetic == (
        "Zones before: right lower", "Zones after: right upper, right lower and left upper", "Changed: 2",
    )  # fmt: skip


def test_moving_on_is_the_same_alert() -> None:
    again = zones(10, left_upper="resolved", right_upper="new")
    one = only(RULE, FIRST, MOVED, again, at=11)
    assert (one.subject, one.since) == ("1005", on(5))
    assert "new in right upper, gone from left upper" in one.sentence


def test_a_film_without_foci_clears_and_the_next_time_is_another_alert() -> None:
    assert cleared(RULE, FIRST, MOVED, bare(20), at=21) == ["1005"]
    later = [zones(40, right_lower="new"), zones(44, right_lower="resolved", left_upper="new")]
    assert only(RULE, FIRST, MOVED, bare(20), *later, at=45).subject == "1044"


def test_foci_that_stand_still_do_not_clear() -> None:
    assert found(RULE, FIRST, MOVED, zones(20, left_upper="persisting"), at=21)


def test_another_readers_zones_wait_for_a_person() -> None:
    first, other = (film(day, reader=who, zones={zone: "new"}) for day, who, zone in ((0, "A", LOW), (1, "B", LEFT)))
    assert not found(RULE, first, other, at=2)


def test_settings_can_be_chosen() -> None:
    assert not found(RULE, FIRST, MOVED, at=6, migrating_zones=3)
    assert not found(RULE, FIRST, MOVED, at=6, migrating_days=4)


def test_too_old_a_film_says_nothing_of_today() -> None:
    assert unjudged(RULE, FIRST, MOVED, at=185)[0][0] == "1005"
    assert asked_again(RULE, FIRST, MOVED, at=6) == on(185)
    assert asked_again(RULE, FIRST, MOVED, at=3) == on(5)
