"""The stored objects."""

import contextlib
import uuid

from django.db import models
from django.utils import timezone


class Organization(models.Model):
    """Owner of projects and roles."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=64)


class Project(models.Model):
    """Container of everything but the roles."""

    organization = models.ForeignKey(Organization, models.CASCADE)
    name = models.CharField(max_length=200)


class User(models.Model):
    """Author of objects, and owner of the keys."""

    is_authenticated = True

    class Job(models.TextChoices):
        """What a user does in the organization."""

        ENGINEERING = "engineering"
        DATA = "data"
        PRODUCT = "product"
        FOUNDER = "founder"
        LEADERSHIP = "leadership"
        MARKETING = "marketing"
        SALES = "sales"
        OTHER = "other"

    uuid = models.UUIDField(default=uuid.uuid4)
    distinct_id = models.CharField(max_length=200, null=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField()
    is_email_verified = models.BooleanField(null=True)
    hedgehog_config = models.JSONField(null=True)
    role_at_organization = models.CharField(max_length=64, choices=Job.choices, null=True, blank=True)
    organization = models.ForeignKey(Organization, models.CASCADE)
    current_project = models.ForeignKey(Project, models.CASCADE)


class Role(models.Model):
    """Role of an organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(Organization, models.CASCADE)
    name = models.CharField(max_length=200)


class Insight(models.Model):
    """Chart that annotations can point to."""

    short_id = models.CharField(max_length=12)
    name = models.CharField(max_length=400, null=True)
    derived_name = models.CharField(max_length=400, null=True)


class Dashboard(models.Model):
    """Set of charts that annotations can point to."""

    name = models.CharField(max_length=400)


class Annotation(models.Model):
    """Dated note."""

    class Scope(models.TextChoices):
        """Where the note is shown."""

        INSIGHT = "dashboard_item"
        DASHBOARD = "dashboard"
        PROJECT = "project"
        ORGANIZATION = "organization"
        RECORDING = "recording"

    class Origin(models.TextChoices):
        """Who made the note."""

        USER = "USR"
        BOT = "GIT"

    project = models.ForeignKey(Project, models.CASCADE)
    content = models.CharField(max_length=8192, null=True, blank=True)
    date_marker = models.DateTimeField(null=True, blank=True)
    creation_type = models.CharField(max_length=3, choices=Origin.choices, default=Origin.USER)
    dashboard_item = models.ForeignKey(Insight, models.SET_NULL, null=True, blank=True)
    dashboard = models.ForeignKey(Dashboard, models.SET_NULL, null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    deleted = models.BooleanField(default=False)
    scope = models.CharField(max_length=24, choices=Scope.choices, default=Scope.INSIGHT)


class Person(models.Model):
    """Somebody that cohorts are made of."""

    project = models.ForeignKey(Project, models.CASCADE)
    uuid = models.UUIDField(unique=True)
    distinct_ids = models.JSONField(default=list)
    properties = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True)
    is_identified = models.BooleanField(default=False)

    @classmethod
    def known(cls, project: Project, ids: list) -> list["Person"]:
        """The persons of the project among these ids; what is no id at all is passed over."""
        wanted = set()
        for text in ids:
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                wanted.add(uuid.UUID(text))
        return list(cls.objects.filter(project=project, uuid__in=wanted))


class Cohort(models.Model):
    """Set of persons, listed or calculated."""

    class Kind(models.TextChoices):
        """Class of the criteria."""

        STATIC = "static"
        PERSON_PROPERTY = "person_property"
        BEHAVIORAL = "behavioral"
        REALTIME = "realtime"
        ANALYTICAL = "analytical"

    project = models.ForeignKey(Project, models.CASCADE)
    name = models.CharField(max_length=400, null=True, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    groups = models.JSONField(default=list)
    deleted = models.BooleanField(default=False)
    filters = models.JSONField(null=True, blank=True)
    query = models.JSONField(null=True, blank=True)
    people = models.ManyToManyField(Person)
    version = models.IntegerField(null=True, editable=False)
    pending_version = models.IntegerField(null=True, editable=False)
    is_calculating = models.BooleanField(default=False, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False, null=True)
    last_calculation = models.DateTimeField(null=True, editable=False)
    last_backfill_person_properties_at = models.DateTimeField(null=True, editable=False)
    errors_calculating = models.IntegerField(default=0, editable=False)
    last_error_message = models.TextField(null=True, editable=False)
    count = models.IntegerField(null=True, editable=False)
    is_static = models.BooleanField(default=False)
    cohort_type = models.CharField(max_length=20, choices=Kind.choices, null=True, blank=True)


class Calculation(models.Model):
    """One working-out of a dynamic cohort; unfinished until `finished_at` is set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    cohort = models.ForeignKey(Cohort, models.CASCADE)
    filters = models.JSONField(null=True)
    count = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    queries = models.JSONField(null=True)
    error = models.TextField(null=True)


class Activity(models.Model):
    """One entry of the change history of cohorts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    cohort = models.ForeignKey(Cohort, models.CASCADE)
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    activity = models.CharField(max_length=79)
    detail = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)


class Comment(models.Model):
    """Comment, reply or task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, models.CASCADE)
    content = models.TextField(null=True, blank=True)
    rich_content = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=0)
    scope = models.CharField(max_length=79)
    item_id = models.CharField(max_length=72, null=True)
    item_context = models.JSONField(null=True)
    source_comment = models.ForeignKey("self", models.CASCADE, null=True)
    is_task = models.BooleanField(default=False)
    completed_at = models.DateTimeField(null=True)
    completed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    deleted = models.BooleanField(null=True, default=False)
