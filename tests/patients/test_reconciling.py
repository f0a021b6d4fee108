"""What becomes of results, whatever is known and in whatever order they come: properties over generated batches."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patients.facts import NewObservation
from patients.readings import RowState
from patients.reconciling import CORRECTING, NEAR, Known, decide
from tests.patients.records import DAY, NOON, result

PERSON = UUID(int=1)
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
    else:
        assert new not in CORRECTING
        assert not better


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
