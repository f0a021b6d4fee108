"""The worklist by the API, and the page that shows the whole API to a person."""

from typing import Any

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime
from drf_spectacular.generators import SchemaGenerator

from alerts.rules.rule import Severity
from monitor import api
from monitor.triage import PAGE
from patients.models import CareTeam, Patient
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
PATH = "worklist/"


@pytest.fixture
def team() -> CareTeam:
    return factories.team()


@pytest.fixture
def nurse(team: CareTeam) -> Program:
    return Program(factories.member(team, "nurse"))


def ill(of: CareTeam, severity: Severity = Severity.MODERATE, **fields: Any) -> Patient:
    """Return a patient with an open alert."""
    one = factories.patient(of, **fields)
    factories.results(one, [124.0, 98.0])
    factories.alert(one, severity)
    return one


def test_who_needs_someone_comes_most_urgent_first(team: CareTeam, nurse: Program) -> None:
    low, high = ill(team, Severity.LOW), ill(team, Severity.HIGH)
    factories.patient(team)
    rows = nurse.rows(PATH)
    assert [(row["id"], row["acuity"]) for row in rows] == [(str(high.pk), "high"), (str(low.pk), "low")]


def test_a_row_says_why(team: CareTeam, nurse: Program) -> None:
    one = ill(team, Severity.HIGH, name="Anna Example", identifier="MRN-1")
    factories.treatment(one, days_ago=3)
    (row,) = nurse.rows(PATH)
    assert set(row) == set(api.WorklistRowSerializer().fields)
    assert (row["name"], row["identifier"], row["more"], row["silent_days"]) == ("Anna Example", "MRN-1", 0, None)
    assert (row["alert"]["severity"], row["alert"]["state"], row["alert"]["owner"]) == ("high", "raised", None)
    assert row["alert"]["sentence"]
    assert row["hemoglobin"]["value"] == 98.0
    assert "30\N{NO-BREAK SPACE}mg" in row["prednisone"]


def test_a_row_says_when_it_was_judged(team: CareTeam, nurse: Program) -> None:
    one = ill(team)
    assert nurse.rows(PATH)[0]["evaluated_at"] is None
    state = factories.judged(one)
    assert state.evaluated_at is not None
    assert parse_datetime(nurse.rows(PATH)[0]["evaluated_at"]) == state.evaluated_at


def test_an_owner_is_named_never_by_address(team: CareTeam, nurse: Program) -> None:
    one = factories.patient(team)
    factories.alert(one, state="acknowledged", owner=nurse.user)
    (row,) = nurse.rows(PATH)
    assert row["alert"]["owner"] == str(nurse.user)
    assert "@" not in str(row)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"tab": "all"}, 3),
        ({"tab": "mine"}, 1),
        ({"severity": "high"}, 1),
        ({"severity": "low"}, 0),
        ({"unacknowledged": "true"}, 1),
        ({"unacknowledged": "false"}, 2),
    ],
)
def test_a_list_is_narrowed(team: CareTeam, nurse: Program, query: dict[str, str], count: int) -> None:
    ill(team, Severity.HIGH)
    factories.alert(factories.patient(team), Severity.MODERATE, state="acknowledged", owner=nurse.user)
    factories.patient(team)
    assert len(nurse.rows(PATH, query)) == count


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "theirs"},
        {"severity": "x"},
        {"rule": "x"},
        {"page": "0"},
        {"team": "x"},
        {"q": "Anna"},
        {"overdue": "1"},
    ],
)
def test_what_makes_no_sense_is_refused(nurse: Program, query: dict[str, str]) -> None:
    assert set(problem(nurse.get(PATH, query), 400)["errors"]) == set(query)


def test_pages_follow_one_another(team: CareTeam, nurse: Program) -> None:
    made = {str(ill(team).pk) for _ in range(PAGE + 2)}
    first = nurse.get(PATH, {"severity": "moderate"}).json()
    assert (len(first["results"]), "severity=moderate" in first["next"]) == (PAGE, True)
    assert {row["id"] for row in nurse.rows(PATH)} == made
    assert nurse.get(PATH, {"page": 9}).json() == {"results": [], "next": None}


def test_nobody_of_another_team_is_listed(nurse: Program) -> None:
    ill(factories.team())
    assert nurse.rows(PATH) == []


@pytest.mark.parametrize("who", ["caregiver", "coordinator", "administrator"])
def test_who_reads_no_alerts_has_no_worklist(team: CareTeam, who: str) -> None:
    one = ill(team)
    user = {
        "caregiver": lambda: factories.caregiver(one),
        "coordinator": lambda: factories.member(team, "coordinator"),
        "administrator": lambda: factories.account(is_staff=True),
    }[who]()
    problem(Program(user).get(PATH), 403)


def test_as_many_questions_for_many_as_for_one(
    team: CareTeam, nurse: Program, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for more in (1, 9):
        for _ in range(more):
            ill(team)
        with django_assert_max_num_queries(45) as counted:
            assert nurse.get(PATH).status_code == 200
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


def test_the_page_shows_every_operation(client: Client) -> None:
    schema = SchemaGenerator().get_schema(public=True)
    page = client.get("/api/").content.decode()
    found = api.operations(schema)
    assert len(found) == sum(method in api.METHODS for methods in schema["paths"].values() for method in methods)
    for one in found:
        assert f"{one.method} {one.path}" in page
    assert "Idempotency-Key" in page
    assert "If-Match" in page


def test_the_page_asks_nothing_of_another_host_and_runs_nothing(client: Client) -> None:
    response = client.get("/api/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "style=" not in page
    assert "<script>" not in page
    assert not [link for link in page.split('"') if link.startswith(("http:", "https:", "//"))]


def test_an_operation_is_told_with_all_it_takes_and_answers() -> None:
    schema = {
        "paths": {
            "/x/": {
                "post": {
                    "tags": ["xs"],
                    "description": "Does `x`.\n\nAnd more.",
                    "parameters": [{"name": "If-Match", "in": "header", "description": "A tag."}],
                    "requestBody": {"content": {"application/json": {}}},
                    "responses": {"201": {"description": "Done."}, "404": {"description": "Not there."}},
                },
                "parameters": [],
            }
        }
    }
    (one,) = api.operations(schema)
    assert (one.tag, one.method, one.path, one.takes) == ("xs", "POST", "/x/", ("application/json",))
    assert (one.title, one.more) == ("Does x.", "And more.")
    assert one.parameters == (("If-Match", "header", "A tag."),)
    assert one.answers == (("201", "Done."), ("404", "Not there."))
