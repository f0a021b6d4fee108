"""Around every request: the acting user for row-level security, nothing kept in caches, calm when PostgreSQL is down."""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from monitor.errors import unavailable
from monitor.tokens import user_of
from patients.context import acting_as
from patients.models import User

LOG = structlog.get_logger(__name__)
Responder = Callable[[HttpRequest], HttpResponse]

WITHOUT_DATABASE = ("/health/",)
"""Paths that must answer without asking who calls: a database that is down would take them down."""
WITHOUT_LOG_IN = ("/calendar/",)
"""Paths that know a secret and nobody: who happens to be logged in makes no difference."""


class Compressed(GZipMiddleware):
    """Sends pages compressed to browsers that ask for it: a worklist of fifty patients in a tenth of its bytes.

    Pages only: an answer of the API keeps the ETag that a program must send back. What a page says beside what an attacker chose
    cannot be read from its length: cookies go along with no request from another site (SameSite), the CSRF token differs each time,
    and Django adds random bytes (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress HTML."""
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


class Unavailable:
    """Answers 503, without a query, where a view found PostgreSQL gone; what it had written is rolled back."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a lost database into a page; leave every other failure alone."""
        return gone(request, exception) if isinstance(exception, OperationalError | InterfaceError) else None


class NoStore:
    """Keeps pages out of caches and histories: whatever was answered to a person may hold a patient's data."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forbid storing, unless the view said otherwise."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ActingUser:
    """Names the acting user to PostgreSQL for one transaction around the whole request, rendering included.

    With ATOMIC_REQUESTS the view has a savepoint of its own within it, so that a failing view leaves nothing behind.
    """

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Open the context of whoever asks; without a log-in there is none, and every patient table is empty."""
        if request.path.startswith(WITHOUT_DATABASE):
            return self.get_response(request)
        try:
            user = acting_user(request)
            return self.get_response(request) if user is None else self._respond_to(user, request)
        except RequestFailedError as failed:
            return failed.response
        except (OperationalError, InterfaceError) as error:
            return gone(request, error)

    def _respond_to(self, user: User, request: HttpRequest) -> HttpResponse:
        """Answer within the person's context."""
        with acting_as(user.pk):
            response = self.get_response(request)
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise RequestFailedError(response)
            return response


class RequestFailedError(Exception):
    """Takes the answer of a failed request out of its transaction, which an exception rolls back."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def acting_user(request: HttpRequest) -> User | None:
    """Return the person of the session, on API paths also the one of a valid token; None for nobody."""
    if request.path.startswith(WITHOUT_LOG_IN):
        return None
    if request.path.startswith("/api/") and "Authorization" in request.headers:
        return user_of(request.headers["Authorization"])
    user = request.user
    return user if isinstance(user, User) and user.is_active else None


def gone(request: HttpRequest, error: Exception) -> HttpResponse:
    """Log that the database does not answer, and say so."""
    LOG.error("database_unavailable", method=request.method, exc_info=error)
    return unavailable(request)
