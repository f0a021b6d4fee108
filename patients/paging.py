"""Pages of the API: a cursor, so that a page costs the same wherever it stands and nothing is skipped while rows arrive."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

MOST = 200


class Pages(CursorPagination):
    """`{"results": […], "next": address or null}`; `page_size` asks for at most 200. A view sets a total `ordering`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = MOST

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the view's ordering: a cursor cannot follow one chosen by the caller."""
        return tuple(view.ordering)

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """Return one page; a cursor that is none of ours leads nowhere, and is no failure."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, DataError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page."""
        return Response({"results": data, "next": self.get_next_link()})


class PageQuery(serializers.Serializer[Any]):
    """What any list may be asked."""

    cursor = serializers.CharField(required=False, help_text="Where the page begins: as given in `next`.")
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=MOST, help_text="50 unless given.")
