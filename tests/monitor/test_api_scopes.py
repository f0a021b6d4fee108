"""Every operation of the schema by every scope: a token without the scope is refused before anything else is looked at."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from patients.models import Scope, User
from tests import factories
from tests.patients.programs import Program, problem

pytestmark = pytest.mark.django_db
SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(public=True)
OPERATIONS = [
    (method, path) for path, methods in SCHEMA["paths"].items() for method in methods if method in ("get", "post")
]
UPLOADS = ("post", "/api/v1/uploads/")


def address(path: str) -> str:
    """Return a path with ids of nothing."""
    for name in ("patient_id", "upload_id", "alert_id"):
        path = path.replace(f"{{{name}}}", str(uuid4()))
    for name in ("observation_id", "event_id", "treatment_id", "mute_id"):
        path = path.replace(f"{{{name}}}", "4711")
    return path


def needed(method: str, path: str) -> Scope:
    """Return the scope that an operation needs."""
    if (method, path) == UPLOADS:
        return Scope.UPLOAD
    return Scope.READ if method == "get" else Scope.WRITE


@pytest.fixture
def physician() -> User:
    return factories.member(factories.patient().team)


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_asks_for_its_scope(physician: User, method: str, path: str, scope: Scope) -> None:
    answer = getattr(Program(physician, scopes=[scope]).client, method)(address(path))
    if scope is needed(method, path):
        assert answer.status_code != 403
    else:
        assert f"“{needed(method, path)}”" in problem(answer, 403)["detail"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_stranger_is_told_to_log_in(method: str, path: str) -> None:
    factories.token(factories.account(is_active=False), "iph-closed")
    for headers in ({}, {"Authorization": "Token nobody"}, {"Authorization": "Token iph-closed"}):
        answer = getattr(Client(), method)(address(path), headers=headers)
        problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if one[0] == "post"])
def test_a_session_without_its_secret_writes_nothing(physician: User, method: str, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(physician)
    problem(client.post(address(path), {}, content_type="application/json"), 403)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_service_token_of_nobody_reachable_finds_nothing(method: str, path: str) -> None:
    machine = Program(factories.account(), patient=factories.patient())
    assert getattr(machine.client, method)(address(path)).status_code in (200, 400, 403, 404, 415)
    if method == "get" and "{" not in path:
        body = machine.client.get(address(path)).json()
        assert body.get("results", []) == []


@pytest.mark.parametrize("path", sorted({path for _, path in OPERATIONS}))
def test_no_answer_may_be_kept_by_a_cache(physician: User, path: str) -> None:
    answer = Program(physician).client.get(address(path))
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
