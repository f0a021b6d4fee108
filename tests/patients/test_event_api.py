"""Events by the API: each kind has its findings, its people who may record it, and days that can be true."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients.access import Actor
from patients.event_kinds import kinds
from patients.models import Event, Patient
from tests import factories
from tests.patients.programs import Program, problem
from tests.patients.test_fact_api import person

pytestmark = pytest.mark.django_db
PATH = "events/"
SAID: dict[str, dict[str, Any]] = {
    "hemoptysis": {"amount": "teaspoon"},
    "transfusion": {"product": "red_cells", "units": 2},
    "symptom": {"name": "cough", "severity": 2},
    "ultrasound": {"organ": "heart", "enlarged": False},
    "complication": {"name": "pneumothorax"},
    "procedure": {"name": "oxygen_started"},
    "exacerbation": {"status": "confirmed", "until": "2026-03-20"},
    "diagnosis": {"text": "idiopathic pulmonary hemosiderosis", "xray_stage": 2},
    "sputum": {"siderophages": "many", "adequate": True},
    "lavage": {"golde_score": 120},
    "chest_xray": {"stage": 3, "zones": {"right_lower": "new"}, "reader": "Ö"},
    "chest_ct": {"new_foci": True},
    "examination": {"pallor": True},
    "ecg": {"extrasystoles": False},
    "scintigraphy": {"severity": "none"},
    "marrow": {"sideroblasts_percent": 12.5},
    "biopsy": {"fibrosis": True},
    "tuberculin": {"induration_mm": 4},
    "infection": {},
    "remission": {},
}


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1", time_zone="Europe/Berlin")


@pytest.fixture
def doctor(anna: Patient) -> Program:
    return Program(factories.member(anna.team))


def event(kind: str, /, **fields: Any) -> dict[str, Any]:
    """Return an event of a kind, with findings that it allows."""
    return {"patient": "MRN-1", "kind": kind, "effective_at": "2026-03-02", "findings": SAID[kind], **fields}


def test_every_kind_is_tried() -> None:
    assert set(SAID) == set(kinds())


@pytest.mark.parametrize("kind", sorted(SAID))
def test_an_event_of_every_kind_is_recorded(doctor: Program, kind: str) -> None:
    answer = doctor.post(PATH, event(kind))
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["kind"], told["findings"], told["effective_at"], told["precision"]) == (
        kind,
        SAID[kind],
        "2026-03-02",
        "day",
    )
    assert doctor.client.get(answer["Location"]).json() == told
    assert Event.objects.get().effective_at.isoformat() == "2026-03-01T23:00:00+00:00"


def test_the_same_event_again_is_known(doctor: Program) -> None:
    first, again = doctor.post(PATH, event("sputum")), doctor.post(PATH, event("sputum"))
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert Event.objects.count() == 1


def test_what_follows_from_a_finding_is_added(doctor: Program) -> None:
    told = doctor.post(PATH, event("hemoptysis", findings={"volume_ml": 12})).json()
    assert told["findings"] == {"volume_ml": 12, "amount": "teaspoon"}


@pytest.mark.parametrize(
    ("kind", "findings", "named"),
    [
        ("hemoptysis", {}, "findings.amount"),
        ("hemoptysis", {"amount": "a cup"}, "findings.amount"),
        ("hemoptysis", {"amount": "streaks", "color": "red"}, "findings.color"),
        ("symptom", {"name": "cough", "severity": 4}, "findings.severity"),
        ("symptom", {"name": "cough", "severity": True}, "findings.severity"),
        ("chest_xray", {"zones": {"right_lower": "old"}}, "findings.zones"),
        ("chest_xray", {"zones": ["right_lower"]}, "findings.zones"),
        ("diagnosis", {"text": "x" * 2001}, "findings.text"),
        ("exacerbation", {"status": "confirmed", "until": "20 March"}, "findings.until"),
        ("exacerbation", {"status": "confirmed", "until": "2026-03-01"}, "findings.until"),
        ("lavage", {"golde_score": -1}, "findings.golde_score"),
        ("lavage", {"golde_score": "120"}, "findings.golde_score"),
        ("sputum", {}, "findings"),
        ("ecg", {}, "findings"),
    ],
)
def test_a_finding_that_the_kind_does_not_know_is_named(
    doctor: Program, kind: str, findings: dict[str, Any], named: str
) -> None:
    said = problem(doctor.post(PATH, event(kind, findings=findings)), 400)
    assert list(said["errors"]) == [named]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "stroke"}, "kind"),
        ({"effective_at": "2014-01-01"}, "effective_at"),
        ({"effective_at": "2026-02-30"}, "effective_at"),
        ({"effective_at": "2026-3-2"}, "effective_at"),
        ({"findings": []}, "findings"),
        ({"why": "x"}, "why"),
    ],
)
def test_a_field_that_is_wrong_is_named(doctor: Program, fields: dict[str, Any], named: str) -> None:
    assert list(problem(doctor.post(PATH, event("sputum", **fields)), 400)["errors"]) == [named]


def test_what_is_yet_to_come_has_not_happened(doctor: Program) -> None:
    today = timezone.now().date()
    assert doctor.post(PATH, event("sputum", effective_at=str(today))).status_code == 201
    ahead = problem(doctor.post(PATH, event("sputum", effective_at=str(today + timedelta(days=3)))), 400)
    assert ahead["errors"] == {"effective_at": ["The date lies in the future."]}


def test_text_that_cannot_be_stored_is_stored_with_a_sign(doctor: Program) -> None:
    told = doctor.post(PATH, event("diagnosis", findings={"text": "IPH\0?"})).json()
    assert told["findings"]["text"] == "IPH\N{SYMBOL FOR NULL}?"


TEAM, HOME, DOCTOR = {Actor.NURSE, Actor.PHYSICIAN}, {Actor.PATIENT, Actor.CAREGIVER}, {Actor.PHYSICIAN}
RECORDERS = {
    "hemoptysis": TEAM | HOME,
    "symptom": TEAM | HOME,
    "sputum": TEAM,
    "chest_xray": TEAM,
    "exacerbation": DOCTOR,
    "remission": DOCTOR,
    "diagnosis": DOCTOR,
}


@pytest.mark.parametrize("actor", list(Actor))
@pytest.mark.parametrize("kind", RECORDERS)
def test_who_records_what(anna: Patient, kind: str, actor: Actor) -> None:
    answer = Program(person(anna, actor)).post(PATH, event(kind, patient=str(anna.pk)))
    if actor in RECORDERS[kind]:
        assert answer.status_code == 201
    else:
        problem(answer, 404 if actor is Actor.ADMIN else 403)
        assert not Event.objects.exists()


def test_a_correction_keeps_kind_and_chain(anna: Patient, doctor: Program) -> None:
    first = doctor.post(PATH, event("hemoptysis")).json()["id"]
    second = doctor.post(f"{PATH}{first}/correct/", {"findings": {"amount": "massive"}, "why": "more"}).json()
    third = doctor.post(
        f"{PATH}{second['id']}/correct/", {"effective_at": "2026-03-01T22:30", "why": "at night"}
    ).json()
    assert (third["kind"], third["findings"]) == ("hemoptysis", {"amount": "massive"})
    assert (third["effective_at"], third["precision"]) == ("2026-03-01T21:30:00+00:00", "minute")
    assert Event.objects.get(pk=third["id"]).origin == first


def test_a_correction_is_held_against_the_kind(doctor: Program) -> None:
    row = doctor.post(PATH, event("hemoptysis")).json()["id"]
    body = {"findings": {"siderophages": "many"}, "why": "x"}
    assert "findings.siderophages" in problem(doctor.post(f"{PATH}{row}/correct/", body), 400)["errors"]
    assert Event.objects.get().retracted_revision is None


def test_a_list_is_narrowed_by_kind(anna: Patient, doctor: Program) -> None:
    for kind in ("sputum", "hemoptysis", "sputum"):
        factories.event(anna, kind, **SAID[kind])
    rows = doctor.rows(PATH, {"patient": "MRN-1", "kind": "sputum"})
    assert [row["kind"] for row in rows] == ["sputum"] * 2
    assert "kind" in problem(doctor.get(PATH, {"patient": "MRN-1", "kind": "stroke"}), 400)["errors"]
