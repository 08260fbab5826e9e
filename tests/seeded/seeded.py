"""What `shown`, `catch` and `compare` share: the faults of a server below this folder, starting it, and checking it."""

import json
import pathlib
import select
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def folder(name):
    if not (HERE / name / "faults.toml").is_file():
        sys.exit(f"there is no server called {name} below {HERE}")
    return HERE / name


def faults_of(name, wanted=()):
    known = tomllib.loads((folder(name) / "faults.toml").read_text(encoding="utf-8"))["fault"]
    for one in wanted:
        if one not in [fault["name"] for fault in known]:
            sys.exit(f"{name} has no fault called {one}")
    return [fault for fault in known if not wanted or fault["name"] in wanted]


def document_of(name):
    return str(next(folder(name).glob("openapi.*")))


def operations_of(fault):
    named = fault["operation"]
    return [named] if isinstance(named, str) else named


def command(name):
    if (folder(name) / "server.py").is_file():
        return [str(ROOT / "target/seeded" / name / "bin/python"), "-B", str(folder(name) / "server.py")]
    return ["node", str(folder(name) / "server.js")]


class Server:
    """A fresh one, healthy or with a fault: `with Server("depot", "some-fault") as url:`."""

    def __init__(self, name, fault=None):
        self.command = command(name) + ["--port", "0"] + (["--fault", fault] if fault else [])

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on "):
            self.__exit__()
            raise RuntimeError("the server did not start: " + " ".join(self.command))
        return line.removeprefix("listening on ").strip()

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def seconds_since(start):
    return round(time.monotonic() - start, 1)


def check(name, binary, fault, timeout):
    """The report of a run, or None with what went wrong; and how long it took."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, Server(name, fault) as url:
        report = pathlib.Path(scratch) / "report.json"
        command = [binary, "check", document_of(name), "--config", str(folder(name) / "counterpart.toml"), "--url", url]
        command += ["--keys", str(folder(name) / "keys.toml"), "--report", f"json={report}"]
        try:
            done = subprocess.run(command, cwd=folder(name), capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            return None, f"no end within {timeout} s", seconds_since(start)
        if not report.is_file():
            return None, f"exit {done.returncode}, no report: {done.stderr.strip()[-200:]}", seconds_since(start)
        return json.loads(report.read_text(encoding="utf-8")), None, seconds_since(start)


def findings_of(report):
    """Errors and warnings as {(rule, operation, id): finding}; a grouped one counts for each of its operations."""
    found = {}
    for finding in report["findings"]:
        if finding["severity"] in ("error", "warning"):
            for place in finding.get("operations") or [{"operation": finding["operation"]}]:
                found[finding["rule"], place["operation"], finding["id"]] = finding
    return found
