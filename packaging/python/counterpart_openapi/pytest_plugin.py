"""The fixtures `counterpart_server`, a mock for a whole run, and `counterpart_mock`, a session of it for each test."""

from __future__ import annotations

import shlex
from typing import Iterator
from uuid import uuid4

import pytest

from ._mock import Mock, start_mock

_MARK = "counterpart(violations='fail'): whether requests that break the document fail the test: fail or ignore"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("counterpart", "mocks of HTTP APIs")
    group.addoption("--counterpart-document", metavar="DOC", help="document that counterpart_mock serves")
    parser.addini("counterpart_document", "document that counterpart_mock serves, seen from the folder of this file")
    parser.addini("counterpart_args", "further flags of the mock, as on the command line")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARK)


@pytest.fixture(scope="session")
def counterpart_server(pytestconfig: pytest.Config) -> Iterator[Mock]:
    """The mock of this run. It starts in the folder of the configuration of pytest, where it finds counterpart.toml."""
    given = pytestconfig.getoption("--counterpart-document")
    document = given or pytestconfig.getini("counterpart_document") or None
    # What the command line names is seen from where it was typed.
    folder = pytestconfig.invocation_params.dir if given else (pytestconfig.inipath or pytestconfig.rootpath)
    folder = folder.parent if folder.is_file() else folder
    args = shlex.split(pytestconfig.getini("counterpart_args") or "")
    with start_mock(document, args=args, cwd=str(folder)) as mock:
        yield mock


@pytest.fixture
def counterpart_mock(request: pytest.FixtureRequest, counterpart_server: Mock) -> Iterator[Mock]:
    """A session of the mock for one test. The test fails when one of its requests broke the document."""
    mark = request.node.get_closest_marker("counterpart")
    wanted = mark.kwargs.get("violations", "fail") if mark else "fail"
    if wanted not in ("fail", "ignore"):
        pytest.fail(f"counterpart(violations=…) is 'fail' or 'ignore', not {wanted!r}", pytrace=False)
    session = counterpart_server.session(uuid4().hex)
    yield session
    lines = session.violations() if wanted == "fail" else []
    if lines:
        pytest.fail("requests broke the document\n  " + "\n  ".join(lines), pytrace=False)
