"""What must hold of summaries and reviews for every history: an answer, the same for what lies ahead, and rows that exist."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.reviews import film_conflict, lung_function_after_fibrosis, stage_to_confirm
from alerts.rules.rule import Evidence
from alerts.summaries.criteria import State as Met
from alerts.summaries.criteria import criteria
from alerts.summaries.diagnosis import diagnosis
from alerts.summaries.differential import Disease, differential
from alerts.summaries.screening import State as Done
from alerts.summaries.screening import never_done, screening
from patients.event_kinds import problems
from patients.history import History
from tests.alerts.rules.drawn import events, measured
from tests.alerts.rules.histories import CHILD, WOMAN, event, history, on, person, treatment

KINDS = (
    "chest_xray", "chest_ct", "sputum", "lavage", "hemoptysis", "symptom", "exacerbation", "remission", "diagnosis", "biopsy",
    "tuberculin", "examination", "infection", "ultrasound", "ecg",
)  # fmt: skip
RANGES = {
    "HGB": (50, 160), "RBC": (2, 6), "MCH": (18, 36), "FE": (2, 30), "TIBC": (40, 90), "TSAT": (3, 50), "FERRITIN": (2, 150),
    "CRP": (1, 40), "PAO2": (30, 100), "U_RBC": (0, 12), "TTG_IGA": (0, 30), "DLCO": (3, 9),
}  # fmt: skip
SUMMARIES = (diagnosis, criteria, screening, differential)
REVIEWS = (film_conflict, stage_to_confirm, lung_function_after_fibrosis, never_done)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history with what summaries read, some of it after the moment from which it is seen."""
    who = person(draw(st.sampled_from([WOMAN, CHILD])), diagnosis_date=draw(st.sampled_from([None, on(5).date()])))
    taken = [treatment(10, "prednisolone", dose=20, unit="mg")] if draw(st.booleans()) else []
    return history(
        *draw(measured(RANGES)),
        events=draw(events(KINDS, 10)),
        treatments=taken,
        patient=who,
        at=draw(st.floats(0, 200)),
    )


def until_now(seen: History) -> History:
    """Return a history without what lies after its moment."""
    now = seen.at.timestamp()
    arrays = ("ids", "times", "values", "usable", "unconfirmed", "recorded_revision")
    return replace(
        seen,
        events=tuple(one for one in seen.events if one.effective_at <= seen.at),
        series={
            code: replace(one, **{name: getattr(one, name)[one.times <= now] for name in arrays})
            for code, one in seen.series.items()
        },
    )


def rows(seen: History) -> list[Evidence]:
    """Return every row that the summaries of a history show."""
    found = [row for part in diagnosis(seen).parts for row in part.evidence]
    found += [row for one in criteria(seen).each for row in one.evidence]
    found += [row for one in screening(seen).items for row in one.evidence]
    return found + [row for one in differential(seen).features for row in one.evidence]


@given(histories())
@settings(max_examples=25)
def test_what_lies_ahead_is_not_seen(seen: History) -> None:
    past = until_now(seen)
    for summary in SUMMARIES:
        assert summary(past) == summary(seen)
    for review in REVIEWS:
        assert review(past) == review(seen)


@given(histories())
@settings(max_examples=25)
def test_every_row_is_a_fact_of_the_history(seen: History) -> None:
    known = {("event", one.id): one.effective_at for one in seen.events}
    known |= {
        ("observation", int(identity)): one.at(place)
        for one in seen.series.values()
        for place, identity in enumerate(one.ids.tolist())
    }
    for row in rows(seen):
        assert known[(row.kind, row.id)] == row.effective_at
        assert row.effective_at <= seen.at


@given(histories())
@settings(max_examples=25)
def test_the_diagnosis_can_always_be_confirmed_as_it_is(seen: History) -> None:
    found = diagnosis(seen)
    assert problems("diagnosis", found.findings) == ()
    assert found.text.startswith("Idiopathic pulmonary hemosiderosis, ")
    assert found.text.endswith(".")
    written = event(150, "diagnosis", id=999, **found.findings)
    later = replace(seen, at=max(seen.at, on(150)), events=(*seen.events, written))
    confirmed = diagnosis(later).confirmed
    assert confirmed is not None
    assert confirmed.text == found.text


@given(histories())
@settings(max_examples=25)
def test_the_criteria_are_eight_and_each_says_why(seen: History) -> None:
    found = criteria(seen).each
    assert [one.number for one in found] == list(range(1, 9))
    for one in found:
        assert one.evidence or one.state is Met.UNKNOWN
        assert one.note or one.state is not Met.UNKNOWN
    met, unknown = (sum(one.state is state for one in found) for state in (Met.MET, Met.UNKNOWN))
    assert criteria(seen).words == f"{met} of 8 met, {unknown} unknown"


@given(histories())
@settings(max_examples=25)
def test_the_program_has_ten_items_and_biopsy_is_never_due(seen: History) -> None:
    found = screening(seen).items
    assert [one.number for one in found] == list(range(1, 11))
    assert found[-1].state in {Done.NOT_APPLICABLE, Done.DONE}
    for one in found:
        assert bool(one.evidence) is (one.state in {Done.DONE, Done.PARTLY})
        assert bool(one.missing) is (one.state is Done.PARTLY)
    todo = never_done(seen)
    assert todo is None or "biopsy" not in todo.words.lower()
    assert bool(todo) is any(one.state is Done.DUE for one in found)


@given(histories())
@settings(max_examples=25)
def test_the_table_speaks_for_what_it_shows(seen: History) -> None:
    table = differential(seen)
    for one in table.features:
        assert bool(one.said) or not (one.speaks_for or one.evidence)
    assert sum(table.tally.values()) == sum(len(one.speaks_for) for one in table.features)
    assert list(table.tally) == [one for one in Disease if one in table.tally]


@given(histories(), st.integers(1, 300))
@settings(max_examples=25)
def test_a_criterion_that_is_met_by_an_event_stays_met(seen: History, ahead: int) -> None:
    later = replace(until_now(seen), at=seen.at + (on(ahead) - on(0)))
    now, then = criteria(until_now(seen)).each, criteria(later).each
    for number in (1, 3, 4, 5, 7):
        assert now[number - 1].state is not Met.MET or then[number - 1].state is Met.MET


@pytest.mark.parametrize("make", SUMMARIES, ids=lambda make: make.__name__)
def test_of_nobody_known_there_is_a_summary(make: Any) -> None:
    nobody = history(patient=person(sex="", birth_date=None, time_zone=""), at=3)
    assert make(nobody) == make(nobody)
