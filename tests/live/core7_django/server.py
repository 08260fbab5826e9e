"""Core-7 on Django REST framework: a healthy server that shares no code with Counterpart.

`python server.py` serves on a free port of this machine and says which on its first line.
"""

import sys

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only for tests on this machine",
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF="routes",
    # Every path is right with and without its last slash; nobody is sent elsewhere.
    APPEND_SLASH=False,
    USE_TZ=True,
    TIME_ZONE="UTC",
    LOGGING_CONFIG=None,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["keys.KeyAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["keys.HoldsScopes"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "EXCEPTION_HANDLER": "exceptions_hog.exception_handler",
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()


def main() -> None:
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        # Header and body leave in two writes; the second must not wait for an acknowledgement.
        disable_nagle_algorithm = True

        def log_message(self, *_args):
            pass

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = ThreadedWSGIServer(("127.0.0.1", port), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
