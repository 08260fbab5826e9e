"""Checks a target."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from ._program import CounterpartError, Document, binary_path, documents, environment


@dataclass(frozen=True)
class CheckResult:
    """What came of a check."""

    #: 0: conforms, 1: findings, 4: inconclusive.
    code: int
    #: The whole report, as docs/report.schema.json describes it.
    report: dict[str, Any]
    #: What the program said beside it.
    stderr: str

    @property
    def conforms(self) -> bool:
        """Whether nothing was found and nothing was left open."""
        return self.code == 0

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is wrong with the target."""
        return self.report["findings"]


def check(
    document: Document = None,
    *,
    url: str,
    args: Sequence[str] = (),
    keys: Optional[str] = None,
    mint: Optional[str] = None,
    read_only: bool = False,
    cwd: Optional[str] = None,
    env: Optional[Mapping[str, str]] = None,
) -> CheckResult:
    """Checks the target at an address.

    Raises CounterpartError when the check could not be made (exit codes 2, 3 and 130).
    """
    command = [binary_path(), "check", *documents(document), "--url", url, "--report", "json"]
    if keys is not None:
        command += ["--keys", keys]
    if mint is not None:
        command += ["--mint", mint]
    if read_only:
        command.append("--read-only")
    done = subprocess.run(
        [*command, *args],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    said = done.stderr.strip()
    if done.returncode not in (0, 1, 4):
        raise CounterpartError(f"the check could not be made (exit {done.returncode})\n{said}", done.returncode, said)
    return CheckResult(done.returncode, json.loads(done.stdout), said)
