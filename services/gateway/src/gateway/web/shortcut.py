"""Plain reads, forwarded without the framework: the same answers in a fraction of the time."""

import logging
import re
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.datastructures import EnvironHeaders

from chassis import trace
from chassis.observe import tell
from chassis.problems import answer_known
from chassis.trace import Trace
from gateway.domain.route import ROUTES, WORD, Route
from gateway.domain.service import Service, resting
from gateway.forward import forward
from gateway.ports import Onward, Reply, Upstream, UpstreamUnavailable
from gateway.web.headers import Promises
from gateway.web.host import names_a_host
from gateway.web.keeping import Keeping
from gateway.web.onward import onward_to
from gateway.web.problems import PROBLEMS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)
_PART = re.compile(r"<word:([a-z_]+)>")
_SHORT = frozenset({"search", "suggest", "similar", "show", "image"})
_READS = tuple(route for route in ROUTES if route.name in _SHORT)
_ALWAYS_THE_SAME = {route.rule: route for route in _READS if "<" not in route.rule}
_WITH_PARTS = tuple(
    (re.compile(_PART.sub(rf"(?P<\1>{WORD})", route.rule.replace(".", r"\."))), route)
    for route in _READS
    if "<" in route.rule
)


def take_shortcuts(
    app: Flask,
    services: Mapping[Service, Upstream],
    promises: Promises,
    cookie: str,
    keeping: Keeping,
) -> None:
    """Have ``app`` forward visitors' reads before Flask sees them.

    Only what needs nothing but forwarding is taken: a ``GET`` without a body, with no key and no
    session, kept in ``cookie``, where the answer would depend on it, and no link that people
    follow, who are told problems on a page. Flask answers the rest, and a test holds the two to the
    same answers.
    """
    flask = app.wsgi_app

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        found = _found(environ, cookie)
        if found is None:
            return flask(environ, start_response)
        begun = time.perf_counter()
        route, parts = found
        headers = EnvironHeaders(environ)
        around = trace.current()
        trace.enter(Trace.begin(headers, trusted=False, keeps=keeping.keeps(environ["PATH_INFO"])))
        try:
            with trace.step(route.service, route.name):
                onward = onward_to(
                    route.path.format(**parts),
                    headers,
                    environ["QUERY_STRING"].encode("latin-1"),
                    at_most=route.within,
                )
                reply = _reply(onward, route, services)
            said = tell(
                "gateway",
                "GET",
                route.rule,
                status=reply.status,
                begun=begun,
                spans=keeping.spans,
            )
            more = (*promises.on(environ["PATH_INFO"], "GET"), *said)
        except Exception:
            log.exception("a shortcut failed")
            return flask(environ, start_response)
        finally:
            trace.enter(around)
        if reply.status == HTTPStatus.OK:
            start_response("200 OK", [*reply.headers, *more])
            return reply.body
        response = Response(reply.body, reply.status, [*reply.headers, *more])
        return response(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign]  # as Flask's documentation says


def _found(environ: "WSGIEnvironment", cookie: str) -> tuple[Route, Mapping[str, str]] | None:
    if (
        environ["REQUEST_METHOD"] != "GET"
        or environ.get("CONTENT_LENGTH", "0") not in {"", "0"}
        or "HTTP_TRANSFER_ENCODING" in environ
        or "download" in environ["QUERY_STRING"]
        or not names_a_host(environ)
    ):
        return None
    path = environ["PATH_INFO"]
    found: tuple[Route, Mapping[str, str]] | None = None
    if (route := _ALWAYS_THE_SAME.get(path)) is not None:
        found = route, {}
    else:
        for rule, route in _WITH_PARTS:
            if parts := rule.fullmatch(path):
                found = route, parts.groupdict()
                break
    if found is None or (found[0].personal and _says_who(environ, cookie)):
        return None
    return found


def _says_who(environ: "WSGIEnvironment", cookie: str) -> bool:
    return "HTTP_AUTHORIZATION" in environ or f"{cookie}=" in environ.get("HTTP_COOKIE", "")


def _reply(onward: Onward, route: Route, services: Mapping[Service, Upstream]) -> Reply:
    try:
        return forward(onward, services[route.service])
    except UpstreamUnavailable:
        error = resting(route.service)
        told = answer_known(PROBLEMS[type(error)], error)
        return Reply(told.status_code, tuple(told.headers), iter([told.get_data()]))
