"""Failures of the API: one shape, and no text that names what was asked for."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

from monitor.problems import CONTENT_TYPE, handle, says
from tests.factories import account, member, team

SECRET = "Patient Canary 4711"


def answered(error: Exception) -> Any:
    """Return the answer to an exception."""
    response = handle(error, {"view": None})
    assert response is not None
    return response


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Http404(SECRET), 404, "Not Found"),
        (PermissionDenied(SECRET), 403, "Forbidden"),
        (exceptions.NotAuthenticated(), 401, "Unauthorized"),
        (exceptions.MethodNotAllowed("PUT"), 405, "Method Not Allowed"),
        (exceptions.ParseError(), 400, "Bad Request"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "Unsupported Media Type"),
        (exceptions.Throttled(wait=10), 429, "Too Many Requests"),
    ],
)
def test_every_failure_has_the_same_shape(error: Exception, status: int, title: str) -> None:
    response = answered(error)
    assert (response.status_code, response.content_type) == (status, CONTENT_TYPE)
    assert {key: response.data[key] for key in ("type", "title", "status")} == {
        "type": "about:blank",
        "title": title,
        "status": status,
    }
    assert response.data["detail"]
    assert SECRET not in json.dumps(response.data)


def test_invalid_fields_are_named_one_by_one() -> None:
    error = exceptions.ValidationError({"value": ["A number is needed."], "code": ["No such analyte."]})
    response = answered(error)
    assert response.data["detail"] == "These fields need mending: code, value."
    assert response.data["errors"]["value"] == ["A number is needed."]


def test_a_list_of_errors_is_one_text() -> None:
    response = answered(exceptions.ValidationError(["Too long.", "Too old."]))
    assert response.data["detail"] == "Too long. Too old."
    assert "errors" not in response.data


def test_a_single_detail_is_said_as_it_is() -> None:
    assert says(exceptions.AuthenticationFailed("This token is not valid.")) == "This token is not valid."


@pytest.mark.parametrize("error", [OperationalError("gone"), ZeroDivisionError(), KeyError("x")])
def test_other_failures_are_left_to_the_middleware_and_the_500_page(error: Exception) -> None:
    assert handle(error, {"view": None}) is None


def test_headers_of_a_failure_are_kept() -> None:
    assert answered(exceptions.Throttled(wait=10)).headers["Retry-After"] == "10"


def api(client: Client, path: str, method: str = "get", **more: Any) -> Any:
    """Ask the API."""
    return getattr(client, method)(f"/api/v1/{path}", **more)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("patients/00000000-0000-0000-0000-000000000000/", "get", 404),
        ("patients/", "delete", 405),
        ("alerts/?status=loud", "get", 400),
        ("uploads/", "post", 400),
    ],
)
def test_the_api_answers_in_this_shape(client: Client, path: str, method: str, status: int) -> None:
    client.force_login(member(team()))
    response = api(client, path, method)
    assert response.status_code == status
    assert response["Content-Type"] == CONTENT_TYPE
    assert json.loads(response.content)["status"] == status


@pytest.mark.django_db
def test_strangers_are_told_how_to_log_in(client: Client) -> None:
    response = api(client, "patients/")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Token")
    assert response["Content-Type"] == CONTENT_TYPE


@pytest.mark.django_db
def test_who_is_in_no_team_may_not_list(client: Client) -> None:
    client.force_login(account())
    assert api(client, "patients/").status_code == 403


def test_the_renderer_writes_what_was_answered() -> None:
    body = json.loads(JSONRenderer().render(answered(Http404()).data))
    assert body == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not found."}
