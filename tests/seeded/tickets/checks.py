"""Checks of values against what the document says. A check is called with a value, its JSON pointer and a list of
errors, to which it adds."""

import datetime
import decimal
import json
import re

from faults import fault

UUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf'({ATOM}(\.{ATOM})*|"([^"\\\r\n]|\\.)*")@({LABEL}(\.{LABEL})*|\[[0-9A-Fa-f:.IPv]+\])')
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)")


def is_uuid(value):
    return bool(UUID.fullmatch(value))


def is_email(value):
    if fault("email-plus-refused") and "+" in value:
        return False
    return bool(EMAIL.fullmatch(value))


def is_uri(value):
    return bool(URI.fullmatch(value))


def is_date(value):
    if fault("leap-day-refused") and value.endswith("-02-29"):
        return False
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII)) and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


def is_time(value):
    found = TIME.fullmatch(value)
    if not found or not value.isascii() or not is_date(found[1]):
        return False
    if fault("offset-refused") and found[6] not in "Zz":
        return False
    if fault("fraction-refused") and found[5]:
        return False
    return int(found[2]) < 24 and int(found[3]) < 60 and int(found[4]) <= 60


FORMATS = {"uuid": is_uuid, "email": is_email, "uri": is_uri, "date": is_date, "date-time": is_time}


def text(low=0, high=None, pattern=None, format=None, enum=None, null=False, length=len):
    def check(value, at, errors):
        if value is None and null:
            return
        if not isinstance(value, str):
            errors.append((at, "is no text"))
        elif enum is not None and value not in enum:
            errors.append((at, "is none of " + ", ".join(enum)))
        elif length(value) < low:
            errors.append((at, f"is shorter than {low}"))
        elif high is not None and length(value) > high:
            errors.append((at, f"is longer than {high}"))
        elif pattern is not None and not re.search(pattern, value):
            errors.append((at, f"does not match {pattern}"))
        elif format is not None and not FORMATS[format](value):
            errors.append((at, f"is no {format}"))

    return check


def is_whole(value):
    """Without writing out what 1e999999999 is."""
    return isinstance(value, int) or value.as_tuple().exponent >= 0 or value == value.to_integral_value()


def number(low=None, high=None, above=None, below=None, step=None, whole=False, null=False):
    def check(value, at, errors):
        if value is None and null:
            return
        if isinstance(value, bool) or not isinstance(value, (int, decimal.Decimal)):
            errors.append((at, "is no number"))
        elif low is not None and value < low or above is not None and value <= above:
            errors.append((at, "is too small"))
        elif high is not None and value > high or below is not None and value >= below:
            errors.append((at, "is too great"))
        elif whole and not is_whole(value):
            errors.append((at, "is no integer"))
        elif step is not None and value % decimal.Decimal(step):
            errors.append((at, f"is no multiple of {step}"))

    return check


def integer(low, high, step=None, null=False):
    return number(low, high, step=step, whole=True, null=null)


def flag(value, at, errors):
    if not isinstance(value, bool):
        errors.append((at, "is neither true nor false"))


def items(check, low=0, high=None, unique=True):
    def every(value, at, errors):
        if not isinstance(value, list):
            errors.append((at, "is no array"))
            return
        if len(value) < low:
            errors.append((at, f"has fewer than {low} entries"))
        if high is not None and len(value) > high:
            errors.append((at, f"has more than {high} entries"))
        for index, entry in enumerate(value):
            check(entry, f"{at}/{index}", errors)
            if unique and entry in value[:index]:
                errors.append((f"{at}/{index}", "is there twice"))

    return every


def members(known, required=(), needs=None, least=0, null=False, closed=True):
    def every(value, at, errors):
        if value is None and null:
            return
        if not isinstance(value, dict):
            errors.append((at, "is no object"))
            return
        if len(value) < least:
            errors.append((at, "has no member"))
        for name in required:
            if name not in value:
                errors.append((at, f"lacks {name}"))
        for name, needed in (needs or {}).items():
            if name in value and needed not in value:
                errors.append((at, f"has {name} without {needed}"))
        for name, entry in value.items():
            if name in known:
                known[name](entry, f"{at}/{name}", errors)
            elif closed:
                errors.append((at + "/" + name.replace("~", "~0").replace("/", "~1"), "is not known"))

    return every


def plain(value):
    """The value as it is kept: numbers as int where they are whole, else as float."""
    if isinstance(value, decimal.Decimal):
        if value.adjusted() > 400:
            return value  # greater than all that is kept anywhere
        return int(value) if is_whole(value) else float(value)
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items()}
    return value


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def parse_json(octets):
    """Raises ValueError, also for text that is not Unicode and for nesting too deep to read."""
    try:
        value = json.loads(octets.decode("utf-8"), parse_float=decimal.Decimal, parse_constant=no_constant)
        if not fault("lone-surrogate-crashes"):
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
        return value
    except RecursionError:
        if fault("deep-nesting-crashes"):
            raise
        raise ValueError("nested too deeply") from None
