"""The eighteen operations."""

import base64
import csv
import io
import json
import uuid

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

import serializers as takes
import store


def plain(value):
    """A value as the JSON renderer would write it, so that what is stored stays typed."""
    return json.loads(json.dumps(value, cls=JSONEncoder))


class View(APIView):
    """Looks for the project and finishes what is ready, after keys and scopes were checked."""

    thing = ""

    def required_scopes(self, method):
        reads = method in ("GET", "HEAD")
        return [f"{self.thing}:{'read' if reads else 'write'}"]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if "project_id" in kwargs and kwargs["project_id"] not in ("1", "@current"):
            raise NotFound("Project not found.")
        with store.LOCK:
            store.settle()


class RefusedDelete:
    """Objects are hidden, never deleted; asking for it is refused before they are looked for."""

    def delete(self, request, **_path):
        return Response(status=405)


def paged(view, entries, page_size):
    pages = LimitOffsetPagination()
    pages.default_limit = page_size
    page = pages.paginate_queryset(entries, view.request, view)
    return pages, plain(page)


class Role(View):
    thing = "organization"

    def required_scopes(self, method):
        return ["organization:write"]

    def delete(self, request, organization_id, id):
        with store.LOCK:
            if id.lower() not in store.ROLES:
                raise NotFound()
            store.ROLES.remove(id.lower())
        return Response(status=204)


class Annotations(View):
    thing = "annotation"

    def get(self, request, project_id):
        with store.LOCK:
            entries = [a for a in store.ANNOTATIONS.values() if not a["deleted"]]
            wanted = request.query_params.get("search", "").lower()
            if wanted:
                entries = [a for a in entries if wanted in (a["content"] or "").lower()]
            entries.sort(key=lambda a: (a["date_marker"] is not None, a["date_marker"] or store.at(0), a["id"]),
                         reverse=True)
            pages, page = paged(self, entries, 1000)
            return pages.get_paginated_response(page)

    def post(self, request, project_id):
        taken = takes.Annotation(data=request.data)
        taken.is_valid(raise_exception=True)
        with store.LOCK:
            number = max(store.ANNOTATIONS, default=0) + 1
            store.ANNOTATIONS[number] = store.annotation(number, **taken.validated_data)
            return Response(plain(store.ANNOTATIONS[number]), status=201)


class Annotation(RefusedDelete, View):
    thing = "annotation"

    def get(self, request, project_id, id):
        with store.LOCK:
            found = store.ANNOTATIONS.get(int(id))
            if found is None or found["deleted"]:
                raise NotFound()
            return Response(plain(found))

    def patch(self, request, project_id, id):
        with store.LOCK:
            found = store.ANNOTATIONS.get(int(id))
            if found is None:
                raise NotFound()
            taken = takes.Annotation(data=request.data, partial=True)
            taken.is_valid(raise_exception=True)
            found.update(taken.validated_data, updated_at=store.now())
            return Response(plain(found))


class Cohorts(View):
    thing = "cohort"

    def get(self, request, project_id):
        with store.LOCK:
            entries = [c for c in store.COHORTS.values() if not c["deleted"]]
            entries.sort(key=lambda c: (c["created_at"], c["id"]), reverse=True)
            pages, page = paged(self, entries, 100)
            return pages.get_paginated_response(page)

    def post(self, request, project_id):
        taken = takes.Cohort(data=request.data)
        taken.is_valid(raise_exception=True)
        fields = dict(taken.validated_data)
        named = fields.pop("_create_static_person_ids", [])
        fields.pop("_create_in_folder", None)
        with store.LOCK:
            number = max(store.COHORTS, default=0) + 1
            found = store.COHORTS[number] = store.cohort(number, **fields)
            store.MEMBERS[number] = []
            store.CALCULATIONS[number] = []
            store.log(found, "created", [])
            if found["is_static"]:
                found.update(filters={"properties": {}}, cohort_type="static")
                add(found, named)
            else:
                found["filters"] = found["filters"] or {"properties": {}}
                store.calculate(found)
            return Response(plain(found), status=201)


def add(cohort, ids):
    known = [key for key in ids if isinstance(key, str) and key in store.PERSONS]
    members = store.MEMBERS[cohort["id"]]
    members.extend(key for key in known if key not in members)
    cohort["count"] = len(members)
    return known


def cohort_of(id):
    found = store.COHORTS.get(int(id))
    if found is None:
        raise NotFound()
    return found


class Cohort(RefusedDelete, View):
    thing = "cohort"

    def get(self, request, project_id, id):
        with store.LOCK:
            return Response(plain(cohort_of(id)))

    def patch(self, request, project_id, id):
        with store.LOCK:
            found = cohort_of(id)
            taken = takes.Cohort(data=request.data, partial=True)
            taken.is_valid(raise_exception=True)
            fields = dict(taken.validated_data)
            for name in ("_create_static_person_ids", "_create_in_folder"):
                fields.pop(name, None)
            if found["is_static"] and (fields.get("filters") or fields.get("query")):
                raise ValidationError("Cannot update the criteria of a static cohort.")
            before = plain(found)
            found.update(fields)
            if "filters" in fields and found["filters"] is None:
                found["filters"] = {"properties": {}}
            after = plain(found)
            changes = [{"type": "Cohort", "action": "changed", "field": name, "before": before[name],
                        "after": after[name]} for name in fields if before[name] != after[name]]
            if changes:
                store.log(found, "updated", changes)
            if not found["is_static"] and before["filters"] != after["filters"]:
                store.calculate(found)
            return Response(plain(found))


class AllActivity(View):
    def required_scopes(self, method):
        return ["activity_log:read"]

    def entries(self, kwargs):
        return store.ACTIVITY

    def number(self, name, usual):
        try:
            number = int(self.request.query_params.get(name, usual))
        except ValueError as error:
            raise ValidationError({name: "A valid integer is required."}) from error
        if number < 1:
            raise ValidationError({name: "Ensure this value is greater than or equal to 1."})
        return number

    def get(self, request, **kwargs):
        with store.LOCK:
            entries = self.entries(kwargs)
            if entries is None:
                return Response(status=404)
            limit, page = self.number("limit", 10), self.number("page", 1)
            here = request.build_absolute_uri()
            return Response({
                "results": plain(entries[(page - 1) * limit:page * limit]),
                "next": replace_query_param(here, "page", page + 1) if page * limit < len(entries) else None,
                "previous": replace_query_param(here, "page", page - 1) if page > 1 else None,
                "total_count": len(entries),
            })


class CohortActivity(AllActivity):
    def entries(self, kwargs):
        if int(kwargs["id"]) not in store.COHORTS:
            return None
        return [entry for entry in store.ACTIVITY if entry["item_id"] == str(int(kwargs["id"]))]


class Calculations(View):
    thing = "cohort"

    def get(self, request, project_id, id):
        with store.LOCK:
            entries = store.CALCULATIONS[cohort_of(id)["id"]]
            pages, page = paged(self, entries, 100)
            def bare(link):
                return "?" + link.split("?", 1)[1] if link and "?" in link else ("?" if link else None)
            return Response({"results": page, "count": len(entries), "next": bare(pages.get_next_link()),
                             "previous": bare(pages.get_previous_link())})


COLUMNS = ["id", "email", "name", "created_at", "properties", "distinct_ids", "last_seen_at"]


class Csv(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if data is None:
            return b""
        out = io.StringIO()
        writer = csv.writer(out)
        if "results" not in data:
            # Refusals take the form that was asked for.
            writer.writerows([data.keys(), data.values()])
            return out.getvalue().encode()
        writer.writerow(COLUMNS)
        for entry in data["results"]:
            row = {**entry, "email": entry["properties"].get("email")}
            cells = (row[name] for name in COLUMNS)
            writer.writerow(json.dumps(cell) if isinstance(cell, (dict, list)) else cell for cell in cells)
        return out.getvalue().encode()


class Persons(View):
    renderer_classes = [JSONRenderer, Csv]

    def required_scopes(self, method):
        return ["cohort:read", "person:read"]

    def get(self, request, project_id, id):
        with store.LOCK:
            members = [store.PERSONS[key] for key in store.MEMBERS[cohort_of(id)["id"]]]
            pages, page = paged(self, members, 100)
            return Response({"results": page, "next": pages.get_next_link(), "previous": pages.get_previous_link()})


class AddPersons(View):
    thing = "cohort"

    def patch(self, request, project_id, id):
        with store.LOCK:
            found = cohort_of(id)
            if not found["is_static"]:
                raise ValidationError("Can only add users to static cohorts")
            ids = request.data.get("person_ids") if isinstance(request.data, dict) else None
            if hasattr(request.data, "getlist") and request.data.getlist("person_ids"):
                ids = request.data.getlist("person_ids")
            if not isinstance(ids, list):
                raise ValidationError("person_ids must be a list")
            if not ids:
                raise ValidationError("person_ids cannot be empty")
            if not add(found, ids):
                raise ValidationError("No valid users to add to cohort")
            return Response({"success": True})


class RemovePerson(View):
    thing = "cohort"

    def patch(self, request, project_id, id):
        with store.LOCK:
            found = cohort_of(id)
            if not found["is_static"]:
                raise ValidationError("Can only remove users from static cohorts")
            key = request.data.get("person_id") if isinstance(request.data, dict) else None
            if key is None:
                raise ValidationError("person_id is required")
            if not isinstance(key, str):
                raise ValidationError("person_id must be a string")
            try:
                key = str(uuid.UUID(key))
            except ValueError as error:
                raise ValidationError("person_id must be a valid UUID") from error
            if key not in store.PERSONS:
                raise NotFound("Person with this UUID does not exist in the cohort's team")
            members = store.MEMBERS[found["id"]]
            if key in members:
                members.remove(key)
            found["count"] = len(members)
            return Response({"success": True})


class Comments(View):
    thing = "comment"
    page_size = 100

    def get(self, request, project_id):
        asked = request.query_params
        entries = [c for c in store.COMMENTS if not c["deleted"]]
        for name in ("item_id", "scope", "source_comment"):
            if asked.get(name):
                entries = [c for c in entries if c[name] == asked[name]]
        if asked.get("search"):
            entries = [c for c in entries if asked["search"].lower() in c["content"].lower()]
        # Values that are not known are passed over, and `completed` counts with tasks alone.
        if asked.get("kind") in ("comment", "task"):
            entries = [c for c in entries if c["is_task"] == (asked["kind"] == "task")]
        if asked.get("kind") == "task" and asked.get("completed") in ("open", "completed"):
            done = asked["completed"] == "completed"
            entries = [c for c in entries if (c["completed_at"] is not None) == done]
        entries = sorted(entries, key=lambda c: c["created_at"], reverse=True)
        start = self.start(asked.get("cursor"))
        here = request.build_absolute_uri()
        after = start + self.page_size

        def link(position):
            mark = base64.urlsafe_b64encode(f"p={position}".encode()).decode()
            return replace_query_param(here, "cursor", mark)

        return Response({
            "next": link(after) if after < len(entries) else None,
            "previous": link(max(0, start - self.page_size)) if start else None,
            "results": plain(entries[start:after]),
        })

    def start(self, mark):
        if not mark:
            return 0
        try:
            text = base64.urlsafe_b64decode(mark.encode()).decode()
            return int(text.removeprefix("p=")) if text.startswith("p=") else int("no")
        except ValueError as error:
            raise NotFound("Invalid cursor") from error
