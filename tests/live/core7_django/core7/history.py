"""The change history of cohorts."""

from core7.models import Activity, Cohort, User


def record(user: User | None, cohort: Cohort, activity: str, changes: list[dict] | None = None) -> Activity:
    """Adds an entry; without a user the system did it."""
    detail = {
        "id": None,
        "changes": changes or [],
        "merge": None,
        "trigger": None,
        "name": cohort.name,
        "short_id": None,
        "type": None,
    }
    return Activity.objects.create(cohort=cohort, user=user, activity=activity, detail=detail)


def changes_between(before: dict, after: dict) -> list[dict]:
    """One change for each field that differs."""
    return [
        {"type": "Cohort", "action": "changed", "field": field, "before": old, "after": after[field]}
        for field, old in before.items()
        if old != after[field]
    ]
