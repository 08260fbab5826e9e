"""The bodies that the document describes."""

from checks import flag, integer, items, members, number, text
from faults import fault


def choose(name, wrong, right):
    return wrong if fault(name) else right


SLUG = "^[a-z][a-z0-9-]{1,30}[a-z0-9]$".replace("$", r"\Z")
STATUSES = ["open", "pending", "closed"]
PRIORITIES = ["low", "normal", "high", "urgent"]
MOODS = ["happy", "neutral", "angry"]
RESOLUTIONS = ["fixed", "wontfix", "duplicate"]
KINDS = ["log", "screenshot", "document"]
COLORS = ["red", "green", "blue", "grey"]


def bytes_of(value):
    return len(value.encode("utf-8"))


def anything(value, at, errors):
    pass


def yes_or_no(value, at, errors):
    if value not in ("yes", "no"):
        flag(value, at, errors)


TOKEN = members(
    {
        "grant_type": choose("grant-type-unchecked", text(1), text(enum=["client_credentials"])),
        "client_id": text(1, 40),
        "client_secret": text(1, 80),
        "scope": text(1, 400),
    },
    required=["grant_type", "client_id", "client_secret"],
)

SETTINGS = members(
    {
        "escalate_after": integer(1, choose("escalate-72-refused", 71, 72)),
        "notify": items(
            text(enum=choose("notify-chat-refused", ["email", "sms"], ["email", "sms", "chat"])),
            high=3,
            unique=not fault("notify-twice-accepted"),
        ),
        "sla_hours": integer(4, 96, step=4),
        "sla_contact": text(format="email"),
    },
    needs={} if fault("sla-without-contact-accepted") else {"sla_hours": "sla_contact"},
)
PROJECT = members(
    {
        "name": text(1, 60, length=choose("project-name-counts-octets", bytes_of, len)),
        "color": text(pattern=choose("color-unanchored", "^#[0-9a-f]{6}", r"^#[0-9a-f]{6}\Z"), null=True),
        "archived": choose("archived-yes-accepted", yes_or_no, flag),
        "budget": number(
            0,
            below=None if fault("budget-million-accepted") else 1000000,
            high=1000000,
            step="0.25",
            null=not fault("budget-null-refused"),
        ),
        "homepage": text(format=choose("homepage-any-text", None, "uri"), null=True),
        "settings": SETTINGS,
    },
    required=["name"],
)

GEO = members(
    {
        "lat": number(-90, 90, above=-90 if fault("south-pole-refused") else None),
        "lon": number(high=180, above=None if fault("lon-minus-180-accepted") else -180, low=-180),
    },
    required=["lat"] if fault("geo-without-lon-accepted") else ["lat", "lon"],
    closed=not fault("geo-unknown-member-accepted"),
)
LOCATION = members(
    {
        "site": text(1, 40),
        "floor": integer(choose("floor-minus-two-refused", -1, -2), choose("floor-41-accepted", 41, 40)),
        "geo": GEO,
    },
    required=["site"],
    null=True,
)
SCHEDULE = members(
    {"starts": text(format="date-time"), "ends": text(format="date-time"), "remind": integer(0, 1440)},
    needs={"ends": "starts", **({} if fault("remind-without-start-accepted") else {"remind": "starts"})},
)


def optional_pair(check):
    def both(value, at, errors):
        check(value, at, errors)
        if fault("estimate-with-due-refused") and isinstance(value, dict) and value.get("estimate") and value.get("due"):
            errors.append((at, "has an estimate and a due day"))

    return both


TICKET = {
    "title": text(choose("title-two-accepted", 2, 3), choose("title-120-refused", 119, 120)),
    "description": text(high=choose("description-4001-accepted", 5000, 4000), null=True),
    "project": text(pattern=SLUG),
    "requester": text(format="uuid", null=True),
    "priority": text(enum=PRIORITIES),
    "billable": flag,
    "labels": items(
        text(2, choose("label-of-21-accepted", 21, 20)),
        high=choose("five-labels-refused", 4, choose("six-labels-accepted", 6, 5)),
        unique=not fault("label-twice-accepted"),
    ),
    "watchers": items(text(format=choose("watcher-any-text", None, "email")), high=3),
    "estimate": integer(15, choose("estimate-480-refused", 479, 480), step=None if fault("estimate-20-accepted") else 15, null=True),
    "due": text(format="date", null=True),
    "location": LOCATION,
    "schedule": SCHEDULE,
    "external_ref": text(pattern=choose("reference-unanchored", "^[A-Z]{2,4}-[0-9]{1,6}", r"^[A-Z]{2,4}-[0-9]{1,6}\Z"), null=True),
}
TICKET_INPUT = optional_pair(members(TICKET, required=["title", "project"]))
TICKET_PATCH = members(
    TICKET
    | {
        "status": text(enum=choose("status-closed-by-patch", STATUSES, ["open", "pending"])),
        "priority": text(
            enum=choose("patch-urgent-refused", PRIORITIES[:3], PRIORITIES), null=fault("patch-priority-null-accepted")
        ),
        "description": text(high=4000, null=not fault("patch-description-null-refused")),
    },
    least=choose("empty-patch-accepted", 0, 1),
)
CLOSING = members(
    {
        "resolution": text(enum=choose("close-duplicate-refused", RESOLUTIONS[:2], RESOLUTIONS)),
        "note": text(1, choose("note-unbounded", None, 200), null=True),
    },
    required=["resolution"],
)

COMMENT = {
    "text": text(choose("empty-comment-accepted", 0, 1), 500),
    "internal": flag,
    "mood": text(enum=MOODS, null=not fault("mood-null-refused")),
    "rating": integer(1, choose("rating-six-accepted", 6, 5)),
}
COMMENT_INPUT = members(
    COMMENT,
    required=choose("comment-needs-internal", ["text", "internal"], ["text"]),
    closed=not fault("comment-unknown-member-accepted"),
)
COMMENT_PATCH = members(
    COMMENT
    | ({"id": anything, "ticket": anything, "created_at": anything} if fault("patch-moves-comment") else {})
)

ADDRESS = members(
    {
        "street": text(1, 60),
        "city": text(1, 40),
        "zip": text(pattern=choose("zip-unchecked", None, r"^[0-9]{4,5}\Z")),
        "country": text(enum=choose("country-ch-refused", ["AT", "DE"], ["AT", "CH", "DE"])),
    },
    required=["street", "city", "country"],
)
PERSON = members(
    {
        "kind": text(enum=["person"]),
        "given_name": text(1, 40),
        "family_name": text(1, 40),
        "email": text(high=100, format=choose("contact-email-unchecked", None, "email")),
        "birthday": text(format="date", null=True),
        "newsletter": flag,
        **({"name": text(), "vat": text(), "employees": integer(1, 9)} if fault("person-with-vat-accepted") else {}),
    },
    required=["kind", "given_name", "family_name", "email"],
)
COMPANY = members(
    {
        "kind": choose("kind-unchecked", text(), text(enum=["company"])),
        "name": text(2, 80),
        "email": text(high=100, format="email"),
        "vat": text(pattern=choose("vat-lower-case-accepted", r"^[A-Za-z]{2}[0-9]{8,10}\Z", r"^[A-Z]{2}[0-9]{8,10}\Z")),
        "employees": integer(1, choose("employees-32-bit", 2**31 - 1, 9007199254740991)),
        "website": text(format="uri"),
        "address": ADDRESS,
        "newsletter": flag,
    },
    required=["kind", "name", "email"],
)


def CONTACT(value, at, errors):
    if not isinstance(value, dict):
        errors.append((at, "is no object"))
    elif value.get("kind") == "person":
        PERSON(value, at, errors)
    elif value.get("kind") == "company" or fault("kind-unchecked"):
        COMPANY(value, at, errors)
    else:
        errors.append((f"{at}/kind", "is neither person nor company"))


UPLOAD = members(
    {
        "file": anything,
        "caption": text(1, choose("caption-81-accepted", 81, 80)),
        "kind": choose("upload-kind-unchecked", text(), text(enum=choose("upload-log-refused", KINDS[1:], KINDS))),
        "visible": flag,
        "position": integer(0, 99),
    },
    required=["file"],
    closed=not fault("upload-unknown-part-accepted"),
)

LABEL_MEMBERS = {
    "slug": text(pattern=SLUG),
    "name": text(1, 30),
    "color": text(enum=COLORS),
    "weight": integer(0, choose("weight-100-refused", 99, 100)),
    "pinned": flag,
}
LABEL = members(LABEL_MEMBERS, required=["slug", "name"])
LABEL_FORM = members(
    LABEL_MEMBERS | ({"color": text()} if fault("form-color-unchecked") else {}),
    required=["slug", "name"],
    closed=not fault("form-unknown-field-accepted"),
)

DRAFT = {
    "subject": text(1, 80),
    "text": text(high=1000, null=True),
    "tags": items(text(1, 16), low=choose("no-tags-accepted", 0, 1), high=choose("three-tags-refused", 2, 3)),
    "confidence": number(0, choose("confidence-percent-accepted", 100, 1)),
}
DRAFT_INPUT = members(DRAFT, required=choose("draft-without-subject-accepted", ["tags"], ["subject", "tags"]))
DRAFT_REPLACEMENT = members(DRAFT | {"version": number(1, whole=True)}, required=["version", "subject", "tags"])
