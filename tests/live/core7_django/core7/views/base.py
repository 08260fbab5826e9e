"""What the views share: their container, and the refusal to delete."""

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from rest_framework import status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.response import Response

from core7.models import Organization, Project


class OrganizationView:
    """A view below an organization of the path."""

    scope_object: str
    required_scopes: list[str] | None = None
    foreign_message = PermissionDenied.default_detail

    @cached_property
    def organization(self) -> Organization:
        """The organization named in the path."""
        name = self.kwargs["organization_id"]
        if name == "@current":
            return self.request.user.organization
        try:
            return Organization.objects.get(pk=name)
        except (Organization.DoesNotExist, ValidationError):
            raise NotFound("Organization not found.") from None


class ProjectView:
    """A view below a project of the path."""

    scope_object: str
    required_scopes: list[str] | None = None
    foreign_message = "You don't have access to the project."

    @cached_property
    def project(self) -> Project:
        """The project named in the path."""
        name = self.kwargs["project_id"]
        if name == "@current":
            return self.request.user.current_project
        try:
            return Project.objects.select_related("organization").get(pk=name)
        except (Project.DoesNotExist, ValueError):
            raise NotFound("Project not found.") from None

    @property
    def organization(self) -> Organization:
        """The organization the project belongs to."""
        return self.project.organization


class NeverDestroyed:
    """Refuses DELETE before anything is looked up, with an empty answer."""

    def destroy(self, request, *args, **kwargs):
        """Answers 405."""
        return Response(status=status.HTTP_405_METHOD_NOT_ALLOWED)
