"""Starts one of the servers beside this file: `python serve.py kinto`, with that server's own Python.

The server listens on a free port of this machine and keeps its files in the working directory. The first
line says where it listens. It ends with the process that started it.
"""

import ctypes
import importlib.util
import pathlib
import signal
import socket
import sys

# The folders here are called what the servers' packages are called.
HERE = pathlib.Path(sys.path.pop(0)).resolve()


def part(name: str, file: str):
    """One file of a server's folder, as a module."""
    spec = importlib.util.spec_from_file_location(f"{name}_{file}", HERE / name / f"{file}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def end_with_parent() -> None:
    """Asks Linux for SIGKILL when whoever started this ends; elsewhere the starter has to see to it."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (AttributeError, OSError, TypeError):
        pass


def main() -> None:
    end_with_parent()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.set_inheritable(True)
    # Connections take this over: header and body leave apart, and none must wait for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port = listener.getsockname()[1]
    # Whoever connects from now on waits until the server takes the connection.
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    part(sys.argv[1], "server").serve(listener)


if __name__ == "__main__":
    main()
