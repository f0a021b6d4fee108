"""Writes that may be sent again: under an `Idempotency-Key` a request is carried out once, and answered the same ever after.

The key is taken in the transaction that does the work, so that it stands exactly if the work does; a second request of the same
moment waits for the first. A refusal (4xx) leaves no key: mended or sent again, the request is a new one.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from patients.asked import Asked
from patients.context import ALL, working_on
from patients.models import AccessToken, IdempotencyKey
from patients.refusals import Conflict, KeyReused

P = ParamSpec("P")
V = TypeVar("V", bound=Asked)
HEADER: Final = "Idempotency-Key"
KEPT: Final = timedelta(hours=24)
LENGTH: Final = 200
REPLAYED: Final = "Idempotency-Replayed"
HEADERS: Final = ("Location", "ETag")
"""Headers that are part of an answer."""


def once(
    method: Callable[Concatenate[V, Request, P], HttpResponseBase],
) -> Callable[Concatenate[V, Request, P], HttpResponseBase]:
    """Let a view's method be sent again safely, where the caller names a key."""

    @wraps(method)
    def kept(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        row, mine = _taken(_checked(key), request, at=view.at)
        if not mine:
            return _again(row)
        response = method(view, request, *args, **kwargs)
        if isinstance(response, Response) and response.status_code < HTTPStatus.BAD_REQUEST:
            _keep(row, response)
        return response

    return kept


def forget(*, at: datetime) -> int:
    """Delete the answers that are old enough; return how many. As the worker."""
    with working_on(ALL):
        return IdempotencyKey.objects.filter(created_at__lte=at - KEPT).delete()[0]


def fingerprint(request: Request) -> str:
    """Return the SHA-256 of what is asked: by which log-in, where, and what for; files by their content."""
    token = request.auth.pk if isinstance(request.auth, AccessToken) else None
    data = request.data
    said = {name: data.getlist(name) for name in data} if hasattr(data, "getlist") else data
    text = json.dumps([request.method, request.get_full_path(), token, said], sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    """Return what JSON does not know as a text."""
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()


def _checked(key: str) -> str:
    """Return a key that can be kept."""
    if not 0 < len(key) <= LENGTH or not key.isascii() or not key.isprintable():
        raise ValidationError({HEADER: [f"Send 1 to {LENGTH} printable ASCII characters."]})
    return key


def _taken(key: str, request: Request, *, at: datetime) -> tuple[IdempotencyKey, bool]:
    """Return the row of a key, and whether it was taken just now; KeyReused where it stands for another request."""
    asked, user_id = fingerprint(request), int(request.user.pk or 0)
    mine = IdempotencyKey.objects.filter(user_id=user_id)
    mine.filter(created_at__lte=at - KEPT).delete()
    fresh = IdempotencyKey(user_id=user_id, key=key, request=asked, created_at=at)
    IdempotencyKey.objects.bulk_create([fresh], ignore_conflicts=True)  # waits for who takes the same at this moment
    row = mine.get(key=key)
    if row.pk == fresh.pk:
        return row, True
    if row.request != asked:
        raise KeyReused
    return row, False


def _keep(row: IdempotencyKey, response: Response) -> None:
    """Keep an answer."""
    row.status = response.status_code
    row.headers = {name: response[name] for name in HEADERS if response.has_header(name)}
    row.body = JSONRenderer().render(response.data).decode()
    row.save(update_fields=["status", "headers", "body"])


def _again(row: IdempotencyKey) -> HttpResponse:
    """Return an answer as it was given."""
    if row.status is None:
        raise Conflict("A request with this Idempotency-Key is under way.")
    headers: dict[str, Any] = {**row.headers, REPLAYED: "true"}
    return HttpResponse(row.body, content_type="application/json", status=row.status, headers=headers)
