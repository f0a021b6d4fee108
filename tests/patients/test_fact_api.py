"""Facts of any kind by the API: lists of one patient, one fact, corrections and retractions, by role, period and revision."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from patients.access import OWN_FOR, Actor
from patients.models import Event, Observation, Patient, PatientRevision, Treatment, User
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
KINDS = {"observation": Observation, "event": Event, "treatment": Treatment}
CHANGES: dict[str, dict[str, Any]] = {
    "observation": {"value": 89, "unit": "g/L"},
    "event": {"findings": {"amount": "teaspoon"}},
    "treatment": {"dose": 25},
}
AsRole = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def doctor(anna: Patient) -> Program:
    return Program(factories.member(anna.team))


def made(kind: str, of: Patient, **fields: Any) -> Any:
    """Record one fact of a kind."""
    if kind == "observation":
        return factories.result(of, 98.0, **{"days_ago": 2, **fields})
    if kind == "event":
        return factories.event(of, "hemoptysis", amount="streaks", **{"days_ago": 2, **fields})
    return factories.treatment(of, **{"days_ago": 2, **fields})


def person(of: Patient, actor: Actor) -> User:
    """Return somebody who is this towards the patient."""
    if actor is Actor.CAREGIVER:
        return factories.caregiver(of)
    if actor is Actor.ADMIN:
        return factories.account(is_staff=True)
    if actor is Actor.PATIENT:
        user = factories.account()
        Patient.objects.filter(pk=of.pk).update(user=user)
        return user
    return factories.member(of.team, actor.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_shows_one_patients_facts(anna: Patient, doctor: Program, kind: str) -> None:
    wanted = made(kind, anna)
    made(kind, factories.patient(anna.team))
    (row,) = doctor.rows(f"{kind}s/", {"patient": "MRN-1"})
    assert (row["id"], row["patient"]) == (wanted.pk, str(anna.pk))
    assert doctor.rows(f"{kind}s/", {"patient": str(anna.pk)}) == [row]
    assert doctor.get(f"{kind}s/{wanted.pk}/").json() == row


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_of_somebody(doctor: Program, kind: str) -> None:
    assert problem(doctor.get(f"{kind}s/"), 400)["errors"] == {"patient": ["This field is required."]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_patient_of_others_is_missing_like_anybody_unknown(anna: Patient, doctor: Program, kind: str) -> None:
    berta = factories.patient(identifier="MRN-2")
    row = made(kind, berta)
    answers = [
        problem(doctor.get(f"{kind}s/", {"patient": name}), 404) for name in ("MRN-2", berta.pk, uuid4(), "nobody")
    ]
    answers += [problem(doctor.get(f"{kind}s/{pk}/"), 404) for pk in (row.pk, 2**40, 2**70)]
    for act in ("correct", "retract"):
        answers += [problem(doctor.post(f"{kind}s/{pk}/{act}/", {"why": "x"}), 404) for pk in (row.pk, 2**40)]
    assert all(one == answers[0] for one in answers)


READERS = {
    Actor.PATIENT: 200,
    Actor.CAREGIVER: 200,
    Actor.NURSE: 200,
    Actor.PHYSICIAN: 200,
    Actor.COORDINATOR: 403,
    Actor.ADMIN: 404,
}


@pytest.mark.parametrize(("actor", "status"), READERS.items())
@pytest.mark.parametrize("kind", KINDS)
def test_who_reads(anna: Patient, kind: str, actor: Actor, status: int) -> None:
    row = made(kind, anna)
    program = Program(person(anna, actor))
    assert program.get(f"{kind}s/", {"patient": str(anna.pk)}).status_code == status
    assert program.get(f"{kind}s/{row.pk}/").status_code == (200 if status == 200 else 404)


CORRECTORS = {
    "observation": {Actor.NURSE, Actor.PHYSICIAN},
    "event": {Actor.NURSE, Actor.PHYSICIAN},
    "treatment": {Actor.NURSE, Actor.PHYSICIAN},
    "planned": {Actor.PHYSICIAN},
}


@pytest.mark.parametrize("actor", list(Actor))
@pytest.mark.parametrize("what", CORRECTORS)
@pytest.mark.parametrize("act", ["correct", "retract"])
def test_who_corrects_and_takes_back(anna: Patient, what: str, act: str, actor: Actor) -> None:
    kind = "treatment" if what == "planned" else what
    row = made(kind, anna, **({"intent": "planned"} if what == "planned" else {}))
    body = {"why": "mistyped"} | (CHANGES[kind] if act == "correct" else {})
    answer = Program(person(anna, actor)).post(f"{kind}s/{row.pk}/{act}/", body)
    row.refresh_from_db()
    if actor in CORRECTORS[what]:
        assert answer.status_code == 200
        assert row.retracted_revision is not None
    else:
        problem(answer, 404 if READERS[actor] != 200 else 403)
        assert row.retracted_revision is None


def test_an_episode_is_a_physicians_to_take_back(anna: Patient, doctor: Program) -> None:
    row = factories.event(anna, "exacerbation", status="confirmed")
    problem(Program(factories.member(anna.team, "nurse")).post(f"events/{row.pk}/retract/", {"why": "x"}), 403)
    assert doctor.post(f"events/{row.pk}/retract/", {"why": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("events/", {"kind": "hemoptysis", "effective_at": "2026-03-02", "findings": {"amount": "streaks"}}),
        (
            "treatments/",
            {"drug": "prednisolone", "dose": 20, "unit": "mg", "intent": "taken", "started_on": "2026-03-02"},
        ),
    ],
)
def test_a_patient_mends_their_own_entry_for_a_day(anna: Patient, path: str, body: dict[str, Any]) -> None:
    patient, parent = Program(person(anna, Actor.PATIENT)), Program(factories.caregiver(anna))
    row = patient.post(path, {**body, "patient": str(anna.pk)}).json()["id"]
    problem(parent.post(f"{path}{row}/retract/", {"why": "x"}), 403)
    change = CHANGES[path.removesuffix("s/")]
    new = patient.post(f"{path}{row}/correct/", {**change, "why": "it was more"}).json()["id"]
    PatientRevision.objects.filter(n=2).update(at=timezone.now() - OWN_FOR)
    problem(patient.post(f"{path}{new}/retract/", {"why": "too late"}), 403)


def test_a_patient_mends_nobody_elses_entry_and_no_result(anna: Patient, doctor: Program) -> None:
    patient = Program(person(anna, Actor.PATIENT))
    entry = {"patient": "MRN-1", "kind": "hemoptysis", "effective_at": "2026-03-02", "findings": {"amount": "streaks"}}
    theirs = doctor.post("events/", entry).json()["id"]
    problem(patient.post(f"events/{theirs}/retract/", {"why": "x"}), 403)
    anna.refresh_from_db()
    problem(patient.post(f"observations/{made('observation', anna).pk}/retract/", {"why": "x"}), 403)


@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_stands_in_place_of_what_stays_readable(anna: Patient, doctor: Program, kind: str) -> None:
    old = made(kind, anna)
    answer = doctor.post(f"{kind}s/{old.pk}/correct/", {**CHANGES[kind], "why": "digits turned"})
    new = answer.json()
    assert answer["Location"] == f"/api/v1/{kind}s/{new['id']}/"
    assert (new["recorded_revision"], new["retracted_revision"]) == (anna.revision + 1, None)
    assert doctor.get(f"{kind}s/{old.pk}/").json()["retracted_revision"] == anna.revision + 1
    last = PatientRevision.objects.latest("n")
    assert (last.why, last.by) == ("digits turned", doctor.user)
    assert doctor.rows(f"{kind}s/", {"patient": "MRN-1"}) == [new]
    both = doctor.rows(f"{kind}s/", {"patient": "MRN-1", "retracted": "true"})
    assert {row["id"] for row in both} == {old.pk, new["id"]}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_back_counts_no_more(anna: Patient, doctor: Program, kind: str) -> None:
    row = made(kind, anna)
    told = doctor.post(f"{kind}s/{row.pk}/retract/", {"why": "another patient's"}).json()
    assert (told["id"], told["retracted_revision"]) == (row.pk, anna.revision + 1)
    assert doctor.rows(f"{kind}s/", {"patient": "MRN-1"}) == []
    for act in ("retract", "correct"):
        problem(doctor.post(f"{kind}s/{row.pk}/{act}/", {**CHANGES[kind], "why": "again"}), 409)


@pytest.mark.parametrize(
    "body", [{}, {"why": ""}, {"why": " "}, {"why": "x" * 201}, {"reason": "x", "why": "x"}, "x", []]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_reason_is_needed(anna: Patient, doctor: Program, kind: str, body: Any) -> None:
    row = made(kind, anna)
    problem(doctor.post(f"{kind}s/{row.pk}/retract/", body), 400)
    row.refresh_from_db()
    assert row.retracted_revision is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_correction_of_nothing_is_none(anna: Patient, doctor: Program, kind: str) -> None:
    row = made(kind, anna)
    said = problem(doctor.post(f"{kind}s/{row.pk}/correct/", {"why": "mistyped"}), 400)
    assert said["errors"] == {"non_field_errors": ["Say what is right: nothing but a reason was given."]}


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_holds_until_more_is_known(anna: Patient, doctor: Program, kind: str) -> None:
    row = made(kind, anna)
    for path, query in ((f"{kind}s/{row.pk}/", None), (f"{kind}s/", {"patient": "MRN-1"})):
        tag = doctor.get(path, query)["ETag"]
        assert tag == f'W/"{Patient.objects.get(pk=anna.pk).revision}"'
        same = doctor.get(path, query, if_none_match=tag)
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
        factories.result(Patient.objects.get(pk=anna.pk), 99, performer=path)
        assert doctor.get(path, query, if_none_match=tag).status_code == 200


@pytest.mark.parametrize("act", ["correct", "retract"])
@pytest.mark.parametrize("kind", KINDS)
def test_who_looked_before_more_was_known_looks_again(anna: Patient, doctor: Program, kind: str, act: str) -> None:
    row = made(kind, anna)
    body = {"why": "mistyped"} | (CHANGES[kind] if act == "correct" else {})
    seen = doctor.get(f"{kind}s/{row.pk}/")["ETag"]
    factories.result(anna, 101, performer="elsewhere")
    problem(doctor.post(f"{kind}s/{row.pk}/{act}/", body, if_match=seen), 412)
    row.refresh_from_db()
    assert row.retracted_revision is None
    seen = doctor.get(f"patients/{anna.pk}/")["ETag"]
    answer = doctor.post(f"{kind}s/{row.pk}/{act}/", body, if_match=seen)
    assert (answer.status_code, answer["ETag"]) == (200, f'W/"{anna.revision + 1}"')


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_questions_however_many_facts(
    anna: Patient,
    doctor: Program,
    kind: str,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    counts = []
    for more in (1, 30):
        for number in range(more):
            fields = {"performer": f"laboratory {more} {number}"} if kind == "observation" else {}
            made(kind, anna, **{"days_ago": number, **fields})
        with django_assert_max_num_queries(14) as counted:
            assert doctor.get(f"{kind}s/", {"patient": "MRN-1"}).status_code == 200
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_webs_log_in_is_enough(anna: Patient, doctor: Program, kind: str, as_role: AsRole) -> None:
    row = made(kind, anna)
    made(kind, factories.patient(identifier="MRN-2"))
    with as_role("iph_web"):
        assert len(doctor.rows(f"{kind}s/", {"patient": "MRN-1"})) == 1
        new = doctor.post(f"{kind}s/{row.pk}/correct/", {**CHANGES[kind], "why": "mistyped"}).json()
        assert doctor.post(f"{kind}s/{new['id']}/retract/", {"why": "wrong person"}).status_code == 200
