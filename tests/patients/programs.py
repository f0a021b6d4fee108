"""A program that talks to the API: by a token, in JSON, for tests of every view."""

from itertools import count
from typing import Any

from django.test import Client

from patients.models import AccessToken, User
from tests import factories

V1 = "/api/v1/"
NUMBERS = count(1)


class Program:
    """Asks with a token of somebody; `scopes` and `patient` narrow it."""

    def __init__(self, user: User, **narrowed: Any) -> None:
        text = f"iph-program-{next(NUMBERS)}"
        self.user = user
        self.token: AccessToken = factories.token(user, text, **narrowed)
        self.client = Client(headers={"Authorization": f"Token {text}"})

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        """Ask for something; a name like `if_none_match` is a header."""
        return self.client.get(V1 + path, query or {}, headers=named(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON."""
        return self.client.post(V1 + path, body, content_type="application/json", headers=named(headers))

    def rows(self, path: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return every row of a list, page after page."""
        answer, found = self.get(path, query), []
        while True:
            assert answer.status_code == 200, answer.content
            body = answer.json()
            found += body["results"]
            if body["next"] is None:
                return found
            answer = self.client.get(body["next"])


def named(headers: dict[str, str]) -> dict[str, str]:
    """Return headers by their names: if_match is If-Match."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def problem(answer: Any, status: int) -> dict[str, Any]:
    """Return a failure, told as RFC 9457 wants."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    assert body["detail"]
    return body
