"""The public API: forwarded to the service that answers, but for what only the gateway knows."""

from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from chassis.identity import Identities, Identity
from gateway.authenticate import KeyRequired, KeyUnknown, authenticate
from gateway.domain.route import ROUTES, Route
from gateway.domain.service import Service, resting
from gateway.enrol import Enrolment
from gateway.forward import forward
from gateway.ports import Accounts, Patience, Upstream, UpstreamUnavailable
from gateway.web.body import spooled
from gateway.web.onward import onward_to
from gateway.web.visitors import Counted

_PRIVATE = "private, no-store"
_OPENAPI = Path(__file__).with_name("openapi.yaml")


def create_blueprint(
    services: dict[Service, Upstream],
    accounts: Accounts,
    enrolment: Enrolment,
    *,
    identities: Identities,
    counted: Counted,
    patience: Patience,
) -> Blueprint:
    """The API over ``services``, for those whom ``accounts`` knows."""
    blueprint = Blueprint("api", __name__)

    def answer(route: Route, **parts: str) -> ResponseReturnValue:
        identity = _who(accounts, enrolment) if route.personal else None
        if route.writes and identity is None:
            raise KeyRequired
        path = route.path.format(**parts)
        signed = identities.sign(identity, request.method, path) if identity else {}
        signed |= counted.sign(route, path)
        with spooled(patience, at_most=route.longest_body) as (body, length):
            onward = onward_to(
                path,
                request.headers,
                request.query_string,
                at_most=route.within,
                method=request.method,
                own={**signed, **({"Content-Length": str(length)} if length else {})},
                body=body if length else None,
            )
            try:
                reply = forward(onward, services[route.service])
            except UpstreamUnavailable as error:
                raise resting(route.service) from error
        response = Response(reply.body, reply.status, list(reply.headers))
        if identity is not None:
            response.headers["Cache-Control"] = _PRIVATE
            response.vary.add("Authorization")
        return response

    for route in ROUTES:
        blueprint.add_url_rule(
            route.rule, route.name, partial(answer, route), methods=[route.method]
        )

    @blueprint.get("/api/v1/me")
    def me() -> ResponseReturnValue:
        identity = _who(accounts, enrolment)
        said: dict[str, str | None] = {"account": None}
        if identity is not None:
            said = {"account": identity.account, "role": identity.role}
        return said, {"Cache-Control": _PRIVATE, "Vary": "Authorization"}

    @blueprint.get("/api/openapi.json")
    def describe() -> ResponseReturnValue:
        return openapi(), {"Cache-Control": "public, max-age=300"}

    return blueprint


def _who(accounts: Accounts, enrolment: Enrolment) -> Identity | None:
    """Who makes the current request; ``None`` for a visitor."""
    said = request.headers.get("Authorization")
    try:
        return authenticate(said, accounts, settled=enrolment.settled)
    except KeyUnknown:
        enrolment.require()
        raise


@cache
def openapi() -> dict[str, Any]:
    """The description of the public API."""
    document: dict[str, Any] = yaml.safe_load(_OPENAPI.read_text())
    return document
