"""Where the program is, and how it is started."""

from __future__ import annotations

import os
import shutil
import site
import sysconfig
from pathlib import Path
from typing import Mapping, Optional, Sequence, Union

#: A document: a path, an address or core-7; several as "/PREFIX=PATH".
Document = Union[None, str, "os.PathLike[str]", Sequence[str]]


class CounterpartError(Exception):
    """The program could not do what it was asked for."""

    def __init__(self, message: str, code: Optional[int] = None, stderr: str = "") -> None:
        super().__init__(message)
        #: The exit code; None where it was ended.
        self.code = code
        #: What it said on stderr.
        self.stderr = stderr


def binary_path() -> str:
    """The path of the program: COUNTERPART_BINARY, else where this package was installed, else on the PATH."""
    given = os.environ.get("COUNTERPART_BINARY")
    if given:
        if not Path(given).is_file():
            raise CounterpartError(f"COUNTERPART_BINARY names {given}, which does not exist")
        return given
    name = "counterpart" + (sysconfig.get_config_var("EXE") or "")
    folders = [sysconfig.get_path("scripts")]
    if site.ENABLE_USER_SITE:
        folders.append(sysconfig.get_path("scripts", f"{os.name}_user"))
    for folder in folders:
        path = Path(folder, name)
        if path.is_file():
            return str(path)
    found = shutil.which(name)
    if found is None:
        raise CounterpartError(
            f"no {name} in {' or '.join(folders)}, nor on the PATH; install counterpart-openapi again, "
            "or name the program in COUNTERPART_BINARY"
        )
    return found


def documents(document: Document) -> list[str]:
    """The arguments that name a document."""
    if document is None:
        return []
    if isinstance(document, (str, os.PathLike)):
        return [os.fspath(document)]
    return [os.fspath(one) for one in document]


def environment(more: Optional[Mapping[str, str]]) -> dict[str, str]:
    """The variables of the program."""
    return {**os.environ, "NO_COLOR": "1", **(more or {})}
