"""What a person looks at again: two readings that differ, a stage below fibrosis, lung function after it."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.due import Due, Todo
from alerts.hearing import heard
from alerts.reviews import SETTINGS, film_conflict, lung_function_after_fibrosis, stage_to_confirm
from alerts.todos import KINDS, todos
from patients.history import EventRecord, Series
from tests.alerts.rules.histories import history, on, person, series
from tests.alerts.rules.pictures import NB, bare, date, film, foci

FIRST, SECOND = foci(0, reader="Dr. A"), bare(1, reader="Dr. B")


def asked(ask: Any, *events: EventRecord, at: float = 100, several: tuple[Series, ...] = ()) -> Todo | None:
    """Return a to-do on a day."""
    found = ask(history(*several, events=events, at=at))
    return found if isinstance(found, Todo) else None


def volumes(*events: EventRecord, at: float = 100, several: tuple[Series, ...] = ()) -> Due | None:
    """Return the lung function that is due."""
    return lung_function_after_fibrosis(history(*several, events=events, at=at))


def test_no_film_asks_for_nothing() -> None:
    assert [asked(film_conflict), asked(stage_to_confirm), volumes()] == [None] * 3


def test_two_readings_that_differ_are_for_a_person() -> None:
    found = asked(film_conflict, FIRST, SECOND)
    assert found is not None
    assert (found.kind, found.subject, found.due_on, found.overdue) == ("film_conflict", "1001", None, False)
    assert found.words == (
        f"Decide: Dr. A and Dr. B read the film of {date(0)} and {date(1)} differently; "
        "until then the second reading changes nothing"
    )


@pytest.mark.parametrize(
    "films", [(FIRST,), (FIRST, bare(1, reader="Dr. A")), (FIRST, bare(4, reader="Dr. B")), (FIRST, SECOND, film(30))]
)
def test_agreement_time_or_a_later_film_ends_it(films: tuple[EventRecord, ...]) -> None:
    assert asked(film_conflict, *films) is None


def test_a_corrected_film_keeps_its_subject() -> None:
    found = asked(film_conflict, FIRST, replace(SECOND, id=77, origin=1001))
    assert found is not None
    assert found.subject == "1001"


def test_a_lower_stage_after_fibrosis_is_confirmed() -> None:
    found = asked(stage_to_confirm, film(0, stage=4), film(50, stage=2))
    assert found is not None
    assert (found.kind, found.subject) == ("confirm_stage", "1050")
    assert found.words == f"Confirm stage II of {date(50)}: stage IV on {date(0)}, and fibrosis does not go back"


@pytest.mark.parametrize("stages", [(4,), (2, 4), (3, 2), (4, 4), (4, 2, 4)])
def test_other_stages_are_not(stages: tuple[int, ...]) -> None:
    assert asked(stage_to_confirm, *(film(30 * place, stage=stage) for place, stage in enumerate(stages))) is None


def test_a_film_without_a_stage_says_nothing_of_it() -> None:
    assert asked(stage_to_confirm, film(0, stage=4), film(50)) is None


RISEN = (film(0, stage=2), film(50, stage=4))


def test_lung_function_is_due_from_the_first_fibrosis_on() -> None:
    assert volumes(*RISEN, at=50.5) == Due(
        "lung_volumes",
        "1050",
        "Diffusing capacity and total lung capacity,",
        f"stage IV for the first time on {date(50)}",
        on(50).date(),
        28,
    )


@pytest.mark.parametrize(("at", "overdue"), [(77, False), (78, True)])
def test_after_four_weeks_it_is_overdue(at: float, *, overdue: bool) -> None:
    seen = history(events=RISEN, at=at)
    (found,) = [one for one in todos(seen, at=seen.at) if one.kind == "lung_volumes"]
    assert found.overdue is overdue
    assert found.words.startswith(f"Diffusing capacity and total lung capacity, {at - 50:.0f}{NB}days late: ")


def test_when_it_is_overdue_the_list_knows() -> None:
    assert heard(history(events=RISEN, at=60)).overdue_from == on(78).replace(hour=0)


def test_what_was_measured_since_is_not_asked_for() -> None:
    dlco, tlc = series([(60, 6)], "DLCO"), series([(61, 5)], "TLC", first_id=9)
    found = volumes(*RISEN, several=(dlco,))
    assert found is not None
    assert found.what == "Total lung capacity,"
    assert volumes(*RISEN, several=(dlco, tlc)) is None
    assert volumes(*RISEN, several=(series([(40, 6)], "DLCO"), tlc)) is not None


def test_fibrosis_from_the_beginning_is_not_for_the_first_time() -> None:
    assert volumes(film(0, stage=4), film(50, stage=4)) is None
    assert volumes(film(0, stage=2), film(50, stage=3)) is None


def test_they_are_among_the_to_dos() -> None:
    films = [film(0, stage=2), film(50, stage=4), film(90, stage=1, reader="A"), film(91, stage=3, reader="B")]
    seen = history(events=films, patient=person(diagnosis_date=on(0).date()), at=100)
    kinds = [one.kind for one in todos(seen, at=seen.at)]
    assert {"film_conflict", "confirm_stage", "lung_volumes", "screening"} <= set(kinds) <= set(KINDS)
    assert kinds[0] == "lung_volumes"


def test_numbers_have_sources() -> None:
    assert all("working value" in one.source and one.low <= one.default <= one.high for one in SETTINGS)
