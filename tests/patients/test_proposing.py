"""Accepted rows become facts: a result each, findings of one occasion together; what does not fit waits for a person."""

from dataclasses import fields, replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.facts import NewEvent, NewObservation
from patients.proposing import COPIED, propose
from patients.readings import IssueSeverity, Reading, RowState
from patients.understanding import Row
from tests.patients.files import NOON, SOMEBODY, finding, reading, rows


def events(*readings: Reading) -> list[NewEvent]:
    """Return the events that these readings make."""
    return [one.fact for one in propose(rows(*readings)).facts if isinstance(one.fact, NewEvent)]


def test_a_result_is_an_observation_with_all_that_was_read() -> None:
    full = reading(
        specimen="venous",
        performer="Lab A",
        comparator="<",
        status="preliminary",
        unconfirmed=True,
        reference_low=115.0,
        reference_high=150.0,
        interpretation="L",
        issued_at=NOON + timedelta(hours=3),
    )
    (proposal,) = propose(rows(full)).facts
    assert isinstance(proposal.fact, NewObservation)
    assert proposal.fact.patient_id == SOMEBODY
    assert proposal.fact.effective_at == NOON
    assert all(getattr(proposal.fact, name) == getattr(full, name) for name in COPIED)


def test_every_column_that_a_reading_has_is_copied() -> None:
    shared = {one.name for one in fields(NewObservation)} & {one.name for one in fields(Reading)}
    assert shared == {*COPIED, "effective_at"}


def test_a_reason_for_no_result_is_a_fact() -> None:
    (proposal,) = propose(rows(reading(value=None, data_absent_reason="not-performed"))).facts
    assert isinstance(proposal.fact, NewObservation)
    assert (proposal.fact.value, proposal.fact.data_absent_reason) == (None, "not-performed")


@pytest.mark.parametrize("state", [state for state in RowState if state is not RowState.ACCEPTED])
def test_only_accepted_rows_propose_anything(state: RowState) -> None:
    found = propose(rows(reading(state=state), finding("siderophages", "many", state=state)))
    assert (found.facts, found.held) == ([], {})


def test_a_row_of_nobody_or_no_time_proposes_nothing() -> None:
    assert propose([Row(reading(), None)]).facts == []
    assert propose(rows(reading(effective_at=None))).facts == []


def test_findings_of_one_sample_are_one_event() -> None:
    found = propose(rows(finding("siderophages", "many"), reading(), finding("erythrocytes", "present", row="4")))
    event, result = sorted(found.facts, key=lambda one: len(one.places), reverse=True)
    assert isinstance(event.fact, NewEvent)
    assert event.fact.findings == {"siderophages": "many", "erythrocytes": "present"}
    assert (event.fact.kind, event.fact.effective_at, event.fact.precision) == ("sputum", NOON, "minute")
    assert (event.places, result.places) == ([0, 2], [1])


@pytest.mark.parametrize(
    "other",
    [{"effective_at": NOON + timedelta(minutes=1)}, {"precision": "day"}, {"kind": "lavage", "field": "golde_score"}],
)
def test_findings_of_another_time_or_kind_are_another_event(other: dict) -> None:
    field, kind = other.pop("field", "siderophages"), other.pop("kind", "sputum")
    value = 120.0 if kind == "lavage" else "many"
    assert len(events(finding("siderophages", "many"), finding(field, value, kind=kind, **other))) == 2


def test_findings_of_another_patient_are_another_event() -> None:
    both = [*rows(finding("siderophages", "many")), *rows(finding("erythrocytes", "many"), patient=UUID(int=2))]
    assert [one.fact.patient_id for one in propose(both).facts] == [SOMEBODY, UUID(int=2)]


def test_the_same_finding_twice_is_one() -> None:
    (proposal,) = propose(rows(finding("siderophages", "many"), finding("siderophages", "many"))).facts
    assert proposal.places == [0, 1]


def test_a_finding_that_contradicts_another_row_waits() -> None:
    found = propose(rows(finding("siderophages", "many"), finding("siderophages", "absent", row="9")))
    (proposal,) = found.facts
    assert isinstance(proposal.fact, NewEvent)
    assert proposal.fact.findings == {"siderophages": "many"}
    (issue,) = found.held[1]
    assert (issue.row, issue.code, issue.severity) == ("9", "contradicts", IssueSeverity.WARNING)


def test_a_volume_of_blood_sets_the_amount() -> None:
    """event_kinds.json: below 5 mL streaks, below 30 a teaspoon, below 100 moderate, else massive."""
    volumes = (4.0, 29.0, 99.0, 100.0)
    amounts = [events(finding("volume_ml", volume, kind="hemoptysis"))[0].findings["amount"] for volume in volumes]
    assert amounts == ["streaks", "teaspoon", "moderate", "massive"]


def test_an_event_that_lacks_what_it_needs_holds_its_rows() -> None:
    found = propose(rows(finding("organism", "Klebsiella", kind="unheard_of"), finding("x", "y", kind="unheard_of")))
    assert found.facts == []
    assert {place: [one.code for one in issues] for place, issues in found.held.items()} == {
        0: ["unknown_kind"],
        1: ["unknown_kind"],
    }


def test_a_missing_required_field_is_told_at_the_row() -> None:
    odd = finding("volume_ml", "much", kind="hemoptysis", row="7", column="Result", original="the line")
    (issues,) = propose(rows(odd)).held.values()
    assert {one.code for one in issues} == {"invalid_value", "missing_field"}
    assert {(one.row, one.column, one.severity) for one in issues} == {("7", "Result", IssueSeverity.WARNING)}
    assert {one.original for one in issues} == {"much", "the line"}


def test_one_bad_finding_holds_the_event_not_the_results_beside_it() -> None:
    found = propose(rows(finding("siderophages", "purple"), finding("erythrocytes", "many"), reading()))
    assert [one.places for one in found.facts] == [[2]]
    assert set(found.held) == {0, 1}


@pytest.mark.parametrize(("status", "corrects"), [("final", False), ("corrected", True), ("amended", True)])
def test_an_event_says_whether_it_corrects(status: str, corrects: bool) -> None:
    (proposal,) = propose(rows(finding("siderophages", "many"), finding("erythrocytes", "many", status=status))).facts
    assert proposal.corrects is corrects


FINDINGS = st.builds(
    finding,
    st.sampled_from(["siderophages", "erythrocytes", "atypical_cells"]),
    st.sampled_from(["absent", "present", "many", "few", "nonsense"]),
    effective_at=st.sampled_from([NOON, NOON + timedelta(days=1)]),
)
RESULTS = st.builds(reading, value=st.floats(50, 150), state=st.sampled_from(RowState))


@given(st.lists(FINDINGS | RESULTS, max_size=12))
def test_every_accepted_row_is_in_one_fact_or_waits(readings: list[Reading]) -> None:
    found = propose(rows(*readings))
    placed = [place for one in found.facts for place in one.places]
    accepted = {place for place, one in enumerate(readings) if one.state is RowState.ACCEPTED}
    assert sorted([*placed, *found.held]) == sorted(accepted)
    assert [one.places[0] for one in found.facts] == sorted(one.places[0] for one in found.facts)


@given(st.lists(FINDINGS, max_size=8))
def test_the_place_in_the_file_changes_no_fact(readings: list[Reading]) -> None:
    renamed = [replace(one, row=str(number)) for number, one in enumerate(readings, start=50)]
    assert [one.fact for one in propose(rows(*readings)).facts] == [one.fact for one in propose(rows(*renamed)).facts]
