"""Mocks on free ports."""

from __future__ import annotations

import collections
import json
import queue
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Iterable, Mapping, Optional, Sequence

from ._program import CounterpartError, Document, binary_path, documents, environment

#: Lines of the log that are kept.
_LINES = 1000

#: Straight to the mock, whatever proxy the environment names.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def key_with(*scopes: str) -> str:
    """A credential that carries just these scopes; the mock knows it without a keys file."""
    return "mock:" + "+".join(scopes)


class _Process:
    """A running mock, and what it says."""

    def __init__(self, command: Sequence[str], cwd: Optional[str], env: Optional[Mapping[str, str]]) -> None:
        self.child = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self.lines: collections.deque[str] = collections.deque(maxlen=_LINES)
        self.printed: queue.Queue[Optional[str]] = queue.Queue()
        readers = [(self.child.stderr, self.lines.append), (self.child.stdout, self.printed.put)]
        self.readers = [threading.Thread(target=self._read, args=reader, daemon=True) for reader in readers]
        for reader in self.readers:
            reader.start()

    def _read(self, stream: Iterable[str], take: Any) -> None:
        for line in stream:
            take(line.rstrip("\n"))
        if take == self.printed.put:
            take(None)

    def ready(self, timeout: float) -> str:
        """The address, once it listens."""
        try:
            while (line := self.printed.get(timeout=timeout)) is not None:
                if line.startswith("listening on "):
                    return line.removeprefix("listening on ").split(",")[0]
        except queue.Empty:
            self.stop()
            raise self._failed(f"it was not ready after {timeout:g} s") from None
        code = self.child.wait()
        raise self._failed(f"exit {code}", code)

    def _failed(self, why: str, code: Optional[int] = None) -> CounterpartError:
        self.readers[0].join(timeout=5)
        said = "\n".join(self.lines)
        return CounterpartError(f"the mock did not start ({why})\n{said}", code, said)

    def stop(self) -> None:
        self.child.terminate()
        try:
            self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for reader in self.readers:
            reader.join(timeout=5)
        for stream in (self.child.stdout, self.child.stderr):
            if stream is not None:
                stream.close()


class Mock:
    """A running mock, or one session of it."""

    def __init__(self, process: _Process, origin: str, session: Optional[str] = None) -> None:
        self._process = process
        self._session = session
        #: The address of the mock, the same for every session.
        self.origin = origin
        #: The address to call.
        self.url = origin if session is None else f"{origin}/__session/{urllib.parse.quote(session, safe='')}"

    def session(self, name: str) -> "Mock":
        """The same mock with a state, a journal and set answers of its own."""
        return Mock(self._process, self.origin, name)

    key_with = staticmethod(key_with)

    def _control(self, method: str, path: str, query: Mapping[str, str] = {}, body: Any = None) -> Any:
        asked = dict(query)
        if self._session is not None:
            asked["session"] = self._session
        address = f"{self.origin}/__counterpart/{path}?{urllib.parse.urlencode(asked)}"
        request = urllib.request.Request(address, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        try:
            with _opener.open(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")
            raise CounterpartError(f"the mock answered {error.code}: {told}") from None
        return json.loads(text) if text else None

    def requests(
        self,
        *,
        operation: Optional[str] = None,
        status: Optional[int] = None,
        key: Optional[str] = None,
        violations: bool = False,
    ) -> list[dict[str, Any]]:
        """What was requested, oldest first."""
        asked = {"operation": operation, "status": status, "key": key, "violations": "true" if violations else None}
        query = {name: str(value) for name, value in asked.items() if value is not None}
        return self._control("GET", "requests", query)["requests"]

    def set_answer(self, operation: str, **answer: Any) -> None:
        """Sets the answer to the next calls of an operation: times, code, headers, example, body, delay."""
        self._control("POST", "answers", body={"operation": operation, **answer})

    def set_scenario(self, name: Optional[str]) -> None:
        """Activates a scenario of the configuration, or none."""
        self._control("PUT", "scenario", body={"name": name})

    def state(self) -> dict[str, Any]:
        """The objects of all collections."""
        return self._control("GET", "state")

    def set_state(self, collections: Mapping[str, Sequence[Any]]) -> None:
        """Replaces the objects of the named collections."""
        self._control("PUT", "state", body=collections)

    def reset(self) -> None:
        """Empties the journal, removes set answers, and resets the state."""
        for what in ("requests", "answers", "state"):
            self._control("DELETE", what)

    def violations(self) -> list[str]:
        """A line for everything in which requests broke the document."""
        lines = []
        for request in self.requests(violations=True):
            path = re.sub(r"^/__session/[^/]+", "", request["path"])
            for violation in request["violations"]:
                lines.append(f"{request['method']} {path} · {violation['message']}")
        return lines

    def assert_no_violations(self) -> None:
        """Raises an AssertionError when a request broke the document."""
        lines = self.violations()
        if lines:
            raise AssertionError("requests broke the document\n  " + "\n  ".join(lines))

    def log(self) -> str:
        """The end of what the mock said on stderr."""
        return "\n".join(self._process.lines)

    def stop(self) -> None:
        """Stops it; all sessions end."""
        self._process.stop()

    def __enter__(self) -> "Mock":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_mock(
    document: Document = None,
    *,
    stateful: bool = False,
    keys: Optional[str] = None,
    fixtures: Optional[str] = None,
    scenario: Optional[str] = None,
    args: Sequence[str] = (),
    cwd: Optional[str] = None,
    env: Optional[Mapping[str, str]] = None,
    start_timeout: float = 30,
) -> Mock:
    """Starts a mock on a free port."""
    command = [binary_path(), "mock", *documents(document), "--port", "0"]
    if stateful:
        command.append("--stateful")
    for flag, value in (("--keys", keys), ("--fixtures", fixtures), ("--scenario", scenario)):
        if value is not None:
            command += [flag, value]
    process = _Process([*command, *args], cwd, env)
    return Mock(process, process.ready(start_timeout))
