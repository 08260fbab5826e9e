"""The calculation of dynamic cohorts, which ends a while after it began."""

from datetime import datetime, timedelta

from django.utils import timezone

from core7 import criteria
from core7.models import Calculation, Cohort

DURATION = timedelta(seconds=1)


def start(cohort: Cohort, at: datetime | None = None) -> None:
    """Begins a calculation of the cohort as it is now."""
    cohort.is_calculating = True
    cohort.pending_version = (cohort.pending_version or 0) + 1
    cohort.save()
    Calculation.objects.create(cohort=cohort, filters=cohort.filters, started_at=at or timezone.now())


def finish_due() -> None:
    """Ends the calculations that have taken their time, oldest first."""
    due = Calculation.objects.filter(finished_at=None, started_at__lte=timezone.now() - DURATION)
    for calculation in due.select_related("cohort__project").order_by("started_at"):
        finish(calculation)


def finish(calculation: Calculation) -> None:
    """Stores the members found and what the calculation cost."""
    cohort = calculation.cohort
    found = criteria.members(cohort.project, calculation.filters)
    calculation.count = len(found)
    calculation.finished_at = calculation.started_at + DURATION
    calculation.queries = [query_of(calculation)]
    calculation.save()
    if not cohort.is_static:
        cohort.people.set(found)
        cohort.count = len(found)
    cohort.version = (cohort.version or 0) + 1
    cohort.last_calculation = calculation.finished_at
    cohort.is_calculating = cohort.calculation_set.filter(finished_at=None).exists()
    cohort.save()


def query_of(calculation: Calculation) -> dict:
    """The one query that a calculation is said to have run."""
    return {
        "query": f"INSERT INTO cohortpeople SELECT id FROM person /* cohort {calculation.cohort_id} */",
        "query_id": f"{calculation.cohort_id}_{calculation.id.hex[:8]}",
        "query_ms": int(DURATION.total_seconds() * 1000),
        "memory_mb": 12,
        "read_rows": 40,
        "written_rows": calculation.count,
    }
