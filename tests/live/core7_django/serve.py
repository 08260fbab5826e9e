"""Starts the Core-7 stand-in: `python serve.py --port 0`.

Prints `listening on http://HOST:PORT` once requests are answered, then serves until SIGTERM or
Ctrl-C. All data lives in memory and starts over with every run.
"""

import argparse
import logging
import os
import signal
import sys

import waitress


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="PostHog's Core-7 operations on Django REST framework")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    return parser.parse_args()


def main() -> None:
    """Fills the store, binds the port, says so and serves."""
    options = arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "core7.settings"

    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

    from core7 import seed

    seed.create_tables()
    seed.fill()

    # One worker thread: requests are read and answers sent by waitress's own loop, so that
    # connections stay independent, while the views run one after the other on the shared store.
    server = waitress.create_server(
        application, host=options.host, port=options.port, threads=1, connection_limit=1000, ident=None
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on http://{options.host}:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
