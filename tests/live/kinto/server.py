"""Kinto with its stores in memory, and with the plugins that can do the most harm: accounts and flush."""

import logging
import warnings

warnings.simplefilter("ignore")

KEEPER = "account:keeper"
ACCOUNTS = "kinto.plugins.accounts.authentication.AccountsAuthenticationPolicy"


def settings(host: str) -> dict:
    return {
        "includes": "kinto.plugins.accounts kinto.plugins.history kinto.plugins.flush",
        "storage_backend": "kinto.core.storage.memory",
        "cache_backend": "kinto.core.cache.memory",
        "permission_backend": "kinto.core.permission.memory",
        "userid_hmac_secret": "only for tests on this machine",
        "multiauth.policies": "account",
        "multiauth.policy.account.use": ACCOUNTS,
        "account_create_principals": "system.Everyone",
        "account_read_principals": KEEPER,
        "account_write_principals": KEEPER,
        "bucket_create_principals": KEEPER,
        "permissions_read_principals": "system.Authenticated",
        "experimental_permissions_endpoint": "true",
        "http_scheme": "http",
        "http_host": host,
    }


def serve(listener) -> None:
    import kinto
    import waitress

    logging.basicConfig(level=logging.WARNING)
    application = kinto.main({}, **settings(f"127.0.0.1:{listener.getsockname()[1]}"))
    waitress.serve(application, sockets=[listener], threads=8)
