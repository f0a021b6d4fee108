"""The only writer: what it accepts, repeats, corrects and holds; what it leaves behind; who may make it write."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import Error, transaction

from patients.facts import Fact
from patients.models import CareTeam, Event, Membership, Observation, Patient, PatientRevision, Treatment, User
from patients.readings import RowState
from patients.recording import FactNotFoundError, record, retract
from patients.signals import recorded
from tests.patients.records import DAY, NOON, dose, event, result, someone

pytestmark = pytest.mark.django_db
ACCEPTED, DUPLICATE, HELD = RowState.ACCEPTED, RowState.DUPLICATE, RowState.HELD


@pytest.fixture
def patient(db: None) -> Patient:
    return someone()


def states(*facts: Fact, at: datetime = NOON) -> list[RowState]:
    """Record and return the outcomes' states."""
    return [one.state for one in record(facts, by=None, at=at, why="test")]


def revision(patient: Patient) -> int:
    """Return the patient's revision as stored."""
    patient.refresh_from_db()
    return patient.revision


def test_a_new_result_makes_one_revision(patient: Patient) -> None:
    (outcome,) = record([result(patient)], by=None, at=NOON, why="by hand")
    row = Observation.objects.get()
    assert (outcome.state, outcome.fact_kind, outcome.fact_id) == (ACCEPTED, "observation", row.pk)
    assert (row.value, row.unit, row.recorded_revision, row.retracted_revision) == (120.0, "g/L", 1, None)
    made = PatientRevision.objects.get()
    assert (made.n, made.at, made.why, revision(patient)) == (1, NOON, "by hand", 1)
    assert patient.changed_at == NOON


def test_every_column_arrives(patient: Patient) -> None:
    given = result(
        patient, precision="day", specimen="blood", performer="Lab A", value_text="cloudy", comparator="<", status="preliminary",
        unconfirmed=True, reference_low=1.5, reference_high=2.5, interpretation="L", issued_at=NOON + DAY, original_value="12,0",
        original_unit="g/dl",
    )  # fmt: skip
    record([given], by=None, at=NOON, why="")
    row = Observation.objects.get()
    names = [name for name in given.__slots__ if name not in {"recorded_at", "retracted_at", "patient_id"}]
    assert {name: getattr(row, name) for name in names} == {name: getattr(given, name) for name in names}


def test_many_at_once_are_one_revision_a_patient(patient: Patient) -> None:
    other = someone()
    facts = [result(one, 100.0 + n, effective_at=NOON + n * DAY) for n in range(5) for one in (patient, other)]
    assert set(states(*facts)) == {ACCEPTED}
    assert (revision(patient), revision(other)) == (1, 1)
    assert Observation.objects.filter(patient=patient).count() == 5


def test_the_same_again_is_a_duplicate_and_changes_nothing(patient: Patient) -> None:
    facts: list[Fact] = [result(patient), event(patient), dose(patient)]
    first = record(facts, by=None, at=NOON, why="")
    again = record(facts, by=None, at=NOON + DAY, why="")
    assert [one.state for one in again] == [DUPLICATE] * 3
    assert [one.fact_id for one in again] == [one.fact_id for one in first]
    assert revision(patient) == 1
    assert patient.changed_at == NOON


def test_the_same_twice_in_one_batch_is_recorded_once(patient: Patient) -> None:
    assert states(result(patient), result(patient)) == [ACCEPTED, DUPLICATE]
    assert states(event(patient), event(patient), dose(patient), dose(patient)) == [ACCEPTED, DUPLICATE] * 2
    assert (Observation.objects.count(), Event.objects.count(), Treatment.objects.count()) == (1, 1, 1)


def test_another_value_without_a_word_is_held_and_names_what_is_known(patient: Patient) -> None:
    (first,) = record([result(patient)], by=None, at=NOON, why="")
    (second,) = record([result(patient, 98.0)], by=None, at=NOON, why="")
    assert (second.state, second.issue_code, second.fact_id) == (HELD, "contradicts", first.fact_id)
    assert Observation.objects.get().value == 120.0
    assert revision(patient) == 1


@pytest.mark.parametrize("status", ["corrected", "amended", "entered-in-error", "cancelled"])
def test_a_correction_retracts_one_row_and_records_another(patient: Patient, status: str) -> None:
    record([result(patient)], by=None, at=NOON, why="")
    (outcome,) = record([result(patient, 98.0, status=status)], by=None, at=NOON + DAY, why="")
    old, new = Observation.objects.order_by("id")
    assert (outcome.state, outcome.corrected, outcome.fact_id) == (ACCEPTED, True, new.pk)
    assert (old.value, old.recorded_revision, old.retracted_revision) == (120.0, 1, 2)
    assert (new.value, new.recorded_revision, new.retracted_revision) == (98.0, 2, None)


def test_a_final_result_replaces_a_preliminary_one(patient: Patient) -> None:
    record([result(patient, status="preliminary")], by=None, at=NOON, why="")
    (outcome,) = record([result(patient)], by=None, at=NOON, why="")
    assert (outcome.state, outcome.corrected) == (ACCEPTED, True)
    assert Observation.objects.filter(retracted_revision=None).get().status == "final"


def test_a_preliminary_result_does_not_replace_a_final_one(patient: Patient) -> None:
    record([result(patient)], by=None, at=NOON, why="")
    assert states(result(patient, 98.0, status="preliminary")) == [HELD]


def test_a_correction_in_the_same_file_is_a_second_revision(patient: Patient) -> None:
    outcomes = record([result(patient), result(patient, 98.0, status="corrected")], by=None, at=NOON, why="")
    assert [one.state for one in outcomes] == [ACCEPTED, ACCEPTED]
    rows = Observation.objects.order_by("id").values_list("value", "recorded_revision", "retracted_revision")
    assert list(rows) == [(120.0, 1, 2), (98.0, 2, None)]
    assert revision(patient) == 2


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"effective_at": NOON + timedelta(minutes=30)}, HELD),
        ({"effective_at": NOON - timedelta(minutes=30)}, HELD),
        ({"effective_at": NOON + timedelta(minutes=31)}, ACCEPTED),
        ({"specimen": "capillary blood"}, HELD),
        ({"performer": "Lab B"}, HELD),
        ({"performer": "Lab B", "value": 121.0}, ACCEPTED),
        ({"code": "HCT", "effective_at": NOON + timedelta(minutes=1)}, ACCEPTED),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_an_equal_value_within_half_an_hour_is_held(
    patient: Patient, change: dict[str, object], state: RowState, together: bool
) -> None:
    second = result(patient, **change)  # type: ignore[arg-type] # the columns named above
    if together:
        assert states(result(patient), second) == [ACCEPTED, state]
    else:
        assert (states(result(patient)), states(second)) == ([ACCEPTED], [state])


def test_a_result_that_is_absent_says_so_and_no_value_is_near_it(patient: Patient) -> None:
    absent = result(patient, None, data_absent_reason="error")
    assert (
        states(absent, result(patient, None, data_absent_reason="error", effective_at=NOON + DAY / 48))
        == [ACCEPTED] * 2
    )


def test_two_hemoptyses_of_one_day_are_two_events(patient: Patient) -> None:
    assert states(event(patient), event(patient, findings={"amount": "teaspoon"})) == [ACCEPTED, ACCEPTED]


def test_a_history_brought_in_has_its_own_revisions(patient: Patient) -> None:
    facts: list[Fact] = [
        result(patient, 120.0, recorded_at=NOON, retracted_at=NOON + 2 * DAY),
        result(patient, 119.0, recorded_at=NOON + 2 * DAY, status="corrected"),
        event(patient, recorded_at=NOON + DAY),
        dose(patient, recorded_at=NOON + 3 * DAY),
    ]
    assert set(states(*facts, at=NOON + 9 * DAY)) == {ACCEPTED}
    assert list(PatientRevision.objects.order_by("n").values_list("n", "at")) == [
        (n + 1, NOON + n * DAY) for n in range(4)
    ]
    rows = Observation.objects.order_by("id").values_list("value", "recorded_revision", "retracted_revision")
    assert list(rows) == [(120.0, 1, 3), (119.0, 3, None)]
    assert states(*facts, at=NOON + 10 * DAY) == [DUPLICATE] * 4
    assert revision(patient) == 4


def test_what_is_brought_in_late_is_known_only_from_then(patient: Patient) -> None:
    record([result(patient)], by=None, at=NOON + 9 * DAY, why="")
    record([result(patient, 118.0, effective_at=NOON - DAY, recorded_at=NOON)], by=None, at=NOON + 10 * DAY, why="")
    assert list(PatientRevision.objects.order_by("n").values_list("at", flat=True)) == [NOON + 9 * DAY] * 2


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_both_ways_into_the_table_give_the_same(patient: Patient, count: int) -> None:
    facts = [result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(count)]
    assert set(states(*facts)) == {ACCEPTED}
    assert set(states(*facts)) == {DUPLICATE}
    changed = [result(patient, 99.0, effective_at=NOON + n * DAY, status="corrected") for n in range(count)]
    assert set(states(*changed)) == {ACCEPTED}
    current = Observation.objects.filter(retracted_revision=None)
    assert set(current.values_list("value", flat=True)) == {99.0}
    assert (current.count(), Observation.objects.count(), revision(patient)) == (count, 2 * count, 2)


def test_two_large_batches_in_one_transaction(patient: Patient) -> None:
    with transaction.atomic():
        for start in (0, 200):
            states(*[result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(start, start + 120)])
    assert Observation.objects.count() == 240


def test_nothing_to_record_is_no_revision(patient: Patient) -> None:
    assert record([], by=None, at=NOON, why="") == []
    assert revision(patient) == 0


def test_a_patient_who_is_not_there_is_refused_and_nothing_is_written(patient: Patient) -> None:
    with pytest.raises(Patient.DoesNotExist):
        record([result(patient), result(uuid4())], by=None, at=NOON, why="")
    assert not Observation.objects.exists()


def test_one_fact_that_the_database_refuses_takes_all_back(patient: Patient) -> None:
    with pytest.raises(Error), transaction.atomic():
        record([result(patient), result(patient, 99.0, code="")], by=None, at=NOON, why="")
    assert not Observation.objects.exists()
    assert revision(patient) == 0


@pytest.mark.parametrize(("kind", "model"), [("observation", Observation), ("event", Event), ("treatment", Treatment)])
def test_a_fact_is_taken_back_once_and_stays(patient: Patient, kind: str, model: type[Observation]) -> None:
    record([result(patient), event(patient), dose(patient)], by=None, at=NOON, why="")
    row = model.objects.get()
    retract(kind, row.pk, by=None, at=NOON + DAY, why="wrong patient")  # type: ignore[arg-type] # one of the three
    row.refresh_from_db()
    assert (row.recorded_revision, row.retracted_revision, revision(patient)) == (1, 2, 2)
    assert PatientRevision.objects.get(n=2).why == "wrong patient"
    with pytest.raises(FactNotFoundError):
        retract(kind, row.pk, by=None, at=NOON + DAY, why="again")  # type: ignore[arg-type] # the same
    assert revision(patient) == 2


def test_a_fact_taken_back_can_be_recorded_anew(patient: Patient) -> None:
    (first,) = record([result(patient)], by=None, at=NOON, why="")
    retract("observation", first.fact_id or 0, by=None, at=NOON, why="")
    assert states(result(patient)) == [ACCEPTED]


def test_the_signal_comes_after_commit_with_those_who_changed(
    patient: Patient, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]]
) -> None:
    heard: list[tuple[UUID, ...]] = []

    def hear(patient_ids: tuple[UUID, ...], **_: object) -> None:
        heard.append(patient_ids)

    recorded.connect(hear)
    other = someone()
    record([result(other)], by=None, at=NOON, why="")
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        record([result(patient), result(other)], by=None, at=NOON, why="")
        assert heard == []
    recorded.disconnect(hear)
    assert heard == [(patient.pk,)]
    assert len(callbacks) == 1


def test_the_web_records_for_its_patients_only(
    patient: Patient, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    nurse = User.objects.create_user("nurse@example.org")
    Membership.objects.create(user=nurse, team=patient.team, role="nurse", starts_at=NOON - 900 * DAY)
    stranger = Patient.objects.create(team=CareTeam.objects.create(name="south"), changed_at=NOON)
    with as_web(nurse):
        assert states(result(patient), event(patient), dose(patient)) == [ACCEPTED] * 3
        assert PatientRevision.objects.get().by_id is None
        with pytest.raises(Patient.DoesNotExist):
            record([result(stranger)], by=nurse, at=NOON, why="")


@pytest.mark.parametrize("count", [2, 150])
def test_the_worker_records_within_its_context(
    patient: Patient, as_worker: Callable[[Iterable[UUID] | str], AbstractContextManager[None]], count: int
) -> None:
    facts = [result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(count)]
    with as_worker([patient.pk]):
        assert set(states(*facts)) == {ACCEPTED}
    with as_worker([uuid4()]), pytest.raises(Patient.DoesNotExist):
        record([result(patient)], by=None, at=NOON, why="")


@pytest.mark.parametrize(("count", "queries"), [(1, 9), (60, 9)])
def test_the_number_of_queries_does_not_grow(
    patient: Patient, count: int, queries: int, django_assert_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    facts = [result(patient, 100.0 + n, effective_at=NOON + n * DAY) for n in range(count)]
    with django_assert_num_queries(queries):
        states(*facts)
