"""The client that is tested."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


class Pets:
    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base, token

    def all(self) -> list[dict[str, Any]]:
        return self._send("GET", "/pets")

    def add(self, **pet: Any) -> dict[str, Any]:
        return self._send("POST", "/pets", pet)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(self.base + path, method=method)
        request.add_header("authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())
