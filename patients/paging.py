"""Pages of the API: a cursor, so that a page costs the same wherever it stands and nothing is skipped while rows arrive."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class Pages(CursorPagination):
    """`{"results": […], "next": address or null}`; `page_size` asks for at most 200. A view sets a total `ordering`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the view's ordering: a cursor cannot follow one chosen by the caller."""
        return tuple(view.ordering)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page."""
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the page to OpenAPI."""
        following = {"type": "string", "nullable": True, "format": "uri"}
        properties = {"results": schema, "next": following}
        return {"type": "object", "required": ["results", "next"], "properties": properties}
