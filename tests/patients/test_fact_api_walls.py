"""Facts by the API with every check of the application taken away: the database alone shows and takes nothing of others."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db.models import Model

from patients.access import Asker
from patients.models import Event, IdempotencyKey, Observation, Patient, PatientRevision, Treatment
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
CANARY = "Canary Quill"
AsRole = Callable[[str], AbstractContextManager[None]]
MODULES = ("patients.api", "patients.adding", "patients.fact_api", "patients.upload_api", "alerts.api")
NEW: dict[str, dict[str, Any]] = {
    "observations/": {"code": "HGB", "value": 98, "unit": "g/L", "effective_at": "2026-03-02"},
    "events/": {"kind": "diagnosis", "effective_at": "2026-03-02", "findings": {"text": "IPH"}},
    "treatments/": {"drug": "iron", "intent": "planned", "started_on": "2026-03-02"},
}


@pytest.fixture
def berta() -> Patient:
    """Return a patient of another team, with a canary in every fact."""
    ill = factories.patient(name=CANARY, identifier="MRN-2")
    factories.result(ill, 98.0, performer=CANARY)
    factories.event(ill, "diagnosis", text=CANARY)
    factories.treatment(ill, drug=CANARY)
    return ill


@pytest.fixture
def stranger(berta: Patient) -> Program:
    return Program(factories.member(factories.patient(identifier="MRN-1").team))


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every check of the application away."""
    monkeypatch.setattr(Asker, "may", lambda *_: True)
    monkeypatch.setattr(Asker, "patients", lambda _: Patient.objects.all())
    for module in MODULES:
        monkeypatch.setattr(f"{module}.patients_for", lambda *_: Patient.objects.all())


def facts() -> list[Model]:
    """Return one fact of each kind."""
    return [Observation.objects.get(), Event.objects.get(), Treatment.objects.get()]


def paths(berta: Patient) -> list[str]:
    """Return everything that may be read of a patient."""
    single = [f"{type(fact).__name__.lower()}s/{fact.pk}/" for fact in facts()]
    lists = [f"{path}?patient={name}" for path in NEW for name in ("MRN-2", berta.pk)]
    return [*single, *lists, f"patients/{berta.pk}/", f"patients/{berta.pk}/timeline/"]


def test_nothing_is_shown(berta: Patient, stranger: Program, unguarded: None, as_role: AsRole) -> None:
    for path in paths(berta):
        with as_role("iph_web"):
            answer = stranger.get(path)
        problem(answer, 404)
        assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("path", NEW)
@pytest.mark.parametrize("named", ["identifier", "id"])
def test_nothing_is_taken(
    berta: Patient, stranger: Program, unguarded: None, as_role: AsRole, path: str, named: str
) -> None:
    body = {**NEW[path], "patient": "MRN-2" if named == "identifier" else str(berta.pk)}
    before = PatientRevision.objects.count()
    with as_role("iph_web"):
        problem(stranger.post(path, body), 404)
        (row,) = stranger.post("observations/", [{**NEW["observations/"], "patient": body["patient"]}]).json()[
            "results"
        ]
    assert (row["state"], row["issues"][-1]["code"]) == ("held", "unknown_patient")
    assert PatientRevision.objects.count() == before


@pytest.mark.parametrize("act", ["correct", "retract"])
def test_nothing_is_changed(berta: Patient, stranger: Program, unguarded: None, as_role: AsRole, act: str) -> None:
    for fact in facts():
        with as_role("iph_web"):
            problem(stranger.post(f"{type(fact).__name__.lower()}s/{fact.pk}/{act}/", {"why": "x", "dose": 1}), 404)
    assert all(fact.retracted_revision is None for fact in facts())  # type: ignore[attr-defined] # every fact has it


def test_taking_the_checks_away_works_at_all(berta: Patient, stranger: Program, unguarded: None) -> None:
    """Else the tests above would prove nothing: as the owner, who sees every row, all of it is shown."""
    assert all(stranger.get(path).status_code == 200 for path in paths(berta))


def test_a_patient_records_no_result_even_where_the_application_forgot_to_ask(unguarded: None, as_role: AsRole) -> None:
    user = factories.account()
    own = factories.patient(identifier="MRN-3", user=user)
    for path in ("observations/", "treatments/"):
        client = Program(user).client
        client.raise_request_exception = False
        with as_role("iph_web"):
            answer = client.post(f"/api/v1/{path}", {**NEW[path], "patient": "MRN-3"}, content_type="application/json")
        assert answer.status_code == 500
    assert not Observation.objects.filter(patient=own).exists()


def test_no_refusal_repeats_what_was_asked_for(stranger: Program) -> None:
    for path in ("observations/", "events/", "treatments/", "alerts/"):
        assert CANARY not in stranger.get(path, {"patient": CANARY}).content.decode()
    for path, body in NEW.items():
        answer = stranger.post(path, {**body, "patient": CANARY}, idempotency_key="canary")
        assert CANARY not in str(problem(answer, 404))
    assert not IdempotencyKey.objects.exists()
