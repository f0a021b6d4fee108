"""How the API is described beyond what stands beside its views (`patients.describing`): names, log-ins, strict bodies."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class Described(AutoSchema):
    """Operations named after their views: `observations_get`, `acknowledge_post`."""

    def get_operation_id(self) -> str:
        """Return the view's name and the method."""
        name = type(self.view).__name__.removesuffix("View")
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")
        return f"{words}_{self.method.lower()}"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the base class registers itself, untyped
    """`Authorization: Token …`."""

    target_class = "monitor.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme."""
        words = "A program's token: the word Token, a space, and the token."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


class StrictBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # the same
    """A body that takes no other field than those it names."""

    target_class = "patients.fact_inputs.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the serializer's schema, closed."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - as its documentation has it
        return {**schema, "additionalProperties": False} if isinstance(self.target, serializers.Serializer) else schema
