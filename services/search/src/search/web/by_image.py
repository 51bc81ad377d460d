"""``POST /search/by-image``."""

import time
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from chassis import trace
from chassis.identity import Identities
from search.find import find_wallpapers
from search.follow import Following
from search.ports import LARGEST_PICTURE, Eyes, PictureRefused, PictureTooLarge
from search.resemble import distances
from search.resolve import resolve
from search.web import asked, represent
from search.web.search import MOST, USUAL

LOOKING_WITHIN = 4.0
"""Seconds that somebody may look at a picture before it is searched by."""


def create_blueprint(
    following: Following, identities: Identities, eyes: Eyes, clock: Callable[[], datetime]
) -> Blueprint:
    """Search by a picture, at which ``eyes`` look."""
    blueprint = Blueprint("by_image", __name__)

    @blueprint.post("/search/by-image")
    def search_by_image() -> ResponseReturnValue:
        began = time.perf_counter()
        asked.only("q", "limit")
        limit = asked.number("limit", USUAL, most=MOST)
        index, audience = following.index, asked.audience(identities)
        seen = eyes.look(
            _picture(),
            request.mimetype,
            within=trace.current_or_new().remaining(LOOKING_WITHIN),
        )
        check = asked.patience()
        question = resolve(
            asked.text(), index, audience=audience, now=clock(), look=seen, check=check
        )
        found = find_wallpapers(question, index, limit=limit, check=check)
        meta = {
            "page": 1,
            **represent.listed(found, limit),
            "next": None,
            "distances": represent.distances(distances(found)),
            "took_ms": round((time.perf_counter() - began) * 1000, 3),
            "index": represent.freshness(following, index.size),
        }
        return represent.answer(found.page.documents, meta)

    return blueprint


def _picture() -> bytes:
    """The body of the request, which is a picture and not too large."""
    if not request.mimetype.startswith("image/"):
        raise PictureRefused("The body of the request is the picture, its type such as image/jpeg.")
    request.max_content_length = LARGEST_PICTURE
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise PictureTooLarge from error
