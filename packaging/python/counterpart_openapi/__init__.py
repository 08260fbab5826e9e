"""Starts mocks and makes checks with the program `counterpart`, which this package carries."""

from ._check import CheckResult, check
from ._mock import Mock, key_with, start_mock
from ._program import CounterpartError, binary_path

__all__ = [
    "CheckResult",
    "CounterpartError",
    "Mock",
    "binary_path",
    "check",
    "key_with",
    "start_mock",
]
