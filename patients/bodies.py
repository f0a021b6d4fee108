"""JSON as the API reads it: strict, bounded, and never a failure of ours whatever is sent."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from patients.refusals import TooLarge


class JsonBody(BaseParser):
    """RFC 8259 in UTF-8: no NaN, no half letters, no nesting without end, at most as large as a form may be."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what a body says."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError("The body is no valid JSON.") from error
