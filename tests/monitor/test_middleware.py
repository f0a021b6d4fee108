"""Around every request: who acts is named to PostgreSQL for its transaction, a failure leaves nothing, nothing is stored."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from alerts.models import Heartbeat
from monitor.middleware import ActingUser, NoStore, Unavailable, acting_user
from patients.models import User
from tests.factories import account, token

ROOT = Path(__file__).resolve().parent.parent.parent


def named() -> str:
    """Return whom PostgreSQL takes to be asking."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.user_id', true), '')")
        return str(cursor.fetchone()[0])


def says_who(request: HttpRequest) -> HttpResponse:
    """Answer with who asks."""
    return HttpResponse(named())


def says_who_late(request: HttpRequest) -> HttpResponse:
    """Answer with who asks while the template is rendered, after the view returned."""
    return TemplateResponse(request, engines["django"].from_string("{{ who }}"), {"who": named})


def writes(request: HttpRequest, status: int) -> HttpResponse:
    """Write a row, then answer with a status."""
    Heartbeat.objects.create(name="written", beat_at="2026-11-24T09:00Z")
    return HttpResponse("done", status=status)


def breaks(request: HttpRequest, how: str) -> HttpResponse:
    """Write a row, then fail."""
    Heartbeat.objects.create(name="written", beat_at="2026-11-24T09:00Z")
    raise {"bug": ZeroDivisionError("Canary 4711"), "database": OperationalError("Canary 4711")}[how]


def keeps(request: HttpRequest) -> HttpResponse:
    """Answer with something that a browser may keep."""
    return HttpResponse("kept", headers={"Cache-Control": "max-age=60"})


VIEWS = [
    path("who/", says_who),
    path("late/", says_who_late),
    path("writes/<int:status>/", writes),
    path("breaks/<str:how>/", breaks),
    path("keeps/", keeps),
]
urlpatterns = [*VIEWS, path("api/", include(VIEWS)), path("health/", include(VIEWS)), path("", include("monitor.urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def user() -> User:
    return account()


@pytest.fixture
def visitor(user: User) -> Client:
    """Return a browser in which the user is logged in, that shows the 500 page."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def written() -> bool:
    """Tell whether the view's row is there."""
    return Heartbeat.objects.filter(name="written").exists()


@pytest.mark.parametrize("address", ["/who/", "/late/"])
def test_the_acting_user_is_named_to_postgresql_while_view_and_template_run(
    visitor: Client, user: User, address: str
) -> None:
    assert visitor.get(address).content.decode() == str(user.pk)


def test_nobody_is_named_after_the_request(visitor: Client) -> None:
    visitor.get("/who/")
    assert named() == ""
    visitor.get("/breaks/bug/")
    assert named() == ""


def test_a_stranger_is_nobody(client: Client) -> None:
    assert client.get("/who/").content == b""


def test_a_closed_account_is_nobody(visitor: Client) -> None:
    User.objects.update(is_active=False)
    assert visitor.get("/who/").content == b""


def test_health_checks_ask_for_nobody(visitor: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # the view's own, within a savepoint
        assert visitor.get("/health/who/").content == b""


@pytest.mark.parametrize(("status", "kept"), [(200, True), (302, True), (404, True), (500, False), (503, False)])
def test_what_a_failing_view_wrote_is_rolled_back(visitor: Client, status: int, kept: bool) -> None:
    response = visitor.get(f"/writes/{status}/")
    assert (response.status_code, response.content) == (status, b"done")
    assert written() is kept


def test_a_bug_is_a_500_page_that_leaves_nothing_and_tells_nothing(visitor: Client) -> None:
    response = visitor.get("/breaks/bug/")
    assert response.status_code == 500
    assert b"Canary" not in response.content
    assert not written()


def test_a_lost_database_is_a_503_that_leaves_nothing(visitor: Client) -> None:
    response = visitor.get("/breaks/database/")
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert b"Nothing you sent was saved" in response.content
    assert b"Canary" not in response.content
    assert not written()


def test_a_lost_database_is_a_problem_for_a_program(visitor: Client) -> None:
    response = visitor.get("/api/breaks/database/")
    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "address", ["/who/", "/api/who/", "/writes/404/", "/breaks/bug/", "/breaks/database/", "/nowhere/"]
)
def test_no_answer_is_stored(visitor: Client, address: str) -> None:
    assert visitor.get(address)["Cache-Control"] == "no-store"


def test_a_view_may_allow_storing(visitor: Client) -> None:
    assert visitor.get("/keeps/")["Cache-Control"] == "max-age=60"


def test_a_program_acts_as_the_owner_of_its_token(client: Client, user: User) -> None:
    token(user, "lasting")
    assert client.get("/api/who/", headers={"Authorization": "Token lasting"}).content.decode() == str(user.pk)


@pytest.mark.parametrize("header", ["Token wrong", "Bearer lasting"])
def test_a_wrong_token_is_nobody_even_with_a_session(visitor: Client, header: str) -> None:
    assert visitor.get("/api/who/", headers={"Authorization": header}).content == b""


def test_a_token_opens_no_page(client: Client, user: User) -> None:
    token(user, "lasting")
    assert client.get("/who/", headers={"Authorization": "Token lasting"}).content == b""


def test_acting_users_are_people_of_ours(user: User) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert acting_user(request) is None
    request.user = user
    assert acting_user(request) == user


def test_a_database_lost_before_the_view_is_a_503() -> None:
    def lost(request: HttpRequest) -> HttpResponse:
        raise OperationalError("server closed the connection")

    request = RequestFactory().get("/")
    request.user = account()
    assert ActingUser(lost)(request).status_code == 503


@pytest.mark.parametrize("wrapper", [Unavailable, NoStore])
def test_other_failures_are_left_alone(wrapper: Callable[[Any], Any]) -> None:
    def fails(request: HttpRequest) -> HttpResponse:
        raise KeyError("a bug")

    request = RequestFactory().get("/")
    with pytest.raises(KeyError):
        wrapper(fails)(request)
    assert Unavailable(fails).process_exception(request, KeyError("a bug")) is None


@pytest.fixture(scope="module")
def dark() -> dict[str, dict[str, Any]]:
    """Return what a process answers whose PostgreSQL refuses connections."""
    asked = [
        "/",
        "/patients/",
        "/api/v1/patients/",
        "/health/live",
        "/health/ready",
        "/health/watch",
        "/accounts/login/",
    ]
    command = [sys.executable, "-W", "error", "-m", "tests.monitor.lost_database", *asked]
    environ = {"PATH": os.environ["PATH"], "IPH_SECRET_KEY": "x" * 50, "IPH_ENCRYPTION_KEY": "dW51c2Vk"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("address", ["/", "/patients/"])
def test_without_postgresql_every_page_says_so(dark: dict[str, dict[str, Any]], address: str) -> None:
    answer = dark[address]
    assert (answer["status"], answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "no-store")
    assert "The database does not answer" in answer["body"]


def test_without_postgresql_a_program_is_told_so(dark: dict[str, dict[str, Any]]) -> None:
    answer = dark["/api/v1/patients/"]
    assert (answer["status"], answer["Content-Type"]) == (503, "application/problem+json")
    assert json.loads(answer["body"])["title"] == "Service Unavailable"


@pytest.mark.parametrize(("check", "status"), [("live", 200), ("ready", 503), ("watch", 503)])
def test_without_postgresql_health_checks_answer(dark: dict[str, dict[str, Any]], check: str, status: int) -> None:
    assert dark[f"/health/{check}"]["status"] == status


def test_no_answer_names_the_server(dark: dict[str, dict[str, Any]]) -> None:
    assert not [
        address for address, answer in dark.items() if "127.0.0.1" in answer["body"] or "iph_web" in answer["body"]
    ]
