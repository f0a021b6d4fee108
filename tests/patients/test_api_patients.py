"""Patients by the API: lists narrowed, a new patient, and the whole record in columns, as known now or on a day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from patients.access import Actor
from patients.models import Membership, Patient, PatientIdentifier, PatientRevision
from tests import factories
from tests.patients.programs import Program, problem
from tests.patients.test_fact_api import person

pytestmark = pytest.mark.django_db
PATH = "patients/"


@pytest.fixture
def anna() -> Patient:
    return factories.patient(identifier="MRN-1", time_zone="Europe/Berlin")


@pytest.fixture
def doctor(anna: Patient) -> Program:
    return Program(factories.member(anna.team))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Anna", "Berta", "Clara"}),
        ({"sex": "male"}, {"Berta"}),
        ({"course": "chronic"}, {"Clara"}),
        ({"active": "false"}, {"Clara"}),
        ({"active": "true"}, {"Anna", "Berta"}),
        ({"identifier": "MRN-2"}, {"Berta"}),
        ({"identifier": "MRN"}, set()),
        ({"changed_since": "2026-01-01T00:00:00Z"}, {"Berta"}),
        ({"sex": "male", "active": "false"}, set()),
    ],
)
def test_a_list_is_narrowed(query: dict[str, str], found: set[str]) -> None:
    ours = factories.team()
    factories.patient(ours, "Anna", identifier="MRN-1")
    factories.patient(ours, "Berta", identifier="MRN-2", sex="male", changed_at=datetime(2026, 3, 1, tzinfo=UTC))
    factories.patient(ours, "Clara", course="chronic", active=False)
    rows = Program(factories.member(ours)).rows(PATH, query)
    assert {row["name"] for row in rows} == found


def test_a_list_is_narrowed_to_one_team() -> None:
    teams = [factories.team(), factories.team()]
    mine = factories.member(teams[0])
    Membership.objects.create(user=mine, team=teams[1], role="nurse", starts_at=factories.LONG_AGO)
    patients = [factories.patient(one) for one in teams]
    (row,) = Program(mine).rows(PATH, {"team": str(teams[1].pk)})
    assert (row["id"], row["team_id"]) == (str(patients[1].pk), teams[1].pk)


def test_two_identifiers_of_one_value_show_a_patient_once(anna: Patient, doctor: Program) -> None:
    PatientIdentifier.objects.create(patient=anna, issuer="elsewhere", value="MRN-1")
    assert len(doctor.rows(PATH, {"identifier": "MRN-1"})) == 1


@pytest.mark.parametrize(
    "query", [{"sex": "x"}, {"team": "a"}, {"team": "0"}, {"changed_since": "then"}, {"active": "1"}, {"name": "Anna"}]
)
def test_what_makes_no_sense_is_refused(doctor: Program, query: dict[str, str]) -> None:
    assert set(problem(doctor.get(PATH, query), 400)["errors"]) == set(query)


NEW: dict[str, Any] = {
    "name": "Dora Neumann",
    "identifiers": [{"value": "MRN-7"}, {"issuer": "register", "value": "7"}],
    "birth_date": "2018-04-01",
    "sex": "female",
    "telephone": "+49 30 1",
}


def test_a_patient_is_followed_from_now_on(anna: Patient, doctor: Program) -> None:
    answer = doctor.post(PATH, NEW)
    told = answer.json()
    assert (answer.status_code, told["name"], told["team"], told["revision"]) == (
        201,
        "Dora Neumann",
        anna.team.name,
        0,
    )
    assert told["identifiers"] == [{"issuer": "", "value": "MRN-7"}, {"issuer": "register", "value": "7"}]
    assert told["time_zone"] == anna.team.time_zone
    assert doctor.client.get(answer["Location"]).json() == told
    assert Patient.objects.get(pk=told["id"]).identity.telephone == "+49 30 1"


@pytest.mark.parametrize("actor", list(Actor))
def test_who_begins_to_follow(anna: Patient, actor: Actor) -> None:
    answer = Program(person(anna, actor)).post(PATH, NEW)
    if actor in (Actor.PHYSICIAN, Actor.COORDINATOR):
        assert answer.status_code == 201
    else:
        problem(answer, 403)
        assert Patient.objects.count() == 1


def test_an_identifier_of_somebody_is_a_conflict_and_leaves_nothing(anna: Patient, doctor: Program) -> None:
    factories.patient(identifier="MRN-9")  # of another team
    for value in ("MRN-1", "MRN-9"):
        said = problem(doctor.post(PATH, {**NEW, "identifiers": [{"value": value}]}), 409)
        assert "belongs to a patient" in said["detail"]
    problem(doctor.post(PATH, {**NEW, "identifiers": [{"value": "x"}, {"value": "x"}]}), 409)
    assert Patient.objects.count() == 2


def test_who_is_in_several_teams_names_one(anna: Patient, doctor: Program) -> None:
    other, foreign = factories.team(), factories.team()
    Membership.objects.create(user=doctor.user, team=other, role="coordinator", starts_at=factories.LONG_AGO)
    assert "team" in problem(doctor.post(PATH, NEW), 400)["errors"]
    assert "team" in problem(doctor.post(PATH, {**NEW, "team": foreign.pk}), 400)["errors"]
    assert doctor.post(PATH, {**NEW, "team": other.pk}).json()["team_id"] == other.pk


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"birth_date": "1899-01-01"}, "birth_date"),
        ({"birth_date": str(timezone.now().date() + timedelta(days=2))}, "birth_date"),
        ({"diagnosis_date": "2999-01-01"}, "diagnosis_date"),
        ({"sex": "f"}, "sex"),
        ({"time_zone": "Europe"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"email": "nobody"}, "email"),
        ({"height_cm": 3}, "height_cm"),
        ({"identifiers": [{"issuer": "x"}]}, "identifiers"),
        ({"identifiers": "MRN-1"}, "identifiers"),
        ({"revision": 7}, "revision"),
        ({"user": 1}, "user"),
    ],
)
def test_a_field_that_is_wrong_is_named(doctor: Program, fields: dict[str, Any], named: str) -> None:
    assert set(problem(doctor.post(PATH, {**NEW, **fields}), 400)["errors"]) == {named}
    assert Patient.objects.count() == 1


def test_a_patient_holds_until_something_changes(anna: Patient, doctor: Program) -> None:
    path = f"{PATH}{anna.pk}/"
    tag = doctor.get(path)["ETag"]
    assert doctor.get(path, if_none_match=tag).status_code == 304
    anna.identity.name = "Anna Other"
    anna.identity.save()
    renamed = doctor.get(path, if_none_match=tag)
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Anna Other")
    factories.result(anna, 98.0)
    assert doctor.get(path, if_none_match=renamed["ETag"]).status_code == 200


def test_the_timeline_is_the_whole_record(anna: Patient, doctor: Program) -> None:
    factories.results(anna, [120.0, 98.0])
    factories.event(anna, "hemoptysis", amount="streaks")
    factories.treatment(anna)
    answer = doctor.get(f"{PATH}{anna.pk}/timeline/")
    told = answer.json()
    assert (answer["Content-Type"], answer["ETag"]) == ("application/json", 'W/"4"')
    assert (told["revision"], told["observations"][0]["value"]) == (4, [120, 98])
    assert [len(told[name]) for name in ("events", "treatments", "texts")] == [1, 1, 0]
    assert doctor.get(f"{PATH}{anna.pk}/timeline/", if_none_match='W/"4"').status_code == 304


def test_the_timeline_is_told_as_known_on_a_day(anna: Patient, doctor: Program) -> None:
    for number, moment in enumerate(["2026-03-01T22:59:59Z", "2026-03-02T22:59:59Z", "2026-03-02T23:00:00Z"]):
        factories.result(anna, 100.0 + number, days_ago=number)
        PatientRevision.objects.filter(n=number + 1).update(at=moment)
    path = f"{PATH}{anna.pk}/timeline/"
    known = {
        asked: doctor.get(path, {"known_at": asked}).json()["revision"]
        for asked in (
            "2026-02-28",
            "2026-03-01",
            "2026-03-02",
            "2026-03-03",
            "2026-03-02T23:59:59",
            "2026-03-02T22:59:59Z",
        )
    }
    assert list(known.values()) == [0, 1, 2, 3, 2, 2]
    earlier = doctor.get(path, {"known_at": "2026-03-02"})
    assert (earlier["ETag"], earlier.json()["observations"][0]["value"]) == ('W/"2"', [101, 100])
    assert doctor.get(path, {"known_at": "2026-03-02"}, if_none_match='W/"2"').status_code == 304


@pytest.mark.parametrize("wrong", ["then", "2026-02-30", ""])
def test_a_day_that_is_none_is_refused(anna: Patient, doctor: Program, wrong: str) -> None:
    assert set(problem(doctor.get(f"{PATH}{anna.pk}/timeline/", {"known_at": wrong}), 400)["errors"]) == {"known_at"}


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (Actor.PATIENT, 200),
        (Actor.CAREGIVER, 200),
        (Actor.NURSE, 200),
        (Actor.PHYSICIAN, 200),
        (Actor.COORDINATOR, 403),
        (Actor.ADMIN, 404),
    ],
)
def test_who_reads_the_timeline(anna: Patient, actor: Actor, status: int) -> None:
    assert Program(person(anna, actor)).get(f"{PATH}{anna.pk}/timeline/").status_code == status


def test_another_teams_timeline_is_missing(doctor: Program) -> None:
    foreign = problem(doctor.get(f"{PATH}{factories.patient().pk}/timeline/"), 404)
    assert foreign == problem(doctor.get(f"{PATH}{uuid4()}/timeline/"), 404)


@pytest.mark.parametrize("count", [1, 200])
def test_a_timeline_costs_the_same_whatever_is_stored(
    anna: Patient, doctor: Program, count: int, django_assert_num_queries: Any, as_role: Any
) -> None:
    factories.results(anna, [100.0 + n / 10 for n in range(count)])
    with as_role("iph_web"), django_assert_num_queries(13):
        assert len(doctor.get(f"{PATH}{anna.pk}/timeline/").json()["observations"][0]["id"]) == count
