"""What is taken from a request. Unknown and read-only fields are dropped; values are coerced."""

from rest_framework import serializers

SCOPES = ["dashboard_item", "dashboard", "project", "organization", "recording"]
COHORT_TYPES = ["static", "person_property", "behavioral", "realtime", "analytical"]


class Annotation(serializers.Serializer):
    content = serializers.CharField(max_length=8192, allow_null=True, allow_blank=True, required=False)
    date_marker = serializers.DateTimeField(allow_null=True, required=False)
    creation_type = serializers.ChoiceField(["USR", "GIT"], required=False)
    dashboard_item = serializers.IntegerField(allow_null=True, required=False)
    dashboard_id = serializers.IntegerField(allow_null=True, required=False)
    deleted = serializers.BooleanField(required=False)
    scope = serializers.ChoiceField(SCOPES, required=False)

    def validate(self, fields):
        if fields.get("scope") == "recording":
            raise serializers.ValidationError("Recording scope is deprecated")
        return fields


class Cohort(serializers.Serializer):
    name = serializers.CharField(max_length=400, allow_null=True, allow_blank=True, required=False)
    description = serializers.CharField(max_length=1000, allow_blank=True, required=False)
    groups = serializers.JSONField(required=False)
    deleted = serializers.BooleanField(required=False)
    filters = serializers.JSONField(allow_null=True, required=False)
    query = serializers.JSONField(allow_null=True, required=False)
    is_static = serializers.BooleanField(required=False)
    cohort_type = serializers.ChoiceField(COHORT_TYPES, allow_null=True, allow_blank=True, required=False)
    _create_in_folder = serializers.CharField(required=False, allow_blank=True)
    _create_static_person_ids = serializers.ListField(child=serializers.CharField(), required=False)

    def validate_filters(self, filters):
        if filters is None:
            return filters
        if not isinstance(filters, dict) or not isinstance(filters.get("properties"), dict):
            raise serializers.ValidationError("Must contain a 'properties' key.")
        unknown = set(filters) - {"properties"}
        if unknown:
            raise serializers.ValidationError(f"Unknown keys: {', '.join(sorted(unknown))}")
        return {"properties": completed(filters["properties"])} if filters["properties"] else filters

    def validate(self, fields):
        if fields.get("query") and fields.get("filters"):
            raise serializers.ValidationError("Cannot set both query and filters at the same time.")
        return fields


def completed(node) -> dict:
    """A criterion with the fields that the server adds to it."""
    if not isinstance(node, dict):
        raise serializers.ValidationError("A filter is an object.")
    if node.get("type") in ("AND", "OR"):
        if not isinstance(node.get("values"), list):
            raise serializers.ValidationError("A group needs a list of values.")
        return {"type": node["type"], "values": [completed(value) for value in node["values"]]}
    if node.get("type") not in ("person", "behavioral", "cohort") or "key" not in node:
        raise serializers.ValidationError("Missing required keys for filter")
    return {"bytecode": None, "bytecode_error": None, "conditionHash": None, "negation": False, **node}
