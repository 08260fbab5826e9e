"""Annotations."""

from datetime import UTC, datetime

from django.db.models import F, Q
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter
from rest_framework.viewsets import ModelViewSet

from core7.models import Annotation
from core7.pagination import AnnotationPagination
from core7.serializers import AnnotationSerializer
from core7.views.base import NeverDestroyed, ProjectView

SCOPE_ALIASES = {"insight": Annotation.Scope.INSIGHT}


class AnnotationViewSet(ProjectView, NeverDestroyed, ModelViewSet):
    """List, create, read and change annotations."""

    scope_object = "annotation"
    serializer_class = AnnotationSerializer
    pagination_class = AnnotationPagination
    filter_backends = [SearchFilter]
    search_fields = ["content"]

    def get_queryset(self):
        """The annotations the action may see: deleted ones only to be restored."""
        shared = Q(scope=Annotation.Scope.ORGANIZATION, project__organization=self.organization)
        annotations = Annotation.objects.filter(Q(project=self.project) | shared)
        if self.action != "partial_update":
            annotations = annotations.filter(deleted=False)
        if self.action == "list":
            annotations = self.narrow(annotations)
        newest_first = F("date_marker").desc(nulls_first=True)
        return annotations.select_related("created_by", "dashboard", "dashboard_item").order_by(newest_first, "-id")

    def narrow(self, annotations):
        """Applies the filters of the list that the document does not name."""
        query = self.request.query_params
        if scope := query.get("scope"):
            wanted = SCOPE_ALIASES.get(scope, scope)
            if wanted not in Annotation.Scope.values:
                raise ValidationError(f"Invalid scope: {scope}")
            annotations = annotations.filter(scope=wanted)
        if start := query.get("date_from"):
            annotations = annotations.filter(date_marker__gte=moment(start))
        if end := query.get("date_to"):
            annotations = annotations.filter(date_marker__lte=moment(end))
        return annotations

    def perform_create(self, serializer):
        """Adds what the request cannot say."""
        serializer.save(project=self.project, created_by=self.request.user)


def moment(text: str) -> datetime:
    """A bound of a date range."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise ValidationError(f"Invalid date range: {text}")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
