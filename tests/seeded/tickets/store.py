"""Everything that the server knows, in memory; the same at each start."""

import datetime
import uuid

SCOPES = [
    f"{of}:{verb}"
    for of in ("projects", "tickets", "exports", "comments", "contacts", "files", "labels", "drafts")
    for verb in ("read", "write")
    if (of, verb) != ("exports", "write")
]


class Account:
    def __init__(self, owner, role, scopes, project=None):
        self.owner, self.role, self.scopes, self.project = owner, role, scopes, project


READING = [scope for scope in SCOPES if scope.endswith(":read")]
WRITING = [scope for scope in SCOPES if scope.endswith(":write")]
tokens = {
    "desk-all": Account("ada", "lead", SCOPES),
    "desk-reading": Account("ada", "lead", READING),
    "desk-writing": Account("ada", "lead", WRITING),
    "desk-exporting": Account("ada", "lead", ["tickets:read", "exports:read"]),
    "desk-uploading": Account("ada", "lead", ["tickets:read", "files:write"]),
    "desk-nothing": Account("ada", "lead", []),
    "desk-ben": Account("ben", "lead", SCOPES),
    "desk-agent": Account("ada", "agent", SCOPES),
    "desk-web": Account("ada", "lead", ["projects:read", "projects:write"], project="web"),
}
for scope in SCOPES:
    tokens["desk-" + scope.replace(":", "-")] = Account("ada", "lead", [scope])

clients = {
    "desk-app": ("desk-app-secret", Account("ada", "lead", SCOPES)),
    "report-app": ("report-app-secret", Account("ada", "agent", ["tickets:read", "exports:read"])),
}

projects, tickets, comments, contacts, attachments, labels, drafts = {}, {}, {}, {}, {}, {}, {}
files = {}  # by the id of the attachment
answers = {}  # by owner and Idempotency-Key: the body and the id of the ticket
last_number = 0


def new_id():
    return str(uuid.uuid4())


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fixed_id(name):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "https://desk.example.org/" + name))


def day(number):
    return (datetime.datetime(2026, 1, 5, 9) + datetime.timedelta(days=number)).isoformat() + "Z"


def new_project(slug, name, **more):
    projects[slug] = {
        "slug": slug,
        "name": name,
        "color": None,
        "archived": False,
        "budget": None,
        "homepage": None,
        "settings": {},
        "created_at": day(len(projects)),
    } | more


def next_number():
    global last_number
    last_number += 1
    return last_number


def unsaid_of_ticket():
    """What a ticket has where nobody says otherwise."""
    return {
        "description": None,
        "requester": None,
        "priority": "normal",
        "billable": True,
        "labels": [],
        "watchers": [],
        "estimate": None,
        "due": None,
        "location": None,
        "schedule": {},
        "external_ref": None,
    }


def new_ticket(title, project, **more):
    number = next_number()
    ticket = {
        "id": fixed_id(f"tickets/{number}"),
        "number": number,
        "version": 1,
        "title": title,
        "project": project,
        "status": "open",
        "resolution": None,
        "created_at": day(number),
        "updated_at": day(number),
        "closed_at": None,
    } | unsaid_of_ticket() | more
    tickets[ticket["id"]] = ticket
    return ticket


def new_contact(place, **members):
    contacts[fixed_id(f"contacts/{place}")] = {"id": fixed_id(f"contacts/{place}"), **members, "created_at": day(len(contacts))}


def fill():
    new_project("web", "Web shop", color="#3366ff", budget=25000, homepage="https://shop.example.org/")
    new_project("app", "App", budget=12000.5, settings={"escalate_after": 24, "notify": ["email", "chat"]})
    new_project("ops", "Operations", settings={"sla_hours": 8, "sla_contact": "ops@example.org"})
    new_project("fax", "Fax gateway", color="#999999", archived=True)
    new_project("intranet", "Intranet", archived=True)

    people = ["Ada Byron", "Grace Murray", "Edsger Vries", "Barbara Jane", "Niklaus Zimmer"]
    for place, name in enumerate(people):
        given, family = name.split()
        email = f"{given}.{family}@example.org".lower()
        new_contact(
            given.lower(),
            kind="person",
            given_name=given,
            family_name=family,
            email=email,
            birthday=f"19{60 + place}-0{place + 1}-1{place}" if place % 2 else None,
            newsletter=place % 2 == 0,
        )
    new_contact("acme", kind="company", name="Acme", email="acme@example.com", vat="DE123456789", employees=250, newsletter=True)
    new_contact(
        "bolt",
        kind="company",
        name="Bolt & Sons",
        email="bolt@example.com",
        website="https://bolt.example.com/en?from=desk",
        address={"street": "Ring 1", "city": "Wien", "zip": "1010", "country": "AT"},
        newsletter=False,
    )

    words = ["Login", "Search", "Basket", "Invoice", "mail", "Printer, second floor", "Backup", "wifi"]
    for place in range(26):
        ticket = new_ticket(
            f"{words[place % 8]} {['fails', 'is slow', 'is gone'][place % 3]}",
            ["web", "app", "ops"][place % 3],
            description=None if place % 4 else f"Reported {place} times",
            requester=fixed_id("contacts/" + ["ada", "grace", "acme"][place % 3]) if place % 2 else None,
            status=["open", "open", "pending", "closed"][place % 4],
            resolution=["fixed", "wontfix", "duplicate"][place % 3] if place % 4 == 3 else None,
            closed_at=day(place + 30) if place % 4 == 3 else None,
            priority=["normal", "low", "high", "urgent", "normal"][place % 5],
            billable=place % 3 != 1,
            labels=["hardware"] if place % 6 == 5 else [],
            estimate=15 * (place % 5) or None,
            due=f"2026-06-{place + 1:02}" if place % 3 == 0 else None,
            location={"site": "Main building", "floor": place % 4, "geo": {"lat": 48.2, "lon": 16.37}} if place % 7 == 1 else None,
            external_ref=f"ERP-{1000 + place}" if place % 5 == 4 else None,
        )
        for turn in range(13 if place == 0 else 2 if place == 1 else 0):
            name = fixed_id(f"comments/{place}/{turn}")
            comments[name] = {
                "id": name,
                "ticket": ticket["id"],
                "text": f"Step {turn + 1} of {ticket['title']}",
                "internal": turn % 3 == 0,
                "mood": ["happy", None, "angry", "neutral"][turn % 4],
                "created_at": day(place + turn),
            }
            if turn % 2:
                comments[name]["rating"] = turn % 5 + 1

    name = fixed_id("attachments/1")
    files[name] = b"09:00 started\r\n09:01 stopped\n"
    attachments[name] = {
        "id": name,
        "ticket": fixed_id("tickets/1"),
        "filename": "server.log",
        "size": len(files[name]),
        "caption": "The log",
        "kind": "log",
        "visible": True,
        "position": 0,
        "created_at": day(1),
    }

    for slug, color, weight, pinned in [("hard-disk", "red", 50, True), ("network", "blue", 20, False), ("accounts", "grey", 0, False), ("urgent-fix", "red", 100, True)]:
        labels[slug] = {"slug": slug, "name": slug.replace("-", " ").capitalize(), "color": color, "weight": weight, "pinned": pinned}

    for owner, count in (("ada", 3), ("ben", 2)):
        for place in range(count):
            name = fixed_id(f"drafts/{owner}/{place}")
            drafts[name] = {
                "id": name,
                "version": 1,
                "owner": owner,
                "subject": f"Answer {place + 1}",
                "text": None if place else "Dear customer",
                "tags": ["answer", "todo"][: place + 1] or ["answer"],
                "confidence": 0.25 * place,
                "created_at": day(place),
            }


fill()
