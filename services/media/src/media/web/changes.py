"""The change feed, for the services that follow it."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from media.domain.feed import Cursor
from media.follow import follow
from media.ports import Catalogue
from media.web.callers import Callers
from media.web.forms import whole_number
from media.web.represent import represent_changes


def create_blueprint(catalogue: Catalogue, callers: Callers) -> Blueprint:
    """What has changed, in order, for our own services."""
    blueprint = Blueprint("changes", __name__)

    @blueprint.get("/changes")
    def list_changes() -> ResponseReturnValue:
        callers.require_service()
        text = request.args.get("after", "")
        after = Cursor.parse(text) if text else None
        limit = whole_number("limit", default=200, least=1, most=1000)
        wait = timedelta(seconds=whole_number("wait", default=0, least=0, most=25))
        page = follow(after, catalogue, limit=limit, wait=wait, now=datetime.now(UTC))
        return represent_changes(page), 200, {"Cache-Control": "no-store"}

    return blueprint
