"""The screening program: what was done, what is open, what is never asked for."""

from typing import Any

import pytest

from alerts.summaries.screening import (
    BIOPSY_WARNING,
    PROGRAM_ITEMS,
    SETTINGS,
    Item,
    State,
    never_done,
    screening,
)
from patients.analytes import catalogue
from patients.event_kinds import kinds
from patients.history import EventRecord, PatientFacts, Series
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, on, person, series
from tests.alerts.rules.pictures import NB, film, sample

KNOWN = person(diagnosis_date=on(0).date())
SMALL = person(CHILD, diagnosis_date=on(0).date())
"""Five years old until day 485."""


def items(
    *several: Series, events: tuple[EventRecord, ...] = (), patient: PatientFacts = KNOWN, at: float = 100
) -> dict[str, Item]:
    """Return the items by name."""
    return {one.name: one for one in screening(history(*several, events=events, patient=patient, at=at)).items}


def test_there_are_ten_items_of_things_that_are_known() -> None:
    assert [one.number for one in items().values()] == list(range(1, 11))
    parts = [part for _, several in PROGRAM_ITEMS for part in several]
    assert {code for part in parts for code in part.codes} <= set(catalogue())
    for part in parts:
        assert all(name in kinds()[kind].fields for kind in part.kinds for name in part.findings)
    organs = {part.value for part in parts if part.value}
    assert organs == set(kinds()["ultrasound"].fields["organ"].allowed)


def test_nothing_done_is_due_but_biopsy_is_not() -> None:
    found = items()
    assert {one.state for name, one in found.items() if name != "Biopsy"} == {State.DUE}
    assert (found["Biopsy"].state, found["Biopsy"].note) == (State.NOT_APPLICABLE, BIOPSY_WARNING)


@pytest.mark.parametrize(("at", "state"), [(29, State.OPEN), (30, State.DUE)])
def test_it_is_due_thirty_days_after_the_diagnosis(at: float, state: State) -> None:
    assert items(at=at)["ECG"].state is state
    assert items(at=900, patient=WOMAN)["ECG"].state is State.OPEN


def test_an_item_of_one_part_is_done_with_its_newest_row() -> None:
    events = (film(1), film(9), event(3, "ecg", id=7), event(4, "lavage", id=8, siderophages_percent=9))
    found = items(events=events)
    assert [found[name].state for name in ("Chest X-ray", "ECG", "Lavage")] == [State.DONE] * 3
    assert [row.id for row in found["Chest X-ray"].evidence] == [1009]


def test_an_item_of_several_parts_names_what_is_missing() -> None:
    found = items(series([(1, 120)]), series([(2, 9)], "ALT", first_id=50))
    assert (found["Blood and urine"].state, found["Blood and urine"].missing) == (State.PARTLY, ("urine",))
    assert found["Biochemistry"].missing == (
        "total protein", "protein fractions", "bilirubin", "seromucoid", "fibrinogen", "haptoglobin", "iron",
    )  # fmt: skip
    assert items(series([(1, 120)]), series([(1, 0.1)], "U_PROT"))["Blood and urine"].state is State.DONE


def test_ultrasound_is_of_four_organs() -> None:
    scans = tuple(
        event(place, "ultrasound", id=place + 1, organ=organ)
        for place, organ in enumerate(("heart", "liver", "spleen"))
    )
    assert items(events=scans)["Ultrasound"].missing == ("kidneys",)
    whole = (*scans, event(9, "ultrasound", id=9, organ="kidneys"))
    assert items(events=whole)["Ultrasound"].state is State.DONE


@pytest.mark.parametrize(
    ("findings", "missing"),
    [
        ({"siderophages": "absent"}, ("mycobacteria", "atypical cells")),
        ({"acid_fast_bacilli": "absent", "atypical_cells": "absent"}, ("siderophages",)),
    ],
)
def test_sputum_counts_by_what_it_was_examined_for(findings: dict[str, Any], missing: tuple[str, ...]) -> None:
    assert items(events=(sample(5, **findings),))["Sputum"].missing == missing
    assert items(events=(sample(5, adequate=False, **findings),))["Sputum"].state is State.DUE


def test_mycobacteria_are_looked_for_three_times() -> None:
    looked = [sample(day, acid_fast_bacilli="absent") for day in (1, 2, 3)]
    assert items(events=tuple(looked[:2]))["Sputum"].note == "2 of 3 samples examined for mycobacteria"
    assert items(events=tuple(looked))["Sputum"].note == ""


def test_small_children_bring_up_no_sputum_and_do_not_blow() -> None:
    found = items(patient=SMALL, at=400)
    assert [found[name].state for name in ("Sputum", "Spirometry", "ECG")] == [
        State.NOT_APPLICABLE, State.NOT_APPLICABLE, State.DUE,
    ]  # fmt: skip
    assert items(patient=SMALL, at=486)["Sputum"].state is State.DUE
    assert items(patient=person(KNOWN, birth_date=None))["Sputum"].state is State.DUE


def test_a_biopsy_that_was_done_is_done() -> None:
    found = items(events=(event(5, "biopsy", id=4, siderophages=True),))["Biopsy"]
    assert (found.state, found.note) == (State.DONE, BIOPSY_WARNING)


def test_the_count_leaves_out_what_is_not_asked_for() -> None:
    seen = history(events=(event(3, "ecg", id=7),), patient=SMALL, at=400)
    assert screening(seen).words == "1 of 7 done"


def test_celiac_disease_is_looked_for_once() -> None:
    words = "Tissue transglutaminase IgA once: celiac disease may go with it (Lane–Hamilton syndrome)."
    assert words in screening(history(at=10)).advice
    assert words not in screening(history(series([(1, 3)], "TTG_IGA"), at=10)).advice
    assert words not in screening(history(patient=person(comorbidities=frozenset({"celiac"})), at=10)).advice


def test_milk_is_thought_of_in_the_very_young() -> None:
    words = "Below three years, consider a trial without cow's milk (Heiner syndrome)."
    young = person(birth_date=on(-900).date())
    assert words in screening(history(patient=young, at=10)).advice
    assert words not in screening(history(patient=young, at=400)).advice
    known = person(young, comorbidities=frozenset({"milk_protein"}))
    assert words not in screening(history(patient=known, at=10)).advice


def test_what_was_never_done_is_one_to_do() -> None:
    seen = history(series([(1, 120)]), events=(film(1), event(3, "ecg", id=7)), patient=KNOWN, at=100)
    todo = never_done(seen)
    assert todo is not None
    assert (todo.kind, todo.subject, todo.due_on, todo.overdue) == ("screening", "", on(30).date(), False)
    assert todo.words == (
        "Screening: Biochemistry, immunology, sputum, spirometry, ultrasound and lavage never done, "
        f"and the diagnosis is of 1{NB}Jan{NB}2024"
    )


def test_before_its_day_and_without_a_diagnosis_nothing_is_to_do() -> None:
    assert never_done(history(patient=KNOWN, at=29)) is None
    assert never_done(history(patient=WOMAN, at=900)) is None


def test_when_all_was_begun_nothing_is_to_do() -> None:
    several = [
        series([(1, 5)], code, first_id=10 * place) for place, code in enumerate(("HGB", "ALT", "IGG", "FVC"), 1)
    ]
    events = [film(1), event(1, "ecg", id=1), event(1, "lavage", id=2), event(1, "ultrasound", id=3, organ="heart"),
              sample(2, siderophages="few")]  # fmt: skip
    assert never_done(history(*several, events=events, patient=KNOWN, at=100)) is None


def test_numbers_have_sources() -> None:
    assert all("clinical specification B" in one.source and one.low <= one.default <= one.high for one in SETTINGS)
