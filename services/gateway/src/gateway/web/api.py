"""The public API: forwarded to the service that answers, but for what only the gateway knows."""

from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from gateway.authenticate import KeyRequired
from gateway.domain.route import ROUTES, Route
from gateway.sign_in import SessionEnded
from gateway.web.callers import Callers
from gateway.web.forwarding import Forwarder

_PRIVATE = "private, no-store"
_OPENAPI = Path(__file__).with_name("openapi.yaml")


def create_blueprint(callers: Callers, forwarder: Forwarder) -> Blueprint:
    """The API for whomever ``callers`` tells us, from the services that ``forwarder`` reaches."""
    blueprint = Blueprint("api", __name__)

    def answer(route: Route, **parts: str) -> ResponseReturnValue:
        identity = None
        if route.personal:
            identity = callers.who() if route.writes else callers.who_reads()
        if route.writes and identity is None:
            raise KeyRequired
        reply = forwarder.forward(route, identity, **parts)
        response = Response(reply.body, reply.status, list(reply.headers))
        if identity is not None:
            response.headers["Cache-Control"] = _PRIVATE
            response.vary.update(["Authorization", "Cookie"])
        return response

    for route in ROUTES:
        blueprint.add_url_rule(
            route.rule, route.name, partial(answer, route), methods=[route.method]
        )

    @blueprint.get("/api/v1/me")
    def me() -> ResponseReturnValue:
        try:
            identity = callers.who()
        except SessionEnded:
            identity = None
        said: dict[str, str | None] = {"account": None}
        if identity is not None:
            said = {"account": identity.account, "role": identity.role}
        return said, {"Cache-Control": _PRIVATE, "Vary": "Authorization, Cookie"}

    @blueprint.get("/api/openapi.json")
    def describe() -> ResponseReturnValue:
        return openapi(), {"Cache-Control": "public, max-age=300"}

    return blueprint


@cache
def openapi() -> dict[str, Any]:
    """The description of the public API."""
    document: dict[str, Any] = yaml.safe_load(_OPENAPI.read_text())
    return document
