"""Why the API does not do what it was asked: each is told as problem+json, `more` beside the sentence."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException


class Refusal(APIException):
    """A refusal with more to say than a sentence."""

    more: Mapping[str, Any] = {}


class Conflict(Refusal):
    """What is known stands against it."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "This was changed by someone else a moment ago. Read it again."


class Stale(Refusal):
    """The caller looked at an older state of the patient."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "More is known of this patient than when you looked. Read it again, then decide."


class TooLarge(Refusal):
    """A body above the limit."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "This is too large. Nothing was kept."


class KeyReused(Refusal):
    """An idempotency key came again with something else."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another request. Nothing was done."


class NotRecorded(Refusal):
    """A fact that was understood and is not recorded; `issues` say why."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This was not recorded."

    def __init__(self, detail: str, issues: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(detail)
        self.more = {"issues": list(issues)}


class Contradicted(NotRecorded):
    """A result beside which something else is known."""

    status_code = HTTPStatus.CONFLICT
