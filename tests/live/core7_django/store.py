"""What the server holds, in memory. It begins with a handful of objects."""

import threading
import uuid
from datetime import datetime, timedelta, timezone

LOCK = threading.RLock()

# Time that a dynamic cohort takes to be worked out.
CALCULATION = timedelta(seconds=1)

USER = {
    "id": 7, "uuid": "018f2b6c-4d5e-7f60-8a1b-2c3d4e5f6071", "distinct_id": "mika-7", "first_name": "Mika",
    "last_name": "Lind", "email": "mika@example.org", "is_email_verified": True, "hedgehog_config": None,
    "role_at_organization": "data",
}


def now() -> datetime:
    return datetime.now(timezone.utc)


def at(day: int) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=timezone.utc) + timedelta(days=day)


def person(number: int) -> dict:
    name = f"person{number}@example.org"
    key = f"018f2b6c-0000-7000-8000-{number:012d}"
    return {
        "id": key, "uuid": key, "type": "person", "name": name, "distinct_ids": [f"visitor-{number}"],
        "properties": {"email": name}, "created_at": at(number), "last_seen_at": at(60), "is_identified": True,
        "matched_recordings": [], "value_at_data_point": None,
    }


# The ids that the document's examples name are known here too.
NAMED = ["0195f1a0-10aa-7c3e-8d11-5b0e6f7a9c01", "0195f1a0-10aa-7c3e-8d11-5b0e6f7a9c02"]
PERSONS = {p["id"]: p for p in map(person, range(1, 6))}
PERSONS.update({key: {**person(9), "id": key, "uuid": key} for key in NAMED})

# The roles that may be destroyed in a check.
ROLES = {f"0195f0f4-77aa-7b1c-9c52-6d5e4f3a2b{number}" for number in range(10, 20)}


def annotation(number: int, **fields) -> dict:
    return {
        "id": number, "content": None, "date_marker": None, "creation_type": "USR", "dashboard_item": None,
        "dashboard_id": None, "dashboard_name": None, "insight_short_id": None, "insight_name": None,
        "insight_derived_name": None, "created_by": USER, "created_at": now(), "updated_at": now(),
        "deleted": False, "scope": "dashboard_item", **fields,
    }


def cohort(number: int, **fields) -> dict:
    return {
        "id": number, "name": None, "description": "", "groups": [], "deleted": False,
        "filters": {"properties": {}}, "query": None, "version": None, "pending_version": None,
        "is_calculating": False, "created_by": USER, "created_at": now(), "last_calculation": None,
        "last_backfill_person_properties_at": None, "errors_calculating": 0, "last_error_message": None,
        "count": 0, "is_static": False, "cohort_type": None, "experiment_set": [], **fields,
    }


def calculation(filters, started: datetime, finished: datetime | None, count: int | None) -> dict:
    return {
        "id": str(uuid.uuid4()), "filters": filters, "count": count, "started_at": started,
        "finished_at": finished, "queries": None, "error": None,
        "duration_seconds": (finished - started).total_seconds() if finished else None,
        "is_completed": finished is not None, "is_successful": finished is not None, "total_query_ms": None,
        "total_memory_mb": None, "total_read_rows": None, "total_written_rows": None, "main_query": None,
    }


def comment(number: int, **fields) -> dict:
    return {
        "id": f"018f2b6c-2222-7000-8000-{number:012d}", "created_by": USER, "deleted": False, "is_task": False,
        "completed_by": None, "content": f"Remark {number}", "rich_content": None, "version": 0,
        "created_at": at(number), "item_id": "aB3dE5fG", "item_context": None, "scope": "Insight",
        "completed_at": None, "source_comment": None, **fields,
    }


CRITERIA = {"properties": {"type": "OR", "values": [{"type": "AND", "values": [
    {"type": "person", "key": "email", "operator": "icontains", "value": "@example.org", "negation": False},
]}]}}

ANNOTATIONS = {number: annotation(number, content=f"Note {number}", date_marker=at(number), created_at=at(number))
               for number in range(1, 5)}
COHORTS = {
    1: cohort(1, name="Everybody", filters=CRITERIA, count=5, created_at=at(1), version=2, pending_version=2),
    2: cohort(2, name="Testers", is_static=True, cohort_type="static", count=3, created_at=at(2)),
}
MEMBERS = {1: list(PERSONS)[:5], 2: list(PERSONS)[:3]}
CALCULATIONS = {1: [calculation(CRITERIA, at(day), at(day) + timedelta(seconds=3), 5) for day in (3, 2, 1)], 2: []}
COMMENTS = [
    comment(1),
    comment(2, scope="Notebook", item_id="note-2"),
    comment(3, is_task=True),
    comment(4, is_task=True, completed_at=at(9), completed_by=USER),
    comment(5, source_comment="018f2b6c-2222-7000-8000-000000000001"),
]
ACTIVITY: list[dict] = []
# When each cohort that is being worked out will be ready.
READY: dict[int, datetime] = {}


def log(cohort_: dict, activity: str, changes: list[dict]) -> None:
    ACTIVITY.insert(0, {
        "id": str(uuid.uuid4()), "user": {"first_name": USER["first_name"], "email": USER["email"]},
        "activity": activity, "scope": "Cohort", "item_id": str(cohort_["id"]),
        "detail": {"id": None, "changes": changes, "merge": None, "trigger": None, "name": cohort_["name"],
                   "short_id": None, "type": None},
        "created_at": now(),
    })


for known in COHORTS.values():
    log(known, "created", [])
    log(known, "updated", [{"type": "Cohort", "action": "changed", "field": "name", "before": None,
                            "after": known["name"]}])


def calculate(cohort_: dict) -> None:
    """Begins to work a dynamic cohort out; it is ready a second later."""
    cohort_["is_calculating"] = True
    cohort_["pending_version"] = (cohort_["pending_version"] or 0) + 1
    started = now()
    READY[cohort_["id"]] = started + CALCULATION
    CALCULATIONS.setdefault(cohort_["id"], []).insert(0, calculation(cohort_["filters"], started, None, None))


def settle() -> None:
    """Finishes what is ready: fields change without anybody writing them."""
    for number, ready in list(READY.items()):
        if now() >= ready:
            del READY[number]
            found = COHORTS[number]
            found.update(is_calculating=False, version=found["pending_version"], count=len(PERSONS),
                         last_calculation=ready)
            MEMBERS[number] = list(PERSONS)
            first = CALCULATIONS[number][0]
            first.update(finished_at=ready, count=len(PERSONS), is_completed=True, is_successful=True,
                         duration_seconds=CALCULATION.total_seconds())
