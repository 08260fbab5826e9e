"""Prefect with a database of its own in the working directory; it tells nobody outside about itself."""

import os

HERE = os.getcwd()
SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{HERE}/prefect.db",
    "PREFECT_HOME": HERE,
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
}


def serve(listener) -> None:
    os.environ.update(SETTINGS)
    import uvicorn
    from prefect.server.api.server import create_app

    # As `prefect server start --no-services`: what services write makes SQLite busy now and then, and a
    # request that meets that is answered with 503.
    application = create_app(webserver_only=True)
    config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])
