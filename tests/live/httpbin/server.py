"""httpbin behind gunicorn, as it is usually served."""

import os
import sys


def serve(listener) -> None:
    options = ["--worker-class", "gthread", "--threads", "8", "--workers", "1"]
    program = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", *options, "httpbin:app"]
    os.execv(sys.executable, program)
