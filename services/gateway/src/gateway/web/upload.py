"""The page on which people upload, and what a form without a script gets for an answer."""

import json

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from gateway.domain.route import ROUTES
from gateway.sign_in import SessionEnded
from gateway.web.callers import Callers
from gateway.web.forwarding import Forwarder
from gateway.web.templating import page

_UPLOAD = next(route for route in ROUTES if route.name == "upload")


def create_blueprint(callers: Callers, forwarder: Forwarder) -> Blueprint:
    """The page, the same for everybody, and the form on it."""
    blueprint = Blueprint("upload", __name__)

    @blueprint.get("/upload")
    def upload() -> ResponseReturnValue:
        return page("upload.html", frozenset())

    @blueprint.post("/upload")
    def take() -> ResponseReturnValue:
        identity = callers.who()
        if identity is None:
            raise SessionEnded
        reply = forwarder.forward(_UPLOAD, identity)
        said = json.loads(b"".join(reply.body))
        if reply.status == 201:
            response = Response(status=303, headers={"Location": f"/w/{said['id']}"})
        else:
            response = page("upload.html", frozenset(), refusal=said)
            response.status_code = reply.status
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return blueprint
