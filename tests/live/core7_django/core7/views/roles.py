"""Roles."""

from rest_framework.mixins import DestroyModelMixin
from rest_framework.viewsets import GenericViewSet

from core7.models import Role
from core7.views.base import OrganizationView


class RoleViewSet(OrganizationView, DestroyModelMixin, GenericViewSet):
    """Deletes roles."""

    scope_object = "organization"

    def get_queryset(self):
        """The roles of the organization."""
        return Role.objects.filter(organization=self.organization)
