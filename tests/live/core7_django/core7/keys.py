"""Keys, the scopes they carry, and the two permissions every view asks for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission

from core7.models import User

READ_ACTIONS = {"list", "retrieve", "metadata"}
WRITE_ACTIONS = {"create", "update", "partial_update", "destroy"}


@dataclass(frozen=True)
class Key:
    """A key that names its own scopes: `test:cohort:read+person:read`, `test:*`, `test:`."""

    scopes: frozenset[str]

    @classmethod
    def parse(cls, token: str) -> "Key | None":
        """The key behind a token, or None for an unknown one."""
        mark, found, scopes = token.strip().partition("test:")
        if mark or not found:
            return None
        return cls(frozenset(re.split(r"[+ ]+", scopes)) - {""})

    def first_missing(self, required: Iterable[str]) -> str | None:
        """The first required scope the key does not cover; writing covers reading."""
        if "*" in self.scopes:
            return None
        for scope in required:
            thing, _, verb = scope.rpartition(":")
            covering = {scope, f"{thing}:write"} if verb == "read" else {scope}
            if not covering & self.scopes:
                return scope
        return None


class KeyAuthentication(BaseAuthentication):
    """Takes the key from the header, else the body, else the query; only the first found counts."""

    def authenticate(self, request):
        """The owner and the key, None without a key, 401 for an unknown one."""
        token, place = self.find(request)
        if token is None:
            return None
        key = Key.parse(token)
        if key is None:
            raise AuthenticationFailed(f"Personal API key found in request {place} is invalid.")
        return User.objects.select_related("organization", "current_project").earliest("id"), key

    def authenticate_header(self, request):
        """Keeps refusals at 401 (the framework makes them 403 without it); the header itself is
        not sent, since the error handler leaves it out."""
        return "Bearer"

    @staticmethod
    def find(request) -> tuple[str | None, str]:
        """The token and where it was."""
        header = re.match(r"\s*Bearer\s+(\S.*)$", request.headers.get("Authorization", ""), re.IGNORECASE)
        if header:
            return header[1], "Authorization header"
        if isinstance(request.data, Mapping) and "personal_api_key" in request.data:
            return str(request.data["personal_api_key"]), "body"
        return request.query_params.get("personal_api_key"), "query string"


class ScopePermission(BasePermission):
    """Holds the key to the scopes of the action."""

    def has_permission(self, request, view) -> bool:
        """Whether the key covers what the action needs; `message` says what it lacks."""
        if request.auth is None:
            return False
        required = self.required_scopes(view)
        if not required:
            self.message = "This action does not support personal API key access"
            return False
        missing = request.auth.first_missing(required)
        self.message = f"API key missing required scope '{missing}'"
        return missing is None

    @staticmethod
    def required_scopes(view) -> list[str]:
        """What the action names itself, else what follows from reading or writing; nothing for a
        method that the route does not serve."""
        if view.required_scopes:
            return view.required_scopes
        if view.action in READ_ACTIONS:
            return [f"{view.scope_object}:read"]
        if view.action in WRITE_ACTIONS:
            return [f"{view.scope_object}:write"]
        return []


class MembershipPermission(BasePermission):
    """Lets the owner of the key only into the organization it belongs to."""

    def has_permission(self, request, view) -> bool:
        """True, 404 for an unknown container, or 403 for somebody else's."""
        if view.organization != request.user.organization:
            raise PermissionDenied(view.foreign_message)
        return True
