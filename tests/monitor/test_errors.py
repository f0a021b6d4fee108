"""What is shown when a page cannot be: in plain words to a person, as a problem to a program, and without the database."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from monitor import errors
from monitor.errors import WORDS, answer, problem
from tests.factories import member, team

ANSWERS: dict[int, Callable[[HttpRequest], HttpResponse]] = {
    403: errors.forbidden,
    404: errors.not_found,
    413: errors.too_large,
    500: errors.server_error,
    503: errors.unavailable,
}


def page(path: str = "/patients/") -> HttpRequest:
    """Return a request for a page."""
    return RequestFactory().get(path)


@pytest.mark.parametrize("status", ANSWERS)
def test_a_person_reads_what_happened_and_what_to_do(status: int) -> None:
    response = ANSWERS[status](page())
    title, advice = WORDS[HTTPStatus(status)]
    body = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{title}</h1>" in body
    assert advice in body
    assert body.count("<h1") == 1


@pytest.mark.parametrize("status", ANSWERS)
def test_a_program_reads_a_problem(status: int) -> None:
    response = ANSWERS[status](page("/api/v1/patients/"))
    body = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert (body["status"], body["title"]) == (status, HTTPStatus(status).phrase)
    assert body["detail"].startswith(WORDS[HTTPStatus(status)][0])


@pytest.mark.parametrize("status", ANSWERS)
def test_an_error_page_asks_the_database_nothing(status: int) -> None:
    """Without the database mark pytest-django refuses every query."""
    assert ANSWERS[status](page()).content


@pytest.mark.parametrize("status", ANSWERS)
def test_every_error_page_leads_back(status: int) -> None:
    assert b'href="/"' in ANSWERS[status](page()).content


def test_the_exception_is_never_told() -> None:
    secret = LookupError("Patient Canary 4711")
    for handler in (errors.forbidden, errors.not_found):
        assert b"Canary" not in handler(page(), secret).content
        assert b"Canary" not in handler(page("/api/v1/x/"), secret).content


def test_a_lost_database_names_a_time_to_come_back() -> None:
    assert errors.unavailable(page())["Retry-After"] == "30"
    assert errors.unavailable(page("/api/v1/alerts/"))["Retry-After"] == "30"
    assert "Retry-After" not in errors.server_error(page())


def test_every_answer_has_its_words() -> None:
    assert set(WORDS) == set(ANSWERS)
    with pytest.raises(KeyError):
        answer(page(), HTTPStatus.IM_A_TEAPOT)


def test_a_problem_is_what_rfc_9457_says() -> None:
    response = problem(HTTPStatus.NOT_FOUND, "No such patient.")
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No such patient.",
    }


@pytest.mark.django_db
def test_missing_and_foreign_pages_are_the_same_page(client: Client) -> None:
    client.force_login(member(team()))
    missing = client.get("/nowhere/")
    foreign = client.get("/patients/00000000-0000-0000-0000-000000000000/")
    assert missing.status_code == foreign.status_code == 404
    assert missing.content == foreign.content


@pytest.mark.django_db
def test_an_unknown_address_of_the_api_is_a_problem(client: Client) -> None:
    response = client.get("/api/v1/nowhere/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db
def test_a_form_of_another_site_is_refused_in_plain_words() -> None:
    client = Client(enforce_csrf_checks=True)
    response: Any = client.post("/accounts/login/", {"login": "a@example.org", "password": "x"})
    assert response.status_code == 403
    assert b"This form has expired" in response.content
    assert b"Nothing was saved" in response.content
