"""Treatments by the API: what is planned a physician writes, what was taken who took or gave it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients.access import Actor
from patients.models import Patient, Treatment
from tests import factories
from tests.patients.programs import Program, problem
from tests.patients.test_fact_api import person

pytestmark = pytest.mark.django_db
PATH = "treatments/"
TEAM, HOME = {Actor.NURSE, Actor.PHYSICIAN}, {Actor.PATIENT, Actor.CAREGIVER}


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1")


@pytest.fixture
def doctor(anna: Patient) -> Program:
    return Program(factories.member(anna.team))


def dose(**fields: Any) -> dict[str, Any]:
    """Return 30 mg of prednisolone taken on one day, unless told otherwise."""
    usual = {"drug": "prednisolone", "dose": 30, "unit": "mg", "route": "oral", "intent": "taken"}
    days = {"started_on": "2026-03-02", "ended_on": "2026-03-02"}
    return {"patient": "MRN-1", **usual, **days, **fields}


def test_a_dose_taken_is_recorded(anna: Patient, doctor: Program) -> None:
    answer = doctor.post(PATH, dose())
    told = answer.json()
    assert (answer.status_code, told["dose"], told["every_days"], told["plan"]) == (201, 30, 1, "")
    assert (told["started_on"], told["ended_on"], told["intent"]) == ("2026-03-02", "2026-03-02", "taken")
    assert doctor.client.get(answer["Location"]).json() == told
    assert answer["ETag"] == 'W/"1"'


def test_the_same_dose_again_is_known(doctor: Program) -> None:
    first, again = doctor.post(PATH, dose()), doctor.post(PATH, dose())
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    assert Treatment.objects.count() == 1


def test_what_is_not_known_is_not_zero(doctor: Program) -> None:
    told = doctor.post(PATH, dose(dose=None, ended_on=None)).json()
    assert (told["dose"], told["ended_on"]) == (None, None)


@pytest.mark.parametrize("actor", list(Actor))
@pytest.mark.parametrize(("intent", "who"), [("taken", TEAM | HOME), ("planned", {Actor.PHYSICIAN})])
def test_who_records_what(anna: Patient, intent: str, who: set[Actor], actor: Actor) -> None:
    answer = Program(person(anna, actor)).post(PATH, dose(intent=intent, patient=str(anna.pk)))
    if actor in who:
        assert (answer.status_code, answer.json()["intent"]) == (201, intent)
    else:
        problem(answer, 404 if actor is Actor.ADMIN else 403)
        assert not Treatment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"drug": ""}, "drug"),
        ({"drug": "x" * 61}, "drug"),
        ({"dose": -1}, "dose"),
        ({"dose": "much"}, "dose"),
        ({"every_days": 0}, "every_days"),
        ({"started_on": "2026-02-30"}, "started_on"),
        ({"started_on": "2014-01-01"}, "started_on"),
        ({"ended_on": "2026-03-01"}, "ended_on"),
        ({"intent": "wished"}, "intent"),
        ({"doze": 3}, "doze"),
    ],
)
def test_a_field_that_is_wrong_is_named(doctor: Program, fields: dict[str, Any], named: str) -> None:
    assert list(problem(doctor.post(PATH, dose(**fields)), 400)["errors"]) == [named]
    assert not Treatment.objects.exists()


def test_a_plan_may_lie_ahead_and_what_was_taken_may_not(doctor: Program) -> None:
    ahead = str(timezone.now().date() + timedelta(days=30))
    days = {"started_on": ahead, "ended_on": None}
    assert doctor.post(PATH, dose(intent="planned", **days)).status_code == 201
    said = problem(doctor.post(PATH, dose(**days)), 400)
    assert said["errors"] == {"started_on": ["What is yet to come was not taken."]}
    problem(doctor.post(PATH, dose(ended_on=ahead)), 400)


def test_a_correction_keeps_what_is_not_given(doctor: Program) -> None:
    old = doctor.post(PATH, dose(plan="taper 1")).json()
    new = doctor.post(f"{PATH}{old['id']}/correct/", {"dose": 25, "why": "half a tablet less"}).json()
    kept = {name: old[name] for name in ("drug", "unit", "route", "started_on", "ended_on", "intent", "plan")}
    assert new == {**new, **kept, "dose": 25}


@pytest.mark.parametrize("change", [{"ended_on": "2026-03-01"}, {"intent": "planned"}, {"dose": -2}, {"drug": " "}])
def test_a_correction_that_cannot_be_true_changes_nothing(doctor: Program, change: dict[str, Any]) -> None:
    row = doctor.post(PATH, dose()).json()["id"]
    problem(doctor.post(f"{PATH}{row}/correct/", {**change, "why": "x"}), 400)
    assert Treatment.objects.get().retracted_revision is None


def test_an_open_end_is_corrected_to_none_and_back(doctor: Program) -> None:
    row = doctor.post(PATH, dose()).json()["id"]
    opened = doctor.post(f"{PATH}{row}/correct/", {"ended_on": None, "why": "goes on"}).json()
    assert opened["ended_on"] is None
    closed = doctor.post(f"{PATH}{opened['id']}/correct/", {"ended_on": "2026-03-09", "why": "ended"}).json()
    assert closed["ended_on"] == "2026-03-09"


def test_a_list_is_narrowed_by_intent(anna: Patient, doctor: Program) -> None:
    for intent in ("planned", "taken"):
        factories.treatment(anna, intent=intent)
    (row,) = doctor.rows(PATH, {"patient": "MRN-1", "intent": "planned"})
    assert row["intent"] == "planned"
    assert [one["intent"] for one in doctor.rows(PATH, {"patient": "MRN-1"})] == ["taken", "planned"]
