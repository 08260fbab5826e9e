"""A help desk that obeys openapi.yaml beside it: the healthy server, and with `--fault NAME` one with one mistake."""

import argparse
import base64
import csv
import hashlib
import io
import json
import re
import socket
import sys
import urllib.parse

import faults
from faults import fault

options = argparse.ArgumentParser()
options.add_argument("--port", type=int, default=8000)
options.add_argument("--fault")
options.add_argument("--list-faults", action="store_true")
options = options.parse_args()
if options.list_faults:
    print("\n".join(faults.KNOWN))
    sys.exit(0)
if options.fault is not None and options.fault not in faults.KNOWN:
    print(f"unknown fault: {options.fault}", file=sys.stderr)
    sys.exit(2)
faults.active = options.fault

import uvicorn  # noqa: E402
from fastapi import FastAPI, Request, Response  # noqa: E402
from starlette.exceptions import HTTPException  # noqa: E402

import bodies  # noqa: E402
import checks  # noqa: E402
import store  # noqa: E402

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
}


class Refusal(Exception):
    def __init__(self, status, detail, errors=(), headers=None):
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers or {}


def as_json(value, status=200, headers=None, media_type="application/json"):
    return Response(json.dumps(value, ensure_ascii=False), status, headers, media_type)


def problem(status, detail, errors=(), headers=None):
    body = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    if errors:
        body["errors"] = [{"pointer": at, "message": message} for at, message in errors]
    if fault("problem-status-member-wrong") and status == 404:
        body["status"] = 400
    if fault("problem-without-detail") and status == 409:
        del body["detail"]
    if fault("problem-errors-as-text") and errors:
        body["errors"] = [f"{at}: {message}" for at, message in errors]
    media_type = "application/problem+json"
    if fault("problem-as-plain-json") and status == 422:
        media_type = "application/json"
    return as_json(body, status, headers, media_type)


# Requests

OPERATIONS = {}  # path: {method: (name, scopes or None where it is open, handler)}


def operation(method, path, name, *scopes, public=False):
    def keep(handler):
        OPERATIONS.setdefault(path, {})[method] = (name, None if public else scopes, handler)
        return handler

    return keep


def sign_in(request, name):
    """The account of the token."""
    given = request.headers.get("authorization")
    challenge = 'Bearer realm="desk"'
    if given is None:
        if fault("label-open-to-all") and name == "getLabel":
            return store.tokens["desk-all"]
        if fault("missing-token-is-403") and name == "listContacts":
            raise Refusal(403, "No token")
        if fault("challenge-forgotten") and name == "createDraft":
            raise Refusal(401, "No token")
        raise Refusal(401, "No token", headers={"WWW-Authenticate": challenge})
    if fault("bare-scheme-crashes"):
        scheme, token = given.split(" ", 1)
    else:
        scheme, _, token = given.partition(" ")
    if fault("any-token-lists-labels") and name == "listLabels":
        return store.tokens.get(token, store.tokens["desk-all"])
    if scheme.lower() != "bearer" or token.strip() not in store.tokens:
        raise Refusal(401, "Unknown token", headers={"WWW-Authenticate": challenge + ', error="invalid_token"'})
    if fault("me-always-401") and name == "getMe":
        raise Refusal(401, "Unknown token", headers={"WWW-Authenticate": challenge + ', error="invalid_token"'})
    return store.tokens[token.strip()]


def check_scopes(account, name, scopes):
    needed = scopes
    if fault("delete-comment-unscoped") and name == "deleteComment":
        needed = ()
    if fault("head-unscoped") and name == "headTicket":
        needed = ()
    if fault("export-needs-one-scope") and name == "exportTickets":
        needed = scopes[:1]
    if fault("patch-with-read-scope") and name == "updateTicket" and "tickets:read" in account.scopes:
        needed = ()
    if fault("close-with-any-write-scope") and name == "closeTicket" and any(scope.endswith(":write") for scope in account.scopes):
        needed = ()
    if fault("put-project-needs-too-much") and name == "putProject":
        needed = scopes + ("projects:read",)
    if fault("upload-either-scope") and name == "uploadAttachment" and set(scopes) & set(account.scopes):
        needed = ()
    if set(needed) <= set(account.scopes):
        return
    if fault("lacking-scope-is-401") and name == "deleteDraft":
        raise Refusal(401, "The token lacks a scope", headers={"WWW-Authenticate": 'Bearer realm="desk", error="insufficient_scope"'})
    wanted = " ".join(scopes)
    if fault("challenge-names-wrong-scope") and name == "replaceContact":
        wanted = "contacts:read"
    if fault("challenge-names-first-scope") and name == "uploadAttachment":
        wanted = scopes[0]
    challenge = f'Bearer realm="desk", error="insufficient_scope", scope="{wanted}"'
    raise Refusal(403, "The token lacks a scope: " + wanted, headers={"WWW-Authenticate": challenge})


class Call:
    def __init__(self, request, account):
        self.request, self.account, self.path = request, account, request.path_params

    def parameter(self, name, check, source=None):
        """A parameter that is text, or None if it is not sent."""
        value = (self.request.query_params if source is None else source).get(name)
        if value is None:
            return None
        errors = []
        check(value, "", errors)
        if errors:
            raise Refusal(400, f"{name} {errors[0][1]}")
        return value

    def integer(self, name, low, high, default=None):
        value = self.request.query_params.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII) or not low <= int(value) <= high:
            raise Refusal(400, f"{name} is no integer from {low} to {high}")
        return int(value)

    def flag(self, name, default=None):
        value = self.request.query_params.get(name)
        if value is None:
            return default
        if fault("pinned-nonsense-crashes") and name == "pinned":
            return {"true": True, "false": False}[value]
        if fault("newsletter-nonsense-is-false") and name == "newsletter":
            return value == "true"
        if value not in ("true", "false"):
            raise Refusal(400, f"{name} is neither true nor false")
        return value == "true"

    async def octets(self):
        octets = b""
        async for part in self.request.stream():
            octets += part
            if len(octets) > 1_000_000:
                raise Refusal(413, "More than a million octets")
        return octets

    def media_type(self, *known):
        kind, *details = self.request.headers.get("content-type", "").split(";")
        kind = kind.strip().lower()
        for detail in details:
            name, _, value = detail.strip().partition("=")
            if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
                if not (fault("latin-1-accepted") and "/comments" in self.request.url.path):
                    raise Refusal(415, "Another charset than UTF-8")
        if fault("text-plain-accepted") and kind == "text/plain" and self.request.url.path == "/drafts":
            return known[0]
        if kind not in known:
            if fault("other-media-type-is-400") and self.request.method == "PUT" and "/projects" in self.request.url.path:
                raise Refusal(400, "Not JSON")
            raise Refusal(415, "Not " + " or ".join(known))
        return kind

    def checked(self, value, check):
        errors = []
        check(value, "", errors)
        if errors:
            raise Refusal(422, "The body breaks its schema", errors)
        return checks.plain(value)

    async def json(self, check, *known):
        self.media_type(*known or ("application/json",))
        octets = await self.octets()
        if fault("trailing-comma-accepted") and "/close" in self.request.url.path:
            octets = re.sub(rb",\s*}", b"}", octets)
        if fault("empty-body-crashes") and self.request.method == "PATCH":
            octets = octets + b" " * (1 // len(octets))
        try:
            value = checks.parse_json(octets)
        except ValueError as error:
            if fault("bad-json-is-422") and self.request.url.path == "/contacts":
                raise Refusal(422, "The body is no JSON", [("", "is no JSON")]) from None
            raise Refusal(400, f"The body is no JSON: {type(error).__name__}") from None
        if fault("root-array-crashes") and self.request.url.path == "/drafts":
            value.get("subject")
        return self.checked(value, check)

    def typed(self, fields, integers=(), flags=()):
        """The fields of a form, with numbers and booleans where the document has them."""
        typed = {}
        for name, value in fields:
            if name in typed:
                raise Refusal(422, "A field is there twice", [("/" + name, "is there twice")])
            if name in integers and re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
                value = int(value)
            elif fault("form-false-is-true") and name in flags:
                value = bool(value)
            elif name in flags and value in ("true", "false"):
                value = value == "true"
            typed[name] = value
        return typed

    async def form(self, integers=(), flags=()):
        octets = await self.octets()
        try:
            fields = urllib.parse.parse_qsl(octets.decode("ascii"), True, errors="strict", max_num_fields=100)
            "".join(name + value for name, value in fields).encode("utf-8")
        except ValueError:
            raise Refusal(400, "The body is no form") from None
        return self.typed(fields, integers, flags)


def found(objects, name):
    thing = objects.get(name.lower())
    if thing is None:
        raise Refusal(404, "There is no such object")
    return thing


# Pages


def page_of(call, entries, all_entries=None):
    """The entries of the page that was asked for, and what the answer says of it."""
    if fault("page-zero-is-first"):
        page = call.integer("page", 0, 10000, 1) or 1
    elif fault("page-not-a-number-crashes") and "comments" in call.request.url.path:
        page = int(call.request.query_params.get("page", 1))
    else:
        page = call.integer("page", 1, 10000, 1)
    highest = 50
    if fault("per-page-50-refused") and call.request.url.path == "/contacts":
        highest = 49
    if fault("per-page-51-accepted") and call.request.url.path == "/projects":
        highest = 500
    size = call.integer("per_page", 1, highest, 20)
    start = (page - 1) * size
    if fault("contacts-second-page-starts-late") and call.request.url.path == "/contacts" and page > 1:
        start += 1
    if fault("contacts-pages-overlap") and call.request.url.path == "/contacts" and page > 1:
        start -= 1
    stop = start + size
    if fault("comments-page-one-short") and call.request.url.path.endswith("/comments"):
        stop -= 1
    if fault("page-beyond-crashes") and call.request.url.path == "/projects" and start > len(entries):
        raise IndexError(start)
    if fault("page-beyond-repeats-last") and call.request.url.path == "/contacts" and start >= len(entries) > 0:
        start = (len(entries) - 1) // size * size
    if fault("drafts-page-capped-at-two") and call.request.url.path == "/drafts":
        stop = min(stop, start + 2)
    shown = entries[start:stop]
    total = len(entries)
    if fault("total-is-of-the-page") and call.request.url.path == "/contacts":
        total = len(shown)
    if fault("total-ignores-filter") and call.request.url.path == "/contacts" and all_entries is not None:
        total = len(all_entries)
    if fault("total-wrong-on-last-page") and call.request.url.path == "/projects" and stop > len(entries):
        total = len(entries) - 1
    pages = -(-total // size)
    if fault("pages-rounded-down") and call.request.url.path == "/projects":
        pages = total // size
    if fault("comments-page-is-always-one") and call.request.url.path.endswith("/comments"):
        page = 1
    return shown, {"page": page, "per_page": size, "total": total, "pages": pages}


# Tokens


@operation("POST", "/oauth/token", "issueToken", public=True)
async def issue_token(call):
    call.media_type("application/x-www-form-urlencoded")
    asked = call.checked(await call.form(), bodies.TOKEN)
    secret, account = store.clients.get(asked["client_id"], (None, None))
    if secret is None or secret != asked["client_secret"] and not fault("any-secret-accepted"):
        raise Refusal(401, "Unknown client", headers={"WWW-Authenticate": 'Bearer realm="desk"'})
    wanted = asked["scope"].split(" ") if "scope" in asked else account.scopes
    if any(scope not in store.SCOPES for scope in wanted) and not fault("unknown-scope-granted"):
        raise Refusal(400, "Unknown scope")
    granted = [scope for scope in dict.fromkeys(wanted) if scope in account.scopes or fault("unknown-scope-granted")]
    if fault("asked-scope-granted"):
        granted = wanted
    token = store.new_id().replace("-", "")
    held = account.scopes if fault("token-wider-than-told") else granted
    store.tokens[token] = store.Account(account.owner, account.role, held)
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(granted)}
    if fault("expires-in-as-text"):
        answer["expires_in"] = "3600"
    return as_json(answer, headers={} if fault("token-cacheable") else {"Cache-Control": "no-store"})


@operation("GET", "/me", "getMe")
async def get_me(call):
    trace = call.request.headers.get("x-trace")
    if trace is not None and not checks.is_uuid(trace) and not fault("trace-unchecked"):
        raise Refusal(400, "X-Trace is no uuid")
    if trace is not None and fault("trace-upper-case-refused") and trace != trace.lower():
        raise Refusal(400, "X-Trace is no uuid")
    unit = call.request.cookies.get("units", "hours")
    if unit not in ("hours", "minutes") and not fault("units-unchecked"):
        raise Refusal(400, "units is neither hours nor minutes")
    if unit not in ("hours", "minutes") or fault("units-ignored"):
        unit = "hours"
    worked = {"amount": 120 * (60 if unit == "minutes" else 1), "unit": unit}
    scopes = call.account.scopes + call.account.scopes[:1] if fault("scopes-twice") else call.account.scopes
    account = {"owner": call.account.owner, "role": call.account.role, "scopes": scopes, "worked": worked}
    headers = {} if trace is None else {"X-Trace": trace}
    if fault("trace-cut") and trace is not None:
        headers["X-Trace"] = trace[:8]
    return as_json({"data": account}, headers=headers)


GLOSSARY = {
    "en": ["Low", "Normal", "High", "Urgent"],
    "de": ["Niedrig", "Normal", "Hoch", "Dringend"],
    "fr": ["Basse", "Normale", "Élevée", "Urgente"],
}


@operation("GET", "/glossary", "getGlossary", public=True)
async def get_glossary(call):
    language = call.parameter("language", checks.text(enum=list(GLOSSARY)[: 2 if fault("french-refused") else 3])) or "en"
    words = [word[0] if call.flag("initial") else word for word in GLOSSARY[language]]
    answer = json.dumps(dict(zip(bodies.PRIORITIES, words)), ensure_ascii=False)
    said = "en" if fault("content-language-fixed") else language
    if fault("content-language-upper-case"):
        said = said.upper()
    encoding = "latin-1" if fault("glossary-in-latin-1") else "utf-8"
    return Response(answer.encode(encoding), 200, {"Content-Language": said}, "application/json")


# Projects


def show_project(project):
    count = sum(ticket["project"] == project["slug"] for ticket in store.tickets.values())
    if fault("ticket-count-without-closed"):
        count = sum(ticket["project"] == project["slug"] and ticket["status"] != "closed" for ticket in store.tickets.values())
    shown = project | {"ticket_count": count}
    if fault("budget-as-text") and shown["budget"] is not None:
        shown["budget"] = f"{shown['budget']:.2f}"
    if fault("settings-null-when-empty") and not shown["settings"]:
        shown["settings"] = None
    return shown


def limited(call):
    """A token for one project knows no other."""
    if call.account.project not in (None, call.path["project"]) and not fault("limited-token-reads-elsewhere"):
        raise Refusal(404, "There is no such object")


@operation("GET", "/projects", "listProjects", "projects:read")
async def list_projects(call):
    archived = call.flag("archived")
    sort = call.parameter("sort", checks.text(enum=["slug", "-slug", "name", "-name"])) or "slug"
    entries = [project for project in store.projects.values() if call.account.project in (None, project["slug"])]
    if fault("archived-false-ignored"):
        archived = archived or None
    if archived is not None:
        entries = [project for project in entries if project["archived"] == archived]
    entries.sort(key=lambda project: project[sort.lstrip("-")], reverse=sort.startswith("-"))
    if fault("project-sort-direction-ignored"):
        entries.sort(key=lambda project: project[sort.lstrip("-")])
    shown, meta = page_of(call, entries)
    data = [show_project(project) for project in shown]
    if fault("list-leaks-notes"):
        data = [project | {"internal_notes": ""} for project in data]
    return as_json({"data": data, "meta": meta})


@operation("GET", "/projects/{project}", "getProject", "projects:read")
async def get_project(call):
    limited(call)
    return as_json({"data": show_project(found(store.projects, call.path["project"]))})


@operation("PUT", "/projects/{project}", "putProject", "projects:write")
async def put_project(call):
    limited(call)
    slug = call.path["project"]
    if not re.search(bodies.SLUG, slug) and not fault("any-slug-put"):
        raise Refusal(400, "project is no slug")
    if fault("slug-with-digit-refused") and re.search("[0-9]", slug):
        raise Refusal(400, "project is no slug")
    sent = await call.json(bodies.PROJECT)
    known = store.projects.get(slug)
    defaults = {"color": None, "archived": False, "budget": None, "homepage": None, "settings": {}}
    if fault("put-project-merges") and known:
        defaults = known
    created = known["created_at"] if known and not fault("put-resets-created-at") else store.now()
    project = {"slug": slug} | defaults | sent | {"created_at": created}
    if fault("budget-rounded") and project["budget"] is not None:
        project["budget"] = int(project["budget"])
    if fault("homepage-loses-query") and project["homepage"]:
        project["homepage"] = project["homepage"].split("?")[0]
    if not (fault("put-replaces-nothing") and known):
        store.projects[slug] = project
    if (known and not fault("put-always-201")) or fault("put-never-201"):
        return as_json({"data": show_project(project)})
    return as_json({"data": show_project(project)}, 201, {"Location": f"/projects/{slug}"})


@operation("DELETE", "/projects/{project}", "deleteProject", "projects:write")
async def delete_project(call):
    limited(call)
    project = found(store.projects, call.path["project"])
    if call.account.role != "lead" and not fault("agent-deletes-project"):
        raise Refusal(403, "For leads only")
    if any(ticket["project"] == project["slug"] for ticket in store.tickets.values()) and not fault("project-with-tickets-deleted"):
        raise Refusal(409, "The project has tickets")
    if not fault("deleted-project-stays"):
        del store.projects[project["slug"]]
    return Response(status_code=204)


# Tickets


def tag(ticket):
    seen = ticket["id"] if fault("etag-never-changes") else f"{ticket['id']} {ticket['version']}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:16]}"'


def matches(tags, ticket, weak):
    if fault("tag-list-not-read"):
        return tags == tag(ticket)
    if tags.strip() == "*":
        return not fault("if-match-star-refused") or weak
    given = [one.strip() for one in tags.split(",")]
    if weak and not fault("weak-tag-not-matched"):
        given = [one.removeprefix("W/") for one in given]
    return tag(ticket) in given


def show_ticket(ticket, status=200, headers=None):
    shown = dict(ticket)
    if fault("closed-at-left-out") and shown["closed_at"] is None:
        del shown["closed_at"]
    if fault("status-upper-case-when-closed") and shown["status"] == "closed":
        shown["status"] = "CLOSED"
    if fault("updated-at-without-zone"):
        shown["updated_at"] = shown["updated_at"].removesuffix("Z")
    if fault("floor-as-text") and shown["location"] and "floor" in shown["location"]:
        shown["location"] = shown["location"] | {"floor": str(shown["location"]["floor"])}
    headers = {"ETag": tag(ticket)} | (headers or {})
    if fault("no-etag-on-create") and status == 201:
        del headers["ETag"]
    if fault("unquoted-etag"):
        headers["ETag"] = headers["ETag"].strip('"')
    text = json.dumps({"data": shown}, ensure_ascii=False)
    if fault("trailing-data") and status == 201:
        text += "\nnull"
    if fault("title-twice") and status == 200:
        text = text.replace('{"data": {', '{"data": {"title": "", ', 1)
    return Response(text, status, headers, "application/json")


def refer(sent):
    """Refuses a body that names a project or contact that there is not."""
    errors = []
    if "project" in sent and sent["project"] not in store.projects and not fault("unknown-project-accepted"):
        errors.append(("/project", "is not known"))
    if fault("unknown-requester-crashes") and sent.get("requester"):
        store.contacts[sent["requester"].lower()]
    known = sent.get("requester") is None or sent["requester"].lower() in store.contacts
    if not known and not fault("unknown-requester-accepted"):
        errors.append(("/requester", "is not known"))
    if errors:
        raise Refusal(422, "The body refers to something that does not exist", errors)


def cursor_after(ticket, sort):
    return base64.urlsafe_b64encode(json.dumps([sort, ticket[sort.lstrip("-")], ticket["number"]]).encode()).decode().rstrip("=")


def read_cursor(cursor, sort):
    try:
        kind, value, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if kind != sort or type(value) is not (int if sort.endswith("number") else str) or type(number) is not int:
            raise ValueError(cursor)
        return value, number
    except (ValueError, TypeError):
        if fault("bad-cursor-crashes"):
            raise
        if fault("bad-cursor-is-first-page"):
            return None
        raise Refusal(400, "cursor is none of this list") from None


@operation("GET", "/tickets", "listTickets", "tickets:read")
async def list_tickets(call):
    if fault("limit-zero-crashes") and call.request.query_params.get("limit") == "0":
        raise ZeroDivisionError("division by zero")
    limit = call.integer("limit", 1, 99 if fault("limit-100-refused") else 1000 if fault("limit-101-accepted") else 100, 10)
    cursor = call.parameter("cursor", checks.text(1, 400, r"^[A-Za-z0-9_-]+\Z"))
    status = call.parameter("status", checks.text(enum=None if fault("status-filter-unchecked") else bodies.STATUSES))
    priority = call.parameter("priority", checks.text(enum=bodies.PRIORITIES))
    billable = call.flag("billable")
    project = call.parameter("project", checks.text(pattern=bodies.SLUG))
    sort = call.parameter("sort", checks.text(enum=["number", "-number", "title"] + ([] if fault("sort-title-down-refused") else ["-title"]))) or "number"
    if fault("status-and-priority-crash") and status and priority:
        status = status + project
    if cursor and fault("cursor-drops-filter"):
        status = priority = None
    if fault("pending-filter-ignored") and status == "pending":
        status = None
    if fault("billable-false-ignored"):
        billable = billable or None
    wanted = [("status", status), ("priority", priority), ("billable", billable), ("project", project)]
    wanted = [(name, value) for name, value in wanted if value is not None]
    entries = [ticket for ticket in store.tickets.values() if all(ticket[name] == value for name, value in wanted)]
    if fault("filters-are-alternatives") and wanted:
        entries = [ticket for ticket in store.tickets.values() if any(ticket[name] == value for name, value in wanted)]
    if fault("urgent-filter-shows-high") and priority == "urgent":
        entries = [ticket for ticket in store.tickets.values() if ticket["priority"] in ("high", "urgent")]
    if fault("project-filter-always-empty") and project:
        entries = []

    def place(ticket):
        return ticket[sort.lstrip("-")], ticket["number"]

    entries.sort(key=place, reverse=sort.startswith("-"))
    if fault("sort-number-down-ignored") and sort == "-number":
        entries.sort(key=place)
    if fault("title-sort-folds-case") and sort == "title":
        entries.sort(key=lambda ticket: ticket["title"].lower())
    start = 0
    after = read_cursor(cursor, sort) if cursor else None
    if after is not None:
        # the first that comes after the last one of the page before
        start = next((at for at, ticket in enumerate(entries) if (place(ticket) < after if sort[0] == "-" else place(ticket) > after)), len(entries))
        if fault("cursor-skips-one"):
            start += 1
        if fault("cursor-repeats-one"):
            start -= 1
    stop = start + limit + (1 if fault("limit-plus-one") else 0)
    shown = entries[start:stop]
    following = cursor_after(shown[-1], sort) if shown and stop < len(entries) else None
    if fault("cursor-after-the-last") and len(shown) == limit:
        following = cursor_after(shown[-1], sort)
    if fault("cursor-loops") and following and cursor:
        following = cursor
    data = [ticket | {"id": ticket["id"].replace("-", "")} if fault("list-ids-without-hyphens") else ticket for ticket in shown]
    if fault("null-labels-in-list"):
        data = [ticket | {"labels": ticket["labels"] or None} for ticket in data]
    return as_json({"data": data, "meta": {"limit": 10 if fault("meta-limit-fixed") else limit, "next_cursor": following}})


@operation("POST", "/tickets", "createTicket", "tickets:write")
async def create_ticket(call):
    key = call.parameter("Idempotency-Key", checks.text(1 if fault("short-key-accepted") else 8, 64, r"^[A-Za-z0-9_-]+\Z"), call.request.headers)
    sent = await call.json(bodies.TICKET_INPUT)
    refer(sent)
    before = store.answers.get((call.account.owner, key))
    if key and before and not fault("key-ignored"):
        if before[0] != sent and not fault("key-body-unchecked"):
            raise Refusal(409, "The key was used with another body")
        if before[1] in store.tickets:
            return show_ticket(store.tickets[before[1]], 201, {"Location": f"/tickets/{before[1]}"})
    if fault("null-description-crashes") and "description" in sent:
        sent["description"] = sent["description"].strip()
    if fault("emoji-title-crashes") and any(ord(letter) > 0xFFFF for letter in sent["title"]):
        raise ValueError("incorrect string value")
    ticket = store.unsaid_of_ticket() | sent
    if fault("billable-false-lost"):
        ticket["billable"] = sent.get("billable") or True
    if fault("description-cut-at-255") and ticket["description"]:
        ticket["description"] = ticket["description"][:255]
    if fault("labels-sorted"):
        ticket["labels"] = sorted(ticket["labels"])
    if fault("default-priority-low") and "priority" not in sent:
        ticket["priority"] = "low"
    if fault("ground-floor-lost") and ticket["location"] and not ticket["location"].get("floor"):
        ticket["location"] = {name: value for name, value in ticket["location"].items() if name != "floor"}
    if fault("schedule-end-forgotten"):
        ticket["schedule"] = {name: value for name, value in ticket["schedule"].items() if name != "ends"}
    made = store.now()
    name = store.new_id()
    ticket = {"id": name, "number": store.next_number(), "version": 1, "status": "open", "resolution": None} | ticket
    ticket |= {"created_at": made, "updated_at": made, "closed_at": None}
    store.tickets[name] = ticket
    if key:
        store.answers[call.account.owner, key] = (sent, name)
    where = f"/tickets/{ticket['number']}" if fault("location-by-number") else f"/tickets/{name}"
    return show_ticket(ticket, 201, {"Location": where})


@operation("GET", "/tickets/{ticketId}", "getTicket", "tickets:read")
async def get_ticket(call):
    if fault("unknown-ticket-is-200") and call.path["ticketId"].lower() not in store.tickets:
        return as_json({"data": None})
    ticket = found(store.tickets, call.path["ticketId"])
    if fault("reading-counts"):
        ticket["version"] += 1
    tags = call.request.headers.get("if-none-match")
    if tags is not None and not fault("if-none-match-ignored") and matches(tags, ticket, weak=True):
        headers = {} if fault("no-etag-on-304") else {"ETag": tag(ticket)}
        return Response(status_code=304, headers=headers)
    return show_ticket(ticket)


@operation("HEAD", "/tickets/{ticketId}", "headTicket", "tickets:read")
async def head_ticket(call):
    ticket = found(store.tickets, call.path["ticketId"])
    if fault("head-without-etag"):
        return as_json({"data": ticket})
    return show_ticket(ticket | {"version": 0} if fault("head-has-another-tag") else ticket)


@operation("PATCH", "/tickets/{ticketId}", "updateTicket", "tickets:write")
async def update_ticket(call):
    ticket = found(store.tickets, call.path["ticketId"])
    tags = call.request.headers.get("if-match")
    if fault("if-match-unquoted-crashes") and tags:
        tags[tags.index('"')]
    known = ("application/json",) if fault("merge-patch-refused") else ("application/json", "application/merge-patch+json")
    if fault("refused-patch-kept") and call.request.headers.get("content-type") == "application/json":
        octets = await call.request.body()
        try:
            ticket |= {name: value for name, value in json.loads(octets).items() if name == "billable" and isinstance(value, bool)}
        except (ValueError, AttributeError):
            pass
    sent = await call.json(bodies.TICKET_PATCH, *known)
    refer({} if fault("patch-to-unknown-project") else sent)
    if tags is not None and not fault("if-match-ignored") and not matches(tags, ticket, weak=False):
        raise Refusal(409 if fault("precondition-is-409") else 412, "The ticket has another tag by now")
    if fault("patch-ignores-priority"):
        sent.pop("priority", None)
    if fault("patch-cannot-clear-due") and sent.get("due", "") is None:
        del sent["due"]
    if fault("patch-empty-labels-ignored") and sent.get("labels") == []:
        del sent["labels"]
    if fault("patch-resets-labels") and "labels" not in sent:
        sent["labels"] = []
    if fault("patch-billable-inverted") and "billable" in sent:
        sent["billable"] = not sent["billable"]
    if fault("patch-not-stored"):
        return show_ticket(ticket | sent | {"version": ticket["version"] + 1})
    if fault("patch-location-resets-schedule") and "location" in sent:
        sent["schedule"] = {}
    ticket |= sent | {"updated_at": store.now()}
    if not fault("version-stands-still"):
        ticket["version"] += 1
    if "status" in sent and sent["status"] != "closed":
        ticket["resolution"] = None
        ticket["closed_at"] = ticket["closed_at"] if fault("reopened-keeps-closed-at") else None
    return show_ticket(ticket)


@operation("DELETE", "/tickets/{ticketId}", "deleteTicket", "tickets:write")
async def delete_ticket(call):
    ticket = found(store.tickets, call.path["ticketId"])
    del store.tickets[ticket["id"]]
    if not fault("comments-outlive-ticket"):
        for comment in [comment for comment in store.comments.values() if comment["ticket"] == ticket["id"]]:
            del store.comments[comment["id"]]
    for attachment in [attachment for attachment in store.attachments.values() if attachment["ticket"] == ticket["id"]]:
        if not fault("attachments-outlive-ticket"):
            del store.attachments[attachment["id"]], store.files[attachment["id"]]
    if fault("delete-ticket-answers-200"):
        return as_json({"data": ticket})
    return Response(status_code=204)


@operation("POST", "/tickets/{ticketId}/close", "closeTicket", "tickets:write")
async def close_ticket(call):
    ticket = found(store.tickets, call.path["ticketId"])
    sent = await call.json(bodies.CLOSING)
    if ticket["status"] == "closed" and not fault("closed-twice"):
        raise Refusal(409, "The ticket is closed")
    if fault("note-null-crashes") and "note" in sent:
        len(sent["note"])
    resolution = "fixed" if fault("resolution-ignored") else sent["resolution"]
    change = {"status": "closed", "resolution": resolution, "closed_at": store.now(), "version": ticket["version"] + 1}
    if fault("close-forgets-closed-at"):
        change["closed_at"] = None
    if fault("close-resets-priority"):
        change["priority"] = "normal"
    if fault("close-not-kept"):
        return show_ticket(ticket | change)
    ticket |= change
    return show_ticket(ticket)


COLUMNS = ["number", "title", "status", "priority", "project"]


@operation("GET", "/exports/tickets", "exportTickets", "tickets:read", "exports:read")
async def export_tickets(call):
    form = call.parameter("format", checks.text(enum=["csv", "json"])) or "csv"
    status = call.parameter("status", checks.text(enum=bodies.STATUSES))
    before = call.parameter("due_before", checks.text(format=None if fault("due-before-unchecked") else "date"))
    columns = call.request.query_params.get("columns")
    if fault("columns-needed") and columns is None:
        raise Refusal(400, "columns is missing")
    columns = COLUMNS if columns is None else columns.split(",")
    errors = []
    checks.items(checks.text(enum=COLUMNS), low=1, unique=not fault("column-twice-accepted"))(columns, "", errors)
    if errors and not (fault("column-unknown-crashes") and "none of" in errors[0][1]):
        raise Refusal(400, f"columns {errors[0][1]}")
    if fault("columns-in-fixed-order"):
        columns = sorted(columns, key=COLUMNS.index)
    if fault("columns-ignored-in-json") and form == "json":
        columns = COLUMNS
    entries = sorted(store.tickets.values(), key=lambda ticket: ticket["number"])
    if status and not (fault("export-status-ignored") and form == "csv"):
        entries = [ticket for ticket in entries if ticket["status"] == status]
    if before:
        entries = [ticket for ticket in entries if ticket["due"] and ticket["due"] < before]
    if fault("due-before-shows-without-due") and before:
        entries = sorted(store.tickets.values(), key=lambda ticket: ticket["number"])
        entries = [ticket for ticket in entries if not ticket["due"] or ticket["due"] < before]
    rows = [[ticket[column] for column in columns] for ticket in entries]
    headers = {"X-Row-Count": str(len(rows) + (1 if fault("row-count-with-header") else 0))}
    if form == "json" and not fault("json-export-is-csv"):
        return as_json([dict(zip(columns, row)) for row in rows], headers=headers)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    text = table.getvalue()
    if fault("csv-unquoted"):
        text = "".join(",".join(map(str, row)) + "\r\n" for row in [columns, *rows])
    if fault("csv-without-header-line"):
        text = text.split("\r\n", 1)[1]
    return Response(text, 200, headers, "text/html" if fault("csv-as-html") else "text/csv")


# Comments


def comment_page(call, entries):
    if fault("total-count-header-of-page"):
        shown, meta = page_of(call, entries)
        return shown, meta, len(shown)
    shown, meta = page_of(call, entries)
    return shown, meta, meta["total"]


@operation("GET", "/tickets/{ticketId}/comments", "listComments", "comments:read")
async def list_comments(call):
    ticket = found(store.tickets, call.path["ticketId"])
    internal = call.flag("internal")
    mood = call.parameter("mood", checks.text(enum=bodies.MOODS))
    if fault("internal-and-mood-crash") and internal is not None and mood is not None:
        raise TypeError("internal and mood")
    entries = [comment for comment in store.comments.values() if comment["ticket"] == ticket["id"]]
    if fault("comments-of-all-tickets"):
        entries = list(store.comments.values())
    if fault("internal-filter-ignored"):
        internal = None
    if internal is not None:
        entries = [comment for comment in entries if comment["internal"] == internal]
    if mood is not None and not (fault("angry-filter-ignored") and mood == "angry"):
        entries = [comment for comment in entries if comment["mood"] == mood]
    shown, meta, total = comment_page(call, entries)
    return as_json({"data": shown, "meta": meta}, headers={"X-Total-Count": str(total)})


@operation("POST", "/tickets/{ticketId}/comments", "createComment", "comments:write")
async def create_comment(call):
    ticket = found(store.tickets, call.path["ticketId"])
    sent = await call.json(bodies.COMMENT_INPUT)
    if fault("nul-in-comment-crashes") and "\0" in sent["text"]:
        raise ValueError("embedded null character")
    comment = {"id": store.new_id(), "ticket": ticket["id"], "internal": False, "mood": None} | sent | {"created_at": store.now()}
    if fault("combining-marks-dropped"):
        comment["text"] = "".join(letter for letter in comment["text"] if not 0x300 <= ord(letter) <= 0x36F)
    if fault("comment-text-trimmed-to-first-line"):
        comment["text"] = comment["text"].split("\n")[0] or comment["text"]
    if fault("rating-forgotten"):
        comment.pop("rating", None)
    store.comments[comment["id"]] = comment
    where = f"/tickets/{ticket['id']}/comments/{comment['id']}" if fault("comment-location-nested") else f"/comments/{comment['id']}"
    return as_json({"data": comment}, 200 if fault("create-comment-is-200") else 201, {"Location": where})


@operation("GET", "/comments/{commentId}", "getComment", "comments:read")
async def get_comment(call):
    if fault("ill-formed-id-crashes") and not checks.is_uuid(call.path["commentId"]):
        raise ValueError(call.path["commentId"])
    if fault("huge-id-crashes") and len(call.path["commentId"]) > 64:
        raise ValueError("value too long for type")
    comment = found(store.comments, call.path["commentId"])
    if fault("rating-null-when-missing"):
        comment = comment | {"rating": comment.get("rating")}
    return as_json({"data": comment})


@operation("PATCH", "/comments/{commentId}", "updateComment", "comments:write")
async def update_comment(call):
    if fault("patch-unknown-comment-crashes"):
        comment = store.comments[call.path["commentId"].lower()]
    else:
        comment = found(store.comments, call.path["commentId"])
    sent = await call.json(bodies.COMMENT_PATCH)
    if fault("patch-comment-resets-internal"):
        comment["internal"] = False
    if fault("patch-comment-ignores-mood-null") and sent.get("mood", "") is None:
        del sent["mood"]
    if fault("rating-only-grows") and sent.get("rating", 9) < comment.get("rating", 0):
        del sent["rating"]
    old = comment["id"]
    comment |= sent
    if fault("patch-moves-comment") and comment["id"] != old:
        store.comments[str(comment["id"]).lower()] = store.comments.pop(old)
    return as_json({"data": comment})


@operation("PUT", "/comments/{commentId}", "replaceComment", "comments:write")
async def replace_comment(call):
    if fault("replace-comment-is-404"):
        raise Refusal(404, "There is no such object")
    if fault("replace-comment-without-allow"):
        raise Refusal(405, "Comments are not replaced")
    raise Refusal(405, "Comments are not replaced", headers={"Allow": "GET, PATCH, DELETE"})


@operation("DELETE", "/comments/{commentId}", "deleteComment", "comments:write")
async def delete_comment(call):
    if fault("second-delete-is-204") and call.path["commentId"].lower() not in store.comments:
        return Response(status_code=204)
    comment = found(store.comments, call.path["commentId"])
    del store.comments[comment["id"]]
    return Response(status_code=204)


# Contacts


@operation("GET", "/contacts", "listContacts", "contacts:read")
async def list_contacts(call):
    kind = call.parameter("kind", checks.text(enum=["person", "company"]))
    newsletter = call.flag("newsletter")
    email = call.parameter("email", checks.text(format="email"))
    everybody = list(store.contacts.values())
    wanted = [("kind", kind), ("newsletter", newsletter), ("email", None if fault("email-filter-ignored") else email)]
    entries = [contact for contact in everybody if all(value is None or contact[name] == value for name, value in wanted)]
    if fault("company-filter-shows-all") and kind == "company":
        entries = everybody
    if fault("newest-contact-not-listed"):
        entries = [contact for contact in entries if contact["created_at"] < "2026-02"]
    shown, meta = page_of(call, entries, everybody)

    def link(page):
        kept = {name: value for name, value in call.request.query_params.items() if not (fault("next-link-drops-filter") and name in ("kind", "newsletter"))}
        return "/contacts?" + urllib.parse.urlencode(kept | {"page": page})

    links = {
        "next": link(meta["page"] + 1) if meta["page"] < meta["pages"] else None,
        "prev": link(meta["page"] - 1) if meta["page"] > 1 else None,
    }
    if fault("next-link-on-last-page"):
        links["next"] = link(meta["page"] + 1)
    if fault("next-link-is-this-page") and links["next"]:
        links["next"] = link(meta["page"])
    if fault("prev-link-always-null"):
        links["prev"] = None
    return as_json({"data": [show_contact(contact) for contact in shown], "meta": meta, "links": links})


def show_contact(contact):
    if fault("birthday-as-time") and contact.get("birthday"):
        return contact | {"birthday": contact["birthday"] + "T00:00:00Z"}
    if fault("company-has-birthday") and contact["kind"] == "company":
        return contact | {"birthday": None}
    if fault("kind-says-organisation") and contact["kind"] == "company":
        return contact | {"kind": "organisation"}
    if fault("newsletter-as-number"):
        return contact | {"newsletter": int(contact["newsletter"])}
    return contact


def unique_email(email, but=None):
    """An address is that of one contact."""
    for contact in store.contacts.values():
        if contact["email"] == email and contact["id"] != but:
            raise Refusal(409, "Another contact has this email")


@operation("POST", "/contacts", "createContact", "contacts:write")
async def create_contact(call):
    sent = await call.json(bodies.CONTACT)
    if fault("conflict-crashes") and any(contact["email"] == sent["email"] for contact in store.contacts.values()):
        raise RuntimeError("UNIQUE constraint failed: contacts.email")
    if fault("conflict-is-400") and any(contact["email"] == sent["email"] for contact in store.contacts.values()):
        raise Refusal(400, "Another contact has this email")
    if not fault("email-not-unique"):
        unique_email(sent["email"])
    defaults = {"newsletter": False} | ({"birthday": None} if sent["kind"] == "person" else {})
    contact = {"id": store.new_id()} | defaults | sent | {"created_at": store.now()}
    if fault("family-name-is-given-name") and "family_name" in contact:
        contact["family_name"] = contact["given_name"]
    if fault("employees-lose-last-digit") and "employees" in contact:
        contact["employees"] = contact["employees"] // 10 * 10 if contact["employees"] > 10**15 else contact["employees"]
    if fault("address-zip-lost") and "address" in contact:
        contact["address"] = {name: value for name, value in contact["address"].items() if name != "zip"}
    store.contacts[contact["id"]] = contact
    headers = {} if fault("contact-without-location") else {"Location": f"/contacts/{contact['id']}"}
    return as_json({"data": show_contact(contact)}, 202 if fault("create-contact-is-202") else 201, headers)


@operation("GET", "/contacts/{contactId}", "getContact", "contacts:read")
async def get_contact(call):
    if fault("unknown-contact-is-400") and call.path["contactId"].lower() not in store.contacts:
        raise Refusal(400, "There is no such object")
    return as_json({"data": show_contact(found(store.contacts, call.path["contactId"]))})


@operation("PUT", "/contacts/{contactId}", "replaceContact", "contacts:write")
async def replace_contact(call):
    contact = store.contacts.get(call.path["contactId"].lower())
    if contact is None and not fault("put-contact-creates"):
        raise Refusal(404, "There is no such object")
    sent = await call.json(bodies.CONTACT)
    if contact is None:
        contact = {"id": call.path["contactId"], "created_at": store.now()}
    if not fault("replace-email-unchecked"):
        unique_email(sent["email"], None if fault("own-email-is-taken") else contact["id"])
    defaults = {"newsletter": False} | ({"birthday": None} if sent["kind"] == "person" else {})
    if fault("replace-contact-merges"):
        defaults = contact if contact.get("kind") == sent["kind"] else defaults
    if fault("kind-cannot-change"):
        sent["kind"] = contact["kind"]
    name = store.new_id() if fault("replace-changes-id") else contact["id"]
    store.contacts.pop(contact["id"], None)
    store.contacts[name] = {"id": name} | {key: value for key, value in (defaults | sent).items() if key not in ("id", "created_at")} | {"created_at": contact["created_at"]}
    return as_json({"data": show_contact(store.contacts[name])})


@operation("DELETE", "/contacts/{contactId}", "deleteContact", "contacts:write")
async def delete_contact(call):
    contact = found(store.contacts, call.path["contactId"])
    del store.contacts[contact["id"]]
    for ticket in store.tickets.values():
        if (ticket["requester"] or "").lower() == contact["id"] and not fault("requester-dangles"):
            ticket |= {"requester": None, "version": ticket["version"] + 1}
    if fault("delete-contact-is-202"):
        return Response(status_code=202)
    return Response(status_code=204)


# Attachments


@operation("POST", "/tickets/{ticketId}/attachments", "uploadAttachment", "tickets:read", "files:write")
async def upload_attachment(call):
    ticket = found(store.tickets, call.path["ticketId"])
    call.media_type("application/json" if fault("upload-always-415") else "multipart/form-data")
    await call.request.body()
    try:
        form = await call.request.form(max_part_size=1_000_000)
        fields = [(name, value) for name, value in form.multi_items()]
        "".join(value for _, value in fields if isinstance(value, str)).encode("utf-8")
    except (ValueError, HTTPException, KeyError, AttributeError):
        raise Refusal(400, "The body is no multipart/form-data") from None
    sent = call.typed(fields, ("position",), ("visible",))
    if fault("upload-without-file-crashes"):
        sent["file"]
    if fault("upload-without-file-accepted"):
        sent.setdefault("file", "")
    if fault("file-without-name-crashes"):
        sent.get("file", "").filename.lower()
    sent = call.checked(sent, bodies.UPLOAD)
    if isinstance(sent["file"], str):
        filename, octets = "", sent["file"].encode("utf-8")
    else:
        filename, octets = sent["file"].filename or "", await sent["file"].read()
    if len(octets) > 100_000 and not fault("file-of-any-size"):
        raise Refusal(422, "The file is too large", [("/file", "has more than 100000 octets")])
    if fault("line-ends-changed"):
        octets = octets.replace(b"\r\n", b"\n")
    name = store.new_id()
    store.files[name] = octets
    attachment = {
        "id": name,
        "ticket": ticket["id"],
        "filename": filename,
        "size": len(octets) + (2 if fault("size-with-line-end") else 0),
        "caption": None if fault("caption-forgotten") else sent.get("caption"),
        "kind": sent.get("kind", "log" if fault("upload-default-log") else "document"),
        "visible": sent.get("visible", True),
        "position": sent.get("position", 0),
        "created_at": store.now(),
    }
    store.attachments[name] = attachment
    return as_json({"data": attachment}, 201, {"Location": f"/attachments/{name}"})


@operation("GET", "/attachments/{attachmentId}", "getAttachment", "files:read")
async def get_attachment(call):
    attachment = found(store.attachments, call.path["attachmentId"])
    if fault("attachment-without-envelope"):
        return as_json(attachment)
    if fault("size-as-text"):
        attachment = attachment | {"size": f"{attachment['size']} B"}
    return as_json({"data": attachment})


@operation("DELETE", "/attachments/{attachmentId}", "deleteAttachment", "files:write")
async def delete_attachment(call):
    attachment = found(store.attachments, call.path["attachmentId"])
    if not fault("attachment-survives"):
        del store.attachments[attachment["id"]]
    if not fault("file-survives"):
        store.files.pop(attachment["id"], None)
    return Response(status_code=204)


@operation("GET", "/attachments/{attachmentId}/content", "downloadAttachment", "files:read")
async def download_attachment(call):
    octets = found(store.files, call.path["attachmentId"])
    filename = store.attachments.get(call.path["attachmentId"].lower(), {}).get("filename", "")
    headers = {
        "Content-Disposition": "attachment; filename*=UTF-8''" + urllib.parse.quote(filename, safe=""),
        "X-Checksum": hashlib.sha256(octets).hexdigest(),
    }
    if fault("inline-disposition"):
        headers["Content-Disposition"] = "inline"
    if fault("checksum-is-md5"):
        headers["X-Checksum"] = hashlib.md5(octets).hexdigest()
    return Response(octets, 200, headers, "text/plain" if fault("download-as-text") else "application/octet-stream")


# Labels


@operation("GET", "/labels", "listLabels", "labels:read")
async def list_labels(call):
    pinned = call.flag("pinned")
    least = call.integer("min_weight", 0, 1000 if fault("min-weight-101-accepted") else 100)
    entries = sorted(store.labels.values(), key=lambda label: label["slug"])
    if fault("labels-in-order-of-creation"):
        entries = list(store.labels.values())
    if pinned is not None and not (fault("unpinned-filter-ignored") and not pinned):
        entries = [label for label in entries if label["pinned"] == pinned]
    if least is not None:
        entries = [label for label in entries if label["weight"] > least or label["weight"] == least and not fault("min-weight-exclusive")]
    total = len(store.labels) if fault("label-total-ignores-filter") else len(entries)
    return as_json({"data": entries, "meta": {"total": total}})


@operation("POST", "/labels", "createLabel", "labels:write")
async def create_label(call):
    kind = call.media_type("application/x-www-form-urlencoded", "application/json")
    if kind == "application/json":
        sent = await call.json(bodies.LABEL)
    else:
        sent = call.checked(await call.form(("weight",), ("pinned",)), bodies.LABEL_FORM)
    if sent["slug"] in store.labels or fault("label-always-taken"):
        raise Refusal(409, "Another label has this slug")
    label = {"color": "grey", "weight": 0, "pinned": False} | sent
    if fault("form-plus-kept") and kind != "application/json":
        label["name"] = label["name"].replace(" ", "+")
    store.labels[label["slug"]] = label
    return as_json({"data": label}, 201, {"Location": f"/labels/{label['slug']}"})


@operation("GET", "/labels/{label}", "getLabel", "labels:read")
async def get_label(call):
    label = found(store.labels, call.path["label"])
    if fault("label-weight-null-when-zero"):
        label = label | {"weight": label["weight"] or None}
    return as_json({"data": label})


@operation("DELETE", "/labels/{label}", "deleteLabel", "labels:write")
async def delete_label(call):
    label = found(store.labels, call.path["label"])
    del store.labels[label["slug"]]
    if fault("delete-label-is-200"):
        return Response(status_code=200)
    return Response(status_code=204)


# Drafts


def own_draft(call, leak=False):
    draft = found(store.drafts, call.path["draftId"])
    if draft["owner"] != call.account.owner and not leak:
        if fault("foreign-draft-is-403") and call.request.method == "GET":
            raise Refusal(403, "The draft is another's")
        raise Refusal(404, "There is no such object")
    return draft


@operation("GET", "/drafts", "listDrafts", "drafts:read")
async def list_drafts(call):
    entries = [draft for draft in store.drafts.values() if draft["owner"] == call.account.owner or fault("all-drafts-listed")]
    if fault("drafts-never-listed"):
        entries = []
    shown, meta = page_of(call, entries)
    if fault("draft-total-of-all-owners"):
        meta["total"] = len(store.drafts)
    return as_json({"data": shown, "meta": meta})


@operation("POST", "/drafts", "createDraft", "drafts:write")
async def create_draft(call):
    sent = await call.json(bodies.DRAFT_INPUT)
    if fault("confidence-exponent-crashes") and "confidence" in sent and 0 < sent["confidence"] < 1e-5:
        raise ValueError(sent["confidence"])
    draft = {"id": store.new_id(), "version": 1, "owner": call.account.owner, "subject": "", "text": None, "confidence": 0.5}
    draft |= sent | {"created_at": store.now()}
    if fault("confidence-zero-lost"):
        draft["confidence"] = sent.get("confidence") or 0.5
    if fault("tags-joined"):
        draft["tags"] = [",".join(draft["tags"])]
    store.drafts[draft["id"]] = draft
    return as_json({"data": draft}, 201, {"Location": f"/drafts/{draft['id']}"})


@operation("GET", "/drafts/{draftId}", "getDraft", "drafts:read")
async def get_draft(call):
    return as_json({"data": own_draft(call, fault("foreign-draft-read"))})


@operation("PUT", "/drafts/{draftId}", "replaceDraft", "drafts:write")
async def replace_draft(call):
    draft = own_draft(call, fault("foreign-draft-replaced"))
    sent = await call.json(bodies.DRAFT_REPLACEMENT)
    if fault("draft-lock-never-opens") or sent["version"] != draft["version"] and not fault("stale-draft-accepted"):
        raise Refusal(409, "The draft has another version by now")
    if fault("draft-text-kept"):
        sent.setdefault("text", draft["text"])
    draft |= {"text": None, "confidence": 0.5} | sent | {"version": draft["version"] + (0 if fault("draft-version-stays") else 1)}
    return as_json({"data": draft})


@operation("DELETE", "/drafts/{draftId}", "deleteDraft", "drafts:write")
async def delete_draft(call):
    draft = own_draft(call, fault("foreign-draft-deleted"))
    del store.drafts[draft["id"]]
    return Response(status_code=204)


# The application

if fault("drafts-take-options"):
    OPERATIONS["/drafts"]["OPTIONS"] = OPERATIONS["/drafts"]["GET"]
if fault("export-takes-trace"):
    OPERATIONS["/exports/tickets"]["TRACE"] = OPERATIONS["/exports/tickets"]["GET"]

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


def endpoint(path, methods):
    async def answer(request: Request):
        known = methods.get(request.method)
        if fault("glossary-takes-any-method") and path == "/glossary":
            known = methods["GET"]
        if known is None:
            if fault("labels-405-without-allow") and path == "/labels":
                raise Refusal(405, "This path has no such method")
            raise Refusal(405, "This path has no such method", headers={"Allow": ", ".join(methods)})
        name, scopes, handler = known
        account = None
        if scopes is not None:
            account = sign_in(request, name)
            if fault("unknown-id-before-scopes") and name == "getContact":
                found(store.contacts, request.path_params["contactId"])
            if fault("effect-before-scopes") and name == "deleteLabel" and not set(scopes) <= set(account.scopes):
                store.labels.pop(request.path_params["label"], None)
            check_scopes(account, name, scopes)
        return await handler(Call(request, account))

    return answer


for path, methods in OPERATIONS.items():
    app.add_api_route(path, endpoint(path, methods), methods=METHODS, include_in_schema=False)


@app.exception_handler(Refusal)
async def refused(request, refusal):
    return problem(refusal.status, refusal.detail, refusal.errors, refusal.headers)


@app.exception_handler(HTTPException)
async def not_found(request, error):
    """No path, or a method that nobody has heard of."""
    if error.status_code == 405:
        for path, methods in OPERATIONS.items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
                return problem(405, "This path has no such method", headers={"Allow": ", ".join(methods)})
    return problem(404, "There is no such path")


def serve():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    listener.listen(128)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


serve()
