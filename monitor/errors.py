"""What is shown when a page cannot be: 403, 404, 413, 500, 503. A program under /api/ gets the same as problem+json (RFC 9457).

These pages ask the database nothing, so that they work when it is the database that failed.
"""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

WORDS: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.FORBIDDEN: ("This is not open to you", "Your role does not include this. Ask your team’s coordinator."),
    HTTPStatus.NOT_FOUND: ("There is nothing here for you", "The address is wrong, or it belongs to another team."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "The file is too large",
        "A file may have at most 10 MB. Nothing was kept. Split it, or send fewer pages.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something failed on our side",
        "What you sent was not saved. Try again; if it fails again, tell whoever runs this service.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "The database does not answer",
        "Nothing you sent was saved, nothing recorded before is lost. Try again in a minute.",
    ),
}
"""Status: what happened, and what to do."""


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return answer(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: the same for what is missing and for what is another's."""
    return answer(request, HTTPStatus.NOT_FOUND)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413."""
    return answer(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: no detail, which stands in the log."""
    return answer(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer 503, with a time to come back."""
    response = answer(request, HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = "30"
    return response


def answer(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Render a failure for a person, or for a program under /api/."""
    title, advice = WORDS[status]
    if request.path.startswith("/api/"):
        return problem(status, f"{title}. {advice}")
    context = {"status": int(status), "title": title, "advice": advice, "demo": settings.DEMO}
    return HttpResponse(render_to_string("error.html", context), status=status)


def problem(status: HTTPStatus, detail: str) -> JsonResponse:
    """Return a failure as RFC 9457 has it."""
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
