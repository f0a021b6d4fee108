"""Foci that are still there after three weeks: moderate, from the 22nd day on, zone by zone."""

from typing import Any

import pytest

from alerts.rules.film_foci_persist import RULE
from alerts.rules.rule import Clear, Severity
from tests.alerts.rules.histories import WOMAN, on, person
from tests.alerts.rules.pictures import (
    LEFT,
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

STILL: dict[str, Any] = {"foci_present": True}


def test_foci_alone_and_no_foci_are_clear() -> None:
    assert answers(RULE, at=10) == (Clear("film_foci_persist", ""),)
    assert answers(RULE, foci(0), at=100) == (Clear("film_foci_persist", ""),)


@pytest.mark.parametrize(("day", "raised"), [(7, False), (21, False), (22, True), (40, True)])
def test_foci_of_day_22_persist(day: int, *, raised: bool) -> None:
    assert bool(found(RULE, foci(0), film(day, **STILL), at=day + 1)) is raised


def test_the_finding_is_named_by_the_film_that_first_showed_them() -> None:
    one = only(RULE, foci(0), film(30, **STILL), at=31)
    assert (one.severity, one.subject, one.since, one.latching) == (Severity.MODERATE, "1000", on(30), False)
    assert one.sentence == (
        f"Foci still on the film of {date(30)}, first seen on the film of {date(0)}. "
        "Not resolving: tuberculosis, cancer, pneumonia or fibrosis?"
    )
    assert one.arithmetic == (f"the film of {date(30)} − the film of {date(0)} = 30{NB}days, more than 21{NB}days",)
    assert one.numbers == {"days": 30, "limit": 21}
    assert rows(one) == [("baseline", 1000), ("result", 1030)]
    assert [(row.code, row.value) for row in one.evidence] == [("chest_xray", "first seen"), ("chest_xray", "foci")]
    assert one.threshold == f"Foci on a film more than 21{NB}days after they were first seen"
    assert one.clears_when == "A film without foci, or without those that are older."


def test_days_are_those_of_the_patients_calendar() -> None:
    evening, morning = foci(0.6), film(22.0, **STILL)  # 22:24 UTC, the next day in Tokyo: 21 days
    assert found(RULE, evening, morning, at=23)
    assert not found(RULE, evening, morning, at=23, patient=person(WOMAN, time_zone="Asia/Tokyo"))


def test_each_zone_counts_for_itself() -> None:
    films = [film(0, zones={LEFT: "new"}), film(20, zones={LEFT: "resolved", RIGHT: "new"})]
    assert not found(RULE, *films, film(30, zones={RIGHT: "persisting"}), at=31)
    one = only(RULE, *films, film(45, zones={RIGHT: "persisting"}), at=46)
    assert one.subject == "1020"
    assert one.sentence.startswith(
        f"Foci (right upper) still on the film of {date(45)}, first seen on the film of {date(20)}."
    )


def test_new_foci_in_the_same_zone_are_not_the_old_ones() -> None:
    assert not found(RULE, film(0, zones={LEFT: "new"}), film(30, zones={LEFT: "new"}), at=31)
    assert found(RULE, film(0, zones={LEFT: "new"}), film(30, zones={LEFT: "persisting"}), at=31)


def test_only_a_film_that_speaks_of_foci_shows_them() -> None:
    assert not found(RULE, foci(0), film(30, stage=2), at=31)


def test_more_films_are_more_evidence_of_the_same() -> None:
    one = only(RULE, foci(0), film(30, **STILL), film(60, **STILL), at=61)
    assert (one.subject, one.since, one.numbers["days"]) == ("1000", on(30), 60)
    assert rows(one) == [("baseline", 1000), ("result", 1030), ("result", 1060)]


@pytest.mark.parametrize("gone", [bare(40), film(40, zones={LEFT: "resolved"})])
def test_a_film_without_foci_clears(gone: object) -> None:
    films = [film(0, zones={LEFT: "new"}), film(30, zones={LEFT: "persisting"})]
    assert cleared(RULE, *films, gone, at=41) == ["1000"]  # type: ignore[arg-type] # a film


def test_younger_foci_alone_clear_it_too() -> None:
    films = [film(0, zones={LEFT: "new"}), film(30, zones={LEFT: "persisting"})]
    assert cleared(RULE, *films, film(40, zones={LEFT: "resolved", RIGHT: "new"}), at=41) == ["1000"]


def test_foci_that_cleared_and_came_again_are_young() -> None:
    assert not found(RULE, foci(0), bare(15), foci(30), film(40, **STILL), at=41)
    assert only(RULE, foci(0), bare(15), foci(30), film(55, **STILL), at=56).subject == "1030"


def test_another_readers_word_waits_for_a_person() -> None:
    films = [foci(0), film(30, reader="A", **STILL)]
    assert found(RULE, *films, bare(31, reader="B"), at=32)
    assert not found(RULE, *films, bare(31, reader="A"), at=32)


def test_too_old_a_film_says_nothing_of_today() -> None:
    films = [foci(0), film(30, **STILL)]
    assert unjudged(RULE, *films, at=210) == [("1000", f"the newest film, of {date(30)}, is more than 180{NB}days old")]


def test_settings_can_be_chosen() -> None:
    assert found(RULE, foci(0), film(15, **STILL), at=16, persist_days=14)
    assert not found(RULE, foci(0), film(15, **STILL), at=16, persist_days=15)


def test_asked_again_when_the_film_is_too_old_or_the_next_becomes_true() -> None:
    assert asked_again(RULE, foci(0), film(30, **STILL), at=31) == on(210)
    assert asked_again(RULE, foci(0), at=31) is None
    assert asked_again(RULE, foci(0), film(60, **STILL), at=31) == on(60)
