"""Which path leads where. Ids that are no numbers or UUIDs are not routed at all."""

from django.urls import re_path

import views

PROJECT = r"^api/projects/(?P<project_id>[^/]+)"
ROLE = r"(?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
COHORT = PROJECT + r"/cohorts/(?P<id>[0-9]+)"

urlpatterns = [
    re_path(r"^api/organizations/(?P<organization_id>[^/]+)/roles/" + ROLE + "/?$", views.Role.as_view()),
    re_path(PROJECT + r"/annotations/?$", views.Annotations.as_view()),
    re_path(PROJECT + r"/annotations/(?P<id>[0-9]+)/?$", views.Annotation.as_view()),
    re_path(PROJECT + r"/cohorts/?$", views.Cohorts.as_view()),
    re_path(PROJECT + r"/cohorts/activity/?$", views.AllActivity.as_view()),
    re_path(COHORT + r"/?$", views.Cohort.as_view()),
    re_path(COHORT + r"/activity/?$", views.CohortActivity.as_view()),
    re_path(COHORT + r"/calculation_history/?$", views.Calculations.as_view()),
    re_path(COHORT + r"/persons/?$", views.Persons.as_view()),
    re_path(COHORT + r"/add_persons_to_static_cohort/?$", views.AddPersons.as_view()),
    re_path(COHORT + r"/remove_person_from_static_cohort/?$", views.RemovePerson.as_view()),
    re_path(PROJECT + r"/comments/?$", views.Comments.as_view()),
]
