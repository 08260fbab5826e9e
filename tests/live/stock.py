"""Asks one of the servers beside this file what exists there.

`python stock.py kinto URL seed` makes what a small server in use holds; `… look` prints all that exists as
JSON: from an object's path to the `names` that it goes by and what it `is`, without members that move by
themselves. `… spoil` does what no run may do.
"""

import base64
import importlib.util
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# Servers need a while to start; SQLite is busy now and then.
PATIENCE = 120
BUSY = (502, 503, 504)


class Target:
    """A server, asked with one credential."""

    def __init__(self, url: str, user: str = "", password: str = ""):
        self.url = url
        self.headers = {"Content-Type": "application/json"}
        if user:
            pair = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["Authorization"] = f"Basic {pair}"

    def signed_in(self, user: str, password: str) -> "Target":
        return Target(self.url, user, password)

    def ask(self, method: str, path: str, body=None):
        """What a request is answered with, read as JSON; anything but 2xx is an error."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self.headers, method=method)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    text = answer.read()
                return json.loads(text) if text else None
            except urllib.error.HTTPError as refusal:
                if refusal.code not in BUSY or time.monotonic() > until:
                    raise RuntimeError(f"{method} {path}: {refusal.code} {refusal.read()[:500]!r}") from None
            time.sleep(0.5)

    def get(self, path: str):
        return self.ask("GET", path)

    def put(self, path: str, body):
        return self.ask("PUT", path, body)

    def post(self, path: str, body):
        return self.ask("POST", path, body)


def main() -> None:
    name, url, what = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("things", HERE / name / "things.py")
    things = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(things)
    told = getattr(things, what)(Target(url))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
