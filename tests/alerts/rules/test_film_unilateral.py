"""A one-sided film: low, a reason to look again."""

import pytest

from alerts.rules.film_unilateral import RULE
from alerts.rules.rule import Clear, Severity
from tests.alerts.rules.histories import on
from tests.alerts.rules.pictures import (
    LEFT,
    LOW,
    RIGHT,
    answers,
    asked_again,
    bare,
    cleared,
    date,
    film,
    found,
    only,
    rows,
    unjudged,
)

ONE = film(0, unilateral=True)


def test_no_such_film_is_clear() -> None:
    assert answers(RULE, at=5) == (Clear("film_unilateral", ""),)
    assert answers(RULE, film(0, foci_present=True), film(1, unilateral=False), at=5) == (Clear("film_unilateral", ""),)


def test_a_one_sided_film_is_low() -> None:
    one = only(RULE, ONE, at=5)
    assert (one.severity, one.subject, one.since, one.latching) == (Severity.LOW, "1000", on(0), False)
    assert one.sentence == (
        f"One-sided change on the film of {date(0)}. Hemosiderosis is very rarely one-sided: have the film read again."
    )
    assert rows(one) == [("result", 1000)]
    assert [(row.code, row.value, row.unit) for row in one.evidence] == [("chest_xray", "one-sided", "")]
    assert one.threshold == "A film that its reader calls one-sided"
    assert one.clears_when == "A film without foci, or one that shows both sides."


def test_zones_of_both_sides_are_both_sides() -> None:
    assert found(RULE, film(0, unilateral=True, zones={LEFT: "new"}), at=5)
    assert found(RULE, film(0, unilateral=True, zones={RIGHT: "new", LOW: "new"}), at=5)
    assert not found(RULE, film(0, unilateral=True, zones={LEFT: "new", RIGHT: "new"}), at=5)
    assert not found(RULE, film(0, zones={LEFT: "new"}), at=5)


@pytest.mark.parametrize(
    ("later", "over"),
    [
        (bare(9), True),
        (film(9, unilateral=False), True),
        (film(9, zones={LEFT: "new", RIGHT: "new"}), True),
        (film(9), False),
        (film(9, foci_present=True), False),
        (film(9, unilateral=True), False),
    ],
)
def test_what_ends_it(later: object, *, over: bool) -> None:
    assert cleared(RULE, ONE, later, at=10) == (["1000"] if over else [])  # type: ignore[arg-type] # a film


def test_seen_again_it_is_the_same_alert() -> None:
    one = only(RULE, ONE, film(9, unilateral=True), at=10)
    assert (one.subject, rows(one)) == ("1000", [("result", 1000), ("result", 1009)])
    assert date(9) in one.sentence


def test_too_old_a_film_says_nothing_of_today() -> None:
    assert unjudged(RULE, ONE, at=180)[0][0] == "1000"
    assert asked_again(RULE, ONE, at=5) == on(180)
