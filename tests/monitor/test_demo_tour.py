"""What the first page of the demo leads to: patients that there are, each named once a part."""

import re

import pytest

from monitor.demo_cases import cases
from monitor.demo_cohort import COHORT
from monitor.demo_patient import id_of
from monitor.demo_tour import TOUR, Part, Stop

THERE = {one.identifier for one in COHORT} | {one.identifier for one in cases()}


@pytest.mark.parametrize("part", TOUR, ids=lambda part: part.slug)
def test_a_part_leads_to_patients_that_there_are(part: Part) -> None:
    assert part.stops
    for stop in part.stops:
        assert stop.identifiers
        assert set(stop.identifiers) <= THERE


def test_every_published_case_is_shown() -> None:
    shown = {one for part in TOUR for stop in part.stops for one in stop.identifiers}
    assert {one.identifier for one in cases()} <= shown


def test_parts_have_places_of_their_own() -> None:
    slugs = [part.slug for part in TOUR]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z]+", slug) for slug in slugs)
    assert not {"who", "try"} & set(slugs)  # places that the page has of its own


def test_words_are_said_once_and_short() -> None:
    words = [stop.words for part in TOUR for stop in part.stops]
    assert len(set(words)) == len(words)
    assert all(len(one) < 70 for one in words)


def test_a_stop_knows_the_ids_without_a_question() -> None:
    assert Stop("x", ("DEMO-1", "CASE-C01")).patients == (("DEMO-1", id_of("DEMO-1")), ("CASE-C01", id_of("CASE-C01")))


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("Died", lambda one: one.died is not None),
        ("Silent for months", lambda one: one.last[-1] > 100),
        ("The eldest, 84 years old", lambda one: one.age_years == 84),
        ("An infant, a child of two, one of three", lambda one: one.age_years <= 3),
        ("Fibrosis, film of stage IV", lambda one: one.stage == 4),
        ("The next step is due today", lambda one: one.tapers[-1].unconfirmed == 1),
        ("Stopped at once from 10 mg", lambda one: one.tapers[-1].stopped is not None),
        ("Iron deficient", lambda one: one.course.ferritin <= 20),
        ("Moved to the second team: the first sees nothing any more", lambda one: one.elsewhere),
        ("Pregnant, and a pregnancy that is over", lambda one: one.pregnant is not None),
    ],
)
def test_a_stop_shows_what_it_says(words: str, holds: object) -> None:
    (stop,) = [stop for part in TOUR for stop in part.stops if stop.words == words]
    found = [one for one in COHORT if one.identifier in stop.identifiers]
    assert found
    assert all(holds(one) for one in found)  # type: ignore[operator]
