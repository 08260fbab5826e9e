"""Django settings: the smallest set with which the framework shows its usual behaviour."""

SECRET_KEY = "not a secret: the stand-in signs nothing"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "core7.urls"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = ["core7"]
MIDDLEWARE = [
    "core7.middleware.drop_head_body",
    "core7.middleware.finish_calculations",
    "django.middleware.common.CommonMiddleware",
]

# A named in-memory database is shared by the threads of the process; Django never closes it.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "file:core7?mode=memory&cache=shared",
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core7.keys.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core7.keys.ScopePermission", "core7.keys.MembershipPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "core7.pagination.ListPagination",
    "EXCEPTION_HANDLER": "exceptions_hog.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
EXCEPTIONS_HOG = {"EXCEPTION_REPORTING": "core7.middleware.report_unexpected"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "ERROR"},
}
LOGGING["loggers"] = {"django": {"handlers": [], "level": "ERROR", "propagate": True}}
