"""``GET /suggest``."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from chassis.identity import Identities
from search.follow import Following
from search.suggest import suggest
from search.web import asked, represent

_MOST = 50
_USUAL = 8


def create_blueprint(
    following: Following, identities: Identities, clock: Callable[[], datetime]
) -> Blueprint:
    """Suggestions, from the index that ``following`` has."""
    blueprint = Blueprint("suggest", __name__)

    @blueprint.get("/suggest")
    def complete() -> ResponseReturnValue:
        asked.only("q", "limit")
        found = suggest(
            asked.text(),
            following.index,
            audience=asked.audience(identities),
            limit=asked.number("limit", _USUAL, most=_MOST),
            now=clock(),
            check=asked.patience(),
        )
        return represent.suggestions(found)

    return blueprint
