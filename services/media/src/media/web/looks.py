"""What a picture looks like that somebody shows us and nobody keeps."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from media.appraise import MOST_SHOWN, glance
from media.domain.container import TooLarge
from media.ports import Pictures
from media.web.callers import Callers
from media.web.represent import represent_look


def create_blueprint(pictures: Pictures, callers: Callers) -> Blueprint:
    """Looking at a picture, for our own services."""
    blueprint = Blueprint("looks", __name__)

    @blueprint.post("/look")
    def look_at_picture() -> ResponseReturnValue:
        callers.require_service()
        seen = glance(_body(), pictures, media_type=request.mimetype)
        return represent_look(seen.original, seen.look), 200, {"Cache-Control": "no-store"}

    return blueprint


def _body() -> bytes:
    request.max_content_length = MOST_SHOWN
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise TooLarge(f"At most {MOST_SHOWN:,} bytes are looked at.") from error
