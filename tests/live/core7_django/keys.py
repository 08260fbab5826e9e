"""Who asks, and what they may do. A key says itself what it holds: `test:SCOPE+SCOPE`."""

from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission


@dataclass
class Holder:
    scopes: list[str]
    is_authenticated: bool = True

    def holds(self, scope: str) -> bool:
        thing, verb = scope.split(":")
        writes = verb == "read" and f"{thing}:write" in self.scopes
        return "*" in self.scopes or scope in self.scopes or writes


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request):
        words = get_authorization_header(request).decode("latin-1").split(None, 1)
        if not words or words[0].lower() != "bearer":
            return None
        token = words[1].strip() if len(words) > 1 else ""
        if not token.startswith("test:"):
            raise AuthenticationFailed("Personal API key found in request Authorization header is invalid.")
        return Holder([scope for scope in token[len("test:"):].split("+") if scope]), token

    def authenticate_header(self, request):
        # Without it the framework would answer 403; the exception handler then drops the header.
        return "Bearer"


class HoldsScopes(BasePermission):
    """All scopes of the action are needed; the first that is missing is named."""

    def has_permission(self, request, view):
        if not request.user:
            return False
        if request.method == "OPTIONS":
            return True
        for scope in view.required_scopes(request.method):
            if not request.user.holds(scope):
                raise PermissionDenied(f"API key missing required scope '{scope}'")
        return True
