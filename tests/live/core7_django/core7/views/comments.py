"""Comments."""

from uuid import UUID

from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet

from core7.models import Comment
from core7.pagination import CommentPagination
from core7.serializers import CommentSerializer
from core7.views.base import ProjectView

HIDDEN_SCOPE = "conversations_ticket"


class CommentViewSet(ProjectView, ListModelMixin, GenericViewSet):
    """Lists comments. The query is never refused: a value without meaning does not filter."""

    scope_object = "comment"
    serializer_class = CommentSerializer
    pagination_class = CommentPagination

    def get_queryset(self):
        """The comments that the query asks for."""
        query = self.request.query_params
        comments = Comment.objects.filter(project=self.project).exclude(deleted=True)
        if scope := query.get("scope"):
            comments = comments.filter(scope=scope)
        else:
            comments = comments.exclude(scope=HIDDEN_SCOPE)
        if item_id := query.get("item_id"):
            comments = comments.filter(item_id=item_id)
        if search := query.get("search"):
            comments = comments.filter(content__icontains=search)
        if source := query.get("source_comment"):
            comments = self.replies(comments, source)
        return self.of_kind(comments, query).select_related("created_by", "completed_by")

    @staticmethod
    def replies(comments, source: str):
        """The replies to a comment; none where the id cannot be one."""
        try:
            return comments.filter(source_comment=UUID(source))
        except ValueError:
            return comments.none()

    @staticmethod
    def of_kind(comments, query):
        """Plain comments or tasks; only tasks can be told apart by their completion."""
        match query.get("kind"), query.get("completed"):
            case "comment", _:
                return comments.filter(is_task=False)
            case "task", "open":
                return comments.filter(is_task=True, completed_at=None)
            case "task", "completed":
                return comments.filter(is_task=True).exclude(completed_at=None)
            case "task", _:
                return comments.filter(is_task=True)
        return comments
