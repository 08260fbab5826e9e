"""How objects are read from requests and shown in answers."""

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core7 import calculations, criteria, history
from core7.models import Activity, Annotation, Calculation, Cohort, Comment, Dashboard, Person, User

QUERY_KINDS = ("ActorsQuery", "HogQLQuery")


class UserBasicSerializer(serializers.ModelSerializer):
    """A user inside another object."""

    class Meta:
        model = User
        fields = [
            "id",
            "uuid",
            "distinct_id",
            "first_name",
            "last_name",
            "email",
            "is_email_verified",
            "hedgehog_config",
            "role_at_organization",
        ]


class AnnotationSerializer(serializers.ModelSerializer):
    """An annotation, with the names of what it points to."""

    created_by = UserBasicSerializer(read_only=True)
    dashboard_id = serializers.IntegerField(required=False, allow_null=True)
    dashboard_name = serializers.CharField(source="dashboard.name", read_only=True, allow_null=True)
    insight_short_id = serializers.CharField(source="dashboard_item.short_id", read_only=True, allow_null=True)
    insight_name = serializers.CharField(source="dashboard_item.name", read_only=True, allow_null=True)
    insight_derived_name = serializers.CharField(
        source="dashboard_item.derived_name", read_only=True, allow_null=True
    )

    class Meta:
        model = Annotation
        fields = [
            "id",
            "content",
            "date_marker",
            "creation_type",
            "dashboard_item",
            "dashboard_id",
            "dashboard_name",
            "insight_short_id",
            "insight_name",
            "insight_derived_name",
            "created_by",
            "created_at",
            "updated_at",
            "deleted",
            "scope",
        ]

    def validate_dashboard_id(self, number):
        """Refuses a dashboard that does not exist."""
        if number is not None and not Dashboard.objects.filter(pk=number).exists():
            raise ValidationError("Dashboard not found.")
        return number

    def validate(self, attrs):
        """Refuses the scope that is only kept for old objects."""
        if attrs.get("scope") == Annotation.Scope.RECORDING:
            raise ValidationError("Recording scope is deprecated")
        return attrs


class CohortSerializer(serializers.ModelSerializer):
    """A cohort; writing one also keeps its members, calculations and history going."""

    created_by = UserBasicSerializer(read_only=True)
    filters = serializers.JSONField(required=False, allow_null=True)
    experiment_set = serializers.SerializerMethodField()
    _create_in_folder = serializers.CharField(write_only=True, required=False, allow_blank=True)
    _create_static_person_ids = serializers.ListField(
        child=serializers.CharField(allow_blank=True), write_only=True, required=False
    )

    class Meta:
        model = Cohort
        fields = [
            "id",
            "name",
            "description",
            "groups",
            "deleted",
            "filters",
            "query",
            "version",
            "pending_version",
            "is_calculating",
            "created_by",
            "created_at",
            "last_calculation",
            "last_backfill_person_properties_at",
            "errors_calculating",
            "last_error_message",
            "count",
            "is_static",
            "cohort_type",
            "experiment_set",
            "_create_in_folder",
            "_create_static_person_ids",
        ]

    def get_experiment_set(self, cohort) -> list[int]:
        """The experiments that use the cohort; none are kept here."""
        return []

    def to_representation(self, cohort):
        """Shows a cohort without criteria the way it is read back from the store."""
        shown = super().to_representation(cohort)
        shown["filters"] = shown["filters"] or criteria.NO_CRITERIA
        return shown

    def validate_filters(self, filters):
        """Checks and completes the criteria; none at all are stored as null."""
        if filters is None:
            return None
        criteria.check(filters)
        if filters == criteria.NO_CRITERIA:
            return None
        criteria.check_references(self.context["view"].project, self.instance, filters)
        criteria.complete(filters)
        return filters

    def validate_query(self, query):
        """Refuses queries of another kind."""
        if query is None:
            return None
        kind = query.get("kind") if isinstance(query, dict) else None
        if kind not in QUERY_KINDS:
            raise ValidationError(f"Query must be an ActorsQuery or HogQLQuery. Got: {kind}")
        return query

    def validate(self, attrs):
        """Refuses what does not go together."""

        def resulting(name):
            return attrs[name] if name in attrs else getattr(self.instance, name, None)

        is_static, filters, query = map(resulting, ("is_static", "filters", "query"))
        if query and filters:
            raise ValidationError("Cannot set both query and filters at the same time.")
        if query and not is_static:
            raise ValidationError("Cannot create a dynamic cohort with a query. Set is_static to true.")
        if attrs.get("cohort_type") and attrs["cohort_type"] not in criteria.kinds_of(bool(is_static), filters):
            raise ValidationError({"cohort_type": f"Cohort type '{attrs['cohort_type']}' does not fit the criteria."})
        if self.instance:
            self.validate_change(attrs)
        return attrs

    def validate_change(self, attrs):
        """Refuses new criteria for a static cohort, and the deletion of one in use."""
        if self.instance.is_static and attrs.get("filters", self.instance.filters) != self.instance.filters:
            raise ValidationError("The criteria of a static cohort cannot be changed.")
        if attrs.get("deleted") and not self.instance.deleted:
            others = Cohort.objects.filter(project=self.instance.project, deleted=False)
            users = [other.name for other in others if self.instance.pk in criteria.cohorts_named(other.filters)]
            if users:
                raise ValidationError(
                    f"This cohort is used in {len(users)} other cohort(s): {', '.join(map(str, users))}"
                )

    def create(self, attrs):
        """Stores a cohort with its listed persons, or begins its calculation."""
        attrs.pop("_create_in_folder", None)
        person_ids = attrs.pop("_create_static_person_ids", [])
        cohort = super().create(attrs)
        if cohort.is_static:
            cohort.people.set(Person.known(cohort.project, person_ids))
            cohort.count = cohort.people.count()
            cohort.save()
        else:
            calculations.start(cohort)
        history.record(cohort.created_by, cohort, "created")
        return cohort

    def update(self, cohort, attrs):
        """Changes a cohort; a dynamic one is calculated anew, unless it was only (un)deleted."""
        attrs.pop("_create_in_folder", None)
        attrs.pop("_create_static_person_ids", None)
        before = {name: getattr(cohort, name) for name in attrs}
        cohort = super().update(cohort, attrs)
        changes = history.changes_between(before, attrs)
        deletion = "deleted" in attrs and before["deleted"] != cohort.deleted
        if not cohort.is_static and not deletion:
            calculations.start(cohort)
        if deletion:
            activity = "deleted" if cohort.deleted else "restored"
        else:
            activity = "updated"
        if changes:
            history.record(self.context["request"].user, cohort, activity, changes)
        return cohort


class PersonSerializer(serializers.ModelSerializer):
    """A member of a cohort."""

    id = serializers.CharField(source="uuid")
    type = serializers.ReadOnlyField(default="person")
    name = serializers.SerializerMethodField()
    distinct_ids = serializers.SerializerMethodField()
    matched_recordings = serializers.ReadOnlyField(default=list)
    value_at_data_point = serializers.ReadOnlyField(default=None)

    class Meta:
        model = Person
        fields = [
            "id",
            "uuid",
            "type",
            "name",
            "distinct_ids",
            "properties",
            "created_at",
            "last_seen_at",
            "is_identified",
            "matched_recordings",
            "value_at_data_point",
        ]

    def get_name(self, person) -> str:
        """What the person is called: the best property there is, else an id."""
        return person.properties.get("name") or person.properties.get("email") or person.distinct_ids[0]

    def get_distinct_ids(self, person) -> list[str]:
        """The first ten ids."""
        return person.distinct_ids[:10]


class CalculationSerializer(serializers.ModelSerializer):
    """A calculation, with sums over its queries."""

    duration_seconds = serializers.SerializerMethodField()
    is_completed = serializers.SerializerMethodField()
    is_successful = serializers.SerializerMethodField()
    total_query_ms = serializers.SerializerMethodField()
    total_memory_mb = serializers.SerializerMethodField()
    total_read_rows = serializers.SerializerMethodField()
    total_written_rows = serializers.SerializerMethodField()
    main_query = serializers.SerializerMethodField()

    class Meta:
        model = Calculation
        fields = [
            "id",
            "filters",
            "count",
            "started_at",
            "finished_at",
            "queries",
            "error",
            "duration_seconds",
            "is_completed",
            "is_successful",
            "total_query_ms",
            "total_memory_mb",
            "total_read_rows",
            "total_written_rows",
            "main_query",
        ]

    def get_duration_seconds(self, calculation) -> float | None:
        """How long it took, once it is over."""
        if calculation.finished_at is None:
            return None
        return (calculation.finished_at - calculation.started_at).total_seconds()

    def get_is_completed(self, calculation) -> bool:
        """Whether it is over."""
        return calculation.finished_at is not None

    def get_is_successful(self, calculation) -> bool:
        """Whether it is over and went well."""
        return calculation.finished_at is not None and calculation.error is None

    def get_total_query_ms(self, calculation):
        """Time spent in queries."""
        return self.total(calculation, "query_ms")

    def get_total_memory_mb(self, calculation):
        """Memory taken by queries."""
        return self.total(calculation, "memory_mb")

    def get_total_read_rows(self, calculation):
        """Rows read by queries."""
        return self.total(calculation, "read_rows")

    def get_total_written_rows(self, calculation):
        """Rows written by queries."""
        return self.total(calculation, "written_rows")

    def get_main_query(self, calculation) -> str | None:
        """The text of the first query."""
        return calculation.queries[0]["query"] if calculation.queries else None

    @staticmethod
    def total(calculation, field: str) -> int | None:
        """The sum of a field over all queries, null before there are any."""
        return sum(query[field] for query in calculation.queries) if calculation.queries else None


class ActivitySerializer(serializers.ModelSerializer):
    """An entry of the change history."""

    user = serializers.SerializerMethodField()
    scope = serializers.ReadOnlyField(default="Cohort")
    item_id = serializers.CharField(source="cohort_id")

    class Meta:
        model = Activity
        fields = ["id", "user", "activity", "scope", "item_id", "detail", "created_at"]

    def get_user(self, activity) -> dict:
        """The author; without one the system did it."""
        if activity.user is None:
            return {"first_name": "System", "is_system": True}
        return {"first_name": activity.user.first_name, "email": activity.user.email}


class CommentSerializer(serializers.ModelSerializer):
    """A comment."""

    created_by = UserBasicSerializer(read_only=True)
    completed_by = UserBasicSerializer(read_only=True)

    class Meta:
        model = Comment
        fields = [
            "id",
            "created_by",
            "deleted",
            "is_task",
            "completed_by",
            "content",
            "rich_content",
            "version",
            "created_at",
            "item_id",
            "item_context",
            "scope",
            "completed_at",
            "source_comment",
        ]
