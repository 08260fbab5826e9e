"""The routes. What matches none of them gets the framework's HTML 404."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from core7.views.annotations import AnnotationViewSet
from core7.views.cohorts import CohortViewSet
from core7.views.comments import CommentViewSet
from core7.views.roles import RoleViewSet


class OptionalSlashRouter(DefaultRouter):
    """Serves every route with and without the trailing slash, and nothing at its root."""

    include_root_view = False

    def __init__(self):
        super().__init__()
        self.trailing_slash = "/?"


PROJECT = "projects/(?P<project_id>[^/.]+)"
ORGANIZATION = "organizations/(?P<organization_id>[^/.]+)"

router = OptionalSlashRouter()
router.register(f"{PROJECT}/annotations", AnnotationViewSet, basename="annotation")
router.register(f"{PROJECT}/cohorts", CohortViewSet, basename="cohort")
router.register(f"{PROJECT}/comments", CommentViewSet, basename="comment")
router.register(f"{ORGANIZATION}/roles", RoleViewSet, basename="role")

urlpatterns = [path("api/", include(router.urls))]
