"""The kinds of pages; each is the framework's own with another envelope."""

from rest_framework.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination
from rest_framework.response import Response


class ListPagination(LimitOffsetPagination):
    """`limit` and `offset`; unusable values count as absent."""

    default_limit = 100
    max_limit = 10_000


class AnnotationPagination(ListPagination):
    """Longer pages for annotations."""

    default_limit = 1000


class PersonPagination(ListPagination):
    """A page without a total."""

    def get_paginated_response(self, data):
        """Wraps the page."""
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


class CalculationPagination(ListPagination):
    """A page whose links are bare query strings."""

    def get_paginated_response(self, data):
        """Wraps the page."""
        return Response(
            {
                "results": data,
                "count": self.count,
                "next": self.link(self.offset + self.limit if self.get_next_link() else None),
                "previous": self.link(max(0, self.offset - self.limit) if self.get_previous_link() else None),
            }
        )

    def link(self, offset: int | None) -> str | None:
        """The link to the page that starts there."""
        return None if offset is None else f"?limit={self.limit}&offset={offset}"


class ActivityPagination(PageNumberPagination):
    """`page` and `limit`; an unusable value counts as absent, a page past the end is 404."""

    page_size = 10
    page_size_query_param = "limit"
    max_page_size = 1000

    def get_page_number(self, request, paginator):
        """The page asked for, or the first."""
        page = request.query_params.get(self.page_query_param, "")
        return int(page) if page.isdecimal() and int(page) else 1

    def get_paginated_response(self, data):
        """Wraps the page."""
        return Response(
            {
                "results": data,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "total_count": self.page.paginator.count,
            }
        )


class CommentPagination(CursorPagination):
    """Newest first, by cursor."""

    page_size = 100
    ordering = "-created_at"
