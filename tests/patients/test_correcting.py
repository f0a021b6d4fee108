"""Correcting what is recorded: one revision, nothing overwritten, an event stays the event that it was."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import Error, connection
from django.test.utils import CaptureQueriesContext

from patients import timeline
from patients.correcting import correct, replace_treatments
from patients.facts import Fact, NewEvent, NewTreatment, Outcome
from patients.models import CareTeam, Event, Membership, Observation, Patient, PatientRevision, Treatment, User
from patients.readings import RowState
from patients.recording import FactNotFoundError, record, retract
from patients.signals import recorded
from tests.patients.records import DAY, NOON, dose, event, result, someone

pytestmark = pytest.mark.django_db
LATER = NOON + DAY
KIND_OF: dict[Any, Any] = {result: "observation", event: "event", dose: "treatment"}


@pytest.fixture
def patient(db: None) -> Patient:
    return someone()


def made(fact: Fact) -> int:
    """Record one fact; return its id."""
    (outcome,) = record([fact], by=None, at=NOON, why="test")
    assert outcome.fact_id is not None
    return outcome.fact_id


def corrected(fact_id: int, fact: Fact, **fields: Any) -> Outcome:
    """Correct a fact a day later."""
    return correct(fact_id, fact, **{"by": None, "at": LATER, "why": "mistyped", **fields})


def revision(patient: Patient) -> int:
    """Return the patient's revision as stored."""
    patient.refresh_from_db()
    return patient.revision


def test_a_result_is_taken_back_and_another_stands_in_one_revision(patient: Patient) -> None:
    old = made(result(patient, 1040.0))
    outcome = corrected(old, result(patient, 104.0, status="corrected"))
    was, now = Observation.objects.order_by("pk")
    assert (outcome.state, outcome.fact_kind, outcome.fact_id, outcome.corrected) == (
        RowState.ACCEPTED,
        "observation",
        now.pk,
        True,
    )
    assert (was.value, was.recorded_revision, was.retracted_revision) == (1040.0, 1, 2)
    assert (now.value, now.status, now.recorded_revision, now.retracted_revision) == (104.0, "corrected", 2, None)
    last = PatientRevision.objects.get(n=2)
    assert (revision(patient), last.at, last.why) == (2, LATER, "mistyped")
    assert patient.changed_at == LATER


def test_a_result_moves_to_another_time(patient: Patient) -> None:
    old = made(result(patient, 104.0))
    corrected(old, result(patient, 104.0, effective_at=NOON - DAY))
    history = timeline.read(patient.pk, at=LATER)
    assert [history.get("HGB").at(n) for n in range(len(history.get("HGB")))] == [NOON - DAY]


def test_a_result_loses_its_mark_when_a_person_confirms_it(patient: Patient) -> None:
    old = made(result(patient, 38.0, unconfirmed=True))
    assert corrected(old, result(patient, 38.0, status="corrected")).state is RowState.ACCEPTED
    assert not timeline.read(patient.pk, at=LATER).get("HGB").unconfirmed.any()


@pytest.mark.parametrize("make", [result, event, dose])
def test_a_correction_that_says_the_same_writes_nothing(patient: Patient, make: Callable[..., Fact]) -> None:
    old = made(make(patient))
    outcome = corrected(old, make(patient))
    assert (outcome.state, outcome.fact_id) == (RowState.DUPLICATE, old)
    assert revision(patient) == 1


def test_a_correction_onto_another_result_is_held_and_writes_nothing(patient: Patient) -> None:
    there = made(result(patient, 120.0))
    old = made(result(patient, 104.0, effective_at=NOON - DAY))
    outcome = corrected(old, result(patient, 104.0))
    assert (outcome.state, outcome.issue_code, outcome.fact_id) == (RowState.HELD, "contradicts", there)
    assert revision(patient) == 2
    assert Observation.objects.filter(retracted_revision=None).count() == 2


def test_an_event_keeps_its_origin_through_two_corrections(patient: Patient) -> None:
    first = made(event(patient))
    second = corrected(first, event(patient, findings={"amount": "teaspoon"})).fact_id
    assert second is not None
    third = corrected(second, event(patient, findings={"amount": "massive"})).fact_id
    assert list(Event.objects.order_by("pk").values_list("pk", "origin")) == [
        (first, None),
        (second, first),
        (third, first),
    ]
    (seen,) = timeline.read(patient.pk, at=LATER).events
    assert (seen.id, seen.origin, seen.findings) == (third, first, {"amount": "massive"})


def test_every_revision_still_shows_what_was_known_then(patient: Patient) -> None:
    first = made(event(patient))
    corrected(first, event(patient, findings={"amount": "teaspoon"}))
    told = [timeline.read(patient.pk, at=LATER, revision=n).events for n in (1, 2)]
    assert [(one.findings["amount"], one.origin) for (one,) in told] == [("streaks", first), ("teaspoon", first)]


def test_the_caller_cannot_choose_an_origin(patient: Patient) -> None:
    other, mine = made(event(patient)), made(event(patient, effective_at=NOON - DAY))
    forged = replace(event(patient, findings={"amount": "massive"}), origin=other)
    corrected(mine, forged)
    assert Event.objects.get(retracted_revision=None, findings__amount="massive").origin == mine


def test_an_origin_lies_before_its_correction(patient: Patient) -> None:
    with pytest.raises(Error, match="event_origin"):
        record([replace(event(patient), origin=2**40)], by=None, at=NOON, why="")


def test_an_origin_is_never_changed(patient: Patient) -> None:
    first = made(event(patient))
    second = corrected(first, event(patient, findings={"amount": "teaspoon"})).fact_id
    with pytest.raises(Error, match="changes once"):
        Event.objects.filter(pk=second or 0).update(origin=None, retracted_revision=9)


def test_a_treatment_is_corrected(patient: Patient) -> None:
    old = made(dose(patient))
    corrected(old, dose(patient, dose=25.0, ended_on=date(2026, 3, 9)))
    (now,) = timeline.read(patient.pk, at=LATER).treatments
    assert (now.dose, now.ended_on, now.intent) == (25.0, date(2026, 3, 9), "taken")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (result, lambda one: result(one, code="FE")),
        (event, lambda one: event(one, "symptom", findings={"name": "cough"})),
        (dose, lambda one: dose(one, intent="planned")),
    ],
)
def test_another_test_kind_or_intent_is_another_fact(
    patient: Patient, old: Callable[[Patient], Fact], new: Callable[[Patient], Fact]
) -> None:
    fact_id = made(old(patient))
    with pytest.raises(ValueError, match="a correction keeps its"):
        corrected(fact_id, new(patient))
    assert revision(patient) == 1


@pytest.mark.parametrize("make", [result, event, dose])
def test_what_is_not_current_is_not_found(patient: Patient, make: Callable[..., Fact]) -> None:
    old = made(make(patient))
    retract(KIND_OF[make], old, by=None, at=NOON, why="")
    with pytest.raises(FactNotFoundError):
        corrected(old, make(patient))
    with pytest.raises(FactNotFoundError):
        corrected(old + 1000, make(patient))
    assert revision(patient) == 2


def test_the_second_of_two_corrections_of_one_row_is_refused(patient: Patient) -> None:
    old = made(result(patient))
    corrected(old, result(patient, 100.0))
    with pytest.raises(FactNotFoundError):
        corrected(old, result(patient, 101.0))
    assert [one.value for one in Observation.objects.filter(retracted_revision=None)] == [100.0]


def test_another_patients_fact_is_not_found(patient: Patient) -> None:
    old = made(event(someone()))
    with pytest.raises(FactNotFoundError):
        corrected(old, event(patient, findings={"amount": "massive"}))
    with pytest.raises(Patient.DoesNotExist):
        corrected(old, NewEvent(uuid4(), "hemoptysis", NOON, findings={"amount": "massive"}))


def test_times_of_their_own_are_for_histories_from_elsewhere(patient: Patient) -> None:
    old = made(result(patient))
    corrected(old, result(patient, 90.0, recorded_at=NOON - 9 * DAY, retracted_at=LATER))
    row = Observation.objects.get(value=90.0)
    assert (row.recorded_revision, row.retracted_revision) == (2, None)


def test_others_hear_of_it_once(patient: Patient, django_capture_on_commit_callbacks: Any) -> None:
    old, heard = made(result(patient)), []

    def hear(patient_ids: tuple[UUID, ...], **_: object) -> None:
        heard.append(patient_ids)

    recorded.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            corrected(old, result(patient, 99.0))
            corrected(Observation.objects.get(value=99.0).pk, result(patient, 99.0))
    finally:
        recorded.disconnect(hear)
    assert heard == [(patient.pk,)]


def test_a_correction_costs_a_few_queries(patient: Patient) -> None:
    for n in range(30):
        made(result(patient, 100.0 + n, effective_at=NOON + n * DAY))
    old = Observation.objects.order_by("pk")[0]
    with CaptureQueriesContext(connection) as asked:
        corrected(old.pk, result(patient, 99.0))
    assert len(asked) <= 11


def plan(patient: Patient, *doses: float) -> list[NewTreatment]:
    """Return steps of a week each from 1 March."""
    return [
        dose(
            patient,
            dose=mg,
            intent="planned",
            plan="taper",
            started_on=date(2026, 3, 1 + 7 * n),
            ended_on=date(2026, 3, 7 + 7 * n),
        )
        for n, mg in enumerate(doses)
    ]


def test_a_plan_takes_the_place_of_a_plan_in_one_revision(patient: Patient) -> None:
    old = [made(step) for step in plan(patient, 40, 30, 20)]
    ids = replace_treatments(patient.pk, old[1:], plan(patient, 40, 35)[1:], by=None, at=LATER, why="relapse")
    rows = Treatment.objects.filter(retracted_revision=None).order_by("started_on")
    assert [(row.pk, row.dose) for row in rows] == [(old[0], 40), (ids[0], 35)]
    assert {row.retracted_revision for row in Treatment.objects.filter(pk__in=old[1:])} == {rows[1].recorded_revision}
    assert PatientRevision.objects.get(n=revision(patient)).why == "relapse"


def test_a_plan_ends_with_nothing_instead(patient: Patient) -> None:
    old = [made(step) for step in plan(patient, 40, 30)]
    assert replace_treatments(patient.pk, old, [], by=None, at=LATER, why="stopped") == []
    assert not timeline.read(patient.pk, at=LATER).treatments


def test_a_plan_that_changed_meanwhile_is_left_alone(patient: Patient) -> None:
    old = [made(step) for step in plan(patient, 40, 30)]
    retract("treatment", old[0], by=None, at=NOON, why="")
    before = revision(patient)
    with pytest.raises(FactNotFoundError):
        replace_treatments(patient.pk, old, plan(patient, 50), by=None, at=LATER, why="")
    assert revision(patient) == before
    assert Treatment.objects.filter(retracted_revision=None).count() == 1


def test_a_plan_is_of_one_patient(patient: Patient) -> None:
    other = someone()
    old = made(plan(other, 40)[0])
    with pytest.raises(FactNotFoundError):
        replace_treatments(patient.pk, [old], [], by=None, at=LATER, why="")
    with pytest.raises(ValueError, match="one patient"):
        replace_treatments(patient.pk, [], plan(other, 40), by=None, at=LATER, why="")


def test_the_webs_log_in_corrects_its_own_and_sees_no_other(
    patient: Patient, as_web: Callable[[User], AbstractContextManager[None]]
) -> None:
    nurse = User.objects.create_user("nurse@example.org", "x" * 12)
    Membership.objects.create(user=nurse, team=patient.team, role="nurse", starts_at=NOON - 900 * DAY)
    far = someone(CareTeam.objects.create(name="south").name)
    mine, theirs = made(event(patient)), made(event(far))
    with as_web(nurse):
        corrected(mine, event(patient, findings={"amount": "massive"}), by=nurse)
        with pytest.raises(Patient.DoesNotExist):
            corrected(theirs, event(far, findings={"amount": "massive"}), by=nurse)
    assert Event.objects.get(retracted_revision=None, patient=patient).origin == mine
    assert PatientRevision.objects.get(patient=patient, n=2).by == nurse
