"""What becomes of results, whatever is known and in whatever order they come: properties over generated batches."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.facts import NewObservation
from patients.readings import RowState
from patients.reconciling import CORRECTING, NEAR, REPLACED, Known, decide
from tests.patients.records import DAY, NOON, result

PERSON = UUID(int=1)
MIDNIGHT = NOON - timedelta(hours=12)
ACCEPTED, HELD = RowState.ACCEPTED, RowState.HELD
STATUSES = ("final", "preliminary", "corrected", "amended", "entered-in-error", "cancelled", "registered", "unknown")


def facts(*, statuses: tuple[str, ...] = STATUSES) -> st.SearchStrategy[list[NewObservation]]:
    """Return batches that meet often: few keys, few values."""
    one = st.builds(
        lambda value, day, status, performer: result(
            PERSON, value, effective_at=NOON + day * DAY, status=status, performer=performer
        ),
        st.sampled_from([100.0, 110.0, 120.0]),
        st.integers(0, 2),
        st.sampled_from(statuses),
        st.sampled_from(["", "Lab B"]),
    )
    return st.lists(one, max_size=12)


@given(facts())
def test_every_result_has_one_outcome_and_every_held_one_a_reason(batch: list[NewObservation]) -> None:
    decision = decide(batch, {})
    assert len(decision.outcomes) == len(batch)
    for index, outcome in enumerate(decision.outcomes):
        assert (outcome.state is RowState.ACCEPTED) == (index in decision.accepted)
        assert bool(outcome.issue_code) == (outcome.state is RowState.HELD)


@given(facts())
def test_one_current_row_a_key_at_the_end(batch: list[NewObservation]) -> None:
    decision = decide(batch, {})
    standing = [batch[index].key for index, one in decision.accepted.items() if one.ended_by is None]
    assert len(standing) == len(set(standing))


@given(facts())
def test_a_correction_comes_a_step_after_what_it_corrects(batch: list[NewObservation]) -> None:
    decision = decide(batch, {})
    for index, one in decision.accepted.items():
        if one.ended_by is not None:
            after = decision.accepted[one.ended_by]
            assert batch[after.index].key == batch[index].key
            assert (after.index, after.step) == (one.ended_by, one.step + 1)


@given(facts(statuses=("final",)))
def test_the_batch_again_is_nothing_new(batch: list[NewObservation]) -> None:
    first = decide(batch, {})
    known = {batch[i].key: Known(batch[i].says, batch[i].status, id=i) for i in first.accepted}
    again = decide([batch[i] for i in first.accepted], known)
    assert [one.state for one in again.outcomes] == [RowState.DUPLICATE] * len(first.accepted)
    assert not again.accepted
    assert not again.retracted


@given(facts(statuses=("final",)), st.randoms(use_true_random=False))
def test_without_contradictions_order_decides_nothing(batch: list[NewObservation], shuffle: st.DataObject) -> None:
    distinct = list({(one.code, one.effective_at): one for one in batch}.values())
    mixed = list(distinct)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined] # a random.Random
    one, other = decide(distinct, {}), decide(mixed, {})
    assert {distinct[i].key for i in one.accepted} == {mixed[i].key for i in other.accepted}


@given(st.sampled_from(STATUSES), st.sampled_from(STATUSES), st.booleans())
def test_only_a_correcting_word_or_a_better_standing_replaces(old: str, new: str, same: bool) -> None:
    known = {result(PERSON).key: Known(result(PERSON).says, old, id=7)}
    decision = decide([result(PERSON, 120.0 if same else 98.0, status=new)], known)
    state = decision.outcomes[0].state
    better = old in {"preliminary", "registered", "unknown"} and new not in {"preliminary", "registered", "unknown"}
    if state is RowState.ACCEPTED:
        assert new in CORRECTING or better
        assert decision.retracted == {7: 0}
    elif state is RowState.DUPLICATE:
        assert same
    elif old in REPLACED:  # which of two corrections came last nothing tells
        assert new in CORRECTING or not better
    else:
        assert new not in CORRECTING
        assert not better


ISSUED = [None, NOON, NOON + DAY, NOON + 2 * DAY]


@given(st.sampled_from(STATUSES), st.sampled_from(sorted(CORRECTING)), st.sampled_from(ISSUED), st.sampled_from(ISSUED))
def test_a_correction_never_reverts_to_an_older_report(
    old: str, new: str, known_at: datetime | None, issued_at: datetime | None
) -> None:
    known = {result(PERSON).key: Known(result(PERSON).says, old, id=7, issued_at=known_at)}
    decision = decide([result(PERSON, 98.0, status=new, issued_at=issued_at)], known)
    (outcome,) = decision.outcomes
    undated = issued_at is None and old in REPLACED
    stale = undated or (known_at is not None and issued_at is not None and issued_at < known_at)
    assert (outcome.state is RowState.HELD) is stale
    if stale:
        assert (outcome.issue_code, outcome.fact_id, decision.retracted) == ("contradicts", 7, {})


def test_of_two_corrections_in_one_file_the_later_issued_stays() -> None:
    first, newer = result(PERSON), result(PERSON, 124.0, status="corrected", issued_at=NOON + 2 * DAY)
    older = result(PERSON, 122.0, status="corrected", issued_at=NOON + DAY)
    assert [one.state for one in decide([first, newer, older], {}).outcomes] == [ACCEPTED, ACCEPTED, HELD]
    assert [one.state for one in decide([first, older, newer], {}).outcomes] == [ACCEPTED, ACCEPTED, ACCEPTED]


def test_the_same_correction_again_is_known_whenever_it_was_issued() -> None:
    known = {result(PERSON).key: Known(result(PERSON).says, "corrected", id=7, issued_at=NOON + DAY)}
    for issued_at in (None, NOON, NOON + DAY, NOON + 2 * DAY):
        again = result(PERSON, status="corrected", issued_at=issued_at)
        assert decide([again], known).outcomes[0].state is RowState.DUPLICATE


def test_who_brings_the_time_of_recording_along_has_the_order_right() -> None:
    known = {result(PERSON).key: Known(result(PERSON).says, "corrected", id=7, issued_at=NOON + DAY)}
    by_hand = result(PERSON, 98.0, status="corrected", recorded_at=NOON + 3 * DAY)
    assert decide([by_hand], known).retracted == {7: 0}


@pytest.mark.parametrize("hours", [-0.6, -0.5, 0, 0.5, 8, 23.9, 24, 25])
@pytest.mark.parametrize("day_first", [True, False])
def test_a_value_of_a_day_and_of_a_minute_within_it_are_one(hours: float, day_first: bool) -> None:
    day = result(PERSON, effective_at=MIDNIGHT, precision="day")
    minute = result(PERSON, effective_at=MIDNIGHT + timedelta(hours=hours), performer="Lab B")
    both = [day, minute] if day_first else [minute, day]
    same = -0.5 <= hours < 24
    assert [one.state for one in decide(both, {}).outcomes] == [ACCEPTED, HELD if same else ACCEPTED]


def test_of_one_day_another_value_another_test_and_another_minute_are_more() -> None:
    day = result(PERSON, effective_at=MIDNIGHT, precision="day")
    others = [result(PERSON, 121.0), result(PERSON, code="HCT"), result(UUID(int=2))]
    assert [one.state for one in decide([day, *others], {}).outcomes] == [ACCEPTED] * 4
    minutes = [result(PERSON), result(PERSON, effective_at=NOON + timedelta(hours=3))]
    assert [one.state for one in decide(minutes, {}).outcomes] == [ACCEPTED] * 2


def test_half_an_hour_is_the_clinical_specification_s() -> None:
    assert timedelta(minutes=30) == NEAR


def test_places_found_near_are_held_unless_they_repeat_or_correct() -> None:
    known = {result(PERSON).key: Known(result(PERSON).says, "final", id=7)}
    batch = [result(PERSON), result(PERSON, 98.0, status="corrected"), result(PERSON, effective_at=NOON + DAY)]
    states = [one.state for one in decide(batch, known, near={0, 1, 2}).outcomes]
    assert states == [RowState.DUPLICATE, RowState.ACCEPTED, RowState.HELD]


def test_a_history_from_elsewhere_is_never_near() -> None:
    batch = [result(PERSON, recorded_at=NOON), result(PERSON, recorded_at=NOON, performer="Lab B")]
    assert {one.state for one in decide(batch, {}, near={0, 1}).outcomes} == {RowState.ACCEPTED}


def test_what_was_retracted_elsewhere_meets_only_the_past() -> None:
    gone = result(PERSON, recorded_at=NOON, retracted_at=NOON + DAY)
    known = {gone.key: Known(gone.says, "final", id=7)}
    assert decide([gone], known).outcomes[0].state is RowState.ACCEPTED
    assert decide([gone], known, past={(gone.key, gone.says)}).outcomes[0].state is RowState.DUPLICATE
