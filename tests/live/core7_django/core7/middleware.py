"""What happens around every request."""

import logging

from rest_framework.exceptions import APIException

from core7 import calculations

log = logging.getLogger(__name__)


def drop_head_body(get_response):
    """Answers HEAD with the headers of GET; the WSGI server would send the body as well."""

    def middleware(request):
        response = get_response(request)
        if request.method == "HEAD":
            response.content = b""
        return response

    return middleware


def finish_calculations(get_response):
    """Stands in for the background worker: what was due by now is done before the view looks."""

    def middleware(request):
        calculations.finish_due()
        return get_response(request)

    return middleware


def report_unexpected(error, context=None):
    """Logs what becomes a 500; the error handler swallows the traceback otherwise."""
    if not isinstance(error, APIException):
        log.error("unexpected error", exc_info=error)
