"""The data every run starts with. Ids and times are fixed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.db import connection

from core7 import calculations, criteria, history
from core7.models import (
    Annotation,
    Calculation,
    Cohort,
    Comment,
    Dashboard,
    Insight,
    Organization,
    Person,
    Project,
    Role,
    User,
)

START = datetime(2025, 3, 1, 9, 0, 0, 104233, tzinfo=UTC)
PLAIN_COMMENTS = 95


def uid(group: int, number: int) -> UUID:
    """A fixed id."""
    return UUID(f"0195f0d2-{group:04x}-7a60-9b1e-{number:012x}")


def day(number: float) -> datetime:
    """A moment after the first one."""
    return START + timedelta(days=number)


def create_tables() -> None:
    """Makes the tables; there are no migrations, since no store outlives the process."""
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("core7").get_models():
            editor.create_model(model)


def fill() -> None:
    """Stores everything."""
    home, sibling = projects()
    dana, femi = users(home)
    annotations(home, sibling, dana, femi)
    cohorts(home, dana, femi, persons(home))
    comments(home, dana, femi)


def projects() -> tuple[Project, Project]:
    """Two projects of the keys' organization (1 and 2), and one of another (3)."""
    ours = Organization.objects.create(id=uid(0, 1), name="Hedgehog Labs")
    theirs = Organization.objects.create(id=uid(0, 2), name="Somebody else")
    for number, name in enumerate(["Auditors", "Designers", "Interns", "Night shift", "On call", "Writers"], 1):
        Role.objects.create(id=uid(0x0A, number), organization=ours, name=name)
    home = Project.objects.create(organization=ours, name="Web shop")
    sibling = Project.objects.create(organization=ours, name="Mobile app")
    Project.objects.create(organization=theirs, name="Foreign")
    return home, sibling


def users(home: Project) -> tuple[User, User]:
    """The owner of all keys, and a colleague with little filled in."""
    dana = User.objects.create(
        uuid=uid(0x0B, 1),
        distinct_id="Qm3vT9xLkP2sWd8Zb4Hn6Rc1Yf7Ga5Ue",
        first_name="Dana",
        last_name="Okafor",
        email="dana@example.com",
        is_email_verified=True,
        hedgehog_config={"color": "green", "accessories": ["beret"]},
        role_at_organization=User.Job.ENGINEERING,
        organization=home.organization,
        current_project=home,
    )
    femi = User.objects.create(
        uuid=uid(0x0B, 2),
        first_name="Femi",
        email="femi@example.com",
        role_at_organization="",
        organization=home.organization,
        current_project=home,
    )
    return dana, femi


def annotations(home: Project, sibling: Project, dana: User, femi: User) -> None:
    """Notes of all scopes, one deleted, one without author, one seen through its organization."""
    insight = Insight.objects.create(short_id="kX82hQpz", derived_name="Signup funnel")
    Insight.objects.create(short_id="w3LmT0vB", name="Weekly revenue")
    dashboard = Dashboard.objects.create(name="Growth")
    scope = Annotation.Scope
    rows = [
        {"content": "Pricing page redesign shipped", "scope": scope.PROJECT, "creation_type": Annotation.Origin.BOT},
        {"content": "Signup funnel outage", "dashboard_item": insight, "created_by": None},
        {"content": "Spring campaign, first wave", "scope": scope.DASHBOARD, "dashboard": dashboard},
        {"content": None, "date_marker": None, "scope": scope.PROJECT, "created_by": femi},
        {"content": "Wrong chart, ignore", "deleted": True},
        {"content": "Company offsite", "scope": scope.ORGANIZATION, "project": sibling, "created_by": femi},
        {"content": "Only the mobile app", "scope": scope.PROJECT, "project": sibling},
        {"content": "Release 4.2 rolled out", "scope": scope.PROJECT, "creation_type": Annotation.Origin.BOT},
    ]
    for number, row in enumerate(rows):
        common = {"project": home, "created_by": dana, "date_marker": day(number).replace(microsecond=0)}
        Annotation.objects.create(**common | {"created_at": day(number)} | row)


def persons(home: Project) -> list[Person]:
    """Twelve persons, some with many ids, some without a name or an address."""
    made = []
    for number in range(1, 13):
        properties = {"$browser": "Firefox" if number % 3 else "Safari", "visits": number}
        if number != 5:
            properties["email"] = f"visitor{number}@{'example.com' if number % 2 else 'example.org'}"
        if number % 4 == 0:
            properties["name"] = f'Visitor "{number}", the loyal'
        made.append(
            Person.objects.create(
                project=home,
                uuid=uid(0xAAAA, number),
                distinct_ids=[f"visitor-{number}-{device}" for device in range(number)],
                properties=properties,
                created_at=day(number / 10),
                last_seen_at=day(30 + number) if number % 2 else None,
                is_identified=number % 2 == 1,
            )
        )
    return made


def cohorts(home: Project, dana: User, femi: User, people: list[Person]) -> None:
    """Dynamic and static cohorts, a deleted one, one that failed, and one built on another."""
    staff = dynamic(home, dana, 1, "Example staff", person_filter("email", "icontains", "@example.com"))
    dynamic(home, femi, 2, "Safari users", person_filter("$browser", "exact", ["Safari"]))
    listed(home, dana, 3, "Interview list", people[:4])
    listed(home, None, 4, "Nobody yet", [])
    listed(home, dana, 5, "Old beta testers", people[4:6], deleted=True)
    dynamic(home, dana, 6, "Everybody of the staff", {"type": "cohort", "key": "id", "value": staff.pk})
    broken = dynamic(home, femi, 7, "Heavy buyers", buyer_filter())
    broken.errors_calculating = 2
    broken.last_error_message = "The calculation took too long."
    broken.save()
    Calculation.objects.filter(cohort=broken).update(error="Timeout exceeded", count=None)


def person_filter(key: str, operator: str, value) -> dict:
    """A criterion on a property."""
    return {"type": "person", "key": key, "operator": operator, "value": value}


def buyer_filter() -> dict:
    """A criterion on events."""
    return {
        "type": "behavioral",
        "key": "purchase",
        "value": "performed_event_multiple",
        "event_type": "events",
        "time_value": 30,
        "time_interval": "day",
        "operator": "gte",
        "operator_value": 5,
        "event_filters": [{"type": "event", "key": "total", "value": 100, "operator": "gt"}],
    }


def dynamic(home: Project, author: User, number: int, name: str, criterion: dict) -> Cohort:
    """A dynamic cohort, calculated twice."""
    filters = {"properties": {"type": "OR", "values": [{"type": "AND", "values": [criterion]}]}}
    criteria.complete(filters)
    cohort = Cohort.objects.create(
        project=home, name=name, filters=filters, created_by=author, created_at=day(number)
    )
    for later in (0, 1):
        calculations.start(cohort, day(number + later))
        calculations.finish_due()
        cohort.refresh_from_db()
    created(cohort)
    return cohort


def listed(home: Project, author: User | None, number: int, name: str, people: list[Person], **more) -> None:
    """A static cohort."""
    cohort = Cohort.objects.create(
        project=home,
        name=name,
        description=f"{len(people)} persons, picked by hand",
        created_by=author,
        created_at=day(number),
        is_static=True,
        cohort_type=Cohort.Kind.STATIC,
        count=len(people),
        **more,
    )
    cohort.people.set(people)
    created(cohort)


def created(cohort: Cohort) -> None:
    """The first entry of a cohort's history, as old as the cohort."""
    entry = history.record(cohort.created_by, cohort, "created")
    entry.created_at = cohort.created_at
    entry.save()


def comments(home: Project, dana: User, femi: User) -> None:
    """Tasks, replies, hidden ones, and enough plain ones for a second page."""
    for number in range(PLAIN_COMMENTS):
        comment(home, dana, number, content=f"Looks fine, round {number}", item_id=str(number % 7))
    first = comment(home, dana, 200, content="Why the spike on 18 March?", scope="Insight", item_id="kX82hQpz")
    comment(home, femi, 201, content="A campaign started", scope="Insight", source_comment=first)
    comment(home, None, 202, content="It did, see the mail", scope="Insight", source_comment=first, version=1)
    comment(home, dana, 203, content="Fix the broken chart", is_task=True)
    comment(home, femi, 204, content="Rename the dashboard", is_task=True, item_context={"tile": 3})
    comment(home, dana, 205, content="Check the goal", is_task=True, completed_at=day(9), completed_by=femi)
    comment(home, femi, 206, content=None, rich_content={"type": "doc", "content": []}, scope="Notebook")
    comment(home, dana, 207, content="Never mind", deleted=True)
    comment(home, dana, 208, content="From a customer", scope="conversations_ticket")


def comment(home: Project, author: User | None, hour: int, scope: str = "Dashboard", **fields) -> Comment:
    """One comment."""
    return Comment.objects.create(
        id=uid(0xC, hour + 1), project=home, created_by=author, created_at=day(hour / 24), scope=scope, **fields
    )
