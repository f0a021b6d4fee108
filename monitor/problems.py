"""Every failure of the API as problem+json (RFC 9457): one shape for a program to read."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as Denied
from rest_framework.views import exception_handler

CONTENT_TYPE = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the answer to an exception of an API view; None leaves it to the middleware (503) or the 500 page.

    Django's 404 and 403 lose their texts, which may name what was asked for.
    """
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = Denied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, APIException):
        return response
    status = HTTPStatus(response.status_code)
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": says(error)}
    if isinstance(error, ValidationError) and isinstance(error.detail, dict):
        body["errors"] = error.detail
    body |= getattr(error, "more", {})
    response.data = body
    response.content_type = CONTENT_TYPE
    return response


def says(error: APIException) -> str:
    """Return one sentence: the detail itself, or the fields that need mending."""
    detail = error.detail
    if isinstance(detail, ErrorDetail):
        return str(detail)
    if isinstance(detail, dict):
        return f"These fields need mending: {', '.join(sorted(str(name) for name in detail))}."
    return " ".join(str(one) for one in detail)
