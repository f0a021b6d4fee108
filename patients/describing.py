"""How the API describes itself to OpenAPI: answers, refusals and headers of each operation, beside the view's method."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from patients import idempotency

M = TypeVar("M", bound=Callable[..., Any])
PROBLEM_TYPE: Final = "application/problem+json"
ALWAYS: Final = (400, 401, 403, 406, 503)
WORDS: Final[Mapping[int, str]] = {
    400: "A field or a parameter is wrong: `errors` names it.",
    401: "No log-in, or a token that does not hold.",
    403: "You may see it, but your role or your token may not do this.",
    404: "It is not there, or not yours: the two look the same.",
    406: "Only JSON is answered.",
    409: "What is known stands against it: read it again.",
    412: "`If-Match` names an older revision of the patient.",
    413: "The body is larger than allowed; nothing was kept.",
    415: "The body has another content type than is read here.",
    422: "Understood, and not recorded (`issues`), or the `Idempotency-Key` was used for another request.",
    503: "The database does not answer; nothing was saved.",
}
"""What each refusal means; docs/api.md says the same."""
STRING: Final = {"type": "string"}


PROBLEM: Final = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "errors": serializers.DictField(required=False, help_text="By field, where fields need mending."),
        "issues": serializers.ListField(
            child=serializers.DictField(), required=False, help_text="Why it is not recorded."
        ),
    },
)
"""A failure, as RFC 9457 has it."""


def documented(
    answers: Mapping[int, Any],
    *,
    refusals: Iterable[int] = (),
    query: type[serializers.Serializer[Any]] | None = None,
    tagged: bool = False,
    writes: bool = False,
    matches: bool = False,
    **more: Any,
) -> Callable[[M], M]:
    """Describe a view's method; refusals that any operation may give need not be named.

    `tagged`: with an entity tag; `writes`: takes a body and an `Idempotency-Key`; `matches`: takes `If-Match`.
    """
    codes = {*ALWAYS, *refusals}
    headers: list[OpenApiParameter] = []
    if tagged:
        headers.append(_returned("ETag", "The patient's revision.", list(answers)))
    if tagged and not writes:
        headers.append(_sent("If-None-Match", "An `ETag`: answers 304 while it holds."))
    if writes:
        codes |= {413, 415, 422}
        headers.append(_sent(idempotency.HEADER, "Your own key: sent again within 24 hours, it is done once."))
    if matches:
        codes.add(HTTPStatus.PRECONDITION_FAILED)
        headers.append(_sent("If-Match", "An `ETag` of the patient: refused once more is known."))
    responses: dict[Any, Any] = {code: _answer(answer) for code, answer in answers.items()}
    if tagged and not writes:
        responses[HTTPStatus.NOT_MODIFIED.value] = OpenApiResponse(description="You have this already.")
    for code in sorted(codes):
        responses[(int(code), PROBLEM_TYPE)] = OpenApiResponse(PROBLEM, description=WORDS[code])
    parameters: list[Any] = [*([query] if query else []), *headers, *more.pop("parameters", [])]
    return extend_schema(responses=responses, parameters=parameters, **more)


def page_of(row: type[serializers.BaseSerializer[Any]] | serializers.BaseSerializer[Any], name: str) -> Any:
    """Return the shape of a page of rows."""
    rows = row(many=True) if isinstance(row, type) else row
    following = serializers.URLField(allow_null=True, help_text="The address of the next page.")
    return inline_serializer(f"{name}Page", {"results": rows, "next": following})


def _answer(answer: Any) -> OpenApiResponse:
    """Return a response with a description."""
    return answer if isinstance(answer, OpenApiResponse) else OpenApiResponse(answer, description="Done.")


def _sent(name: str, words: str) -> OpenApiParameter:
    """Return a header of the request."""
    return OpenApiParameter(name, STRING, OpenApiParameter.HEADER, description=words)


def _returned(name: str, words: str, codes: list[int]) -> OpenApiParameter:
    """Return a header of the answer."""
    return OpenApiParameter(name, STRING, OpenApiParameter.HEADER, description=words, response=codes)
