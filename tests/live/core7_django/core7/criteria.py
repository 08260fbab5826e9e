"""The criteria of dynamic cohorts: checking, completing and applying them."""

import hashlib
import json
from collections.abc import Iterator
from typing import NamedTuple

from rest_framework.exceptions import ValidationError

from core7.models import Cohort, Person, Project

NO_CRITERIA = {"properties": {}}
GROUP_TYPES = ("AND", "OR")
OPERATORS_WITHOUT_VALUE = ("is_set", "is_not_set")


class Field(NamedTuple):
    """What one field of a criterion may hold; no types means anything."""

    types: tuple[type, ...]
    required: bool = False
    nullable: bool = False

    def holds(self, value) -> bool:
        """Whether the value is allowed. Booleans are no integers, 1.0 is one."""
        if value is None:
            return self.nullable or not self.types
        whole = type(value) is float and value.is_integer() and int in self.types
        return not self.types or type(value) in self.types or whole


def must(*types: type) -> Field:
    """A required field."""
    return Field(types, required=True)


def may(*types: type) -> Field:
    """An optional field that takes null as well."""
    return Field(types, nullable=True)


COMMON = {
    "type": must(str),
    "bytecode": may(list),
    "bytecode_error": may(str),
    "conditionHash": may(str),
    "negation": Field((bool,)),
}
SHAPES = {
    "person": COMMON | {"key": must(str), "operator": may(str), "value": Field(())},
    "cohort": COMMON | {"key": must(str), "value": must(int)},
    "behavioral": COMMON
    | {
        "key": must(str, int),
        "value": must(str),
        "event_type": must(str),
        "time_value": may(int),
        "time_interval": may(str),
        "operator": may(str),
        "operator_value": may(int),
        "seq_time_interval": may(str),
        "seq_time_value": may(int),
        "seq_event": may(str, int),
        "seq_event_type": may(str),
        "total_periods": may(int),
        "min_periods": may(int),
        "event_filters": may(list),
        "explicit_datetime": may(str),
        "explicit_datetime_to": may(str),
    },
}
EVENT_PROPERTY = {"type": must(str), "key": must(str), "value": Field((), required=True), "operator": may(str)}
EVENT_SHAPES = {
    "event": EVENT_PROPERTY,
    "element": EVENT_PROPERTY,
    "hogql": {"type": must(str), "key": must(str), "value": Field(())},
}


def check(filters) -> None:
    """Raises what is wrong with the criteria of a request."""
    if not isinstance(filters, dict) or "properties" not in filters:
        raise ValidationError("Filters must be an object with a 'properties' key.")
    if set(filters) != {"properties"}:
        raise ValidationError(f"Unknown keys in filters: {', '.join(sorted(set(filters) - {'properties'}))}")
    if filters != NO_CRITERIA:
        check_group(filters["properties"])


def check_group(group) -> None:
    """Checks an AND/OR node and all below it."""
    if not isinstance(group, dict) or group.get("type") not in GROUP_TYPES:
        raise ValidationError("A property group needs a type, AND or OR.")
    if set(group) != {"type", "values"} or not isinstance(group["values"], list):
        raise ValidationError("A property group has a list of values beside its type, and nothing else.")
    for node in group["values"]:
        if isinstance(node, dict) and node.get("type") in GROUP_TYPES:
            check_group(node)
        else:
            check_criterion(node)


def check_criterion(criterion) -> None:
    """Checks a single criterion."""
    check_shape(criterion, SHAPES, "filter")
    match criterion["type"]:
        case "person":
            wanted = ["operator"]
            if criterion.get("operator") not in OPERATORS_WITHOUT_VALUE:
                wanted.insert(0, "value")
            missing = [name for name in wanted if criterion.get(name) is None]
            if missing:
                raise ValidationError(f"Missing required keys for person filter: {', '.join(missing)}")
        case "cohort" if criterion["key"] != "id":
            raise ValidationError("A cohort filter has the key 'id'.")
        case "behavioral":
            for event in criterion.get("event_filters") or []:
                check_shape(event, EVENT_SHAPES, "event filter")


def check_shape(criterion, shapes: dict[str, dict[str, Field]], what: str) -> None:
    """Checks the fields of a criterion against the shape its type names."""
    kind = criterion.get("type") if isinstance(criterion, dict) else None
    if not isinstance(kind, str) or kind not in shapes:
        raise ValidationError(f"A {what} needs a type out of: {', '.join(shapes)}.")
    shape = shapes[kind]
    missing = [name for name, field in shape.items() if field.required and name not in criterion]
    if missing:
        raise ValidationError(f"Missing required keys for {kind} {what}: {', '.join(missing)}")
    for name, value in criterion.items():
        if name not in shape:
            raise ValidationError(f"Unknown key in {kind} {what}: {name}")
        if not shape[name].holds(value):
            raise ValidationError(f"Invalid value in {kind} {what}: {name}")


def criteria_of(filters) -> Iterator[dict]:
    """All single criteria, however deep."""
    pending = [(filters or NO_CRITERIA)["properties"]]
    while pending:
        node = pending.pop()
        if "values" in node:
            pending.extend(node["values"])
        elif node:
            yield node


def complete(filters) -> None:
    """Adds what the server keeps beside each criterion and the client left out."""
    for criterion in criteria_of(filters):
        criterion.setdefault("negation", False)
        if criterion["type"] == "cohort":
            continue
        core = {name: value for name, value in criterion.items() if name not in COMMON or name == "type"}
        digest = hashlib.sha256(json.dumps(core, sort_keys=True).encode()).hexdigest()
        criterion.setdefault("bytecode", ["_H", 1, 32, str(criterion["key"]), 32, criterion["type"], 1, 2, 11])
        criterion.setdefault("bytecode_error", None)
        criterion.setdefault("conditionHash", digest[:16])


def check_references(project: Project, cohort: Cohort | None, filters) -> None:
    """Refuses criteria on cohorts that do not exist or that lead back to this one."""
    pending, seen = cohorts_named(filters), set()
    while pending:
        number = pending.pop()
        if cohort and number == cohort.pk:
            raise ValidationError("A cohort must not depend on itself.")
        seen.add(number)
        other = Cohort.objects.filter(project=project, deleted=False, pk=number).first()
        if other is None:
            raise ValidationError(f"Cohort {number} of the criteria does not exist.")
        pending |= cohorts_named(other.filters) - seen


def cohorts_named(filters) -> set[int]:
    """The numbers of the cohorts that the criteria mention."""
    return {int(criterion["value"]) for criterion in criteria_of(filters) if criterion["type"] == "cohort"}


def kinds_of(is_static: bool, filters) -> set[str]:
    """The cohort types that suit a cohort with these criteria."""
    if is_static:
        return {Cohort.Kind.STATIC}
    if any(criterion["type"] == "behavioral" for criterion in criteria_of(filters)):
        return {Cohort.Kind.BEHAVIORAL, Cohort.Kind.REALTIME, Cohort.Kind.ANALYTICAL}
    return {Cohort.Kind.PERSON_PROPERTY, Cohort.Kind.REALTIME}


def members(project: Project, filters) -> list[Person]:
    """The persons that meet the criteria; nobody where there are none."""
    root = (filters or NO_CRITERIA)["properties"]
    if not root:
        return []
    return [person for person in Person.objects.filter(project=project) if meets(person, root)]


def meets(person: Person, node: dict) -> bool:
    """Whether a person meets a node. Nobody has done anything here: no events are kept."""
    if "values" in node:
        results = [meets(person, child) for child in node["values"]]
        return all(results) if node["type"] == "AND" else any(results)
    match node["type"]:
        case "person":
            result = matches(person.properties.get(node["key"]), node["operator"], node.get("value"))
        case "cohort":
            result = person.cohort_set.filter(pk=int(node["value"])).exists()
        case _:
            result = False
    return result != node.get("negation", False)


def matches(actual, operator: str, wanted) -> bool:
    """Compares a property with what a criterion asks for; an unknown operator matches nothing."""
    choices = wanted if isinstance(wanted, list) else [wanted]
    same = any(str(actual) == str(choice) for choice in choices)
    inside = any(str(choice).lower() in str(actual).lower() for choice in choices)
    results = {
        "exact": actual is not None and same,
        "is_not": not same,
        "icontains": actual is not None and inside,
        "not_icontains": actual is None or not inside,
        "is_set": actual is not None,
        "is_not_set": actual is None,
    }
    return results.get(operator, False)
