"""Before and beside a steroid plan: the tuberculin test, the decision on a morning cortisol; and which test says little."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.due import Todo
from alerts.steroid_todos import SETTINGS, steroid_todos, unreliable_tuberculin
from alerts.todos import todos
from patients.history import EventRecord, History
from tests.alerts.rules.dosages import day, planned, story, taken, taper
from tests.alerts.rules.histories import event, history

NB = "\u00a0"


def of(known: History) -> dict[str, Todo]:
    """Return what a plan asks for, by kind."""
    found = list(steroid_todos(known))
    assert set(found) <= set(todos(known, at=known.at))
    return {one.kind: one for one in found}


def skin(number: int, **findings: Any) -> EventRecord:
    """Return a tuberculin test."""
    return event(number, "tuberculin", **findings)


def test_the_tuberculin_test_is_asked_for_before_the_first_steroid() -> None:
    found = of(story(planned(10, 40), now=3))
    words = f"Tuberculin test before steroids, which begin on 11{NB}Jan{NB}2024"
    assert found == {"tuberculin": Todo("tuberculin", "", words, None, overdue=False)}
    assert of(story(planned(10, 40), now=12))["tuberculin"].due_on == day(10)


@pytest.mark.parametrize(
    ("now", "shown", "overdue"), [(10, True, False), (11, True, True), (38, True, True), (39, False, False)]
)
def test_it_is_overdue_once_they_begin_and_history_after_four_weeks(now: int, shown: bool, overdue: bool) -> None:
    found = of(story(planned(10, 40), now=now))
    assert ("tuberculin" in found) is shown
    assert not shown or found["tuberculin"].overdue is overdue


def test_a_test_that_was_made_is_not_asked_for_again() -> None:
    assert of(story(planned(10, 40), now=3, events=[skin(1, negative=True)])) == {}
    assert "tuberculin" in of(story(planned(10, 40), now=3, events=[skin(5, negative=True)]))


def test_a_second_course_is_no_first_one() -> None:
    assert of(story(taken(0, 40, 30), planned(100, 40), now=95)) == {}
    assert of(history(at=10)) == {}


@pytest.mark.parametrize(
    ("mg", "findings", "said"),
    [
        (15, {"negative": True}, True),
        (14.9, {"negative": True}, False),
        (40, {"negative": False, "induration_mm": 12}, False),
        (40, {"induration_mm": 0}, True),
        (40, {}, False),
    ],
)
def test_a_negative_test_under_a_high_dose_says_little(mg: float, findings: dict[str, Any], said: bool) -> None:
    known = story(taken(0, mg), now=20, events=[skin(10, **findings)])
    assert bool(unreliable_tuberculin(known)) is said
    if said:
        assert unreliable_tuberculin(known) == (
            f"The tuberculin test of 11{NB}Jan{NB}2024 was negative under {mg:g}{NB}mg a day: that says little."
        )


def test_a_later_test_or_an_unknown_dose_says_nothing_against_it() -> None:
    first, second = skin(10, negative=True), replace(skin(60, negative=True), id=2)
    assert unreliable_tuberculin(story(taken(0, 40, 40), taken(41, 5), now=70, events=[first, second])) == ""
    assert unreliable_tuberculin(story(taken(0, 40, 5), now=70, events=[first])) == ""
    assert unreliable_tuberculin(story(now=70)) == ""


def test_below_the_bodys_own_amount_the_cortisol_is_to_be_decided() -> None:
    found = of(story(taper(10, 5, 2.5, days=30), now=50))
    words = f"Decide on a morning cortisol: 2.5{NB}mg from 1{NB}Mar{NB}2024 is below 5{NB}mg"
    assert found["decide_cortisol"] == Todo("decide_cortisol", "3", words, None, overdue=False)
    assert of(story(taper(10, 5, 2.5, days=30), now=60))["decide_cortisol"].due_on == day(60)


@pytest.mark.parametrize(("now", "shown"), [(45, False), (46, True), (60, True), (74, True), (75, False)])
def test_it_is_asked_for_two_weeks_before_and_after_the_step(now: int, shown: bool) -> None:
    assert ("decide_cortisol" in of(story(taper(10, 5, 2.5, days=30), now=now))) is shown


def test_only_the_first_step_below_and_only_after_long_use() -> None:
    assert "decide_cortisol" not in of(story(taper(10, 4, 2.5, days=30), now=60))
    assert "decide_cortisol" not in of(story(taper(10, 2.5, days=10), now=9))
    assert "decide_cortisol" in of(story(taper(10, 0, days=30), now=29))


def test_every_number_has_bounds_and_a_source() -> None:
    for setting in SETTINGS:
        assert setting.low <= setting.default <= setting.high
        assert setting.source
