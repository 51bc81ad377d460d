"""Requests say which host they are for, in one clear word, or are not answered."""

import re
from typing import TYPE_CHECKING

from flask import Flask, abort, request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HOST = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def names_a_host(environ: "WSGIEnvironment") -> bool:
    """Whether a request has a ``Host`` that could be one.

    Source:
        RFC 9112, section 3.2; of RFC 3986 only the names and addresses that are in use.

    Example:
        >>> names_a_host({"HTTP_HOST": "[::1]:8080"}), names_a_host({"HTTP_HOST": "a/b"})
        (True, False)
    """
    return _HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None


def require_host(app: Flask) -> None:
    """Have ``app`` refuse what does not name a host."""

    @app.before_request
    def refuse() -> None:
        if not names_a_host(request.environ):
            abort(400, "A request names the host that it is for.")
