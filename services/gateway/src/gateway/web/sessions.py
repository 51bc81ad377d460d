"""Signing in with a key, and out."""

from urllib.parse import parse_qs

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from gateway.authenticate import KeyRequired, KeyUnknown
from gateway.ports import Patience
from gateway.web.body import spooled
from gateway.web.callers import Callers
from gateway.web.templating import page

_LONGEST_FORM = 4096
"""Bytes: a key, and what holds it."""


def create_blueprint(callers: Callers, patience: Patience) -> Blueprint:
    """Forms that begin and end the session of a browser."""
    blueprint = Blueprint("sessions", __name__)

    @blueprint.post("/sign-in")
    def sign_in() -> ResponseReturnValue:
        callers.require_our_site()
        with spooled(patience, at_most=_LONGEST_FORM) as (body, _):
            form = parse_qs(body.read().decode(errors="replace"))
        response = _to_upload()
        try:
            callers.sign_in(form.get("key", [""])[0], response)
        except (KeyRequired, KeyUnknown):
            refused = page("upload.html", frozenset(), mistake="That key opens nothing here.")
            refused.headers["Cache-Control"] = "private, no-store"
            return refused, 401
        return response

    @blueprint.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        response = _to_upload()
        callers.sign_out(response)
        return response

    return blueprint


def _to_upload() -> Response:
    response = Response(status=303, headers={"Location": "/upload"})
    response.headers["Cache-Control"] = "private, no-store"
    return response
