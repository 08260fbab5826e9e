"""Must fail: packaging/try runs it to see that a test whose request breaks the document does not pass."""

import urllib.error

import pytest
from counterpart_openapi import Mock, key_with
from pets import Pets


def test_a_request_breaks_the_document(counterpart_mock: Mock) -> None:
    with pytest.raises(urllib.error.HTTPError):
        Pets(counterpart_mock.url, key_with("pets:write")).add(name="")
