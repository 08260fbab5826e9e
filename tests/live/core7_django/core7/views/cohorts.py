"""Cohorts, their persons, calculations and history."""

from collections.abc import Mapping
from uuid import UUID

from django.http import Http404, QueryDict
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from core7 import history
from core7.models import Activity, Cohort, Person
from core7.pagination import ActivityPagination, CalculationPagination, PersonPagination
from core7.renderers import PersonCSVRenderer
from core7.serializers import ActivitySerializer, CalculationSerializer, CohortSerializer, PersonSerializer
from core7.views.base import NeverDestroyed, ProjectView

MOST_PERSONS = 1000


class CohortViewSet(ProjectView, NeverDestroyed, ModelViewSet):
    """List, create, read and change cohorts, and what hangs on them."""

    scope_object = "cohort"
    serializer_class = CohortSerializer

    def get_queryset(self):
        """The cohorts of the project; only the list leaves out deleted ones."""
        cohorts = Cohort.objects.filter(project=self.project)
        if self.action == "list":
            cohorts = self.narrow(cohorts.filter(deleted=False))
        return cohorts.select_related("project", "created_by").order_by("-created_at", "-id")

    def narrow(self, cohorts):
        """Applies the filters of the list that the document does not name."""
        query = self.request.query_params
        if query.get("type") in ("static", "dynamic"):
            cohorts = cohorts.filter(is_static=query["type"] == "static")
        if search := query.get("search"):
            cohorts = cohorts.filter(name__icontains=search)
        return cohorts

    def perform_create(self, serializer):
        """Adds what the request cannot say."""
        serializer.save(project=self.project, created_by=self.request.user)

    @action(
        detail=True,
        required_scopes=["cohort:read", "person:read"],
        renderer_classes=[JSONRenderer, PersonCSVRenderer],
        pagination_class=PersonPagination,
    )
    def persons(self, request, *args, **kwargs):
        """Lists the members, as JSON or CSV."""
        return self.paged(self.get_object().people.order_by("id"), PersonSerializer)

    @action(detail=True, required_scopes=["cohort:read"], pagination_class=CalculationPagination)
    def calculation_history(self, request, *args, **kwargs):
        """Lists the calculations, latest first."""
        return self.paged(self.get_object().calculation_set.order_by("-started_at"), CalculationSerializer)

    @action(
        detail=False,
        url_path="activity",
        required_scopes=["activity_log:read"],
        pagination_class=ActivityPagination,
    )
    def all_activity(self, request, *args, **kwargs):
        """Lists what happened to the cohorts of the project."""
        return self.paged(self.entries().filter(cohort__project=self.project), ActivitySerializer)

    @action(detail=True, required_scopes=["activity_log:read"], pagination_class=ActivityPagination)
    def activity(self, request, *args, **kwargs):
        """Lists what happened to one cohort; an unknown one gets an empty 404."""
        try:
            cohort = self.get_object()
        except Http404:
            return Response(status=status.HTTP_404_NOT_FOUND)
        return self.paged(self.entries().filter(cohort=cohort), ActivitySerializer)

    @action(detail=True, methods=["patch"], required_scopes=["cohort:write"])
    def add_persons_to_static_cohort(self, request, *args, **kwargs):
        """Puts persons in; unknown ones are passed over while there is a known one."""
        cohort = self.get_object()
        if not cohort.is_static:
            raise ValidationError("Can only add users to static cohorts")
        body = fields_of(request)
        ids = body.getlist("person_ids") if isinstance(body, QueryDict) else body.get("person_ids")
        if not isinstance(ids, list):
            raise ValidationError("person_ids must be a list")
        if not ids:
            raise ValidationError("person_ids cannot be empty")
        if len(ids) > MOST_PERSONS:
            raise ValidationError("List size exceeds limit")
        persons = Person.known(self.project, ids)
        if not persons:
            raise ValidationError("No valid users to add to cohort")
        cohort.people.add(*persons)
        return self.membership_changed(cohort, "persons_added_manually")

    @action(detail=True, methods=["patch"], required_scopes=["cohort:write"])
    def remove_person_from_static_cohort(self, request, *args, **kwargs):
        """Takes a person out; one that was not in is no error."""
        cohort = self.get_object()
        if not cohort.is_static:
            raise ValidationError("Can only remove users from static cohorts")
        person_id = fields_of(request).get("person_id")
        if not person_id:
            raise ValidationError("person_id is required")
        if not isinstance(person_id, str):
            raise ValidationError("person_id must be a string")
        try:
            person = Person.objects.filter(project=self.project, uuid=UUID(person_id)).first()
        except ValueError:
            raise ValidationError("person_id must be a valid UUID") from None
        if person is None:
            raise NotFound("Person with this UUID does not exist in the cohort's team")
        cohort.people.remove(person)
        return self.membership_changed(cohort, "person_removed_manually")

    def membership_changed(self, cohort: Cohort, what: str) -> Response:
        """Brings count and history up to date."""
        cohort.count = cohort.people.count()
        cohort.save()
        history.record(self.request.user, cohort, what)
        return Response({"success": True})

    def entries(self):
        """The change history, latest first."""
        return Activity.objects.select_related("user").order_by("-created_at")

    def paged(self, objects, serializer) -> Response:
        """One page of the action's own kind."""
        page = self.paginate_queryset(objects)
        return self.get_paginated_response(serializer(page, many=True).data)


def fields_of(request) -> Mapping:
    """The fields of a body that no serializer reads."""
    if not isinstance(request.data, Mapping):
        raise ValidationError("Invalid data. Expected a dictionary.")
    return request.data
