"""A mock of the binary, and what it takes of the machine."""

import http.client
import os
import pathlib
import signal
import subprocess
import tempfile
import time

API = """openapi: 3.1.0
info: {title: Soak, version: "1", description: "%s"}
paths:
  /items:
    get:
      operationId: list
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}]
      responses:
        "200": {description: all, content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Item"}}}}}
        "422": {description: invalid}
    post:
      operationId: add
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
      responses:
        "201": {description: made, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
        "422": {description: invalid}
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: read
      responses: {"200": {description: one, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}, "404": {description: none}}
    delete: {operationId: remove, responses: {"204": {description: gone}, "404": {description: none}}}
  /large:
    get: {operationId: large, responses: {"200": {description: much, content: {text/plain: {schema: {type: string}}}}}}
components:
  schemas:
    Item:
      type: object
      required: [name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string, maxLength: 20000}, tags: {type: array, items: {type: string}}}
"""


class Mock:
    """Runs until `end`, which says how it ended."""

    def __init__(self, binary, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
        self.write("first")
        large = self.folder / "fixtures" / "api" / "large"
        large.mkdir(parents=True)
        (large / "200.txt").write_text("x" * (4 << 20))
        self.errors = open(self.folder / "stderr", "w+", encoding="utf-8")
        command = [binary, "mock", "api.yaml", "-p", "0", "-q", "--auth", "off", *arguments]
        self.child = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.child.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"the mock does not start: {line}{self.told()}")
        self.url = line.split()[-1]
        self.host, port = self.url.removeprefix("http://").split(":")
        self.port = int(port)

    def write(self, what, text=API):
        """Writes the document anew, as editors do: whole or not at all."""
        new = self.folder / "api.new"
        new.write_text(text % what if "%s" in text else text)
        new.rename(self.folder / "api.yaml")

    def told(self):
        self.errors.flush()
        return (self.folder / "stderr").read_text(encoding="utf-8", errors="replace")

    def memory(self):
        """Resident, in MiB."""
        for line in pathlib.Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def handles(self):
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))

    def connect(self, timeout=10):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def end(self):
        """Ends it by SIGTERM: its exit code, and how long that took."""
        begun = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            code = "killed"
        return code, time.monotonic() - begun


def built():
    """The binary that cargo has built, or that COUNTERPART names."""
    root = pathlib.Path(__file__).resolve().parents[2]
    binary = pathlib.Path(os.environ.get("COUNTERPART", root / "target/debug/counterpart"))
    if not binary.is_file():
        raise SystemExit(f"{binary} is missing; run `cargo build`, or name another one in COUNTERPART")
    return str(binary.resolve())
